import { field } from "../net/json.ts"
import { serialOf } from "../serial.ts"
import type { SensorValue } from "../source.ts"

const isEnergy = ({ quantity }: SensorValue): boolean => quantity === "power" || quantity === "energy"

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * Who a chassis is in the world. A board is its UUID: the two boards of a GB200 module have one serial number. All else
 * is the serial number and the chassis' name, since chassis of one machine may share the number; a UUID of such is often
 * a placeholder. Sensors that the operator names, or of which several may be the whole, are told by their own names.
 */
export function withIdentity(
  chassis: unknown,
  values: readonly SensorValue[],
  { name, isNamed }: { readonly name: string; readonly isNamed: boolean },
): readonly SensorValue[] {
  const [uuid, serial] = [field(chassis, "UUID"), serialOf(field(chassis, "SerialNumber"))]
  const isBoard = ({ covers, part }: SensorValue) => covers === "accelerator" && part === name
  const isWhole = ({ part }: SensorValue) => part === undefined || part === name
  const wholes = values.filter((value) => isEnergy(value) && isWhole(value))
  const isOne = !isNamed && new Set(wholes.map(({ quantity }) => quantity)).size === wholes.length
  return values.map((value) => {
    if (isBoard(value) && typeof uuid === "string" && UUID.test(uuid))
      return { ...value, identity: `GPU-${uuid.toLowerCase()}` }
    if (serial === null) return value
    const own = `redfish/${serial}/${name}`
    return { ...value, identity: isWhole(value) ? (isOne ? own : `${own}/${value.sensor}`) : `${own}/${value.part}` }
  })
}
