import { PROVEN_DEVICES } from "@wattest/chain"
import {
  type Accumulation,
  type Asked,
  askedOf,
  bigIntToBytes,
  boundInput,
  type ClaimSegment,
  type ClosingBounds,
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
  SEGMENT_RUNS,
  type Segment,
  TALLY_TYPE,
  toHex,
  totalOf,
} from "@wattest/protocol"
import { checkProofs, walkBounds, walkTallies } from "@wattest/verifier"
import type { RunArchive } from "../archive/run-archive.ts"
import type { LedgerPeriod, LedgerReader } from "../chain/ledger-reader.ts"
import { readVerificationKey } from "../proving/key-folder.ts"
import type { ProverPool } from "../proving/prover-pool.ts"
import { Refusal } from "../refusal.ts"
import type { ProofJournal } from "./journal.ts"
import { openRuns } from "./open-runs.ts"
import {
  checkClosing,
  checkConditions,
  checkOpenings,
  checkSize,
  countsOf,
  type OpenedLedger,
  planChain,
  totalsOf,
} from "./plan.ts"
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

export const word = (value: bigint): Hex => toHex(bigIntToBytes(value, 32))

/** Ledgers by ascending id, each with its runs opened. Refuses what cannot be proved. */
async function openLedgers(request: TallyRequest, asOf: number, asked: Asked): Promise<readonly OpenedLedger[]> {
  const { reader, ledgers, archives, terms, unopened } = request
  const ids = [...new Set(ledgers)].sort()
  const devices = Math.floor(PROVEN_DEVICES / ids.length)
  const periods: LedgerPeriod[] = []
  for (const id of ids) periods.push(await reader.period(id, terms, asOf, devices))
  checkSize(periods)
  const opened: OpenedLedger[] = []
  for (const period of periods) opened.push({ period, runs: await openRuns(archives, period.runs) })
  checkOpenings(opened, unopened)
  checkConditions(opened, asked)
  return opened
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

/**
 * Proves a tally of every run that the ledgers anchored and that ends in the period. What cannot be proved is refused
 * before any proof, with its reason; every proof is verified by the verifier's own code before the file is handed out.
 */
export async function createTally(request: TallyRequest): Promise<TallyFile> {
  const { reader, registry, terms, journal, pool, progress, keys } = request
  const { filters, conditions, from, to } = terms
  const asOf = asOfTime(request)
  const asked = askedOf(filters, conditions, terms)
  const opened = await openLedgers(request, asOf, asked)
  closingOf({ totals: totalsOf(opened, asked), blind: 0n }, request.closing)
  const count = opened.reduce((sum, { runs }) => sum + Math.ceil(runs.length / SEGMENT_RUNS), 0)
  if (count > 0) journal.blind(count - 1)
  const { ledgers: chains, end } = planChain(opened, asked, journal.blind)
  const segments = chains.flat()
  request.onProspect?.({ ...countsOf(opened, asked), segments: segments.length })
  const total = segments.length + 3
  let done = 0
  const counted = async <T>(proof: Promise<T>): Promise<T> => {
    const made = await proof
    progress?.(++done, total)
    return made
  }
  progress?.(0, total)
  const prove: ProverPool["prove"] = (circuit, input) => counted(journal.keep(input, () => pool.prove(circuit, input)))
  const [proofs, closing] = await Promise.all([
    Promise.all(segments.map(({ input }) => prove("fold", input))),
    proveClosing(prove, end, closingOf(end, request.closing)),
  ])
  const ledgers = opened.map(({ period: { operator, voucher, state, ...ends } }, i) => ({
    ...{ operator, voucher, from: ends.from, asOf: ends.asOf },
    segments: (chains[i] ?? []).map((segment) => segmentOf(segment, proofs[segments.indexOf(segment)] as Groth16Proof)),
    state,
  }))
  const tally: PeriodTally = {
    ...{ kind: "period", chainId: reader.chainId, registry, filters, conditions, from, to, asOf, ledgers, closing },
  }
  const [fold, bound] = [await readVerificationKey(keys, "fold"), await readVerificationKey(keys, "bound")]
  const document = checkDocument({ mediaType: PRESENTATION_TYPE, keys: { fold, bound }, tallies: [tally], bounds: [] })
  return { mediaType: TALLY_TYPE, openings: [end], place: 0, document }
}
