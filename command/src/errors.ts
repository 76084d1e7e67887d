import { EXIT, type ExitName } from "./exit.ts"

/** An error that says what to do about it. */
export class HintedError extends Error {
  readonly hint: string
  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
}

/** What a person reads when a command ends early: what is wrong and where, what to do about it, and the exit code. */
export class CommandError extends HintedError {
  override readonly name: string = "CommandError"
  readonly exit: number
  constructor(message: string, hint: string, exit: ExitName = "failed") {
    super(message, hint)
    this.exit = EXIT[exit]
  }
}

/** What was typed cannot be carried out. Exit 2. */
export class UsageError extends CommandError {
  override readonly name = "UsageError"
  constructor(message: string, hint: string) {
    super(message, hint, "usage")
  }
}

/** Somebody who had to be asked did not answer: nothing is known, and nothing is lost. Exit 3. */
export class Unreachable extends CommandError {
  override readonly name = "Unreachable"
  constructor(message: string, hint: string) {
    super(message, hint, "undetermined")
  }
}

/** Thrown by the parser of a value: what the text is not, and how to write it. The reader adds where it stood. */
export class ValueError extends HintedError {
  override readonly name = "ValueError"
}
