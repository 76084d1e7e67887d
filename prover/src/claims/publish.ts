import { CLAIMS_ABI } from "@wattest/chain"
import {
  boundaryNumber,
  type ClaimSegment,
  GRADES,
  type Groth16Proof,
  type Hex,
  METRIC_NAMES,
  type PeriodClaim,
} from "@wattest/protocol"
import { type Account, createPublicClient, createWalletClient, http, isAddressEqual } from "viem"
import { Refusal } from "../refusal.ts"
import type { Progress } from "./create-presentation.ts"

export type PublishRequest = {
  readonly claim: PeriodClaim
  readonly rpc: string
  /** Address of the registry of claims. */
  readonly claims: Hex
  /** The operator: the registry takes a claim from nobody else. An address is unlocked in the node. */
  readonly account: Account | Hex
  /** Most gas of one transaction; EIP-7825 caps it at 2^24. */
  readonly gasCap?: bigint
  /** Transactions done, of how many. */
  readonly progress?: Progress
}

/** Where a claim stands in the registry. */
export type Published = { readonly number: bigint; readonly transactions: number }

/** Gas of the transaction itself, and of a segment within it: bounds from measurement, checked again by the node. */
const GAS = { transaction: 120_000n, segment: 320_000n }
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

function termsWords({ ledgers, from, to, metric, filters }: PeriodClaim) {
  const { model, unit, zone, party, boundary } = filters
  const [energyGrade, workGrade] = [GRADES.indexOf(filters.energyGrade), GRADES.indexOf(filters.workGrade)]
  return {
    vouchers: ledgers.map(({ voucher }) => voucher),
    from: BigInt(from),
    to: BigInt(to),
    metric: METRIC_NAMES.indexOf(metric),
    filters: { model, unit, zone, party, boundary: boundaryNumber(boundary), energyGrade, workGrade },
  }
}

/** Both chains in the order in which the registry folds them: all ledgers of the first, then all of the second. */
function segmentsOf({ ledgers }: PeriodClaim): readonly ClaimSegment[] {
  return [...ledgers.flatMap(({ segments }) => segments), ...ledgers.flatMap(({ denominator = [] }) => denominator)]
}

const sameTerms = (a: object, b: object) => canonical(a) === canonical(b)
const canonical = (value: object) =>
  JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? `${item}` : item)).toLowerCase()

type Session = ReturnType<typeof sessionOf>

function sessionOf({ rpc, claims, account, gasCap = DEFAULT_GAS_CAP }: PublishRequest) {
  const transport = http(rpc, { timeout: 30_000 })
  const client = createPublicClient({ transport })
  const wallet = createWalletClient({ transport, account })
  const address = typeof account === "string" ? account : account.address
  return {
    client,
    wallet,
    operator: address.toLowerCase() as Hex,
    contract: { address: claims, abi: CLAIMS_ABI } as const,
    gasCap,
  }
}

/** Fails without a revert reason where a node gives none. */
async function done({ client }: Session, hash: Hex): Promise<void> {
  const receipt = await client.waitForTransactionReceipt({ hash, pollingInterval: 500 })
  if (receipt.status === "success") return
  throw new Refusal(
    "PUBLICATION_FAILED",
    `transaction ${hash} was reverted`,
    "run the same command again: it goes on where it stopped",
  )
}

/**
 * A claim of this operator that was begun with these very proofs: its accumulator is one of theirs, and nobody else
 * knows those before they are published. Null: there is none.
 */
async function findBegun(session: Session, claim: PeriodClaim) {
  const { client, contract, operator } = session
  const segments = segmentsOf(claim)
  const terms = termsWords(claim)
  const count = await client.readContract({ ...contract, functionName: "claimCount", args: [operator] })
  for (let number = count; number-- > 0n; ) {
    const [record] = await client.readContract({ ...contract, functionName: "claimsOf", args: [operator, number, 1n] })
    if (!record || !sameTerms(record.terms, terms)) continue
    const progress = await client.readContract({ ...contract, functionName: "progressOf", args: [operator, number] })
    const folded = Number(progress.segments)
    // Between the two chains of a share the accumulator starts again and tells nothing: such a claim is begun anew.
    const isOurs = folded === 0 || BigInt(segments[folded - 1]?.cTo ?? 0) === progress.accumulator
    const isClosed = record.closedAt !== 0n
    if (isOurs && (!isClosed || folded === segments.length)) return { number, folded, isClosed }
  }
  return null
}

async function openClaim(session: Session, claim: PeriodClaim): Promise<bigint> {
  const { client, wallet, contract, operator } = session
  const hash = await wallet.writeContract({ ...contract, functionName: "open", args: [termsWords(claim)], chain: null })
  await done(session, hash)
  // Only the operator opens claims of his, one after another: the newest is the one just opened.
  return (await client.readContract({ ...contract, functionName: "claimCount", args: [operator] })) - 1n
}

/**
 * Publishes a proven claim in as many transactions as the gas cap needs. What it needs to go on after a crash is on the
 * chain: the same command again continues where the last one stopped, and does nothing once the claim is closed.
 */
export async function publishClaim(request: PublishRequest): Promise<Published> {
  const { claim, progress } = request
  const session = sessionOf(request)
  const { wallet, contract, operator, gasCap } = session
  const foreign = claim.ledgers.find((ledger) => !isAddressEqual(ledger.operator, operator))
  if (foreign)
    throw new Refusal(
      "INPUT_INVALID",
      `the ledgers are of ${foreign.operator}, the account is ${operator}`,
      "give the operator's key",
    )
  const segments = segmentsOf(claim)
  const batch = Number((gasCap - GAS.transaction) / GAS.segment)
  if (batch < 1)
    throw new Refusal(
      "INPUT_INVALID",
      `${gasCap} gas takes no segment`,
      `allow at least ${GAS.transaction + GAS.segment}`,
    )
  const begun = await findBegun(session, claim)
  if (begun?.isClosed) return { number: begun.number, transactions: 0 }
  const folded = begun?.folded ?? 0
  const total = (begun ? 0 : 1) + Math.ceil((segments.length - folded) / batch) + 1
  let transactions = 0
  const count = () => progress?.(++transactions, total)
  progress?.(0, total)
  const number = begun?.number ?? (await openClaim(session, claim))
  if (!begun) count()
  for (let at = folded; at < segments.length; at += batch) {
    const words = segments.slice(at, at + batch).map(segmentWords)
    const args = [number, BigInt(at), words] as const
    await done(session, await wallet.writeContract({ ...contract, functionName: "extend", args, chain: null }))
    count()
  }
  const bound = [number, claim.lo, claim.hi, proofWords(claim.bound)] as const
  await done(session, await wallet.writeContract({ ...contract, functionName: "close", args: bound, chain: null }))
  count()
  return { number, transactions: total }
}
