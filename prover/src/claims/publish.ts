import { CLAIMS_ABI, settled } from "@wattest/chain"
import { proxiedFetch } from "@wattest/command"
import {
  askedOf,
  type ClaimBound,
  type ClaimSegment,
  type ClosingBounds,
  contractConditions,
  contractFilters,
  contractMetric,
  type Groth16Proof,
  type Hex,
  type JoinTally,
  MAX_TALLY_BOUNDS,
  METRICS,
  type PeriodTally,
  type Presentation,
} from "@wattest/protocol"
import { type Account, createPublicClient, createWalletClient, http, isAddressEqual } from "viem"
import { Refusal } from "../refusal.ts"
import type { Progress } from "./create-tally.ts"

export type PublishRequest = {
  readonly document: Presentation
  readonly rpc: string
  /** Address of the registry of claims. */
  readonly claims: Hex
  /** The operator: the registry takes a tally from nobody else. An address is unlocked in the node. */
  readonly account: Account | Hex
  /** Most gas of one transaction; EIP-7825 caps it at 2^24. */
  readonly gasCap?: bigint
  /** Transactions sent, of how many at most. */
  readonly progress?: Progress
  /** Told where the account's earlier transactions are waited for. */
  readonly say?: (line: string) => void
}

/** Where tallies stand in the registry, in the order of the document, and what it took. */
export type Published = { readonly numbers: readonly bigint[]; readonly transactions: number }

/** Gas of the transaction itself, and of a segment within it: bounds from measurement, checked again by the node. */
const GAS = { transaction: 300_000n, segment: 70_000n }
const POLL_MS = 500
const DEFAULT_GAS_CAP = 1n << 24n

/** The precompile has the coordinates of the quadratic extension in the other order (EIP-197). */
function proofWords({ a, b, c }: Groth16Proof) {
  const two = ([x = "0x0", y = "0x0"]: readonly string[]) => [BigInt(x), BigInt(y)] as const
  const turned = (pair: readonly string[] = []) => two([...pair].reverse())
  return { a: two(a), b: [turned(b[0]), turned(b[1])] as const, c: two(c) }
}

function segmentWords({ length, unopened, voids, headTo, cTo, proof }: ClaimSegment) {
  return { length, unopened, voids, head: headTo, accumulator: BigInt(cTo), proof: proofWords(proof) }
}

function termsWords({ ledgers, filters, conditions, from, to, asOf }: PeriodTally) {
  const asked = askedOf(filters, conditions, { from, to })
  return {
    vouchers: ledgers.map(({ voucher }) => voucher),
    ...{ from: BigInt(from), to: BigInt(to), asOf: BigInt(asOf) },
    filters: contractFilters(filters, asked),
    conditions: contractConditions(asked),
  }
}

function closingWords({ meteredAtLeast, blindAtMost, brokenAtMost, proofs }: ClosingBounds) {
  const [time, blind, broken] = proofs.map(proofWords)
  if (!time || !blind || !broken) throw new RangeError("a closing has three proofs")
  return [{ meteredAtLeast, blindAtMost, brokenAtMost }, [time, blind, broken]] as const
}

function boundWords({ metric, ratio, lo, hi }: ClaimBound, denominator: bigint) {
  const measure = ratio === undefined ? METRICS[metric] : { ...METRICS.ratio, ...ratio }
  return { ...contractMetric(metric, measure), strict: true, denominator: Number(denominator), lo, hi }
}

const isSame = (a: object, b: object) => canonical(a) === canonical(b)
const canonical = (value: object) =>
  JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? `${item}` : sorted(item))).toLowerCase()
const sorted = (item: unknown) =>
  item !== null && typeof item === "object" && !Array.isArray(item)
    ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
    : item

type Session = ReturnType<typeof sessionOf>

