import { ArchiveFault } from "@wattest/archive"
import { CommandError, Unreachable, UsageError } from "@wattest/command"
import { Rejection } from "@wattest/protocol"
import { Refusal } from "../refusal.ts"

/** What an error of the prover's commands means to a person; null where it is none that they know. */
export function explain(error: unknown): CommandError | null {
  if (error instanceof Rejection) {
    const isForeign = error.code.startsWith("DOCUMENT_")
    const message = `${error.message} (${error.code})`
    return isForeign
      ? new UsageError(message, "is it the file you meant?")
      : new CommandError(message, "nothing was written")
  }
  if (!(error instanceof Refusal || error instanceof ArchiveFault)) return null
  const { code, message, hint } = error
  return code === "SOURCE_UNREACHABLE" || code === "unreachable"
    ? new Unreachable(message, hint)
    : new CommandError(message, hint)
}
