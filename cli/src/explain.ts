import { CommandError, HintedError, Unreachable, UsageError } from "@wattest/command"

/**
 * What a failure of the commands that stand above all rooms means to a person; null where it is none of theirs. It goes by
 * names, so that help loads neither a chain's client nor a device.
 */
export function explain(error: unknown): CommandError | null {
  if (!(error instanceof Error) || error instanceof CommandError) return null
  const [message = ""] = error.message.split("\n")
  if (error.name === "RpcUnavailable") return new Unreachable("the node does not answer", "check --rpc and the network")
  if (error.name === "RpcRefusal" || error.name === "RpcLie") return new CommandError(message, "ask another node")
  if (error.name === "ConfigError") return new UsageError(message, "docs/attester.md describes the configuration")
  if (error.name === "NothingMeasured")
    return new CommandError(message, "check what the sources give: wattest device sources check FILE")
  if (error.name === "Rejection" && "code" in error)
    return new CommandError(`${message} (${error.code})`, "the archive or the document was changed: restore it")
  if (["ArchiveFault", "Refusal"].includes(error.name) && "hint" in error && "code" in error)
    return new (error.code === "unreachable" ? Unreachable : CommandError)(message, String(error.hint))
  if (error instanceof HintedError) return new CommandError(error.message, error.hint)
  if (error.name === "EnrolledElsewhere")
    return new CommandError(message, "a device enrols once; make another one in another --home")
  if (error.name === "DeviceBusy") return new CommandError(message, "stop the process that meters, and try again")
  return null
}
