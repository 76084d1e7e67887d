import { accuracy } from "../accuracy.ts"
import type { Accuracy, Unit } from "../source.ts"

/** A value of a PDU: the object that holds it, and how its integer becomes a decimal in `unit`. */
export type PduObject = {
  readonly name: string
  readonly quantity: "power" | "energy"
  readonly unit: Unit
  readonly oid: string
  /** Power of ten from the object's integer to `unit`, or the object that holds the number of decimal digits. */
  readonly scale: number | { readonly digitsOid: string; readonly unitsOid: string; readonly units: bigint }
  /** The object that says whether the sensor is there (TruthValue: 1 is true). */
  readonly availableOid?: string
  readonly part: string
}

/** Where a value is taken: the PDU's inlet, or one of its outlets. */
export type PduPlace = { readonly kind: "inlet" | "outlet"; readonly pdu: number; readonly index: number }

/** A maker's objects and what is known of their accuracy. */
export type PduProfile = {
  readonly objects: (place: PduPlace) => readonly PduObject[]
  readonly accuracy: Accuracy
  /** An integer that says "this model does not have it". */
  readonly absent?: bigint
}

const RPDU2 = "1.3.6.1.4.1.318.1.1.26"
const DEVICE_STATUS = `${RPDU2}.4.3.1`
const OUTLET_STATUS = `${RPDU2}.9.4.3.1`

/**
 * APC rPDU2 (PowerNet-MIB): the PDU in hundredths of kW and tenths of kWh, outlets of metered-by-outlet models in W
 * and tenths of kWh. The energy meter can be reset by users.
 */
const apc: PduProfile = {
  absent: -1n,
  accuracy: accuracy({ gainLimit: 0.05, updateMs: 1000, origin: "assumed: PowerNet-MIB states none" }),
  objects: ({ kind, pdu, index }) => {
    const part = kind === "inlet" ? `pdu/${pdu}` : `outlet/${index}`
    const base = kind === "inlet" ? `${DEVICE_STATUS}` : OUTLET_STATUS
    const at = kind === "inlet" ? pdu : index
    const power =
      kind === "inlet"
        ? ({ name: "rPDU2DeviceStatusPower", unit: "kW", scale: -2, oid: `${base}.5.${at}` } as const)
        : ({ name: "rPDU2OutletMeteredStatusPower", unit: "W", scale: 0, oid: `${base}.7.${at}` } as const)
    const energy =
      kind === "inlet"
        ? { name: "rPDU2DeviceStatusEnergy", oid: `${base}.9.${at}` }
        : { name: "rPDU2OutletMeteredStatusEnergy", oid: `${base}.11.${at}` }
    return [
      { quantity: "power", part, ...power },
      { quantity: "energy", unit: "kWh", scale: -1, part, ...energy },
    ]
  },
}

const PDU2 = "1.3.6.1.4.1.13742.6"
/** SensorTypeEnumeration and SensorUnitsEnumeration of PDU2-MIB. */
const SENSOR = { power: 5, energy: 8 } as const
const UNITS = { power: 3n, energy: 5n } as const

/** Raritan (PDU2-MIB): every sensor says its unit, its decimal digits, and whether it is there. */
const raritan: PduProfile = {
  accuracy: accuracy({ gainLimit: 0.01, updateMs: 3000, origin: "data sheets of PX2 to PX4: within 1 %" }),
  objects: ({ kind, pdu, index }) =>
    (["power", "energy"] as const).map((quantity) => {
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
        part: kind === "inlet" ? `pdu/${pdu}/inlet/${index}` : `pdu/${pdu}/outlet/${index}`,
      } as const
    }),
}

export const PDU_PROFILES = { apc, raritan } as const
