import {
  type Accumulation,
  askedOf,
  bigIntToBytes,
  boundInput,
  type ClaimedLedger,
  type ClaimSegment,
  encodePresentation,
  type Hex,
  ledgerIdOf,
  METRICS,
  type PeriodClaim,
  PRESENTATION_TYPE,
  type Presentation,
  parsePresentation,
  type Segment,
  toHex,
  wholeOf,
} from "@wattest/protocol"
import { checkProofs, walkClaim } from "@wattest/verifier"
import type { RunArchive } from "../archive/run-archive.ts"
import type { LedgerReader } from "../chain/ledger-reader.ts"
import { readVerificationKey } from "../proving/key-folder.ts"
import type { ProverPool } from "../proving/prover-pool.ts"
import { Refusal } from "../refusal.ts"
import { openRuns } from "./open-runs.ts"
import {
  type Chain,
  checkBound,
  checkConditions,
  checkOpenings,
  checkRoots,
  type OpenedLedger,
  planChain,
  sumsOf,
} from "./plan.ts"
import type { ClaimTerms } from "./terms.ts"

/** How many proofs of how many are done. */
export type Progress = (done: number, total: number) => void

export type PresentationRequest = {
  readonly reader: LedgerReader
  readonly registry: Hex
  /** Ids of the ledgers, in any order. */
  readonly ledgers: readonly Hex[]
  readonly archives: readonly RunArchive[]
  readonly terms: ClaimTerms
  /** Most runs that the claim may leave unopened. */
  readonly unopened: number
  /** Folder of keys. */
  readonly keys: string
  readonly pool: ProverPool
  readonly progress?: Progress
}

/**
 * Devices of all ledgers whose last anchor is proved; of the others a verifier says that it does not know. Each takes
 * some 30 KB of proof where the chain's storage is large, and a document has a longest length.
 */
const PROVEN_DEVICES = 200

const word = (value: bigint): Hex => toHex(bigIntToBytes(value, 32))

/** Ledgers by ascending id, each with its part of the period and its runs opened. Refuses what cannot be proved. */
async function openLedgers({
  reader,
  ledgers,
  archives,
  terms,
  unopened,
}: PresentationRequest): Promise<readonly OpenedLedger[]> {
  const { from, to, filters } = terms
  if (to > reader.finalTime) {
    const detail = `it ends at ${to}, the last final block is of ${reader.finalTime}`
    throw new Refusal("PERIOD_NOT_ENDED", detail, "wait, or end the period earlier with --to")
  }
  const opened: OpenedLedger[] = []
  const ids = [...new Set(ledgers)].sort()
  const devices = Math.floor(PROVEN_DEVICES / ids.length)
  for (const id of ids) {
    const period = await reader.period(id, from, to, devices)
    opened.push({ period, runs: await openRuns(archives, period.runs) })
  }
  checkOpenings(opened, unopened)
  checkRoots(opened)
  checkConditions(opened, askedOf(filters))
  if (METRICS[terms.metric].isShare) checkConditions(opened, askedOf(wholeOf(filters)))
  checkBound(sumsOf(opened, terms), terms)
  return opened
}

type Prove = (circuit: "fold" | "bound", input: Parameters<ProverPool["prove"]>[1]) => ReturnType<ProverPool["prove"]>

/** Counts what is proved, over all chains of the claim. */
function countedProver({ pool, progress }: PresentationRequest, total: number): Prove {
  let done = 0
  progress?.(0, total)
  return async (circuit, input) => {
    const proof = await pool.prove(circuit, input)
    progress?.(++done, total)
    return proof
  }
}

async function proveSegment(prove: Prove, { input, counts }: Segment): Promise<ClaimSegment> {
  const { headFrom, headTo, cFrom, cTo } = input
  const proof = await prove("fold", input)
  return { headFrom: word(headFrom), headTo: word(headTo), ...counts, cFrom: word(cFrom), cTo: word(cTo), proof }
}

const proveChain = (prove: Prove, chain: Chain) =>
  Promise.all(chain.ledgers.map((segments) => Promise.all(segments.map((segment) => proveSegment(prove, segment)))))

async function proveClaim(request: PresentationRequest, opened: readonly OpenedLedger[]): Promise<PeriodClaim> {
  const { terms, reader, registry } = request
  const { metric, filters, lo, hi, from, to } = terms
  const top = planChain(opened, askedOf(filters))
  const bottom = METRICS[metric].isShare ? planChain(opened, askedOf(wholeOf(filters))) : null
  const count = [top, ...(bottom ? [bottom] : [])].flatMap(({ ledgers }) => ledgers.flat()).length
  const prove = countedProver(request, count + 1)
  const sides: { numerator: Accumulation; denominator: Accumulation } = {
    numerator: top.end,
    denominator: bottom?.end ?? top.end,
  }
  const [segments, denominators, bound] = await Promise.all([
    proveChain(prove, top),
    bottom ? proveChain(prove, bottom) : null,
    prove("bound", boundInput(sides, METRICS[metric], lo, hi)),
  ])
  const ledgers = opened.map(({ period: { operator, voucher, state, ...ends } }, i): ClaimedLedger => {
    const denominator = denominators?.[i]
    return {
      operator,
      voucher,
      from: ends.from,
      to: ends.to,
      segments: segments[i] ?? [],
      ...(denominator ? { denominator } : {}),
      state,
    }
  })
  return { kind: "period", chainId: reader.chainId, registry, metric, filters, lo, hi, bound, from, to, ledgers }
}

/**
 * Proves a claim over every run that the ledgers anchored in the period. What cannot be proved is refused before any
 * proof, with its reason; every proof is verified by the verifier's own code before the document is handed out.
 */
export async function createPresentation(request: PresentationRequest): Promise<Presentation> {
  const opened = await openLedgers(request)
  const claim = await proveClaim(request, opened)
  const [fold, bound] = await Promise.all([
    readVerificationKey(request.keys, "fold"),
    readVerificationKey(request.keys, "bound"),
  ])
  const presentation = parsePresentation(
    encodePresentation({ mediaType: PRESENTATION_TYPE, keys: { fold, bound }, claims: [claim] }),
  )
  for (const checked of presentation.claims) checkProofs(walkClaim(checked, presentation, "claim").cases)
  return presentation
}

/** Ids of the ledgers that a claim covers, in its order. */
export function ledgersOf({ ledgers }: PeriodClaim): readonly Hex[] {
  return ledgers.map(({ operator, voucher }) => ledgerIdOf(operator, voucher))
}
