import { sha256 } from "@noble/hashes/sha2.js"
import { type Hex, toHex } from "../encoding/bytes.ts"
import { encodeDocument, parseDocument } from "../encoding/document.ts"
import {
  array,
  boolean,
  decimal,
  described,
  hex,
  label,
  literal,
  nullable,
  object,
  oneOf,
  optional,
  type Shape,
  type TypeOf,
  unsigned,
} from "../encoding/shape.ts"
import { check } from "../rejection.ts"
import { checkProducts, product } from "./product.ts"
import { address, amount, country, patterned, unixSeconds, word } from "./shapes.ts"

export const PROFILE_TYPE = "application/vnd.wattest.profile.v1+json"

/** Longest profile, in bytes: a year of hourly certificates for a few sites. */
export const MAX_PROFILE_BYTES = 16 * 1024 * 1024

/** Length of an account's signature: r, s and v, which is 27 or 28. */
export const ACCOUNT_SIGNATURE_BYTES = 65

/** ISO 7064 MOD 97-10 over letters as 10 to 35: what a legal entity identifier's last two digits make 1. */
export function isLei(text: string): boolean {
  if (!/^[0-9A-Z]{18}[0-9]{2}$/.test(text)) return false
  const digits = [...text].map((sign) => Number.parseInt(sign, 36)).join("")
  return BigInt(digits) % 97n === 1n
}

const isDay = (text: string) => !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text)

/** A day of the calendar, UTC. */
export const day = patterned(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/, "a day such as 2026-01-31", isDay)
const lei = patterned(/^[0-9A-Z]{18}[0-9]{2}$/, "a legal entity identifier (ISO 17442) with its check digits", isLei)
const currency = patterned(/^[A-Z]{3}$/, "a currency by ISO 4217, three capital letters")
const monthDay = patterned(
  /^(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])$/,
  "a day of the year such as 01-01",
  (text) => isDay(`2023-${text}`),
)
/** How the entity's share of what it controls or owns is decided (GHG Protocol). */
export const CONSOLIDATIONS = ["operational-control", "financial-control", "equity-share"] as const

const refrigerant = object({
  name: label(64),
  chargeKilograms: amount,
  leakedKilograms: amount,
  warmingPotential: amount,
})

/** What a data centre is, as Delegated Regulation (EU) 2024/1364 asks; null where the entity does not know it. */
const dataCentre = object({
  type: oneOf(["enterprise", "colocation", "co-hosting"]),
  owner: label(),
  operator: label(),
  installedItKilowatts: nullable(amount),
  floorSquareMetres: nullable(amount),
  computerRoomSquareMetres: nullable(amount),
  batteryKilowattHours: nullable(amount),
  upsPresent: nullable(boolean),
  /** Services to the electricity grid, in words. */
  gridFunctions: optional(label(1024)),
  intakeCelsius: nullable(decimal),
  wasteHeatCelsius: nullable(decimal),
  coolingDegreeDays: nullable(amount),
  refrigerants: array(refrigerant, { max: 64 }),
})

const site = object({
  /** The label that the site's devices sign. */
  id: label(),
  address: label(),
  municipality: label(),
  country,
  /** The label of its electricity grid. */
  zone: label(),
  dataCentre: nullable(dataCentre),
})
export type ProfileSite = TypeOf<typeof site>

/** A device, where it stands, and the device whose energy holds its own; null: no other one does. */
const meter = object({ device: word, site: label(), within: nullable(word), from: day, to: nullable(day) })

/** Categories of Scope 3 in which documents of others are counted: bought cloud and data centre services, and use of what was sold. */
export const VALUE_CHAIN = ["1.1", "11"] as const

/** Whoever operates devices for the entity, or with what the entity sold; `party` is the entity's label in its documents. */
const supplier = object({ name: label(), operator: address, party: label(), category: oneOf(VALUE_CHAIN) })

export const INSTRUMENT_KINDS = ["granular-certificate", "guarantee-of-origin", "ppa"] as const
export const ENERGY_SOURCES = [
  ...["wind", "solar", "hydro", "biomass", "geothermal", "marine", "nuclear"],
  ...["coal", "oil", "gas", "other-fossil"],
] as const
export const INSTRUMENT_STATUSES = ["active", "reserved", "cancelled", "claimed", "expired", "withdrawn"] as const

const instrumentFields = {
  id: label(),
  kind: oneOf(INSTRUMENT_KINDS),
  /** Who keeps it: a registry of certificates, or the seller of a contract. */
  registry: label(),
  /** What it is there: a bundle with its range, a statement's number, a contract. */
  reference: label(),
  /** First and last of its certificates, both included, where the registry numbers them: what may be spent once. */
  range: nullable(object({ first: unsigned(128), last: unsigned(128) })),
  zone: label(),
  source: oneOf(ENERGY_SOURCES),
  energyWattHours: unsigned(64),
  /** The production interval, Unix seconds. */
  from: unixSeconds,
  to: unixSeconds,
  kilogramsPerMegawattHour: amount,
  status: oneOf(INSTRUMENT_STATUSES),
  beneficiary: label(),
  /** Bought together with its electricity. */
  bundled: boolean,
  /** SHA-256 of the statement that the registry or the seller gave. */
  document: nullable(hex(32)),
}

const instrument = object({
  ...instrumentFields,
  /** Signature of an account over {@link instrumentText}: its issuing body's, or that of somebody who looked. */
  attestation: optional(hex(ACCOUNT_SIGNATURE_BYTES)),
})
export type Instrument = TypeOf<typeof instrument>

