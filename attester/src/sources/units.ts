import { scaleByTen } from "./decimal.ts"
import type { Quantity, SensorValue, Unit } from "./source.ts"

const SHARE: readonly Unit[] = ["%", "1"]
const CELSIUS: readonly Unit[] = ["Cel"]
const COUNT: readonly Unit[] = ["1"]

/** The units that a quantity may come in; the first is the one it is reckoned in. */
export const UNITS: Readonly<Record<Quantity, readonly Unit[]>> = {
  power: ["mW", "W", "kW"],
  energy: ["mJ", "uJ", "J", "Wh", "kWh"],
  smOccupancy: SHARE,
  smActivity: SHARE,
  dramActivity: SHARE,
  computeActivity: SHARE,
  kernelTime: SHARE,
  memoryTime: SHARE,
  acceleratorTemperature: CELSIUS,
  memoryTemperature: CELSIUS,
  inletTemperature: CELSIUS,
  outletTemperature: CELSIUS,
  work: COUNT,
  accepted: COUNT,
  prefillWork: COUNT,
  decodeWork: COUNT,
  carbonIntensity: ["gCO2e/kWh", "lbCO2/MWh"],
  waterIntensity: ["L/kWh"],
  siteWater: ["L/kWh"],
}

/** From a unit to the one that its quantity is reckoned in: exactly × factor · 10^exponent. */
const FACTORS: Readonly<Record<Unit, readonly [factor: bigint, exponent: number]>> = {
  uJ: [1n, -3],
  mJ: [1n, 0],
  J: [1n, 3],
  Wh: [36n, 5],
  kWh: [36n, 8],
  mW: [1n, 0],
  W: [1n, 3],
  kW: [1n, 6],
  "%": [1n, 0],
  "1": [1n, 0],
  Cel: [1n, 0],
  "gCO2e/kWh": [1n, 0],
  "lbCO2/MWh": [45_359_237n, -8],
  "L/kWh": [1n, 0],
}

/**
 * A decimal of `unit` in the unit its quantity is reckoned in: power in mW, energy in mJ, shares in per cent, carbon
 * intensity in gCO2e/kWh. Exact: nothing is rounded.
 */
export const toBaseUnit = (decimal: string, { quantity, unit }: Pick<SensorValue, "quantity" | "unit">): string => {
  const [factor, exponent] = unit === "1" && UNITS[quantity] === SHARE ? ([1n, 2] as const) : FACTORS[unit]
  const [whole = "", fraction = ""] = decimal.split(".")
  const product = BigInt(whole + fraction) * factor
  return scaleByTen(product.toString(), exponent - fraction.length)
}
