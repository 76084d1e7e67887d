import { createMeter, type MeteredSensor, type Registers, type SensorReading } from "@wattest/protocol"
import type { Coverage } from "../sources/source.ts"
import { energySensors, meterEnergy } from "./plan.ts"
import type { KnownSensor } from "./poller.ts"

/** Two energies that should agree, or of which one contains the other. */
type Comparison = {
  readonly name: string
  /** Whether the first may be larger than the second: a node draws more than its boards. */
  readonly contains: boolean
  readonly first: readonly MeteredSensor[]
  readonly second: readonly MeteredSensor[]
}

const LEVELS: readonly Coverage[] = ["facility", "rack", "node", "accelerator"]

/** Accelerators within node within rack within facility, each with the next that is measured. */
function containments(known: ReadonlyMap<string, KnownSensor>): readonly Comparison[] {
  const levels = LEVELS.map((covers) => ({
    covers,
    plan: energySensors(known, covers, null).map((sensor) =>
      meterEnergy(sensor, "energy", { share: null, vouch: null, known }),
    ),
  })).filter(({ plan }) => plan.length > 0)
  return levels.slice(1).map(({ covers, plan }, i) => ({
    name: `residual/${levels[i]?.covers}-${covers}`,
    contains: true,
    first: levels[i]?.plan ?? [],
    second: plan,
  }))
}

/** Where one source gives both an energy counter and power of the same thing, each checks the other. */
function reconciliations(known: ReadonlyMap<string, KnownSensor>): readonly Comparison[] {
  const groups = Map.groupBy([...known], ([, { source, value }]) => `${source}|${value.covers}|${value.part ?? ""}`)
  return [...groups.values()].flatMap((sensors) => {
    const counter = sensors.find(([, { value }]) => value.quantity === "energy")
    const power = sensors.find(([, { value }]) => value.quantity === "power")
    if (counter === undefined || power === undefined) return []
    const entry = (sensor: typeof counter) => [meterEnergy(sensor, "energy", { share: null, vouch: null, known })]
    return [
      {
        name: `reconciliation/${counter[0]}`.slice(0, 128),
        contains: false,
        first: entry(counter),
        second: entry(power),
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
export function createComparisons(known: ReadonlyMap<string, KnownSensor>) {
  const comparisons = [...containments(known), ...reconciliations(known)]
  const meters = comparisons.map((comparison) => ({
    comparison,
    first: createMeter(comparison.first),
    second: createMeter(comparison.second),
  }))
  return {
    /** Sensors that are compared, so that their readings are kept. */
    sensors: new Set(comparisons.flatMap(({ first, second }) => [...first, ...second].map(({ sensor }) => sensor))),
    advance(timeMs: number, readings: readonly SensorReading[]): readonly Finding[] {
      return meters.map(({ comparison, first, second }) =>
        find(comparison, first.advance(timeMs, readings).registers, second.advance(timeMs, readings).registers),
      )
    },
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
