import {
  type Accumulation,
  type AnchorReceipt,
  type Asked,
  addTotals,
  amountsOf,
  askedOf,
  boundInput,
  type ChosenRun,
  EMPTY_ACCUMULATION,
  faultsOf,
  type Hex,
  isCounted,
  type OpenInput,
  type Opening,
  openRun,
  type Period,
  PRESENTATION_TYPE,
  type Presentation,
} from "@wattest/protocol"
import type { RunArchive } from "../archive/run-archive.ts"
import { checkReceipt, type ReceiptSource } from "../certificate/receipts.ts"
import { checkRecord } from "../certificate/self-check.ts"
import { freshBlind } from "../fresh-blind.ts"
import { readVerificationKey } from "../proving/key-folder.ts"
import { Refusal } from "../refusal.ts"
import { checkDocument, type Proving, word } from "./create-tally.ts"
import { openingOfRecord } from "./open-runs.ts"
import { checkBound } from "./plan.ts"
import { readBound, type TallySubject, type WrittenBound } from "./terms.ts"

export type ChosenRequest = Proving & {
  readonly archive: RunArchive
  readonly receipts: ReceiptSource
  /** Device id. */
  readonly device: Hex
  /** Runs in ascending order, each once. */
  readonly runs: readonly bigint[]
  readonly subject: TallySubject
  readonly written: WrittenBound
}

/** Chosen runs may have ended at any time. */
const EVER: Period = { from: 0, to: 2 ** 40 - 1 }

type Chosen = { readonly run: bigint; readonly root: Hex; readonly opening: Opening; readonly receipt: AnchorReceipt }

async function choose({ archive, receipts, device, subject }: ChosenRequest, run: bigint): Promise<Chosen> {
  const record = await archive.record(device, run)
  checkRecord(record)
  const receipt = await receipts(device, run)
  checkReceipt(receipt, device, run, record.root)
  if (receipt.proof.state === undefined)
    throw new Refusal(
      "RECEIPT_INCOMPLETE",
      `run ${run}: no storage proof of the vouch, without which nobody can judge the claim`,
      "ask the relay again; its node must answer eth_getProof",
    )
  const opening = openingOfRecord(record)
  const asked = askedOf(subject.filters, subject.conditions, EVER)
  const faults = isCounted(opening, asked) ? faultsOf(opening, asked) : ["NOT_COUNTED"]
  if (faults.length > 0)
    throw new Refusal(
      "CONDITION_FAILED",
      `run ${run}: ${faults.join(", ")}`,
      "leave the run out, or ask for other labels and grades",
    )
  return { run, root: record.root, opening, receipt }
}

/** Lays the runs out, each adding to the accumulator of the one before under a fresh blind. */
function planRuns(chosen: readonly Chosen[], asked: Asked) {
  let from: Accumulation = EMPTY_ACCUMULATION
  const steps = chosen.map((run) => {
    const { input, to } = openRun(run.opening, { asked, from, blindTo: freshBlind() })
    from = to
    return { ...run, input }
  })
  return { steps, end: from }
}

async function proveRun(
  { pool, device }: ChosenRequest,
  step: Chosen & { readonly input: OpenInput },
): Promise<ChosenRun> {
  const { run, root, input, receipt } = step
  const proof = await pool.prove("open", input)
  const ends = { cFrom: word(input.cFrom), cTo: word(input.cTo) }
  return { device, run, root, ...ends, proof, anchor: receipt.anchor, anchorProof: receipt.proof }
}

/** The bound on all chosen runs together, refused before any proof where it does not hold. */
function boundOf({ subject, written }: ChosenRequest, chosen: readonly Chosen[]) {
  const asked = askedOf(subject.filters, subject.conditions, EVER)
  const zero = EMPTY_ACCUMULATION.totals
  const totals = chosen.reduce((sum, { opening }) => addTotals(sum, amountsOf(opening, asked)), zero)
  const bound = readBound(written, subject)
  checkBound({ numerator: totals, denominator: totals, top: subject, bottom: subject }, bound)
  return bound
}

/**
 * Proves a number of chosen runs of a device. It opens nothing of them and says nothing of any other run. What cannot be
 * proved is refused before any proof; every proof is verified before the document is handed out.
 */
export async function createChosenPresentation(request: ChosenRequest): Promise<Presentation> {
  const { subject, keys, pool, progress } = request
  const chosen: Chosen[] = []
  for (const run of request.runs) chosen.push(await choose(request, run))
  const [first] = chosen
  if (first === undefined) throw new Refusal("INPUT_INVALID", "no run is chosen", "name them with --runs")
  const { metric, measure, lo, hi } = boundOf(request, chosen)
  let done = 0
  const counted = async <T>(proof: Promise<T>): Promise<T> => {
    const made = await proof
    progress?.(++done, chosen.length + 1)
    return made
  }
  const { steps, end } = planRuns(chosen, askedOf(subject.filters, subject.conditions, EVER))
  const runs = await Promise.all(steps.map((step) => counted(proveRun(request, step))))
  const sides = { numerator: end, denominator: end }
  const input = boundInput(sides, { measure, isStrict: true, bounds: { lo, hi } })
  const proof = await counted(pool.prove("bound", input))
  const { chainId, registry } = first.receipt.anchor
  const { filters, conditions } = subject
  const ratio = metric === "ratio" ? { ratio: { numerator: measure.numerator, denominator: measure.denominator } } : {}
  return checkDocument({
    mediaType: PRESENTATION_TYPE,
    keys: { open: readVerificationKey(keys, "open"), bound: readVerificationKey(keys, "bound") },
    tallies: [{ kind: "runs", chainId, registry, filters, conditions, ...EVER, runs }],
    bounds: [{ metric, tally: 0, over: 0, ...ratio, lo, hi, proof }],
  })
}
