import { accuracy } from "../../accuracy.ts"
import { type PduProfile, placeName } from "../pdu-objects.ts"

const PDU2 = "1.3.6.1.4.1.13742.6"
/** SensorTypeEnumeration and SensorUnitsEnumeration of PDU2-MIB. */
const SENSOR = { power: 5, energy: 8 } as const
const UNITS = { power: 3n, energy: 5n } as const

/** PDU2-MIB: every sensor says its unit, its decimal digits, and whether it is there, and wraps beyond 4294967295. */
export const raritan: PduProfile = {
  maker: "raritan",
  isAbsent: () => false,
  accuracy: accuracy({ gainLimit: 0.01, updateMs: 3000, origin: "data sheets of PX2 to PX4: within 1 %" }),
  inlets: (pdu) => `${PDU2}.3.2.2.1.2.${pdu}`,
  hasInletTable: true,
  hasOutlets: true,
  serial: (pdu) => `${PDU2}.3.2.1.1.4.${pdu}`,
  objects: (place) =>
    (["power", "energy"] as const).map((quantity) => {
      const { kind, pdu, index } = place
      const [measured, configured] = kind === "inlet" ? ["5.2.3.1", "3.3.4.1"] : ["5.4.3.1", "3.5.4.1"]
      const at = `${pdu}.${index}.${SENSOR[quantity]}`
      return {
        name: quantity === "power" ? "activePower" : "activeEnergy",
        quantity,
        unit: quantity === "power" ? "W" : "Wh",
        oid: `${PDU2}.${measured}.4.${at}`,
        availableOid: `${PDU2}.${measured}.2.${at}`,
        scale: {
          digitsOid: `${PDU2}.${configured}.7.${at}`,
          unitsOid: `${PDU2}.${configured}.6.${at}`,
          units: UNITS[quantity],
        },
        ...(quantity === "energy" && { wrapsAt: 2n ** 32n }),
        part: placeName(place),
      } as const
    }),
}
