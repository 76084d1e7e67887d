import {
  awayAfterMs,
  blindAfterMs,
  isEnergy,
  type MeteredSensor,
  type RunContext,
  type SensorReading,
  vouchDigest,
} from "@wattest/protocol"
import { type Beginning, beginAfter, beginAnew } from "../books/beginning.ts"
import type { Stand } from "../books/stand.ts"
import { carriesEnergy } from "../boundary/choose.ts"
import { COMPOSED } from "../boundary/composition.ts"
import { hasAlternatives } from "../boundary/expression.ts"
import type { Away, Known } from "../boundary/resolve.ts"
import { settle } from "../boundary/settle.ts"
import type { Device } from "../run/device.ts"
import { AGENT_VERSION } from "../version.ts"
import { WORKLOAD_SURFACE } from "../workload/counts.ts"
import type { WorkloadLabels } from "../workload/workload.ts"
import { type PlanOptions, planMetering, resolutionOf } from "./plan.ts"
import type { KnownSensor } from "./poller.ts"

/** No source measures the boundary that the device is vouched for. */
export class NothingMeasured extends Error {
  override readonly name = "NothingMeasured"
}

/** What is configured to carry energy and gives none now, a line for each register and part. */
export function silencesOf(known: Known, options: PlanOptions): readonly string[] {
  return COMPOSED.flatMap((name) =>
    (resolutionOf(name, known, options)?.missing ?? []).map((missing) => `${name}: ${missing.name} gives nothing`),
  )
}

/**
 * The plan from the first answers on: how the sensors make up the boundary is settled for the life of the process.
 * Throws {@link NothingMeasured}, or BoundaryError where nothing says it.
 */
export function settlePlan(known: Known, options: PlanOptions): PlanOptions {
  const settled = { ...options, composition: settle(options.composition, { ...options, known }) }
  planOf(known, settled)
  return settled
}

/**
 * Sensors that carry energy and are blind by their silence, where the configuration names other views of what they see:
 * power after a few periods; a counter later, since its next reading tells what flowed.
 */
export function awayOf(known: Known, { composition }: PlanOptions, nowMs: number): Away {
  const hasViews = COMPOSED.some((name) => composition[name] !== null && hasAlternatives(composition[name]))
  if (!hasViews) return new Set()
  const isAway = ({ value, reading, periodMs }: KnownSensor) => {
    const silentAfterMs = value.quantity === "energy" ? awayAfterMs(periodMs) : blindAfterMs(periodMs) || 3 * periodMs
    return nowMs - reading.timeMs > silentAfterMs
  }
  return new Set([...known].filter((sensor) => carriesEnergy(sensor) && isAway(sensor[1])).map(([name]) => name))
}

/**
 * The plan of the sensors; where no source counts work, the workload's own word is what there is. Throws
 * {@link NothingMeasured}.
 */
export function planOf(known: Known, options: PlanOptions): readonly MeteredSensor[] {
  const metering = planMetering(known, options)
  if (!metering.some(({ role }) => role === "energy")) {
    const missing = resolutionOf("energy", known, options)?.missing ?? []
    const silent = missing.length === 0 ? "" : `: ${missing.map(({ name }) => name).join(", ")} gives nothing`
    throw new NothingMeasured(`no source measures ${options.boundary}${silent}`)
  }
  const declared = (["work", "accepted", "input"] as const)
    .filter((role) => !metering.some((entry) => entry.role === role))
    .map((role) => ({ sensor: `workload/${role}`, role, method: "counter" }) as const)
  return [...metering, ...declared]
}

/** A plan and what it is looked at with: how many sensors were known then, and what the open run is metered by. */
export type Planned = {
  readonly plan: PlanOptions
  readonly known: number
  readonly metering: readonly MeteredSensor[]
}

/**
 * What is planned now that sensors may have come or gone; null where nothing changed. `isOutgrown`: one that carries
 * energy has come which the open run's plan does not have, or one of it has gone and another view takes its place. That
 * view stays until the next run, so that a sensor which comes and goes makes no runs.
 */
export function replanned(
  { plan, known: before, metering }: Planned,
  known: Known,
  nowMs: number,
): { readonly plan: PlanOptions; readonly isOutgrown: boolean } | null {
  const { away: gone = new Set() } = plan
  const away = new Set([...gone, ...awayOf(known, plan, nowMs)])
  if (known.size === before && away.size === gone.size) return null
  const planned = new Set(metering.map(({ sensor, role }) => `${role} ${sensor}`))
  const next = { ...plan, away }
  const isOutgrown = planOf(known, next).some(({ sensor, role }) => isEnergy(role) && !planned.has(`${role} ${sensor}`))
  return { plan: next, isOutgrown }
}

/** What is known when a run is to begin. */
export type Situation = {
  readonly known: Known
  readonly nowMs: number
  readonly boot: string
  /** Nobody knows how much time has passed since the stand; or where the books stood. */
  readonly isTimeLost: boolean
  readonly isLost: boolean
  /** Readings of the workload's own counts. */
  readonly counts: (timeMs: number) => readonly SensorReading[]
}

/** How a run begins: after the stand, or anew where there is none. */
export function beginningOf(
  stand: Stand | null,
  plan: readonly MeteredSensor[],
  { known, nowMs, boot, isTimeLost, isLost, counts }: Situation,
): Beginning {
  const withCounts = (beginning: Beginning): Beginning => ({
    ...beginning,
    readings: [...beginning.readings, ...counts(beginning.startMs)],
  })
  if (stand === null) {
    const fresh = [...known.values()].map(({ reading }) => reading)
    return withCounts(beginAnew(fresh, plan, { nowMs, broken: isLost }))
  }
  // The agent says where a workload's own counts stand.
  const readings = stand.readings.filter(({ surface }) => surface !== WORKLOAD_SURFACE)
  return withCounts(beginAfter({ ...stand, readings }, plan, { boot, isTimeLost }))
}

/** What an agent says of itself in every context. */
export type Setting = Pick<RunContext, "calibrations" | "factors"> & {
  readonly device: Device
  readonly beacon: () => RunContext["beacon"]
}

/** A run's context but for its job. */
export function contextOf(
  { tags: _, ...about }: WorkloadLabels,
  metering: readonly MeteredSensor[],
  known: Known,
  { calibrations, factors, beacon, device }: Setting,
): RunContext {
  const boards = [...known.values()].filter(({ value }) => value.covers === "accelerator")
  const accelerators = new Map(boards.map(({ value: { part = "", sku = "" } }) => [part, sku]))
  return {
    ...about,
    versions: { ...about.versions, attester: AGENT_VERSION },
    accelerators: [...accelerators].slice(0, 1024).map(([id, sku]) => ({ id: cut(id), sku: cut(sku) })),
    calibrations,
    factors,
    metering,
    vouchDocument: device.vouch === null ? null : vouchDigest(device.vouch),
    beacon: beacon(),
  }
}

/** As many whole characters as a board's name has room for. */
const cut = (text: string): string => [...text.normalize("NFC")].slice(0, 64).join("")
