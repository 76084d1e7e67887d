import { JOULES, type SensorReading, WATTS } from "@wattest/protocol"

/** Most that any device does, by quantity: units a second, W, L a second, and g or L a kWh. */
const MOST_UNITS_A_SECOND = 1e9
const MOST_WATTS = 1e10
const MOST_LITRES_A_SECOND = 1e6
const MOST_FACTOR = 1e5

/** A counter beyond this is none that counted from 0 in a device's life. */
const MOST_UNITS = 1e17

const WORK: ReadonlySet<string> = new Set(["work", "accepted", "prefillWork", "decodeWork"])
const LITRES: Readonly<Record<string, number>> = { mL: 0.001, L: 1, m3: 1000 }
const FACTORS: ReadonlySet<string> = new Set(["carbonIntensity", "waterIntensity", "siteWater"])

/** What a counter gained since the reading before; a work counter that fell began anew, a meter may have wrapped or been replaced. */
function gainOf({ quantity, value }: SensorReading, before: SensorReading): number {
  const [now, then] = [Number(value), Number(before.value)]
  if (now >= then) return now - then
  return WORK.has(quantity) ? now : 0
}

/** The most that a counter of this quantity gains in a second, in its unit; null for what is no counter. */
function mostASecond({ quantity, unit }: SensorReading): number | null {
  if (WORK.has(quantity)) return MOST_UNITS_A_SECOND
  if (quantity === "energy") return MOST_WATTS / (JOULES[unit] ?? 1)
  return quantity === "water" ? MOST_LITRES_A_SECOND / (LITRES[unit] ?? 1) : null
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
  if (WORK.has(quantity) && number > MOST_UNITS) return `more than ${MOST_UNITS} units`
  const most = mostASecond(reading)
  if (before === undefined || most === null) return null
  const seconds = Math.max(1, (timeMs - before.timeMs) / 1000)
  return gainOf(reading, before) > most * seconds ? `a gain of more than ${most} ${unit} a second` : null
}
