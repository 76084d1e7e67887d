import { createMeter, type MeteredSensor, type Registers, type SensorReading, WATCH_SURFACE } from "@wattest/protocol"
import type { Sensor } from "../boundary/choose.ts"
import type { Composed } from "../boundary/composition.ts"
import { leavesOf } from "../boundary/expression.ts"
import { wholeOf } from "../boundary/levels.ts"
import { type Known, resolve } from "../boundary/resolve.ts"
import type { Coverage } from "../sources/source.ts"
import { meterEnergy, type PlanOptions, resolutionOf, sensorsAt } from "./plan.ts"
import { cutName } from "./reading.ts"

/** Two energies that should agree, or of which one contains the other. */
type Comparison = {
  readonly name: string
  /** Whether the first may be larger than the second: a node draws more than its boards. */
  readonly contains: boolean
  readonly first: readonly MeteredSensor[]
  readonly second: readonly MeteredSensor[]
}

const LEVELS: readonly Coverage[] = ["facility", "rack", "node", "accelerator"]

const metersOf = (sensors: readonly Sensor[], known: Known): readonly MeteredSensor[] =>
  sensors.map((sensor) => meterEnergy(sensor, "energy", { share: null, vouch: null, known }))

/** Accelerators within node within rack within facility, each with the next that is measured. */
function containments(known: Known, options: PlanOptions): readonly Comparison[] {
  const whole = wholeOf(options.boundary)
  const composed = (name: Composed) => resolutionOf(name, known, options)?.sensors ?? []
  const at = (covers: Coverage) =>
    covers === whole
      ? composed("energy")
      : covers === "accelerator"
        ? composed("accelerators")
        : sensorsAt(known, covers)
  const levels = LEVELS.map((covers) => ({ covers, plan: metersOf(at(covers), known) })).filter(
    ({ plan }) => plan.length > 0,
  )
  return levels.slice(1).map(({ covers, plan }, i) => ({
    name: `residual/${levels[i]?.covers}-${covers}`,
    contains: true,
    first: levels[i]?.plan ?? [],
    second: plan,
  }))
}

/** What the configuration says of wholes and parts: other views of the boundary, and what lies within another. */
function declared(known: Known, options: PlanOptions): readonly Comparison[] {
  const { boundary, composition } = options
  const energy = resolutionOf("energy", known, options)
  const meters = (sensors: readonly Sensor[]) => metersOf(sensors, known)
  const [first, second] = [energy?.sensors ?? [], energy?.others ?? []]
  const views = second.map((view) => ({
    name: cutName(`reconciliation/${view[0]?.[1].source ?? ""}`),
    contains: false,
    first: meters(first),
    second: meters(view),
  }))
  const within = composition.within.map(({ part, of }) => {
    const inner = resolve(part, known, wholeOf(boundary)).sensors
    const outer = of === null ? first : resolve(of, known, wholeOf(boundary)).sensors
    const name = cutName(`residual/${leavesOf(part)[0]?.source ?? ""}`)
    return { name, contains: true, first: meters(outer), second: meters(inner) }
  })
  return [...views, ...within].filter(({ first, second }) => first.length > 0 && second.length > 0)
}

/** Where one source gives both an energy counter and power of the same thing, each checks the other. */
function reconciliations(known: Known): readonly Comparison[] {
  const groups = Map.groupBy([...known], ([, { source, value }]) => `${source}|${value.covers}|${value.part ?? ""}`)
  return [...groups.values()].flatMap((sensors) => {
    const counter = sensors.find(([, { value }]) => value.quantity === "energy")
    const power = sensors.find(([, { value }]) => value.quantity === "power")
    if (counter === undefined || power === undefined) return []
    return [
      {
        name: cutName(`reconciliation/${counter[0]}`),
        contains: false,
        first: metersOf([counter], known),
        second: metersOf([power], known),
      },
    ]
  })
}

/** What a comparison found: the difference of the two energies since the run's start and its expanded uncertainty, mJ. */
export type Finding = {
  readonly name: string
  readonly difference: bigint
  readonly uncertainty: bigint
  readonly plausible: boolean
}

/**
 * Compares what the device's sensors say of each other over one run. Nothing is rescaled: what is found goes into
 * evidence as it is, for whoever judges the run.
 */
export function createComparisons(known: Known, options: PlanOptions) {
  const comparisons = [...containments(known, options), ...declared(known, options), ...reconciliations(known)]
  const meters = comparisons.map((comparison) => ({
    comparison,
    first: createPart(comparison.first),
    second: createPart(comparison.second),
  }))
  return {
    names: comparisons.map(({ name }) => name),
    advance(timeMs: number, readings: readonly SensorReading[]): readonly Finding[] {
      const bySensor = Map.groupBy(readings, ({ sensor }) => sensor)
      const own = readings.filter(({ surface }) => surface === WATCH_SURFACE)
      return meters.map(({ comparison, first, second }) =>
        find(comparison, first(timeMs, bySensor, own), second(timeMs, bySensor, own)),
      )
    },
  }
}

type BySensor = ReadonlyMap<string, readonly SensorReading[]>

/** A meter of its own that is given its sensors' readings alone: a rack has a comparison for each of 72 boards. */
function createPart(plan: readonly MeteredSensor[]) {
  const meter = createMeter(plan)
  const sensors = new Set(plan.flatMap(({ sensor, witness }) => [sensor, witness ?? sensor]))
  return (timeMs: number, bySensor: BySensor, own: readonly SensorReading[]): Registers => {
    const readings = [...sensors].flatMap((sensor) => bySensor.get(sensor) ?? [])
    return meter.advance(timeMs, [...readings, ...own]).registers
  }
}

function find({ name, contains }: Comparison, a: Registers, b: Registers): Finding {
  const difference = a.energyMillijoules - b.energyMillijoules
  const uncertainty = a.uncertaintyMillijoules + b.uncertaintyMillijoules
  const plausible = difference >= -uncertainty && (contains || difference <= uncertainty)
  return { name, difference, uncertainty, plausible }
}

/** A finding as evidence carries it beside the readings; the metering plan never names it. */
export const findingReading = (
  { name, difference, uncertainty, plausible }: Finding,
  timeMs: number,
): SensorReading => ({
  sensor: name,
  surface: "attester",
  quantity: plausible ? "difference" : "implausible difference",
  unit: "mJ",
  value: difference.toString(),
  timeMs,
  grade: "estimated",
  accuracy: { uncertainty: uncertainty.toString() },
})
