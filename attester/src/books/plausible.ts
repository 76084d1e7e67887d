import { JOULES, type SensorReading, WATTS } from "@wattest/protocol"

/** Most that any device does, by quantity: units a second, W, and g or L a kWh. */
const MOST_UNITS_A_SECOND = 1e9
const MOST_WATTS = 1e10
const MOST_FACTOR = 1e5

/** A counter beyond this is none that counted from 0 in a device's life. */
const MOST_UNITS = 1e17

const WORK: ReadonlySet<string> = new Set(["work", "accepted", "input", "prefillWork", "decodeWork"])
const FACTORS: ReadonlySet<string> = new Set(["carbonIntensity", "waterIntensity"])

/** What a counter gained since the reading before; a work counter that fell began anew, an energy counter may have wrapped. */
function gainOf({ quantity, value }: SensorReading, before: SensorReading): number {
  const [now, then] = [Number(value), Number(before.value)]
  if (now >= then) return now - then
  return quantity === "energy" ? 0 : now
}

/**
 * Why a reading is none that the world could give, or null. What is far outside would fill a register, and then no
 * later capture of the run could be made: it is its source's fault, and is never metered.
 */
export function impossible(reading: SensorReading, before: SensorReading | undefined): string | null {
  const { quantity, unit, value, timeMs } = reading
  const number = Number(value)
  if (quantity === "power") return number * (WATTS[unit] ?? 1) > MOST_WATTS ? `more than ${MOST_WATTS} W` : null
  if (FACTORS.has(quantity)) return number > MOST_FACTOR ? `more than ${MOST_FACTOR} ${unit}` : null
  const isWork = WORK.has(quantity)
  if (isWork && number > MOST_UNITS) return `more than ${MOST_UNITS} units`
  if (before === undefined || (!isWork && quantity !== "energy")) return null
  const seconds = Math.max(1, (timeMs - before.timeMs) / 1000)
  const most = isWork ? MOST_UNITS_A_SECOND : MOST_WATTS / (JOULES[unit] ?? 1)
  return gainOf(reading, before) > most * seconds ? `a gain of more than ${most} ${unit} a second` : null
}
