import { CommandError, Unreachable } from "@wattest/command"

/** What an error of the relayer's commands means to a person; null where it is none that they know. */
export function explain(error: unknown): CommandError | null {
  if (error instanceof Error && error.name === "RpcUnavailable")
    return new Unreachable("no endpoint of the chain answers", "check the endpoints and the network, and start again")
  const isOurs = error instanceof Error && !(error instanceof CommandError) && !("code" in error)
  const isFault = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError
  if (!isOurs || isFault || "shortMessage" in error || "cause" in error) return null
  return new CommandError(error.message, "nothing that was accepted is lost; mend this and start again")
}
