import { writeFile } from "node:fs/promises"
import { parseArgs } from "node:util"
import { Rejection, toJson } from "@wattest/protocol"
import { type ChainPolicy, POLICY_TEMPLATE, type Policy, policy } from "../policy.ts"
import { UsageError } from "./failure.ts"

function parse(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      chain: { type: "string" },
      registry: { type: "string", multiple: true, default: [] },
      block: { type: "string", multiple: true, default: [] },
      rpc: { type: "string", multiple: true, default: [] },
      voucher: { type: "string", multiple: true, default: [] },
      "vouches-as-of": { type: "string" },
      output: { type: "string" },
    },
  })
}

type Flags = ReturnType<typeof parse>["values"]

function chainsOf({ chain, registry, block, rpc }: Flags): readonly unknown[] {
  if (chain === undefined) {
    const orphan = [...registry, ...block, ...rpc][0]
    if (orphan === undefined) return []
    throw new UsageError(`${orphan} is of which chain?`, "name it with --chain ID")
  }
  const trustedBlocks = block.map((item) => {
    const [number = "", hash = "", time] = item.split(":")
    return { number, hash, ...(time !== undefined && { timestamp: Number(time) }) }
  })
  return [{ chainId: Number(chain), registries: registry, trustedBlocks, rpcs: rpc, checkpoints: null }]
}

/** Unix seconds of a date, at midnight UTC, or of a time in its ISO 8601 spelling with zone; null where none is given. */
function secondsOf(text: string | undefined): number | null {
  if (text === undefined) return null
  const ms = /^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms)) throw new UsageError(`${text} is no time`, "write 2026-11-01 or 2026-11-01T12:00:00Z")
  return Math.ceil(ms / 1000)
}

/** The policy that the options ask for. Throws a UsageError where one of them has the wrong form. */
function policyOf(flags: Flags): Policy {
  const chains = chainsOf(flags) as readonly ChainPolicy[]
  const vouchesAsOf = secondsOf(flags["vouches-as-of"])
  try {
    return policy(toJson({ ...POLICY_TEMPLATE, chains, vouchers: flags.voucher, vouchesAsOf }), "policy")
  } catch (error) {
    if (error instanceof Rejection) throw new UsageError(error.message, "see wattest-verify --help")
    throw error
  }
}

/** `wattest-verify policy init`. */
export async function policyCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse(argv)
  if (positionals.join(" ") !== "init")
    throw new UsageError("the only policy command is init", "wattest-verify policy init")
  const text = `${JSON.stringify(toJson(policyOf(values)), null, 2)}\n`
  if (values.output === undefined) process.stdout.write(text)
  // An existing policy is somebody's decision: it is never written over.
  else await writeFile(values.output, text, { flag: "wx" })
  return 0
}
