import { PROVEN_DEVICES } from "@wattest/chain"
import {
  type Accumulation,
  askedOf,
  bigIntToBytes,
  boundInput,
  type ClaimSegment,
  type ClosingBounds,
  EMPTY_ACCUMULATION,
  encodePresentation,
  type Groth16Proof,
  type Hex,
  METRICS,
  type MetricName,
  NO_UPPER_BOUND,
  type PeriodTally,
  PRESENTATION_TYPE,
  type Presentation,
  parsePresentation,
  type Segment,
  TALLY_TYPE,
  toHex,
  totalOf,
} from "@wattest/protocol"
import { checkProofs, walkBounds, walkTallies } from "@wattest/verifier"
import type { RunArchive } from "../archive/run-archive.ts"
import type { LedgerPeriod, LedgerReader } from "../chain/ledger-reader.ts"
import { createProofCheck } from "../proving/checked.ts"
import { readVerificationKey } from "../proving/key-folder.ts"
import type { ProverPool } from "../proving/prover-pool.ts"
import { Refusal } from "../refusal.ts"
import type { ProofJournal } from "./journal.ts"
import { inLanes } from "./lanes.ts"
import { checkClosing, checkSize } from "./plan.ts"
import { openSegments, planLedgers, type Source } from "./plan-ledgers.ts"
import type { TallyFile } from "./tally-file.ts"
import { type Closing, readClosing, type TallyTerms, type WrittenClosing } from "./terms.ts"

/** How many proofs of how many are done. */
export type Progress = (done: number, total: number) => void

/** What a tally will be of, said before anything is proved. */
export type Prospect = { readonly counted: number; readonly runs: number; readonly segments: number }

export type Proving = {
  /** Folder of keys. */
  readonly keys: string
  readonly pool: ProverPool
  readonly progress?: Progress
}

export type TallyRequest = Proving & {
  readonly reader: LedgerReader
  readonly registry: Hex
  /** Ids of the ledgers, in any order. */
  readonly ledgers: readonly Hex[]
  readonly archives: readonly RunArchive[]
  readonly terms: TallyTerms
  readonly closing?: WrittenClosing
  /** Most runs that the tally may leave unopened. */
  readonly unopened: number
  /** Keeps what is proved, so that a tally that was cut short goes on. */
  readonly journal: ProofJournal
  /** Told before the first proof. */
  readonly onProspect?: (prospect: Prospect) => void
}

/** Segments that are opened at once where a pool does not say how many it takes. */
const LANES = 64

export const word = (value: bigint): Hex => toHex(bigIntToBytes(value, 32))

/** The parts of the ledgers by ascending id. Refuses more than a document holds. */
async function readPeriods({ reader, ledgers, terms }: TallyRequest, asOf: number): Promise<readonly LedgerPeriod[]> {
  const ids = [...new Set(ledgers)].sort()
  const devices = Math.floor(PROVEN_DEVICES / ids.length)
  const periods: LedgerPeriod[] = []
  for (const id of ids) periods.push(await reader.period(id, terms, asOf, devices))
  checkSize(periods)
  return periods
}

/** The time as of which a tally is taken: what is written, else all that is final. Refuses one that is not final yet. */
function asOfTime({ reader, journal, terms: { to, asOf } }: TallyRequest): number {
  const time = asOf ?? (reader.finalTime > to ? journal.asOf(reader.finalTime) : reader.finalTime)
  if (time <= to || time > reader.finalTime) {
    const detail = `it is taken as of ${time} and ends at ${to}, the last final block is of ${reader.finalTime}`
    throw new Refusal("PERIOD_NOT_ENDED", detail, "wait, or end the period earlier with --to")
  }
  return time
}

/** The three bounds that close a tally, proved. */
export async function proveClosing(
  prove: ProverPool["prove"],
  end: Accumulation,
  closing: Closing,
): Promise<ClosingBounds> {
  const sides = { numerator: end, denominator: end }
  const of = (metric: MetricName, lo: bigint, hi: bigint): Promise<Groth16Proof> =>
    prove("bound", boundInput(sides, { measure: METRICS[metric], isStrict: false, bounds: { lo, hi } }))
  const proofs = await Promise.all([
    of("metered-time", closing.meteredAtLeast, NO_UPPER_BOUND),
    of("blind-share", 0n, closing.blindAtMost),
    of("broken", 0n, closing.brokenAtMost),
  ])
  return { ...closing, proofs }
}

