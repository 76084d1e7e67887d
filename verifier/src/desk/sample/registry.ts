import { UsageError } from "@wattest/command"
import { type Anchored, type Hex, instant, ledgerIdOf, REGISTRY_TOPICS } from "@wattest/protocol"
import type { Policy } from "../../policy.ts"
import { anchorsIn, type Span } from "../../rpc/anchors.ts"
import { askFinal } from "../../rpc/block.ts"
import { type Asking, createRpc, type Rpc } from "../../rpc/json-rpc.ts"
import { Undetermined } from "../../verdict.ts"
import type { Population, PopulationRun } from "./population.ts"

type Place = { readonly chainId: number; readonly registry: Hex; readonly ledgers: readonly Hex[] }

/** What one node says of a registry. The period must be over for it, so that every later day gives the same. */
async function askNode(rpc: Rpc, { chainId, registry, ledgers }: Place, span: Span): Promise<readonly Anchored[]> {
  const final = await askFinal(rpc, chainId)
  if (final === null || final.timestamp < span.to)
    throw new UsageError(
      `${rpc.name}: what is final does not reach ${instant(span.to)} yet`,
      "ask again when it does, or name an earlier --anchored-to",
    )
  const anchors: Anchored[] = []
  for (const ledger of ledgers)
    anchors.push(...(await anchorsIn({ rpc, registry, final }, ledger, span, REGISTRY_TOPICS.anchored)))
  return anchors
}

const textOf = (anchors: readonly Anchored[]) =>
  anchors.map(({ ledger, device, run, root }) => [ledger, device, run, root].join()).join("\n")

/** What all nodes of a chain say alike. */
async function askNodes(rpcs: readonly Rpc[], place: Place, span: Span): Promise<readonly Anchored[]> {
  const answers = await Promise.all(rpcs.map((rpc) => askNode(rpc, place, span)))
  const [first] = answers
  if (first === undefined)
    throw new UsageError(`the policy lists no node of chain ${place.chainId}`, "add one to its rpcs, or name a list")
  if (answers.some((answer) => textOf(answer) !== textOf(first)))
    throw new UsageError(
      `the nodes of chain ${place.chainId} do not agree on the runs of registry ${place.registry}`,
      "find out which of them is wrong, and leave it out of the policy",
    )
  return first
}

const runsOf = (anchors: readonly Anchored[]): readonly PopulationRun[] =>
  anchors.map(({ device, run }) => ({ device, run }))

/**
 * The runs of the ledgers that a policy expects, which its registries anchored in the span, by the word of all of its nodes.
 * Throws a UsageError where the policy names no ledger, where nodes do not answer or agree, and where the span is not over.
 */
export async function anchoredPopulation(policy: Policy, span: Span, asking: Asking): Promise<Population> {
  const { chains, ledgers: pairs } = policy
  if (pairs === null || pairs.length === 0)
    throw new UsageError("the policy names no ledger of which runs could be read", "list them in its field ledgers")
  const ledgers = pairs.map(({ operator, voucher }) => ledgerIdOf(operator, voucher))
  const anchors: Anchored[] = []
  try {
    for (const { chainId, registries, rpcs } of chains) {
      const nodes = rpcs.map((url) => createRpc(url, asking))
      for (const registry of registries) anchors.push(...(await askNodes(nodes, { chainId, registry, ledgers }, span)))
    }
  } catch (error) {
    if (!(error instanceof Undetermined)) throw error
    throw new UsageError(`the population cannot be read: ${error.message}`, "ask again later, or name a list of runs")
  }
  const isVoid = ({ root }: Anchored) => BigInt(root) === 0n
  const source = `anchors of ${ledgers.length === 1 ? "a ledger" : `${ledgers.length} ledgers`} from ${instant(span.from)} to ${instant(span.to)}`
  return { source, runs: runsOf(anchors.filter((one) => !isVoid(one))), voids: runsOf(anchors.filter(isVoid)) }
}
