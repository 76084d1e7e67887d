import { GRADES, JOULES } from "@wattest/protocol"
import type { KnownSensor } from "../agent/poller.ts"
import type { SensorValue } from "../sources/source.ts"

export type Sensor = readonly [name: string, sensor: KnownSensor]

/**
 * A counter of larger steps says too little about a short run: 0.1 kWh, as some PDUs count, is twelve minutes of
 * 500 W. Its power tells more, and a comparison records how far both agree.
 */
const COARSE_STEP_JOULES = 1000

/** What tells most about energy comes first: a fine counter, then power, then a coarse counter. */
function fineness({ quantity, unit, accuracy }: SensorValue): number {
  if (quantity !== "energy") return 1
  return accuracy.step * (JOULES[unit] ?? 0) > COARSE_STEP_JOULES ? 2 : 0
}

const gradeOf = ({ grade }: SensorValue): number => GRADES.indexOf(grade)

/** Of sensors of one thing, the one that is believed: by grade, then by what tells most, then as configured. */
export function bestOf(sensors: readonly Sensor[]): readonly Sensor[] {
  const best = sensors.toSorted(
    ([, a], [, b]) => gradeOf(a.value) - gradeOf(b.value) || fineness(a.value) - fineness(b.value),
  )
  return best.slice(0, 1)
}

export const carriesEnergy = ([, { value }]: Sensor): boolean =>
  value.quantity === "energy" || value.quantity === "power"
