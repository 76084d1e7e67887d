import {
  boundSlot,
  boundWord,
  type ClaimBound,
  conditionsFrom,
  filtersFrom,
  type Hex,
  ledgerIdOf,
  metricFrom,
  PRESENTATION_TYPE,
  type Presentation,
  type PublishedTally,
  Rejection,
  requiredShown,
  type TallyId,
  tallySlots,
  tallyWords,
  toHex,
  unpackTally,
  word,
} from "@wattest/protocol"
import { type ContractFunctionReturnType, decodeFunctionResult, encodeFunctionData } from "viem"
import { CLAIMS_ABI } from "../abi.ts"
import type { Header } from "../header.ts"
import { type BlockReference, type RegistryAt, view } from "../registry.ts"
import { ANSWER, held } from "../rpc/values.ts"
import { proveLedger, proveSlots } from "./ledger-state.ts"

/**
 * Devices of all ledgers of a tally whose service is proved; of others a verifier says that it does not know. Each takes some
 * 40 KB of proof where the chain's storage is large, and a document has a longest length.
 */
export const PROVEN_DEVICES = 200

/** The registry of claims has no such tally, or not one that says anything. */
export class NotPublished extends Error {
  override readonly name = "NotPublished"
}

/** Which tallies of an operator; those of denominators come along. */
export type PublishedRequest = { readonly operator: Hex; readonly numbers: readonly bigint[] }

/** A tally as the registry of claims answers it (IClaimRegistry.Tally). */
export type ChainTally = ContractFunctionReturnType<typeof CLAIMS_ABI, "view", "tallyOf">

/** The registry of claims, `final`: the block of which all is proved, and the registry of anchors that it reads. */
export type ClaimsAt = {
  readonly at: RegistryAt
  readonly final: Header
  readonly chainId: number
  readonly registry: Hex
}

const lower = (address: Hex) => address.toLowerCase() as Hex

/** The registry of anchors that a registry of claims reads. */
export async function readAnchorsOf({ rpc, registry: claims }: RegistryAt, final: Header): Promise<Hex> {
  const data = encodeFunctionData({ abi: CLAIMS_ABI, functionName: "registry" })
  const answer = await view(rpc, claims, data, final.number)
  return lower(held(ANSWER, () => decodeFunctionResult({ abi: CLAIMS_ABI, functionName: "registry", data: answer })))
}

/** A tally as of a block. `at`: the registry of claims. */
export async function readTally(
  { rpc, registry: claims }: RegistryAt,
  { operator, number }: TallyId,
  block: BlockReference,
): Promise<ChainTally> {
  const data = encodeFunctionData({ abi: CLAIMS_ABI, functionName: "tallyOf", args: [operator, number] })
  const answer = await view(rpc, claims, data, block)
  return held(ANSWER, () => decodeFunctionResult({ abi: CLAIMS_ABI, functionName: "tallyOf", data: answer }))
}

/** A tally that says something. */
async function readClosed({ at, final }: ClaimsAt, operator: Hex, number: bigint): Promise<ChainTally> {
  const tally = await readTally(at, { operator, number }, final.number)
  if (tally.closedAt === 0n) throw new NotPublished(`tally ${number} of ${operator} is not closed: it says nothing`)
  if (tally.suspect)
    throw new NotPublished(`tally ${number} of ${operator}: a voucher withdrew its word for what it folded`)
  const nameless = requiredShown(tally.terms.conditions.required).filter((name) => name.startsWith("bit-"))
  if (nameless.length > 0)
    throw new NotPublished(`tally ${number} of ${operator} asks of runs what none has: ${nameless.join(", ")}`)
  return tally
}

async function readCount({ at, final }: ClaimsAt, operator: Hex): Promise<bigint> {
  const data = encodeFunctionData({ abi: CLAIMS_ABI, functionName: "tallyCount", args: [operator] })
  const answer = await view(at.rpc, at.registry, data, final.number)
  return held(ANSWER, () => decodeFunctionResult({ abi: CLAIMS_ABI, functionName: "tallyCount", data: answer }))
}

