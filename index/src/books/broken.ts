import type { Hex } from "@wattest/protocol"

/** What the nodes showed does not add up to what the chain holds: nothing of it is taken, and the index stops there. */
export class BooksBroken extends Error {
  override readonly name = "BooksBroken"
  /** The ledger or operator whose books do not add up. */
  readonly subject: Hex

  constructor(subject: Hex, message: string) {
    super(message)
    this.subject = subject
  }
}
