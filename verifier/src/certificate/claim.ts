import type {
  Accelerator,
  Boundary,
  Certificate,
  CertifiedRun,
  Hex,
  Origin,
  RunContext,
  Status,
  Tags,
} from "@wattest/protocol"
import type { MetExpectation } from "../gate/decide.ts"
import { type JobExtent, jobExtentOf } from "../measure/job-extent.ts"
import { type Quantity, quantitiesOf, type Totals, totalsOf } from "../measure/totals.ts"
import type { Subject } from "./subject.ts"

/** One run as the chain knows it. */
export type AnchoredRun = {
  readonly run: bigint
  readonly root: Hex
  readonly position: bigint
  readonly blockNumber: bigint
  /** Unix seconds: the run's data are not younger than this. */
  readonly anchoredAt: number
}

/** What a valid certificate proves. There is no other way to come by one than a valid verdict. */
export type CertificateClaim = {
  readonly certificate: Certificate
  readonly device: Hex
  readonly chainId: number
  readonly registry: Hex
  readonly operator: Hex
  readonly voucher: Hex
  readonly labels: Tags & { readonly context: RunContext }
  /** Those of all runs; where they changed, each changed set says from which run on. */
  readonly accelerators: readonly string[]
  readonly boundary: Boundary
  readonly origin: Origin
  /** That of the last run. */
  readonly status: Status
  readonly job: JobExtent
  readonly startTimeMs: number
  readonly endTimeMs: number
  readonly runs: readonly AnchoredRun[]
  readonly totals: Totals
  readonly quantities: readonly Quantity[]
  /** What the policy expects, with what was found. */
  readonly expectations: readonly MetExpectation[]
}

/** A board by its SKU, or by what else is known of it. */
const nameOf = ({ sku, id }: Accelerator) => sku || id

/** The accelerators of all runs, each set named once where it begins. */
function acceleratorsOf(runs: readonly CertifiedRun[]): readonly string[] {
  const sets = runs.map(({ statement }) => statement.context.accelerators.map(nameOf))
  const spelling = sets.map((set) => JSON.stringify(set))
  return runs.flatMap(({ run }, i) => {
    const set = sets[i] ?? []
    if (i === 0) return set
    return spelling[i] === spelling[i - 1] ? [] : [`from run ${run}: ${set.join(" + ") || "none"}`]
  })
}

/** The claim of a certificate whose checks all hold. */
export function claimOf({ certificate, device }: Subject): CertificateClaim {
  const [first] = certificate.runs
  const last = certificate.runs.at(-1)
  if (first === undefined || last === undefined) throw new TypeError("a certificate has at least one run")
  const { model, unit, zone, site, party, context, boundary, origin, startTimeMs } = first.statement
  const { chainId, registry, operator, voucher } = first.anchor
  const totals = totalsOf(certificate.runs)
  const job = jobExtentOf(certificate.runs)
  const runs = certificate.runs.map(({ run, submission, anchor }) => ({
    run,
    root: submission.roots[Number(run - submission.firstRun)] as Hex,
    position: anchor.position,
    blockNumber: anchor.blockNumber,
    anchoredAt: anchor.anchoredAt,
  }))
  return {
    ...{ certificate, device, chainId, registry, operator, voucher, boundary, origin, startTimeMs, runs, totals },
    accelerators: acceleratorsOf(certificate.runs),
    labels: { model, unit, zone, site, party, context },
    job,
    status: totals.status,
    endTimeMs: last.statement.endTimeMs,
    quantities: quantitiesOf(totals, job.extent),
    expectations: [],
  }
}
