import { CommandError, Unreachable } from "@wattest/command"
import { BooksBroken } from "../books/broken.ts"

/** An honest node's events do not follow where an earlier one hid some: the books are right again once all are taken from it. */
const HIDDEN =
  "a node hides or invents events: name other endpoints with --rpc, and start again; where it stays so, what was hidden lies further back: wattest index follow --again takes all again from these endpoints, and keeps documents and events"

/** What an error of the index means to a person; null where it is none that it knows. */
export function explain(error: unknown): CommandError | null {
  if (error instanceof BooksBroken) return new CommandError(error.message, HIDDEN)
  if (!(error instanceof Error)) return null
  if (error.name === "RpcUnavailable")
    return new Unreachable("no endpoint of the chain answers", "check --rpc and the network, and start again")
  if (error.name === "RpcLie" || error.name === "RpcRefusal")
    return new CommandError(error.message, "check --chain, --registry and --rpc, or name another endpoint")
  return null
}