/** The closing bounds that are written, or such as hold. Refuses false ones. */
export function closingOf({ totals }: Accumulation, written: WrittenClosing = {}): Closing {
  const truth = {
    timeMs: totalOf(totals, "allTimeMs"),
    blindMs: totalOf(totals, "allBlindMs"),
    broken: totalOf(totals, "allBroken"),
  }
  const closing = readClosing(written, truth)
  checkClosing(totals, closing)
  return closing
}

function segmentOf({ input, counts }: Segment, proof: Groth16Proof): ClaimSegment {
  const { headFrom, headTo, cFrom, cTo } = input
  return { headFrom: word(headFrom), headTo: word(headTo), ...counts, cFrom: word(cFrom), cTo: word(cTo), proof }
}

/** What a document claims, verified by the verifier's own code: proofs and how they hang together. */
export function checkDocument(document: Presentation): Presentation {
  const parsed = parsePresentation(encodePresentation(document))
  const walks = walkTallies(parsed)
  const bounds = walkBounds(parsed, walks)
  checkProofs([...walks.flatMap(({ cases }) => cases), ...bounds.flatMap(({ proofCase }) => proofCase ?? [])])
  return parsed
}

/** Counts proofs as they are made. */
function counting(total: number, progress: Progress = () => {}) {
  let done = 0
  progress(0, total)
  return async <T>(proof: Promise<T>): Promise<T> => {
    const made = await proof
    progress(++done, total)
    return made
  }
}

/**
 * Proves a tally of every run that the ledgers anchored and that ends in the period. What cannot be proved is refused
 * before any proof, with its reason; every proof is verified by the verifier's own code before the file is handed out.
 */
export async function createTally(request: TallyRequest): Promise<TallyFile> {
  const { reader, registry, archives, terms, journal, pool, progress, keys } = request
  const { filters, conditions, from, to } = terms
  const asOf = asOfTime(request)
  const source: Source = {
    periods: await readPeriods(request, asOf),
    archives,
    asked: askedOf(filters, conditions, terms),
  }
  const plan = await planLedgers(source, request.unopened)
  const { totals, counted, runs } = plan
  const closing = closingOf({ totals, blind: 0n }, request.closing)
  if (terms.asOf === null) journal.begin(asOf)
  const count = plan.segments.length
  const end = count === 0 ? EMPTY_ACCUMULATION : { totals, blind: journal.blind(count - 1) }
  request.onProspect?.({ counted, runs, segments: count })
  const track = counting(count + 3, progress)
  const check = createProofCheck(keys)
  const prove: ProverPool["prove"] = (circuit, input) => {
    const holds = async (proof: Groth16Proof) => (await check(circuit, input, proof)) !== null
    return track(journal.keep(input, { prove: () => pool.prove(circuit, input), holds }))
  }
  const segments = await inLanes(openSegments(source, plan, journal.blind), pool.width ?? LANES, async (segment) =>
    segmentOf(segment, await prove("fold", segment.input)),
  )
  const closed = await proveClosing(prove, end, closing)
  const ledgers = source.periods.map(({ operator, voucher, state, ...ends }, ledger) => ({
    ...{ operator, voucher, from: ends.from, asOf: ends.asOf },
    segments: segments.filter((_, i) => plan.segments[i]?.ledger === ledger),
    state,
  }))
  const tally: PeriodTally = {
    ...{ kind: "period", chainId: reader.chainId, registry, filters, conditions, from, to, asOf, ledgers },
    closing: closed,
  }
  const [fold, bound] = [readVerificationKey(keys, "fold"), readVerificationKey(keys, "bound")]
  const document = checkDocument({ mediaType: PRESENTATION_TYPE, keys: { fold, bound }, tallies: [tally], bounds: [] })
  return { mediaType: TALLY_TYPE, openings: [end], place: 0, document }
}
