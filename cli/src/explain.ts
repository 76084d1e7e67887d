import { CommandError } from "@wattest/command"

/** Failures of a device or of the chain keep their own meaning under the one name; null where it is none of them. */
export function explain(error: unknown): CommandError | null {
  const isNamed = error instanceof Error && !(error instanceof CommandError)
  if (!isNamed || error.name !== "EnrolledElsewhere") return null
  return new CommandError(error.message, "a device enrols once; make another one in another --home")
}