/** The tallies by number, and what their bounds divide by. */
async function readAll(
  source: ClaimsAt,
  { operator, numbers }: PublishedRequest,
): Promise<ReadonlyMap<bigint, ChainTally>> {
  const found = new Map<bigint, ChainTally>()
  const wanted = [...new Set(numbers)]
  const count = await readCount(source, operator)
  const unknown = wanted.find((number) => number >= count)
  if (unknown !== undefined)
    throw new NotPublished(`${operator} has ${count} tallies in a final block, none is ${unknown}`)
  for (const number of wanted) {
    if (found.has(number)) continue
    const tally = await readClosed(source, operator, number)
    found.set(number, tally)
    if (numbers.includes(number)) wanted.push(...tally.bounds.map(({ denominator }) => BigInt(denominator)))
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Where a tally is: the registry of claims, and that of anchors which it reads. */
export type TallySource = { readonly chainId: number; readonly registry: Hex; readonly claims: Hex }

const sourceOf = ({ at, chainId, registry }: ClaimsAt): TallySource => ({ chainId, registry, claims: at.registry })

/** What the document says of a tally, before anything is proved. Throws a Rejection where no document can say it. */
function described(source: TallySource, number: bigint, stored: ChainTally): PublishedTally {
  const { terms, operator, runs, unopened, voids, accumulator, closing } = stored
  const [from, to, asOf] = [terms.from, terms.to, terms.asOf].map(Number) as [number, number, number]
  return {
    ...{ kind: "published", ...source, operator: lower(operator), number },
    ...{ filters: filtersFrom(terms.filters), conditions: conditionsFrom(terms.conditions), from, to, asOf },
    ledgers: terms.vouchers.map((voucher) => ({ voucher: lower(voucher) })),
    ...{ runs, unopened: Number(unopened), voids: Number(voids), accumulator: toHex(word(accumulator)), closing },
  }
}

/** What a registry of claims that answers so of a tally has in its storage: in which slots, and whether values are that. */
export type StoredTally = { readonly slots: readonly Hex[]; readonly fits: (read: (slot: Hex) => bigint) => boolean }

/** Where a tally's terms, counts, closing and bounds are stored. Throws a Rejection where no document can say its terms. */
export function storedAs(source: TallySource, number: bigint, tally: ChainTally): StoredTally {
  const said = described(source, number, tally)
  const words = new Map(tallyWords(said))
  for (const [i, { strict, denominator, lo, hi, ...metric }] of tally.bounds.entries())
    words.set(boundSlot(said, i), boundWord({ ...metricFrom(metric), lo, hi }, BigInt(denominator), strict))
  const counted = tallySlots(said)
  const { runs, unopened, voids, closedAt, bounds } = tally
  const expected = Object.entries({ runs, unopened, voids, closedAt, bounds: BigInt(bounds.length) })
  return {
    slots: [...counted, ...words.keys()],
    fits(read) {
      const counts = new Map(Object.entries(unpackTally([read(counted[0]), read(counted[1]), read(counted[2])])))
      const isCounted = expected.every(([name, value]) => counts.get(name) === value)
      return isCounted && [...words].every(([slot, value]) => read(slot) === value)
    },
  }
}

/** With the storage of both registries as of the final block. */
async function proven(source: ClaimsAt, tally: PublishedTally, bounds: number): Promise<PublishedTally> {
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

function boundsOf({ bounds }: ChainTally, tally: number, placeOf: (number: bigint) => number): readonly ClaimBound[] {
  return bounds.flatMap(({ strict, denominator, lo, hi, ...rest }, published) =>
    strict ? [{ ...metricFrom(rest), tally, over: placeOf(BigInt(denominator)), lo, hi, published }] : [],
  )
}

/**
 * A presentation of tallies that a registry of claims holds, with their bounds, from the chain alone: anybody can make it.
 * Its length depends on ledgers, devices and bounds, and not on runs. Rejects with NotPublished, and with what the node
 * does not answer or answers falsely.
 */
export async function provePublished(source: ClaimsAt, request: PublishedRequest): Promise<Presentation> {
  const stored = await readAll(source, request)
  try {
    return await presentationOf(source, request, stored)
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    throw new NotPublished(`the contract takes terms that no document can say, and these are such: ${error.detail}`)
  }
}

async function presentationOf(
  source: ClaimsAt,
  request: PublishedRequest,
  stored: ReadonlyMap<bigint, ChainTally>,
): Promise<Presentation> {
  const numbers = [...stored.keys()]
  const tallies: PublishedTally[] = []
  for (const [number, tally] of stored)
    tallies.push(await proven(source, described(sourceOf(source), number, tally), tally.bounds.length))
  const asked = [...stored].filter(([number]) => request.numbers.includes(number))
  const bounds = asked.flatMap(([number, tally]) => boundsOf(tally, numbers.indexOf(number), (n) => numbers.indexOf(n)))
  return { mediaType: PRESENTATION_TYPE, keys: {}, tallies, bounds }
}
