import type { Options } from "./options.ts"
import type { Quantity, Unit } from "./source.ts"

const SHARE: readonly Unit[] = ["%", "1"]
const CELSIUS: readonly Unit[] = ["Cel"]
const COUNT: readonly Unit[] = ["1"]

/** The units that a quantity may come in. */
export const UNITS: Readonly<Record<Quantity, readonly Unit[]>> = {
  power: ["mW", "W", "kW"],
  energy: ["mJ", "uJ", "J", "Wh", "kWh"],
  water: ["mL", "L", "m3"],
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
  carbonIntensity: ["gCO2e/kWh"],
  waterIntensity: ["L/kWh"],
  siteWater: ["L/kWh"],
}

/** Units that plants print and evidence does not hold, by the one that it does and the power of ten between them. */
const LARGE: Readonly<Partial<Record<Quantity, Readonly<Record<string, readonly [unit: Unit, exponent: number]>>>>> = {
  power: { MW: ["kW", 3] },
  energy: { MWh: ["kWh", 3], GWh: ["kWh", 6], kJ: ["J", 3], MJ: ["J", 6], GJ: ["J", 9] },
}

/** The `unit` of a meter's number: the unit that evidence takes, and by which power of ten the number comes into it. */
export function unitFromOptions(
  options: Options,
  quantity: Quantity,
): { readonly unit: Unit; readonly exponent: number } {
  const large = LARGE[quantity] ?? {}
  const given = options.choice("unit", [...UNITS[quantity], ...Object.keys(large)])
  const [unit, exponent] = large[given] ?? [UNITS[quantity].find((known) => known === given), 0]
  return unit === undefined ? options.fail("unit", "is not known") : { unit, exponent }
}
