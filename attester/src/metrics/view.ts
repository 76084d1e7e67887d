import { type Boundary, type Clock, deviceIdOf, type Hex, type Registers, WATTS } from "@wattest/protocol"
import type { Agent } from "../agent/agent.ts"
import type { Device } from "../run/device.ts"
import type { Coverage } from "../sources/source.ts"

/** The newest power that a sensor of the plan gave. */
export type SensorPower = { readonly sensor: string; readonly covers: Coverage; readonly watts: number }

/** What an operator may see: numbers that are signed, and how the device is. No label of a workload, and no secret. */
export type View = {
  readonly device: Hex
  readonly boundary: Boundary
  /** Energy of the device's life up to the newest stored capture. */
  readonly lifetimeMillijoules: bigint
  /** Registers of all runs since the process opened the device, added up to the newest stored capture. */
  readonly totals: Registers
  readonly run: bigint
  /** Captures of the open run. */
  readonly captures: number
  readonly timeMs: number
  /** Between the last two captures; null where it is not known. */
  readonly powerMilliwatts: number | null
  readonly clock: Clock
  readonly isWorking: boolean
  readonly powers: readonly SensorPower[]
  readonly faults: ReadonlyMap<string, ReadonlyMap<string, number>>
  /** What each source and sensor measures, as far as it has answered. */
  readonly covers: ReadonlyMap<string, Coverage>
  readonly runs: {
    /** Closed or void. */
    readonly ended: number
    readonly anchored: number
    /** When the last anchored run ended, ms; null before there is one. */
    readonly anchoredUntilMs: number | null
  }
}

function powersOf({ known, metering }: Agent["seen"]): readonly SensorPower[] {
  const planned = new Set(
    metering.flatMap(({ sensor, witness }) => (witness === undefined ? [sensor] : [sensor, witness])),
  )
  return [...known].flatMap(([sensor, { value, reading }]) => {
    const factor = new Map(Object.entries(WATTS)).get(value.unit)
    if (value.quantity !== "power" || factor === undefined || !planned.has(sensor)) return []
    return [{ sensor, covers: value.covers, watts: Number(reading.value) * factor }]
  })
}

/** What there is to see now; null between two runs, when the numbers of the last one still hold. */
export function viewOf(agent: Agent, device: Device, boundary: Boundary): View | null {
  const { books, state } = device
  if (books === null) return null
  const { seen } = agent
  const { sequence, timeMs, meanPowerMilliwatts } = books.last
  const covers = [...seen.known].flatMap(([sensor, { source, value }]) => [
    [sensor, value.covers] as const,
    [source, value.covers] as const,
  ])
  const anchored = Number(state.anchoredBelow)
  return {
    device: deviceIdOf(device.signer.device),
    boundary,
    lifetimeMillijoules: books.lifetimeMillijoules,
    totals: books.totals,
    run: books.run,
    captures: sequence + 1,
    timeMs,
    powerMilliwatts: meanPowerMilliwatts,
    clock: seen.clock,
    isWorking: agent.running !== null,
    powers: powersOf(seen),
    faults: seen.faults,
    covers: new Map(covers),
    runs: { ended: state.roots.length, anchored, anchoredUntilMs: state.endTimesMs[anchored - 1] ?? null },
  }
}
