/**
 * Why an archive could not do what was asked.
 *
 * - `address`: what names the archive is no folder and no bucket
 * - `library`: the object store's client is not installed
 * - `unreachable`: nobody answered; nothing is known, and asking again may do
 * - `refused`: the store answered and refuses, for want of permission or of a bucket
 * - `conflict`: another content is there under this name, and is left as it is
 * - `untrue`: what came back is not what was put there, is not whole, or is out of all bounds
 */
export type FaultCode = "address" | "library" | "unreachable" | "refused" | "conflict" | "untrue"

/** Says what, where, and what to do. */
export class ArchiveFault extends Error {
  override readonly name = "ArchiveFault"
  readonly code: FaultCode
  readonly hint: string
  constructor(code: FaultCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.hint = hint
  }
}