function sessionOf({ rpc, claims, account, gasCap = DEFAULT_GAS_CAP, progress }: PublishRequest, total: number) {
  const transport = http(rpc, { timeout: 30_000, fetchFn: proxiedFetch })
  const client = createPublicClient({ transport, pollingInterval: POLL_MS })
  const wallet = createWalletClient({ transport, account })
  const address = typeof account === "string" ? account : account.address
  const contract = { address: claims, abi: CLAIMS_ABI } as const
  let transactions = 0
  progress?.(0, total)
  return {
    ...{ client, wallet, contract, gasCap, operator: address.toLowerCase() as Hex },
    sent: () => transactions,
    /** Waits until a transaction is in a block. */
    async done(hash: Hex): Promise<void> {
      const receipt = await client.waitForTransactionReceipt({ hash })
      const hint = "run the same command again: it goes on where it stopped"
      if (receipt.status !== "success")
        throw new Refusal("PUBLICATION_FAILED", `transaction ${hash} was reverted`, hint)
      transactions++
      progress?.(transactions, total)
    },
  }
}

const readTally = ({ client, contract, operator }: Session, number: bigint) =>
  client.readContract({ ...contract, functionName: "tallyOf", args: [operator, number] })
type Stored = Awaited<ReturnType<typeof readTally>>

/** The operator's tallies from the newest back. */
async function* stored(session: Session): AsyncGenerator<{ readonly number: bigint; readonly tally: Stored }> {
  const { client, contract, operator } = session
  const count = await client.readContract({ ...contract, functionName: "tallyCount", args: [operator] })
  for (let number = count; number-- > 0n; ) yield { number, tally: await readTally(session, number) }
}

/** The number of what this operator, and nobody else, has just opened. */
async function newest({ client, contract, operator }: Session): Promise<bigint> {
  return (await client.readContract({ ...contract, functionName: "tallyCount", args: [operator] })) - 1n
}

const segmentsOf = ({ ledgers }: PeriodTally) => ledgers.flatMap(({ segments }) => segments)

/**
 * A tally that was begun with these very proofs: its accumulator is one of theirs, and nobody else knows those before
 * they are published.
 */
async function findBegun(session: Session, period: PeriodTally) {
  const { client, contract, operator } = session
  const [terms, segments] = [termsWords(period), segmentsOf(period)]
  for await (const { number, tally } of stored(session)) {
    if (tally.parts.length > 0 || !isSame(tally.terms, terms)) continue
    const { segments: count } = await client.readContract({
      ...contract,
      functionName: "progressOf",
      args: [operator, number],
    })
    const folded = Number(count)
    const isOurs = folded === 0 || BigInt(segments[folded - 1]?.cTo ?? 0) === tally.accumulator
    if (isOurs && (tally.closedAt === 0n || folded === segments.length)) return { number, folded }
  }
  return null
}

async function publishPeriod(session: Session, period: PeriodTally): Promise<bigint> {
  const { wallet, contract, gasCap } = session
  const begun = await findBegun(session, period)
  if (begun === null) {
    const args = [termsWords(period)] as const
    await session.done(await wallet.writeContract({ ...contract, functionName: "open", args, chain: null }))
  }
  const number = begun?.number ?? (await newest(session))
  const segments = segmentsOf(period)
  const batch = Number((gasCap - GAS.transaction) / GAS.segment)
  for (let at = begun?.folded ?? 0; at < segments.length; at += batch) {
    const args = [number, BigInt(at), segments.slice(at, at + batch).map(segmentWords)] as const
    await session.done(await wallet.writeContract({ ...contract, functionName: "extend", args, chain: null }))
  }
  return number
}

async function publishJoin(session: Session, join: JoinTally, numbers: readonly bigint[]): Promise<bigint> {
  const { wallet, contract } = session
  const parts = join.parts.map((place) => numbers[place] ?? 0n)
  const accumulator = BigInt(join.accumulator)
  for await (const { number, tally } of stored(session))
    if (tally.accumulator === accumulator && isSame(tally.parts, parts)) return number
  const args = [parts, accumulator, proofWords(join.proof)] as const
  await session.done(await wallet.writeContract({ ...contract, functionName: "join", args, chain: null }))
  return newest(session)
}

