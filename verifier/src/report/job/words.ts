import { plural, unitText } from "@wattest/protocol"
import { formatNumber, formatTime } from "../numbers.ts"
import type { ReportJob, ReportJobEvidence, ReportPart } from "./model.ts"

/** Ids that a line names; of more it says how many. */
const MOST_IDS = 4

function idsText(ids: readonly string[]): string {
  const more = ids.length - MOST_IDS
  return [...ids.slice(0, MOST_IDS), ...(more > 0 ? [`${more} more`] : [])].join(", ")
}

const seconds = (ms: number) => `${formatNumber(ms / 1000)} s`

function gapText(gapMs: number | null): string {
  if (gapMs === null || gapMs === 0) return ""
  return gapMs > 0 ? `${seconds(gapMs)} after the part before` : `${seconds(-gapMs)} of it beside the part before`
}

/** What became of a part, a sentence each. */
export function partWords(part: ReportPart, { unit }: Pick<ReportJob, "unit">): readonly string[] {
  const { startTimeMs, endTimeMs, outcome, devices, missing, voids, joined, left, gapMs, sharedWork, workUnits } = part
  const time =
    startTimeMs === null || endTimeMs === null ? "" : `${formatTime(startTimeMs)} to ${formatTime(endTimeMs)}`
  const energy = `${formatNumber(part.energyJoules)} J ± ${formatNumber(Number(part.uncertaintyJoules.toPrecision(2)))} J`
  const counted = sharedWork ? ", which all devices counted alike" : devices > 1 ? ", each device its own" : ""
  const work = `${workUnits} ${unitText(unit)}${counted}`
  return [
    `${outcome}, ${plural(devices, "device")}: ${energy}, ${work}`,
    [time, gapText(gapMs)].filter(Boolean).join(", "),
    ...(missing.length === 0 ? [] : [`not shown: ${idsText(missing)}`]),
    ...(voids === 0
      ? []
      : [
          `${voids} void ${voids === 1 ? "run" : "runs"} between those shown: the time is in the runs after, the work is lost`,
        ]),
    ...(joined.length === 0 ? [] : [`new in this part: ${idsText(joined)}`]),
    ...(left.length === 0 ? [] : [`no more in this part: ${idsText(left)}`]),
  ].filter(Boolean)
}

/** What a job is, by name and value; what nobody says is left out. */
export function jobRows(job: ReportJob): readonly (readonly [name: string, value: string])[] {
  const { zones, sites, owners, chains, broken } = job
  const rows: readonly (readonly [string, string])[] = [
    ["Job", job.job],
    ["Model", job.model],
    ["Workload", job.workload],
    ["Party", job.party],
    ["Boundary", `${job.boundary}, ${job.origin}`],
    ["Grades", `energy ${job.energyGrade}, work ${job.workGrade}`],
    [
      "Devices",
      `${job.devices}, ${plural(job.runs, "run")}${broken === 0 ? "" : `, books lost before ${broken} of them`}`,
    ],
    ["Time", `${formatTime(job.startTimeMs)} to ${formatTime(job.endTimeMs)}`],
    ["Zones, sites", [...zones, ...sites].filter(Boolean).join(", ")],
    ["Ledgers", owners.map(({ operator, voucher }) => `operator ${operator}, voucher ${voucher}`).join("; ")],
    ["Registries", chains.map(({ chainId, registry }) => `chain ${chainId}, ${registry}`).join("; ")],
    ["Uncertainty", job.uncertaintyRule],
  ]
  return rows.filter(([, value]) => value !== "")
}

/** A file of evidence in a line. */
export function evidenceWords({ name, verdict, device, run, kind, captures }: ReportJobEvidence): string {
  if (device === null || captures === null)
    return `${name}: ${[verdict.code, verdict.sentence, verdict.detail].filter(Boolean).join(": ")}`
  return `${name}: ${plural(captures, "capture")} of device ${device}, run ${run}${kind === "excerpt" ? ", an excerpt" : ""}`
}
