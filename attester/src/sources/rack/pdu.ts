import { scaleByTen } from "../decimal.ts"
import { type Meter, meterFromOptions } from "../meter.ts"
import type { Options } from "../options.ts"
import { type SensorValue, type Source, SourceError } from "../source.ts"
import { PDU_PROFILES, type PduObject, type PduPlace, type PduProfile } from "./pdu-objects.ts"
import { SnmpClient, type SnmpTarget, snmpFromOptions } from "./snmp.ts"

export type PduOptions = {
  readonly id: string
  readonly periodMs: number
  readonly target: SnmpTarget
  readonly profile: PduProfile
  readonly places: readonly PduPlace[]
  readonly meter: Meter
}

/**
 * `profile` apc or raritan; `pdu`, its number in a chain of linked PDUs; `inlets` or `outlets` to read, whose sum is
 * what the meter covers; how to reach it (`snmpFromOptions`); and the meter.
 */
export const pduFromOptions = (id: string, periodMs: number, options: Options): Source => {
  const name = options.choice("profile", ["apc", "raritan"])
  const profile: PduProfile = PDU_PROFILES[name]
  const pdu = options.integer("pdu", { lo: 1, hi: 64, default: 1 })
  const outlets = options.integers("outlets", { lo: 1, hi: 256 })
  const inlets = options.integers("inlets", { lo: 1, hi: 8 })
  if (outlets.length > 0 && inlets.length > 0)
    options.fail("outlets", "cannot be read together with inlets: both count the same energy")
  if (name === "apc" && inlets.length > 0) options.fail("inlets", "an APC PDU has one: leave it out")
  const indices = outlets.length > 0 ? outlets : inlets.length > 0 ? inlets : [1]
  const kind = outlets.length > 0 ? "outlet" : "inlet"
  const places = indices.map((index) => ({ kind, pdu, index }) as const)
  const meter = meterFromOptions(options, "rack", profile.accuracy)
  return createPdu({ id, periodMs, target: snmpFromOptions(options), profile, places, meter })
}

/** A rack's power distribution unit over SNMP: active power and energy of inlets or outlets. */
export const createPdu = ({ id, periodMs, target, profile, places, meter }: PduOptions): Source => {
  const client = new SnmpClient(id, target)
  const objects = places.flatMap((place) => profile.objects(place))
  return {
    id,
    periodMs,
    close: async () => client.close(),
    read: async (signal) => {
      const answers = await client.get([...new Set(objects.flatMap(oidsOf))], signal)
      const values = objects.flatMap((object) => toValue({ id, object, profile, answers, meter }))
      if (values.length === 0) throw new SourceError(id, "unsupported", "the agent has none of the PDU's objects")
      return values
    },
  }
}

const oidsOf = ({ oid, scale, availableOid }: PduObject): string[] => [
  oid,
  ...(typeof scale === "number" ? [] : [scale.digitsOid, scale.unitsOid]),
  ...(availableOid === undefined ? [] : [availableOid]),
]

type Answers = ReadonlyMap<string, bigint>

type Reading = Pick<PduOptions, "id" | "profile" | "meter"> & { readonly object: PduObject; readonly answers: Answers }

const toValue = ({ id, object, profile, answers, meter }: Reading): SensorValue[] => {
  const raw = answers.get(object.oid)
  const available = object.availableOid === undefined ? 1n : answers.get(object.availableOid)
  if (raw === undefined || raw === profile.absent || available !== 1n) return []
  if (raw < 0n) throw new SourceError(id, "malformed", `${object.name} is ${raw}`)
  const exponent = exponentOf(id, object, answers)
  const { name, quantity, unit, part } = object
  const step = 10 ** exponent
  const accuracy = { ...meter.accuracy, step: Math.max(meter.accuracy.step, step) }
  const value = scaleByTen(raw.toString(), exponent)
  return [
    { sensor: `${part}/${name}`, surface: "snmp", quantity, unit, value, timeMs: Date.now(), part, ...meter, accuracy },
  ]
}

const exponentOf = (id: string, { name, scale }: PduObject, answers: Answers): number => {
  if (typeof scale === "number") return scale
  const digits = answers.get(scale.digitsOid)
  const units = answers.get(scale.unitsOid)
  if (digits === undefined || digits < 0n || digits > 9n)
    throw new SourceError(id, "malformed", `${name} has ${digits} decimal digits`)
  if (units !== scale.units) throw new SourceError(id, "malformed", `${name} is in unit ${units}, not ${scale.units}`)
  return digits === 0n ? 0 : -Number(digits)
}
