import { worseGrade } from "@wattest/protocol"
import { scaleByTen } from "../decimal.ts"
import { type Meter, meterFromOptions } from "../meter.ts"
import type { Options } from "../options.ts"
import { serialOf } from "../serial.ts"
import { type SensorValue, type Source, SourceError } from "../source.ts"
import type { PduObject, PduPlace, PduProfile } from "./pdu-objects.ts"
import { PDU_PROFILE_NAMES, pduProfile } from "./pdu-profiles.ts"
import { type Answers, SnmpClient, type SnmpTarget, snmpFromOptions } from "./snmp.ts"

/** Which inlets or outlets of a PDU are read; no inlets: all that it has. */
type Choice = {
  readonly pdu: number
  readonly inlets: readonly number[]
  readonly outlets: readonly number[]
  readonly feed: number
}

type PduOptions = {
  readonly id: string
  readonly periodMs: number
  readonly target: SnmpTarget
  readonly profile: PduProfile
  readonly choice: Choice
  readonly meter: Meter
}

/**
 * `profile`, the maker's objects; `pdu`, its number in a chain of linked PDUs; `inlets` or `outlets` to read, whose sum
 * is what the meter covers (without them all inlets); `feed`, the inlet behind which `outlets` are numbered; how to reach
 * it (`snmpFromOptions`); and the meter.
 */
export const pduFromOptions = (id: string, periodMs: number, options: Options): Source => {
  const name = options.choice("profile", PDU_PROFILE_NAMES)
  const profile = pduProfile(name) ?? options.fail("profile", "is not known")
  const choice = choiceFromOptions(name, profile, options)
  const meter = meterFromOptions(options, "rack", profile.accuracy)
  const graded = profile.best === undefined ? meter : { ...meter, grade: worseGrade(meter.grade, profile.best) }
  return createPdu({ id, periodMs, target: snmpFromOptions(options), profile, choice, meter: graded })
}

function choiceFromOptions(name: string, profile: PduProfile, options: Options): Choice {
  const pdu = options.integer("pdu", { lo: 1, hi: 64, default: 1 })
  const outlets = options.integers("outlets", { lo: 1, hi: 256 })
  const inlets = options.integers("inlets", { lo: 1, hi: 12 })
  if (outlets.length > 0 && inlets.length > 0)
    options.fail("outlets", "cannot be read together with inlets: both count the same energy")
  if (inlets.length > 0 && !profile.hasInletTable) options.fail("inlets", `${name} has one: leave it out`)
  if (outlets.length > 0 && !profile.hasOutlets) options.fail("outlets", `${name} meters none`)
  if (!options.has("feed")) return { pdu, inlets, outlets, feed: 1 }
  if (!profile.outletsByFeed || outlets.length === 0)
    options.fail("feed", "is the inlet behind which outlets of sentry3 and sentry4 are numbered")
  return { pdu, inlets, outlets, feed: options.integer("feed", { lo: 1, hi: 12 }) }
}

/** A rack's power distribution unit over SNMP: active power and energy of inlets or outlets. */
const createPdu = (options: PduOptions): Source => {
  const { id, periodMs, profile, target } = options
  const client = new SnmpClient(id, target)
  return {
    id,
    periodMs,
    close: async () => client.close(),
    read: async (signal) => {
      const { places, serial } = await findPlaces(client, options, signal)
      const objects = places.flatMap((place) => profile.objects(place))
      const answers = await client.get([...new Set(objects.flatMap(oidsOf))], signal)
      const read = places.map((place) => readPlace(place, { ...options, answers, serial, count: places.length }))
      const values = read.flat()
      if (values.length === 0) throw new SourceError(id, "unsupported", "the agent has none of the PDU's objects")
      const silent = places.filter((_, i) => read[i]?.length === 0).map(({ kind, index }) => `${kind} ${index}`)
      // A sum that lacks one of its parts would be too small without a word.
      if (silent.length > 0) throw new SourceError(id, "missing", `no power nor energy of ${silent.join(", ")}`, values)
      return values
    },
  }
}

