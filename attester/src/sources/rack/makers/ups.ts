import { accuracy, SURFACE_ACCURACY } from "../../accuracy.ts"
import { type PduProfile, watts } from "../pdu-objects.ts"

const OUTPUT = "1.3.6.1.2.1.33.1.4"

/** UPS-MIB (RFC 1628): true power of each output line of a UPS, in W. It has no energy and no serial number. */
export const ups: PduProfile = {
  maker: "ups",
  isAbsent: () => false,
  accuracy: accuracy({ ...SURFACE_ACCURACY.pdu, step: 0 }),
  inlets: () => `${OUTPUT}.3.0`,
  hasInletTable: true,
  hasOutlets: false,
  serial: null,
  objects: ({ index }) => [
    watts({ name: "upsOutputPower", oid: `${OUTPUT}.4.1.4.${index}` }, { part: `line/${index}` }),
  ],
}
