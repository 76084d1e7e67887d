/** The command cannot be carried out as given: what is wrong, and what to do about it. Exit code 2. */
export class UsageError extends Error {
  readonly hint: string

  constructor(message: string, hint: string) {
    super(message)
    this.name = "UsageError"
    this.hint = hint
  }
}
