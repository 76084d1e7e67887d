import { CLAIMS_ABI, type Header, type RegistryAt, rpcNumber, view } from "@wattest/chain"
import {
  boundSlot,
  type ClaimBound,
  conditionsFrom,
  filtersFrom,
  type Hex,
  ledgerIdOf,
  metricFrom,
  PRESENTATION_TYPE,
  type Presentation,
  type PublishedTally,
  tallySlots,
  tallyWords,
} from "@wattest/protocol"
import { type ContractFunctionReturnType, decodeFunctionResult, encodeFunctionData } from "viem"
import { contractAt, reached, requireFinal } from "../chain/ledger-reader.ts"
import { proveLedger, proveSlots } from "../chain/ledger-state.ts"
import { Refusal } from "../refusal.ts"
import { checkDocument, PROVEN_DEVICES, word } from "./create-tally.ts"

export type PresentRequest = {
  readonly rpc: string
  /** Address of the registry of claims. */
  readonly claims: Hex
  readonly operator: Hex
  /** Of the operator's tallies; those of denominators come along. */
  readonly numbers: readonly bigint[]
}

type Stored = ContractFunctionReturnType<typeof CLAIMS_ABI, "view", "tallyOf">
type Source = { readonly at: RegistryAt; readonly final: Header; readonly chainId: number; readonly registry: Hex }

const lower = (address: Hex) => address.toLowerCase() as Hex
const notThere = (detail: string) =>
  new Refusal("INPUT_INVALID", detail, "list what there is with wattest registry claims")

async function readRegistry({ rpc, registry: claims }: RegistryAt, final: Header): Promise<Hex> {
  const data = encodeFunctionData({ abi: CLAIMS_ABI, functionName: "registry" })
  const answer = await view(rpc, claims, data, final.number)
  return lower(decodeFunctionResult({ abi: CLAIMS_ABI, functionName: "registry", data: answer }))
}

async function readTally({ at, final }: Source, operator: Hex, number: bigint): Promise<Stored> {
  const data = encodeFunctionData({ abi: CLAIMS_ABI, functionName: "tallyOf", args: [operator, number] })
  const answer = await view(at.rpc, at.registry, data, final.number)
  const tally = decodeFunctionResult({ abi: CLAIMS_ABI, functionName: "tallyOf", data: answer })
  if (tally.closedAt === 0n) throw notThere(`tally ${number} of ${operator} is not closed: it says nothing`)
  if (tally.suspect) throw notThere(`tally ${number} of ${operator}: a voucher withdrew its word for what it folded`)
  return tally
}

async function readCount({ at, final }: Source, operator: Hex): Promise<bigint> {
  const data = encodeFunctionData({ abi: CLAIMS_ABI, functionName: "tallyCount", args: [operator] })
  const answer = await view(at.rpc, at.registry, data, final.number)
  return decodeFunctionResult({ abi: CLAIMS_ABI, functionName: "tallyCount", data: answer })
}

/** The tallies by number, and what their bounds divide by. */
async function readAll(source: Source, { operator, numbers }: PresentRequest): Promise<ReadonlyMap<bigint, Stored>> {
  const found = new Map<bigint, Stored>()
  const wanted = [...new Set(numbers)]
  const count = await readCount(source, operator)
  const unknown = wanted.find((number) => number >= count)
  if (unknown !== undefined) throw notThere(`${operator} has ${count} tallies in a final block, none is ${unknown}`)
  for (const number of wanted) {
    if (found.has(number)) continue
    const tally = await readTally(source, operator, number)
    found.set(number, tally)
    if (numbers.includes(number)) wanted.push(...tally.bounds.map(({ denominator }) => BigInt(denominator)))
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** What the document says of a tally, before anything is proved. */
function described({ at, chainId, registry }: Source, number: bigint, stored: Stored): PublishedTally {
  const { terms, operator, runs, unopened, voids, accumulator, closing } = stored
  const [from, to, asOf] = [terms.from, terms.to, terms.asOf].map(Number) as [number, number, number]
  return {
    ...{ kind: "published", chainId, registry, claims: at.registry, operator: lower(operator), number },
    ...{ filters: filtersFrom(terms.filters), conditions: conditionsFrom(terms.conditions), from, to, asOf },
    ledgers: terms.vouchers.map((voucher) => ({ voucher: lower(voucher) })),
    ...{ runs, unopened: Number(unopened), voids: Number(voids), accumulator: word(accumulator), closing },
  }
}

/** With the storage of both registries as of the final block. */
async function proven(source: Source, tally: PublishedTally, bounds: number): Promise<PublishedTally> {
  const { at, final, registry } = source
  const indexes = Array.from({ length: bounds }, (_, i) => i)
  const slots = [...tallySlots(tally), ...tallyWords(tally).keys(), ...indexes.map((i) => boundSlot(tally, i))]
  const state = await proveSlots(at, final, slots)
  const devices = Math.floor(PROVEN_DEVICES / tally.ledgers.length)
  const ledgers: PublishedTally["ledgers"][number][] = []
  for (const { voucher } of tally.ledgers) {
    const part = { ledger: ledgerIdOf(tally.operator, voucher), voucher, ends: [], to: tally.to, devices }
    ledgers.push({ voucher, state: await proveLedger({ ...at, registry }, final, part) })
  }
  return { ...tally, ledgers, state }
}

function boundsOf({ bounds }: Stored, tally: number, placeOf: (number: bigint) => number): readonly ClaimBound[] {
  return bounds.flatMap(({ strict, denominator, lo, hi, ...rest }, published) =>
    strict ? [{ ...metricFrom(rest), tally, over: placeOf(BigInt(denominator)), lo, hi, published }] : [],
  )
}

/**
 * A presentation of tallies that a registry of claims holds, with their bounds, from the chain alone: anybody can make it.
 * Its length depends on ledgers, devices and bounds, and not on runs. Rejects with a Refusal.
 */
export async function presentPublished(request: PresentRequest): Promise<Presentation> {
  const at = contractAt(request.rpc, request.claims)
  const final = await reached(requireFinal(at))
  const chainId = rpcNumber(await reached(at.rpc.request("eth_chainId", [])), "eth_chainId")
  const source = { at, final, chainId, registry: await reached(readRegistry(at, final)) }
  const stored = await reached(readAll(source, request))
  const numbers = [...stored.keys()]
  const tallies: PublishedTally[] = []
  for (const [number, tally] of stored)
    tallies.push(await reached(proven(source, described(source, number, tally), tally.bounds.length)))
  const asked = [...stored].filter(([number]) => request.numbers.includes(number))
  const bounds = asked.flatMap(([number, tally]) => boundsOf(tally, numbers.indexOf(number), (n) => numbers.indexOf(n)))
  return checkDocument({ mediaType: PRESENTATION_TYPE, keys: {}, tallies, bounds })
}
