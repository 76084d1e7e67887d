import type { Grade } from "@wattest/protocol"
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
  /** The integer at which a counter returns to 0, where its MIB says so. */
  readonly wrapsAt?: bigint
  readonly part: string
}

/**
 * Where a value is taken: an inlet of the PDU (or one of its phases), or one of its outlets behind inlet `feed`. Inlet 0
 * is the PDU as a whole.
 */
export type PduPlace = {
  readonly kind: "inlet" | "outlet"
  readonly pdu: number
  readonly feed: number
  readonly index: number
}

/** A maker's objects and what is known of their accuracy. */
export type PduProfile = {
  readonly maker: string
  readonly objects: (place: PduPlace) => readonly PduObject[]
  readonly accuracy: Accuracy
  /** Integers that say "this model does not have it". */
  readonly isAbsent: (raw: bigint) => boolean
  /**
   * How inlets are told: `one`, the PDU has a value of its whole; an OID, the object with the number of inlets or phases
   * that add up to it.
   */
  readonly inlets: "one" | ((pdu: number) => string)
  /** Whether parts of the whole may be named in its place. */
  readonly hasInletTable: boolean
  readonly hasOutlets: boolean
  /** Outlets are numbered behind each inlet, not over the whole PDU. */
  readonly outletsByFeed?: boolean
  /** The object with its serial number; null where its MIB has none. */
  readonly serial: ((pdu: number) => string) | null
  /** What its values are graded at best. */
  readonly best?: Grade
}

type Place = Pick<PduObject, "part">
type Named = Pick<PduObject, "name" | "oid"> & Partial<Pick<PduObject, "wrapsAt">>

/** Active power in whole watts. */
export const watts = (named: Named, { part }: Place): PduObject => ({
  quantity: "power",
  unit: "W",
  scale: 0,
  ...named,
  part,
})

/** Energy in whole watt-hours. */
export const wattHours = (named: Named, { part }: Place): PduObject => ({
  quantity: "energy",
  unit: "Wh",
  scale: 0,
  ...named,
  part,
})

/** Energy in tenths of a kilowatt-hour. */
export const tenthsOfKilowattHours = (named: Named, { part }: Place): PduObject => ({
  quantity: "energy",
  unit: "kWh",
  scale: -1,
  ...named,
  part,
})

export const isNegative = (raw: bigint): boolean => raw < 0n

/** `pdu/1/inlet/2` or `pdu/1/outlet/7`. */
export const placeName = ({ pdu, kind, index }: PduPlace): string => `pdu/${pdu}/${kind}/${index}`
