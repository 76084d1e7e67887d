import { CommandError, type ExitName, explainError, networkReason } from "@wattest/command"
import { when } from "./when.ts"

type Failure = {
  readonly name?: string
  readonly message?: string
  readonly details?: unknown
  readonly cause?: unknown
  readonly data?: { readonly errorName?: string; readonly args?: readonly unknown[] }
}

type Hinted = { readonly hint?: string; readonly kind?: string }

const MAX_DEPTH = 8

const OTHERS = [
  "another transaction of the account came first",
  "if something else sends from this account, let it end; then try again",
] as const
/** What nodes say of it, of which viem has no name. */
const TAKEN = /already (?:known|imported)|replacement transaction underpriced/i

/** What each failure that viem names means to a person. */
const MEANINGS: { readonly [name: string]: readonly [what: string, hint: string] } = {
  ContractFunctionZeroDataError: [
    "there is no registry at this address",
    "check the address, and that the node is of its chain",
  ],
  AbiDecodingZeroDataError: [
    "there is no registry at this address",
    "check the address, and that the node is of its chain",
  ],
  AbiDecodingDataSizeTooSmallError: ["the contract at this address is no registry of ours", "check --registry"],
  InsufficientFundsError: ["the account cannot pay for the transaction", "send it the chain's coin, and try again"],
  NonceTooLowError: OTHERS,
  NonceTooHighError: ["a transaction of the account is still waiting", "wait for it, and try again"],
  FeeCapTooLowError: ["the fee is below what the chain asks", "try again"],
  TransactionRejectedRpcError: ["the node refuses the transaction", "check the account's balance, or ask another node"],
}

const HASH = /0x[0-9a-f]{64}/

const MISMATCH_HINT = "nothing more was read; docs/contracts.md says how to find the right one"

function* causesOf(error: unknown): Generator<Failure> {
  let at: unknown = error
  for (let depth = 0; typeof at === "object" && at !== null && depth < MAX_DEPTH; depth++) {
    yield at as Failure
    at = (at as Failure).cause
  }
}

/** How a command ends where an index gives no answer: as the client names it. */
const INDEX_EXITS: { readonly [kind: string]: ExitName } = { unreachable: "undetermined", "not-ready": "undetermined" }

/** Refusals whose numbers are times of the chain. */
const OF_TIMES = /^(?:Since|Through|VouchWithdrawn)/

const argumentsText = (name: string, values: readonly unknown[]) =>
  values.map((value) => (typeof value === "bigint" && OF_TIMES.test(name) ? when(value) : String(value))).join(", ")

const isOfViem = (error: unknown) => typeof error === "object" && error !== null && "shortMessage" in error

/**
 * What a failure of the chain means to a person, in our words; null where it is none. The names are read off the error,
 * so that help and refusals of what was typed load no chain client.
 */
export function explain(error: unknown): CommandError | null {
  const { name, message = "", hint, kind = "" } = Object(error) as Failure & Hinted
  if (name === "CodeMismatch") return new CommandError(message, MISMATCH_HINT)
  if (name === "DeploymentRefused") return new CommandError(message, hint ?? "nothing was sent")
  if (name === "IndexFailure") return new CommandError(message, hint ?? "ask another index", INDEX_EXITS[kind])
  if (!isOfViem(error)) return null
  for (const { name = "", message = "", data, details } of causesOf(error)) {
    if (data?.errorName !== undefined)
      return new CommandError(
        `the registry refuses: ${data.errorName}(${argumentsText(data.errorName, data.args ?? [])})`,
        "docs/contracts.md explains each refusal",
      )
    if (name === "WaitForTransactionReceiptTimeoutError")
      return new CommandError(
        `the transaction is not in a block yet: ${HASH.exec(message)?.[0]}`,
        "look at it before you try again",
      )
    if (TAKEN.test(String(details))) return new CommandError(...OTHERS)
    const meaning = MEANINGS[name]
    if (meaning !== undefined) return new CommandError(...meaning)
  }
  if (networkReason(error) !== null) return explainError(error)
  return new CommandError("the node refuses what it was asked", "check --registry and the account, or ask another node")
}
