import { accuracy } from "../../accuracy.ts"
import { type PduProfile, tenthsOfKilowattHours, watts } from "../pdu-objects.ts"

const RPDU = "1.3.6.1.4.1.318.1.1.12"
const RPDU2 = "1.3.6.1.4.1.318.1.1.26"
const DEVICE_STATUS = `${RPDU2}.4.3.1`
const OUTLET_STATUS = `${RPDU2}.9.4.3.1`

/**
 * rPDU2 (PowerNet-MIB): the PDU in hundredths of kW and tenths of kWh, outlets of metered-by-outlet models in W and
 * tenths of kWh. The energy meter can be reset by users.
 */
export const apc: PduProfile = {
  maker: "apc",
  isAbsent: (raw) => raw === -1n,
  accuracy: accuracy({ gainLimit: 0.05, updateMs: 1000, origin: "assumed: PowerNet-MIB states none" }),
  inlets: "one",
  hasInletTable: false,
  hasOutlets: true,
  serial: (pdu) => `${RPDU2}.2.1.9.${pdu}`,
  objects: ({ kind, pdu, index }) => {
    if (kind === "outlet") {
      const part = `outlet/${index}`
      return [
        watts({ name: "rPDU2OutletMeteredStatusPower", oid: `${OUTLET_STATUS}.7.${index}` }, { part }),
        tenthsOfKilowattHours(
          { name: "rPDU2OutletMeteredStatusEnergy", oid: `${OUTLET_STATUS}.11.${index}` },
          { part },
        ),
      ]
    }
    const part = `pdu/${pdu}`
    const name = "rPDU2DeviceStatusPower"
    return [
      { name, quantity: "power", unit: "kW", scale: -2, oid: `${DEVICE_STATUS}.5.${pdu}`, part },
      tenthsOfKilowattHours({ name: "rPDU2DeviceStatusEnergy", oid: `${DEVICE_STATUS}.9.${pdu}` }, { part }),
    ]
  },
}

/**
 * rPDU (PowerNet-MIB), the first generation: AP78xx and AP79xx measure current alone, and `rPDUIdentDevicePowerWatts`
 * is that times a voltage and a power factor that the operator sets.
 */
export const apcFirst: PduProfile = {
  maker: "apc",
  isAbsent: (raw) => raw === -1n,
  accuracy: accuracy({
    gainLimit: 0.2,
    updateMs: 1000,
    origin: "assumed: 10 % of voltage, 10 % of power factor, neither is measured",
  }),
  inlets: "one",
  hasInletTable: false,
  hasOutlets: false,
  serial: () => `${RPDU}.1.6.0`,
  best: "estimated",
  objects: ({ pdu }) => [watts({ name: "rPDUIdentDevicePowerWatts", oid: `${RPDU}.1.16.0` }, { part: `pdu/${pdu}` })],
}