async function closeTally(session: Session, number: bigint, closing: ClosingBounds): Promise<void> {
  const { wallet, contract } = session
  if ((await readTally(session, number)).closedAt !== 0n) return
  const args = [number, ...closingWords(closing)] as const
  await session.done(await wallet.writeContract({ ...contract, functionName: "close", args, chain: null }))
}

async function publishBound(session: Session, bound: ClaimBound, numbers: readonly bigint[]): Promise<void> {
  const { wallet, contract } = session
  const number = numbers[bound.tally] ?? 0n
  const words = boundWords(bound, numbers[bound.over] ?? 0n)
  if (bound.proof === undefined) throw new RangeError("a bound of a folded tally has a proof")
  const { bounds } = await readTally(session, number)
  if (bounds.some((known) => isSame(known, words))) return
  const args = [number, words, proofWords(bound.proof)] as const
  await session.done(await wallet.writeContract({ ...contract, functionName: "bound", args, chain: null }))
}

function checkRequest({ document, account, gasCap = DEFAULT_GAS_CAP }: PublishRequest): void {
  const address = typeof account === "string" ? account : account.address
  for (const tally of document.tallies) {
    if (tally.kind === "runs")
      throw new Refusal("INPUT_INVALID", "a claim over chosen runs", "the registry takes claims over periods")
    if (tally.kind === "published")
      throw new Refusal("INPUT_INVALID", "its tallies are published already", "publish the tally's own file")
    const owners = tally.kind === "period" ? tally.ledgers : []
    const foreign = owners.find(({ operator }) => !isAddressEqual(operator, address))
    if (foreign !== undefined) {
      const detail = `the ledgers are of ${foreign.operator}, the account is ${address}`
      throw new Refusal("INPUT_INVALID", detail, "give the operator's key")
    }
  }
  for (const place of document.tallies.keys()) {
    const count = document.bounds.filter(({ tally }) => tally === place).length
    if (count > MAX_TALLY_BOUNDS)
      throw new Refusal(
        "INPUT_INVALID",
        `${count} bounds on one tally, and the registry takes ${MAX_TALLY_BOUNDS}`,
        "publish fewer: nothing was sent",
      )
  }
  const least = GAS.transaction + GAS.segment
  if (gasCap < least) throw new Refusal("INPUT_INVALID", `${gasCap} gas takes no segment`, `allow at least ${least}`)
}

/** Most transactions that a document takes. */
function transactionsFor({ tallies, bounds }: Presentation, gasCap: bigint): number {
  const batch = Number((gasCap - GAS.transaction) / GAS.segment)
  const periods = tallies.flatMap((tally) =>
    tally.kind === "period" ? [Math.ceil(segmentsOf(tally).length / batch)] : [],
  )
  return 2 * tallies.length + periods.reduce((sum, count) => sum + count, 0) + bounds.length
}

/**
 * Publishes the tallies, joins and bounds of a document in as many transactions as the gas cap needs. What it needs to go
 * on after a crash is on the chain: the same command again continues where the last one stopped, and does nothing once
 * all of it is there.
 */
export async function publishPresentation(request: PublishRequest): Promise<Published> {
  const { document, gasCap = DEFAULT_GAS_CAP } = request
  checkRequest(request)
  const session = sessionOf(request, transactionsFor(document, gasCap))
  await settled(session.client, session.operator, request.say ?? (() => undefined))
  const numbers: bigint[] = []
  for (const tally of document.tallies) {
    if (tally.kind === "runs" || tally.kind === "published") continue
    const isPeriod = tally.kind === "period"
    const number = isPeriod ? await publishPeriod(session, tally) : await publishJoin(session, tally, numbers)
    await closeTally(session, number, tally.closing)
    numbers.push(number)
  }
  for (const bound of document.bounds) await publishBound(session, bound, numbers)
  return { numbers, transactions: session.sent() }
}
