import { createInterface } from "node:readline/promises"
import { parseArgs } from "node:util"
import { BaseError, ContractFunctionRevertedError, HttpRequestError, TimeoutError } from "viem"
import { claims, describeClaim, type ListedClaim } from "./commands/claims.ts"
import { enrol } from "./commands/enrol.ts"
import { list } from "./commands/list.ts"
import { retire } from "./commands/retire.ts"
import { show } from "./commands/show.ts"
import { vouch } from "./commands/vouch.ts"
import { withdraw } from "./commands/withdraw.ts"
import { connect, type Target } from "./target.ts"
import { UsageError } from "./values.ts"
import { send, type Write } from "./write.ts"

const USAGE = `usage: wattest-registry vouch DEVICE OPERATOR EVIDENCE
       wattest-registry withdraw DEVICE [--since SECONDS]
       wattest-registry enrol FILE
       wattest-registry retire FILE
       wattest-registry list OPERATOR VOUCHER
       wattest-registry show DEVICE
       wattest-registry claims OPERATOR --claims ADDRESS

Vouches for devices, enrols and retires them, and reads the registry and proved claims without an indexer.

  vouch     as a voucher: DEVICE is genuine and OPERATOR may enrol it; EVIDENCE is the report's 32-byte digest
  withdraw  as a voucher: the vouch does not hold from --since (Unix seconds; else: now) on
  enrol     as an operator: FILE is what the device signed ("wattest-attest enrol")
  retire    as anyone: FILE is what the device signed ("wattest-attest retire")
  list      a ledger, its devices and its checkpoints
  show      a device, its vouch and its roots
  claims    what an operator proved about its runs, and what to look at before believing it

  --rpc URL           the chain [WATTEST_RPC_URL]
  --registry ADDRESS  the registry [WATTEST_REGISTRY, or the one known on that chain]
  --claims ADDRESS    the registry of claims
  --yes               do not ask before what is final
  --json              answer for machines

Keys come from the environment: WATTEST_KEYSTORE (a Web3 Secret Storage file) with WATTEST_KEYSTORE_PASSWORD, or WATTEST_KEY.

Examples:
  wattest-registry withdraw 0x6a09…c908 --since 1790000000 --yes
  wattest-registry list 0xf39f…2266 0x7099…79c8 --json
  wattest-registry claims 0xf39f…2266 --claims 0x8a79…C318

Exit status: 0 done, 1 refused by the registry or by you, 2 usage, 3 the chain could not be reached.
`

const EXIT = { done: 0, refused: 1, usage: 2, unreachable: 3 } as const
/** The commands that change the registry. */
const WRITES: {
  readonly [name: string]: (target: Target, operands: readonly string[], since?: string) => Promise<Write>
} = { vouch, withdraw, enrol, retire }

/** Operands of each command. */
const COMMANDS: Record<string, number> = { vouch: 3, withdraw: 1, enrol: 1, retire: 1, list: 2, show: 1, claims: 1 }

function complain(error: string, hint: string, code: number): number {
  process.stderr.write(`error: ${error}\nhint: ${hint}\n`)
  return code
}

/** Asks on the terminal. Without one there is nobody to ask: --yes says it then. */
async function confirmed(consequence: string): Promise<boolean> {
  process.stderr.write(`this is final: ${consequence}\n`)
  if (!process.stdin.isTTY) throw new UsageError("there is no terminal to ask on", "add --yes if you are sure")
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question('type "yes" to go on: ')
  terminal.close()
  return answer.trim() === "yes"
}

const toJson = (value: unknown) =>
  JSON.stringify(value, (_, item) => (typeof item === "bigint" ? item.toString() : item))

function print(value: Record<string, unknown>, asJson: boolean): void {
  if (asJson) return void process.stdout.write(`${toJson(value)}\n`)
  for (const [name, item] of Object.entries(value)) {
    const lines = Array.isArray(item)
      ? item.map((entry) => `\n  ${typeof entry === "string" ? entry : toJson(entry)}`)
      : [item]
    process.stdout.write(`${name.padEnd(16)}${lines.join("")}\n`)
  }
}

function printClaims(found: readonly ListedClaim[], asJson: boolean): void {
  if (asJson) return void process.stdout.write(`${toJson(found)}\n`)
  process.stdout.write(found.length === 0 ? "no claims\n" : found.map(describeClaim).join("\n"))
}

const OPTIONS = {
  rpc: { type: "string" },
  registry: { type: "string" },
  claims: { type: "string" },
  since: { type: "string" },
  yes: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    throw new UsageError((error as Error).message, "wattest-registry --help")
  }
}

async function dispatch(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args)
  if (values.help) {
    process.stdout.write(USAGE)
    return EXIT.done
  }
  const [command = "", ...operands] = positionals
  if (COMMANDS[command] !== operands.length)
    throw new UsageError(
      command ? `"${command}" with ${operands.length} operands is no command` : "no command",
      "wattest-registry --help",
    )
  const { rpc, registry, since, yes, json } = values
  if (command === "claims" && values.claims === undefined)
    throw new UsageError("no registry of claims", "give --claims ADDRESS")
  const address = command === "claims" ? values.claims : registry
  const target = await connect(process.env, { ...(rpc && { rpc }), ...(address && { registry: address }) })
  if (command === "list") print(await list(target, operands), json)
  else if (command === "show") print(await show(target, operands), json)
  else if (command === "claims") printClaims(await claims(target, operands), json)
  else {
    const prepare = WRITES[command] as (typeof WRITES)[string]
    const write = await prepare(target, operands, since)
    if (!yes && !(await confirmed(write.consequence)))
      return complain("not confirmed", "nothing was sent", EXIT.refused)
    print({ transaction: await send(target, write) }, json)
  }
  return EXIT.done
}

/** A failure's first words, and its exit status. */
function explain(error: unknown): number {
  if (error instanceof UsageError) return complain(error.message, error.hint, EXIT.usage)
  if (!(error instanceof BaseError)) return complain((error as Error).message, "wattest-registry --help", EXIT.refused)
  const refusal = error.walk((cause) => cause instanceof ContractFunctionRevertedError)
  if (refusal instanceof ContractFunctionRevertedError && refusal.data)
    return complain(
      `the registry refuses: ${refusal.data.errorName}(${(refusal.data.args ?? []).join(", ")})`,
      "docs/contracts.md explains each refusal",
      EXIT.refused,
    )
  const unreachable = error.walk((cause) => cause instanceof HttpRequestError || cause instanceof TimeoutError) !== null
  return complain(
    error.shortMessage,
    unreachable ? "check --rpc" : "check the registry's address and the account",
    unreachable ? EXIT.unreachable : EXIT.refused,
  )
}

/** The command `wattest-registry`; resolves with its exit code. */
export const run = (argv: readonly string[]): Promise<number> => dispatch(argv).catch(explain)
