import { createMeter, isEnergy, isMeterable, type MeteredSensor, type SensorReading } from "@wattest/protocol"
import { RESTART, restartReading, type Stand } from "./stand.ts"

/** How a run begins. */
export type Beginning = {
  readonly startMs: number
  /** The device does not know where its books stood: time and energy before may be missing. */
  readonly broken: boolean
  readonly lifetimeMillijoules: bigint
  readonly metering: readonly MeteredSensor[]
  readonly readings: readonly SensorReading[]
}

/** The first run of a device, or the first after its books broke: it begins at the last of the first readings. */
export function beginAnew(
  fresh: readonly SensorReading[],
  metering: readonly MeteredSensor[],
  { nowMs, broken }: { readonly nowMs: number; readonly broken: boolean },
): Beginning {
  const energies = new Set(metering.filter(({ role }) => isEnergy(role)).map(({ sensor }) => sensor))
  const times = fresh.filter(({ sensor }) => energies.has(sensor)).map(({ timeMs }) => timeMs)
  const startMs = times.length === 0 ? nowMs : Math.min(nowMs, Math.max(...times))
  return { startMs, broken, lifetimeMillijoules: 0n, metering, readings: fresh }
}

/**
 * The run after a stand: it begins there, with the readings that its meter needs to go on. A sensor that was silent, or
 * in doubt, counts from its last believed reading, since the run before could not count what it metered from there.
 * Where nobody knows how much time lies between, the books are broken: counters tell their energy, power does not.
 */
export function beginAfter(
  stand: Stand,
  plan: readonly MeteredSensor[],
  { boot, isTimeLost = false }: { readonly boot: string; readonly isTimeLost?: boolean },
): Beginning {
  const { timeMs: startMs, readings } = stand
  const usable = readings.filter((reading) => reading.sensor === RESTART || isUsable(plan, reading))
  const meter = createMeter(plan)
  meter.advance(startMs, usable)
  const believed = meter.believed()
  const metering = plan.map((entry) => {
    const lastMs = believed.get(entry.sensor) ?? startMs
    return isEnergy(entry.role) && lastMs < startMs ? { ...entry, sinceMs: lastMs } : entry
  })
  const carried = meter.carried()
  const isPending = carried.some(({ sensor }) => sensor === RESTART)
  const signs = boot === stand.host.boot && !isPending ? [] : [restartReading(startMs)]
  const kept = [...carried.filter(({ sensor }) => sensor !== RESTART), ...newestOf(plan, usable), ...signs]
  const lifetimeMillijoules = isTimeLost ? 0n : stand.lifetimeMillijoules
  return { startMs, broken: isTimeLost, lifetimeMillijoules, metering, readings: kept }
}

const isUsable = (plan: readonly MeteredSensor[], reading: SensorReading): boolean => {
  const own = plan.filter(({ sensor, witness }) => sensor === reading.sensor || witness === reading.sensor)
  return own.length > 0 && own.every((entry) => isMeterable(entry, reading))
}

/** What holds goes on with its newest reading. */
function newestOf(plan: readonly MeteredSensor[], readings: readonly SensorReading[]): readonly SensorReading[] {
  const holding = new Set(plan.filter(({ method }) => method === "hold").map(({ sensor }) => sensor))
  const newest = new Map(
    readings.filter(({ sensor }) => holding.has(sensor)).map((reading) => [reading.sensor, reading]),
  )
  return [...newest.values()]
}
