import { accuracy, SURFACE_ACCURACY } from "../../accuracy.ts"
import { isNegative, type PduProfile, placeName, tenthsOfKilowattHours, wattHours, watts } from "../pdu-objects.ts"

const ACCURACY = accuracy({ ...SURFACE_ACCURACY.pdu, step: 0 })
const SENTRY3 = "1.3.6.1.4.1.1718.3.2"
const SENTRY4 = "1.3.6.1.4.1.1718.4.1"

/** Sentry3-MIB: each input feed is one phase of its tower, in W and tenths of kWh; outlets in W and Wh. */
export const sentry3: PduProfile = {
  maker: "servertech",
  isAbsent: isNegative,
  accuracy: ACCURACY,
  inlets: (pdu) => `${SENTRY3}.1.1.5.${pdu}`,
  hasInletTable: true,
  hasOutlets: true,
  outletsByFeed: true,
  serial: (pdu) => `${SENTRY3}.1.1.6.${pdu}`,
  objects: (place) => {
    const { kind, pdu, feed, index } = place
    if (kind === "inlet") {
      const at = { part: placeName(place) }
      return [
        watts({ name: "infeedPower", oid: `${SENTRY3}.2.1.12.${pdu}.${index}` }, at),
        tenthsOfKilowattHours({ name: "infeedEnergy", oid: `${SENTRY3}.2.1.16.${pdu}.${index}` }, at),
      ]
    }
    const at = { part: `pdu/${pdu}/inlet/${feed}/outlet/${index}` }
    return [
      watts({ name: "outletPower", oid: `${SENTRY3}.3.1.14.${pdu}.${feed}.${index}` }, at),
      wattHours({ name: "outletEnergy", oid: `${SENTRY3}.3.1.18.${pdu}.${feed}.${index}` }, at),
    ]
  },
}

/** Sentry4-MIB (PRO1, PRO2): input cords with all their phases, in W and tenths of kWh; outlets in W and Wh. */
export const sentry4: PduProfile = {
  maker: "servertech",
  isAbsent: isNegative,
  accuracy: ACCURACY,
  inlets: (pdu) => `${SENTRY4}.2.2.1.30.${pdu}`,
  hasInletTable: true,
  hasOutlets: true,
  outletsByFeed: true,
  serial: (pdu) => `${SENTRY4}.2.2.1.4.${pdu}`,
  objects: (place) => {
    const { kind, pdu, feed, index } = place
    if (kind === "inlet") {
      const at = { part: placeName(place) }
      return [
        watts({ name: "st4InputCordActivePower", oid: `${SENTRY4}.3.3.1.3.${pdu}.${index}` }, at),
        tenthsOfKilowattHours({ name: "st4InputCordEnergy", oid: `${SENTRY4}.3.3.1.10.${pdu}.${index}` }, at),
      ]
    }
    const at = { part: `pdu/${pdu}/inlet/${feed}/outlet/${index}` }
    return [
      watts({ name: "st4OutletActivePower", oid: `${SENTRY4}.8.3.1.7.${pdu}.${feed}.${index}` }, at),
      wattHours({ name: "st4OutletEnergy", oid: `${SENTRY4}.8.3.1.14.${pdu}.${feed}.${index}` }, at),
    ]
  },
}
