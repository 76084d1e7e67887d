import { accuracy, SURFACE_ACCURACY } from "../../accuracy.ts"
import { type PduProfile, wattHours, watts } from "../pdu-objects.ts"

const IMD = "1.3.6.1.4.1.21239.5.2"

/**
 * VERTIV-V5-MIB, VERTIV-IMD-MIB and GEIST-IMD-MIB agree: W and Wh of the PDU, of its phases, and of outlets. Phases
 * and outlets are numbered over all PDUs of a chain.
 */
export const vertiv: PduProfile = {
  maker: "vertiv",
  isAbsent: () => false,
  accuracy: accuracy({ ...SURFACE_ACCURACY.pdu, step: 0 }),
  inlets: "one",
  hasInletTable: true,
  hasOutlets: true,
  serial: (pdu) => `${IMD}.3.1.1.2.${pdu}`,
  objects: ({ kind, pdu, index }) => {
    if (kind === "outlet") {
      const at = { part: `outlet/${index}` }
      return [
        watts({ name: "pduOutletMeterRealPower", oid: `${IMD}.3.6.1.12.${index}` }, at),
        wattHours({ name: "pduOutletMeterEnergy", oid: `${IMD}.3.6.1.15.${index}` }, at),
      ]
    }
    if (index > 0) {
      const at = { part: `phase/${index}` }
      return [
        watts({ name: "pduPhaseRealPower", oid: `${IMD}.3.2.1.12.${index}` }, at),
        wattHours({ name: "pduPhaseEnergy", oid: `${IMD}.3.2.1.15.${index}` }, at),
      ]
    }
    const at = { part: `pdu/${pdu}` }
    return [
      watts({ name: "pduTotalRealPower", oid: `${IMD}.3.1.1.9.${pdu}` }, at),
      wattHours({ name: "pduTotalEnergy", oid: `${IMD}.3.1.1.12.${pdu}` }, at),
    ]
  },
}
