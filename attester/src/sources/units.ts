import type { Quantity, Unit } from "./source.ts"

const SHARE: readonly Unit[] = ["%", "1"]
const CELSIUS: readonly Unit[] = ["Cel"]
const COUNT: readonly Unit[] = ["1"]

/** The units that a quantity may come in. */
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
  carbonIntensity: ["gCO2e/kWh"],
  waterIntensity: ["L/kWh"],
  siteWater: ["L/kWh"],
}
