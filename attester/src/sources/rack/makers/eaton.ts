import { accuracy, SURFACE_ACCURACY } from "../../accuracy.ts"
import { isNegative, type PduProfile, placeName, wattHours, watts } from "../pdu-objects.ts"

const EPDU = "1.3.6.1.4.1.534.6.6.7"
const WRAPS_AT = 2n ** 32n

/**
 * EATON-EPDU-MIB: W and Wh of inputs over their phases, and of outlets; apparent power stands beside them and is not
 * read. The first of a chain has the strapping index 0. Counters are Unsigned32 over their whole range.
 */
export const eaton: PduProfile = {
  maker: "eaton",
  isAbsent: isNegative,
  accuracy: accuracy({ ...SURFACE_ACCURACY.pdu, step: 0 }),
  inlets: (pdu) => `${EPDU}.1.2.1.20.${pdu - 1}`,
  hasInletTable: true,
  hasOutlets: true,
  serial: (pdu) => `${EPDU}.1.2.1.4.${pdu - 1}`,
  objects: (place) => {
    const at = `${place.pdu - 1}.${place.index}`
    const part = { part: placeName(place) }
    if (place.kind === "inlet")
      return [
        watts({ name: "inputTotalWatts", oid: `${EPDU}.3.5.1.4.${at}` }, part),
        wattHours({ name: "inputTotalWh", oid: `${EPDU}.3.5.1.5.${at}`, wrapsAt: WRAPS_AT }, part),
      ]
    return [
      watts({ name: "outletWatts", oid: `${EPDU}.6.5.1.3.${at}` }, part),
      wattHours({ name: "outletWh", oid: `${EPDU}.6.5.1.4.${at}`, wrapsAt: WRAPS_AT }, part),
    ]
  },
}
