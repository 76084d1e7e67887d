import { blindAfterMs, isEnergy, type MeteredSensor } from "@wattest/protocol"

/** Newest reading of each metered sensor up to the time at which a run is to end, ms. */
export type NewestReadings = ReadonlyMap<string, number>

/**
 * Where one run ends and the next begins: an instant that every living meter has read past, the earliest of their
 * newest readings, or `otherwiseMs` where none lives. A sensor that has been silent does not hold it back; its energy
 * counts in the next run.
 */
export function divisionTime(
  plan: readonly MeteredSensor[],
  newest: NewestReadings,
  { lastMs, untilMs, otherwiseMs }: { readonly lastMs: number; readonly untilMs: number; readonly otherwiseMs: number },
): number {
  const living = plan
    .filter(({ role }) => isEnergy(role))
    .map(({ sensor, periodMs = 0 }) => ({
      timeMs: newest.get(sensor) ?? 0,
      silentMs: blindAfterMs(periodMs) || periodMs,
    }))
    .filter(({ timeMs, silentMs }) => untilMs - timeMs <= silentMs)
    .map(({ timeMs }) => timeMs)
  return Math.max(lastMs, living.length === 0 ? otherwiseMs : Math.min(untilMs, ...living))
}
