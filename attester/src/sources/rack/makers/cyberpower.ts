import { accuracy, SURFACE_ACCURACY } from "../../accuracy.ts"
import { type PduProfile, tenthsOfKilowattHours, watts } from "../pdu-objects.ts"

const EPDU = "1.3.6.1.4.1.3808.1.1.3"
const EPDU2 = "1.3.6.1.4.1.3808.1.1.6"
const ACCURACY = accuracy({ ...SURFACE_ACCURACY.pdu, step: 0 })

/** CPS-MIB, ePDU2: the PDU and its metered outlets, in W and tenths of kWh. */
export const cyberPower: PduProfile = {
  maker: "cyberpower",
  isAbsent: (raw) => raw === -1n,
  accuracy: ACCURACY,
  inlets: "one",
  hasInletTable: false,
  hasOutlets: true,
  serial: (pdu) => `${EPDU2}.2.2.1.10.${pdu}`,
  objects: ({ kind, pdu, index }) => {
    if (kind === "outlet") {
      const at = { part: `outlet/${index}` }
      return [
        watts({ name: "ePDU2OutletMeteredStatusActivePower", oid: `${EPDU2}.6.2.4.1.7.${index}` }, at),
        tenthsOfKilowattHours({ name: "ePDU2OutletMeteredStatusEnergy", oid: `${EPDU2}.6.2.4.1.11.${index}` }, at),
      ]
    }
    const at = { part: `pdu/${pdu}` }
    return [
      watts({ name: "ePDU2DeviceStatusPowerLoad", oid: `${EPDU2}.3.4.1.18.${pdu}` }, at),
      tenthsOfKilowattHours({ name: "ePDU2DeviceStatusEnergy", oid: `${EPDU2}.3.4.1.9.${pdu}` }, at),
    ]
  },
}

/**
 * CPS-MIB, ePDU, the first generation: phases, in W and tenths of kWh. Banks follow the phases in the same table and
 * lie within them, so the number of phases says where to stop.
 */
export const cyberPowerFirst: PduProfile = {
  maker: "cyberpower",
  isAbsent: (raw) => raw === -1n,
  accuracy: ACCURACY,
  inlets: () => `${EPDU}.2.1.2.0`,
  hasInletTable: true,
  hasOutlets: true,
  serial: () => `${EPDU}.1.6.0`,
  objects: ({ kind, index }) => {
    if (kind === "outlet") {
      const at = { part: `outlet/${index}` }
      return [
        watts({ name: "ePDUOutletStatusActivePower", oid: `${EPDU}.3.5.1.1.8.${index}` }, at),
        tenthsOfKilowattHours({ name: "ePDUOutletStatusEnergy", oid: `${EPDU}.3.5.1.1.13.${index}` }, at),
      ]
    }
    const at = { part: `phase/${index}` }
    return [
      watts({ name: "ePDULoadStatusActivePower", oid: `${EPDU}.2.3.1.1.7.${index}` }, at),
      tenthsOfKilowattHours({ name: "ePDULoadStatusEnergy", oid: `${EPDU}.2.3.1.1.10.${index}` }, at),
    ]
  },
}