/** What is to be read, and the PDU's serial number; asked each time, since a PDU may be replaced by another. */
async function findPlaces(
  client: SnmpClient,
  { id, profile, choice }: PduOptions,
  signal: AbortSignal,
): Promise<{ readonly places: readonly PduPlace[]; readonly serial: string | null }> {
  const { pdu, feed, inlets, outlets } = choice
  const serialOid = profile.serial?.(pdu) ?? null
  const countOid = profile.inlets === "one" ? null : profile.inlets(pdu)
  const asked = [serialOid, countOid].filter((oid) => oid !== null)
  const answers = await client.get(asked, signal)
  const serial = serialOid === null ? null : serialOf(answers.get(serialOid))
  const at = (kind: PduPlace["kind"]) => (index: number) => ({ kind, pdu, feed, index })
  if (outlets.length > 0) return { places: outlets.map(at("outlet")), serial }
  if (inlets.length > 0) return { places: inlets.map(at("inlet")), serial }
  if (countOid === null) return { places: [at("inlet")(0)], serial }
  const count = Number(answers.get(countOid) ?? 0)
  if (count < 1 || count > 12)
    throw new SourceError(id, "unsupported", 'the agent does not say how many inlets the PDU has: write "inlets"')
  return { places: Array.from({ length: count }, (_, i) => at("inlet")(i + 1)), serial }
}

const oidsOf = ({ oid, scale, availableOid }: PduObject): string[] => [
  oid,
  ...(typeof scale === "number" ? [] : [scale.digitsOid, scale.unitsOid]),
  ...(availableOid === undefined ? [] : [availableOid]),
]

type Reading = Pick<PduOptions, "id" | "profile" | "meter" | "choice"> & {
  readonly answers: Answers
  readonly serial: string | null
  readonly count: number
}

/** The PDU by its serial number, and what lies within it by a path below: `apc/5A1045E01234/outlet/7`. */
function identityOf({ kind, feed, index }: PduPlace, { profile, serial, choice, count }: Reading) {
  if (serial === null) return {}
  const pdu = `${profile.maker}/${serial}`
  const isWhole = kind === "inlet" && choice.inlets.length === 0 && count === 1
  const inlet = profile.outletsByFeed ? `inlet/${feed}/` : ""
  return { identity: isWhole ? pdu : kind === "inlet" ? `${pdu}/inlet/${index}` : `${pdu}/${inlet}outlet/${index}` }
}

const readPlace = (place: PduPlace, reading: Reading): SensorValue[] =>
  reading.profile
    .objects(place)
    .flatMap((object) => toValue(object, reading).map((value) => ({ ...value, ...identityOf(place, reading) })))

const toValue = (object: PduObject, { id, profile, answers, meter }: Reading): SensorValue[] => {
  const raw = integerAt(id, object.oid, answers)
  const available = object.availableOid === undefined ? 1n : integerAt(id, object.availableOid, answers)
  if (raw === undefined || profile.isAbsent(raw) || available !== 1n) return []
  if (raw < 0n) throw new SourceError(id, "malformed", `${object.name} is ${raw}`)
  const exponent = exponentOf(id, object, answers)
  const { name, quantity, unit, part, wrapsAt } = object
  const decimal = (count: bigint) => scaleByTen(count.toString(), exponent)
  const accuracy = { ...meter.accuracy, step: Math.max(meter.accuracy.step, 10 ** exponent) }
  const common = { surface: "snmp", timeMs: Date.now(), part, ...meter, accuracy }
  const wraps = wrapsAt === undefined ? {} : { wrapsAt: decimal(wrapsAt) }
  return [{ sensor: `${part}/${name}`, quantity, unit, value: decimal(raw), ...common, ...wraps }]
}

function integerAt(id: string, oid: string, answers: Answers): bigint | undefined {
  const value = answers.get(oid)
  if (typeof value === "string") throw new SourceError(id, "malformed", `${oid} is not an integer`)
  return value
}

const exponentOf = (id: string, { name, scale }: PduObject, answers: Answers): number => {
  if (typeof scale === "number") return scale
  const digits = integerAt(id, scale.digitsOid, answers)
  const units = integerAt(id, scale.unitsOid, answers)
  if (digits === undefined || digits < 0n || digits > 9n)
    throw new SourceError(id, "malformed", `${name} has ${digits} decimal digits`)
  if (units !== scale.units) throw new SourceError(id, "malformed", `${name} is in unit ${units}, not ${scale.units}`)
  return digits === 0n ? 0 : -Number(digits)
}
