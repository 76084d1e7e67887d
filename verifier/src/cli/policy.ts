import { writeFile } from "node:fs/promises"
import { type Context, type Hex, type Outcome, shellWord, UsageError } from "@wattest/command"
import { Rejection, toJson } from "@wattest/protocol"
import { type ChainPolicy, POLICY_TEMPLATE, type Policy, policy } from "../policy.ts"

type Options = {
  readonly chain: number | undefined
  readonly registry: readonly Hex[]
  readonly block: readonly string[]
  readonly rpc: readonly string[]
  readonly voucher: readonly Hex[]
  readonly "vouches-as-of": number | undefined
  readonly output: string | undefined
}

function chainsOf({ chain, registry, block, rpc }: Options): readonly unknown[] {
  if (chain === undefined) {
    const orphan = [...registry, ...block, ...rpc][0]
    if (orphan === undefined) return []
    throw new UsageError(`${orphan} is of which chain?`, "name it with --chain ID")
  }
  const trustedBlocks = block.map((item) => {
    const [number = "", hash = "", time] = item.split(":")
    return { number, hash, ...(time !== undefined && { timestamp: Number(time) }) }
  })
  return [{ chainId: chain, registries: registry, trustedBlocks, rpcs: rpc, checkpoints: null }]
}

/** The policy that the options ask for. Throws a UsageError where one of them has the wrong form. */
function policyOf(options: Options): Policy {
  const chains = chainsOf(options) as readonly ChainPolicy[]
  const { voucher: vouchers, "vouches-as-of": vouchesAsOf = null } = options
  try {
    return policy(toJson({ ...POLICY_TEMPLATE, chains, vouchers, vouchesAsOf }), "policy")
  } catch (error) {
    if (error instanceof Rejection) throw new UsageError(error.message, "docs/verifying.md lists the fields")
    throw error
  }
}

/** `policy init`. */
export async function initPolicy(options: Options, { terminal }: Context): Promise<Outcome> {
  const text = `${JSON.stringify(toJson(policyOf(options)), null, 2)}\n`
  const { output } = options
  if (output === undefined) terminal.print(text)
  // An existing policy is somebody's decision: it is never written over.
  else await writeFile(output, text, { flag: "wx" })
  return output === undefined ? {} : { next: `verify FILE --policy ${shellWord(output)}` }
}