/** A number that no document of a device holds, on the entity's own word. */
const declared = object({
  /** What it is, by the name that mappings use, such as `fuel.gas`. */
  figure: label(64),
  /** Null: of the whole entity. */
  site: nullable(label()),
  from: day,
  to: day,
  value: amount,
  unit: label(32),
  /** Where it comes from: an invoice, a register of fuel. */
  source: label(),
  document: nullable(hex(32)),
})
export type Declared = TypeOf<typeof declared>

const profileShape = object({
  mediaType: literal(PROFILE_TYPE),
  /** The account whose ledgers are the entity's own, and that signs. */
  operator: address,
  entity: object({
    name: label(),
    lei: nullable(lei),
    country,
    currency,
    consolidation: oneOf(CONSOLIDATIONS),
    /** Part of the whole that counts, 1 but for an equity share. */
    share: amount,
    financialYearBegins: monthDay,
  }),
  sites: array(site, { max: 1024 }),
  meters: array(meter, { max: 100_000 }),
  suppliers: array(supplier, { max: 1024 }),
  instruments: array(instrument, { max: 100_000 }),
  declared: array(declared, { max: 4096 }),
  /** What customers ask footprints of. */
  products: optional(array(product, { max: 256 })),
  /** Signature of the operator's account over {@link profileText}. */
  signature: optional(hex(ACCOUNT_SIGNATURE_BYTES)),
})

/** What an entity says of itself, so that documents of its devices become numbers of its reports. */
export type Profile = TypeOf<typeof profileShape>

function checkDistinct(names: readonly string[], path: string): void {
  const seen = new Set<string>()
  for (const name of names) {
    check(!seen.has(name), "FIELD_MALFORMED", `${path}: ${name} stands twice`)
    seen.add(name)
  }
}

/** Throws FIELD_MALFORMED where a meter is within itself, by way of others too. */
function checkNesting({ meters }: Profile, path: string): void {
  const within = new Map(meters.map((one) => [one.device, one.within]))
  const settled = new Set<string>()
  for (const { device } of meters) {
    const chain = new Set<string>()
    for (let at: Hex | null | undefined = device; at && !settled.has(at); at = within.get(at)) {
      check(!chain.has(at), "FIELD_MALFORMED", `${path}.meters: ${at} lies within itself`)
      chain.add(at)
    }
    for (const one of chain) settled.add(one)
  }
}

function checkShare({ entity: { consolidation, share } }: Profile, path: string): void {
  const [part, isShared] = [Number(share), consolidation === "equity-share"]
  check(
    isShared ? part > 0 && part <= 1 : part === 1,
    "FIELD_MALFORMED",
    `${path}.entity.share: expected ${isShared ? "more than 0 and at most 1" : "1, since control counts the whole"}`,
  )
}

function checkWhole(profile: Profile, path: string): void {
  const { sites, meters, instruments, declared: own } = profile
  checkShare(profile, path)
  checkDistinct(
    sites.map(({ id }) => id),
    `${path}.sites`,
  )
  checkDistinct(
    meters.map(({ device }) => device),
    `${path}.meters`,
  )
  checkDistinct(
    instruments.map(({ id }) => id),
    `${path}.instruments`,
  )
  const known = new Set(sites.map(({ id }) => id))
  for (const { device, site: place, from, to } of meters) {
    check(known.has(place), "FIELD_MALFORMED", `${path}.meters: ${device} stands at ${place}, which is no site here`)
    check(to === null || from <= to, "FIELD_MALFORMED", `${path}.meters: ${device} goes before it comes`)
  }
  for (const { figure, site: place, from, to } of own) {
    check(
      place === null || known.has(place),
      "FIELD_MALFORMED",
      `${path}.declared: ${figure}: ${place} is no site here`,
    )
    check(from <= to, "FIELD_MALFORMED", `${path}.declared: ${figure} ends before it begins`)
  }
  for (const { id, from, to, range } of instruments) {
    check(from < to, "FIELD_MALFORMED", `${path}.instruments: ${id} ends before it begins`)
    check(
      range === null || range.first <= range.last,
      "FIELD_MALFORMED",
      `${path}.instruments: ${id}: its range is empty`,
    )
  }
  checkNesting(profile, path)
  checkProducts(profile.products ?? [], `${path}.products`)
}

export const profile: Shape<Profile> = described({ ...profileShape.schema }, (value, path) => {
  const read = profileShape(value, path)
  checkWhole(read, path)
  return read
})

export const encodeProfile = (value: Profile): Uint8Array => encodeDocument(value)

/** Reads an untrusted profile. Throws a Rejection; `encodeProfile(parseProfile(x))` equals x. */
export const parseProfile = (bytes: Uint8Array): Profile => parseDocument(bytes, profile, MAX_PROFILE_BYTES)

const digestOf = (value: unknown): Hex => toHex(sha256(encodeDocument(value)))

/** SHA-256 over the canonical JSON of a profile without its signature. */
export const profileDigest = ({ signature: _, ...rest }: Profile): Hex => digestOf(rest)

/** What the operator's account signs, as a text that a wallet shows (EIP-191). */
export const profileText = (value: Profile): string => `Wattest profile ${profileDigest(value)}`

/** What an issuing body or a witness signs of an instrument, attestation left out. */
export const instrumentText = ({ attestation: _, ...rest }: Instrument): string =>
  `Wattest instrument ${digestOf(rest)}`
