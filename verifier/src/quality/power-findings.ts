import { type CertifiedRun, isBoardSurface, type MeteredSensor } from "@wattest/protocol"
import { boardsLimitWatts } from "./boards.ts"
import type { FindingLog } from "./findings.ts"

type Statement = CertifiedRun["statement"]

/** No board of the table that is switched on draws less than this part of its rating; a milliwatt taken for a watt does. */
const IDLE_SHARE = 0.01

/** What a node draws beside its boards is at most as much again, and this: processors, memory, disks, fans, supplies. */
const NODE_WATTS = 20_000

/** The most that a boundary of these boards can draw; null where the boards do not say. */
function mostWatts(boundary: Statement["boundary"], boards: number): number | null {
  if (boundary === "gpu") return boards
  return boundary === "node" ? 2 * boards + NODE_WATTS : null
}

/** Whether sensors of this role meter the whole of something: a share of a meter is no draw of a board. */
const isWhole = (metering: readonly MeteredSensor[], wanted: MeteredSensor["role"]) => {
  const entries = metering.filter(({ role }) => role === wanted)
  return entries.length > 0 && entries.every(({ share }) => share === undefined)
}

/** Totals against what the boards that the run names can draw at most and at least: mJ per ms are watts. */
function lookAtBoards(
  { context, boundary, registers, ...statement }: Statement,
  percent: number,
  log: FindingLog,
): void {
  const boards = boardsLimitWatts(context.accelerators)
  const ms = statement.endTimeMs - statement.startTimeMs
  if (boards === null || ms <= 0) return
  const uncertain = Number(registers.uncertaintyMillijoules)
  const totals = { accelerator: Number(registers.acceleratorMillijoules), energy: Number(registers.energyMillijoules) }
  const limits = { accelerator: boards, energy: mostWatts(boundary, boards) }
  for (const role of ["energy", "accelerator"] as const) {
    const [drawn, most] = [totals[role], limits[role]]
    const said = () => `${role}: ${(drawn / ms).toPrecision(3)} W over the run, boards of ${boards} W`
    // Registers are floors: one mJ more may show.
    if (most !== null && drawn - 1 > most * (1 + percent / 100) * ms) log.add("POWER_ABOVE_LIMIT", said)
    if (isWhole(context.metering, role) && drawn + uncertain < IDLE_SHARE * boards * ms)
      log.add("POWER_BELOW_IDLE", said)
  }
}

/** The boundary is said to be more than boards, and every sensor of its energy that the certificate shows is on one. */
function lookAtSurfaces({ statement, firstCapture, lastCapture }: CertifiedRun, log: FindingLog): void {
  const { boundary, context } = statement
  if (boundary === "gpu") return
  const shown = [firstCapture, lastCapture].flatMap(({ sources }) => sources.readings)
  const surfaceOf = new Map(shown.map(({ sensor, surface }) => [sensor, surface]))
  const sensors = context.metering.filter(({ role }) => role === "energy").map(({ sensor }) => sensor)
  if (sensors.length > 0 && sensors.every((sensor) => isBoardSurface(surfaceOf.get(sensor) ?? "")))
    log.add("BOUNDARY_OF_BOARDS", `${boundary} by ${sensors.join(", ")}`)
}

/** Physics of a run's totals, which need no evidence. */
export function lookAtPower(run: CertifiedRun, powerPercent: number, log: FindingLog): void {
  const { energyMillijoules, workUnits, inputUnits } = run.statement.registers
  const delivered = workUnits || inputUnits
  if (energyMillijoules === 0n && delivered > 0n) log.add("POWER_BELOW_IDLE", `no energy for ${delivered} units`)
  lookAtBoards(run.statement, powerPercent, log)
  lookAtSurfaces(run, log)
}
