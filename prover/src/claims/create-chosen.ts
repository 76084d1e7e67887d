import {
  type Accumulation,
  type AnchorReceipt,
  type Asked,
  addTotals,
  askedOf,
  bigIntToBytes,
  boundInput,
  type ChosenRun,
  EMPTY_ACCUMULATION,
  encodePresentation,
  faultsOf,
  type Hex,
  isSelected,
  METRICS,
  type OpenInput,
  type Opening,
  openRun,
  PRESENTATION_TYPE,
  type Presentation,
  parsePresentation,
  toHex,
} from "@wattest/protocol"
import { checkProofs, walkClaim } from "@wattest/verifier"
import type { RunArchive } from "../archive/run-archive.ts"
import { checkReceipt, type ReceiptSource } from "../certificate/receipts.ts"
import { checkRecord } from "../certificate/self-check.ts"
import { readVerificationKey } from "../proving/key-folder.ts"
import type { ProverPool } from "../proving/prover-pool.ts"
import { Refusal } from "../refusal.ts"
import type { Progress } from "./create-presentation.ts"
import { openingOfRecord } from "./open-runs.ts"
import { checkBound, freshBlind } from "./plan.ts"
import type { ClaimSubject } from "./terms.ts"

export type ChosenRequest = {
  readonly archive: RunArchive
  readonly receipts: ReceiptSource
  /** Device id. */
  readonly device: Hex
  /** Runs in ascending order, each once. */
  readonly runs: readonly bigint[]
  readonly subject: ClaimSubject
  /** Folder of keys. */
  readonly keys: string
  readonly pool: ProverPool
  readonly progress?: Progress
}

type Chosen = { readonly run: bigint; readonly root: Hex; readonly opening: Opening; readonly receipt: AnchorReceipt }

const word = (value: bigint): Hex => toHex(bigIntToBytes(value, 32))

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
  const asked = askedOf(subject.filters)
  const faults = isSelected(opening, asked) ? faultsOf(opening, asked) : ["NOT_SELECTED"]
  if (faults.length > 0)
    throw new Refusal(
      "CONDITION_FAILED",
      `run ${run}: ${faults.join(", ")}`,
      "leave the run out, or claim other filters and grades",
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

/**
 * Proves a claim over chosen runs of a device. It opens nothing of them and says nothing of any other run. What cannot be
 * proved is refused before any proof; every proof is verified before the document is handed out.
 */
export async function createChosenPresentation(request: ChosenRequest): Promise<Presentation> {
  const { subject, keys, pool, progress } = request
  const { metric, filters, lo, hi } = subject
  if (METRICS[metric].isShare)
    throw new Refusal("TERMS_INVALID", `${metric} is of a whole ledger`, "choose another metric")
  const chosen: Chosen[] = []
  for (const run of request.runs) chosen.push(await choose(request, run))
  const [first] = chosen
  if (first === undefined) throw new Refusal("INPUT_INVALID", "no run is chosen", "name them with --runs")
  const totals = chosen.reduce((sum, { opening }) => addTotals(sum, opening.registers), EMPTY_ACCUMULATION.totals)
  checkBound({ numerator: totals, denominator: totals }, subject)
  let done = 0
  const count = () => progress?.(++done, chosen.length + 1)
  const { steps, end } = planRuns(chosen, askedOf(filters))
  const runs = await Promise.all(
    steps.map(async (step) => {
      const proved = await proveRun(request, step)
      count()
      return proved
    }),
  )
  const bound = await pool.prove("bound", boundInput({ numerator: end, denominator: end }, METRICS[metric], lo, hi))
  count()
  const { chainId, registry } = first.receipt.anchor
  const claims = [{ kind: "runs", chainId, registry, metric, filters, lo, hi, bound, runs } as const]
  const [open, boundKey] = [await readVerificationKey(keys, "open"), await readVerificationKey(keys, "bound")]
  const document = { mediaType: PRESENTATION_TYPE, keys: { open, bound: boundKey }, claims } as const
  const presentation = parsePresentation(encodePresentation(document))
  for (const claim of presentation.claims) checkProofs(walkClaim(claim, presentation, "claim").cases)
  return presentation
}
