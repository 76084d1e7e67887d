import {
  ANSWER,
  blockParameter,
  type ChainTally,
  CLAIMS_ABI,
  type Header,
  held,
  proveSlots,
  type Rpc,
  RpcLie,
  RpcRefusal,
  RpcUnavailable,
  readTally,
  rpcData,
  storedAs,
} from "@wattest/chain"
import { type Hex, Rejection } from "@wattest/protocol"
import { type ProvenStorage, proveStorage } from "@wattest/verifier"
import { decodeFunctionResult, encodeFunctionData } from "viem"
import type { Contracts } from "../books/state.ts"
import type { Fault } from "./logs.ts"

export type TallyName = { readonly operator: Hex; readonly number: bigint }

type Asked = {
  readonly rpc: Rpc
  readonly chainId: number
  readonly contracts: Contracts & { readonly claims: Hex }
  readonly blame: (fault: Fault) => void
}

/** What one endpoint says of a tally. */
type Answer = { readonly place: number; readonly tally: ChainTally; readonly text: string }

const named = ({ operator, number }: TallyName) => `tally ${number} of ${operator}`

/** Values by where they stand: `terms.from`, `bounds.0.hi`. */
function valuesIn(value: unknown, path: string): readonly (readonly [string, string])[] {
  if (value === null || typeof value !== "object") return [[path, String(value)]]
  const within = (name: string) => (path === "" ? name : `${path}.${name}`)
  return Object.entries(value).flatMap(([name, member]) => valuesIn(member, within(name)))
}

const textOf = (tally: ChainTally) => JSON.stringify(valuesIn(tally, ""))

function readAnswer(answer: PromiseSettledResult<unknown>, place: number, { blame }: Asked, name: TallyName): Answer[] {
  if (answer.status === "rejected") return []
  try {
    const data = rpcData(answer.value, "eth_call")
    const tally = held(ANSWER, () => decodeFunctionResult({ abi: CLAIMS_ABI, functionName: "tallyOf", data }))
    return [{ place, tally, text: textOf(tally) }]
  } catch (error) {
    if (!(error instanceof RpcLie)) throw error
    blame({ place, reason: `${named(name)}: ${error.message}` })
    return []
  }
}

/**
 * What the contract says of a tally as of a block, as every endpoint has it that keeps the block's state: no head proves
 * it. Where they differ, the contract's own storage decides, proved under the block's header, and then what most of them
 * say; `blame` hears which were wrong. Throws RpcLie, with what each of them says, where neither decides.
 */
export async function tallyAt(asked: Asked, name: TallyName, block: Header): Promise<ChainTally> {
  const { rpc, contracts, blame } = asked
  const data = encodeFunctionData({ abi: CLAIMS_ABI, functionName: "tallyOf", args: [name.operator, name.number] })
  const settled = await rpc.everywhere("eth_call", [{ to: contracts.claims, data }, blockParameter(block.hash)])
  const answers = settled.flatMap((answer, place) => readAnswer(answer, place, asked, name))
  const [first] = answers
  if (first === undefined) return readTally({ rpc, registry: contracts.claims }, name, block.hash)
  if (answers.every(({ text }) => text === first.text)) return first.tally
  const stored = await storedOnes(asked, name, block, answers)
  const texts = new Set(stored.map(({ text }) => text))
  const most = [...texts].find((text) => 2 * answers.filter((answer) => answer.text === text).length > answers.length)
  const believed = texts.size === 1 ? stored[0] : stored.find(({ text }) => text === most)
  if (believed === undefined) throw new RpcLie(differenceOf(name, answers))
  const reason = texts.size === 1 ? "is not what the contract's storage holds" : "is not what most endpoints say"
  for (const { place, text } of answers)
    if (text !== believed.text) blame({ place, reason: `its ${named(name)} ${reason}` })
  return believed.tally
}

/** Those answers that the contract's storage bears out; all of them where nobody proves it. */
async function storedOnes(
  asked: Asked,
  { number }: TallyName,
  block: Header,
  answers: readonly Answer[],
): Promise<readonly Answer[]> {
  const { chainId, contracts } = asked
  const source = { chainId, registry: contracts.registry, claims: contracts.claims }
  try {
    const expected = answers.map((answer) => ({ answer, ...storedAs(source, number, answer.tally) }))
    const storage = await storageOf(
      asked,
      block,
      expected.flatMap(({ slots }) => slots),
    )
    if (storage === null) return answers
    return expected.filter(({ fits }) => fits((slot) => storage.slots.get(slot) ?? 0n)).map(({ answer }) => answer)
  } catch (error) {
    // Terms that no document can say: what the storage holds of them is not worked out here.
    if (error instanceof Rejection) return answers
    throw error
  }
}

/** The contract's storage under the block's header, by the first endpoint whose proof holds; null where none gives one. */
async function storageOf(
  { rpc, contracts }: Asked,
  block: Header,
  slots: readonly Hex[],
): Promise<ProvenStorage | null> {
  const places = await rpc.everywhere("eth_chainId", [])
  for (const place of places.keys()) {
    const alone: Rpc = { ...rpc, request: (method, params) => askOne(rpc, place, method, params) }
    try {
      return proveStorage(await proveSlots({ rpc: alone, registry: contracts.claims }, block, slots), contracts.claims)
    } catch (error) {
      const isNone = [Rejection, RpcLie, RpcRefusal, RpcUnavailable].some((kind) => error instanceof kind)
      if (!isNone) throw error
    }
  }
  return null
}

async function askOne(rpc: Rpc, place: number, method: string, params: readonly unknown[]): Promise<unknown> {
  const answer = (await rpc.everywhere(method, params))[place]
  if (answer?.status === "fulfilled") return answer.value
  throw new RpcUnavailable(`${method}: endpoint ${place + 1} gives no answer`)
}

/** The first value in which answers differ, with what each endpoint says of it. */
function differenceOf(name: TallyName, answers: readonly Answer[]): string {
  const said = answers.map(({ tally }) => new Map(valuesIn(tally, "")))
  const paths = [...new Set(said.flatMap((values) => [...values.keys()]))]
  const path = paths.find((each) => new Set(said.map((values) => values.get(each))).size > 1) ?? ""
  const each = answers.map(({ place }, i) => `endpoint ${place + 1} says ${said[i]?.get(path) ?? "nothing"}`)
  return `${named(name)}: of ${path} ${each.join(", ")}; nothing proves which of them is wrong`
}
