import { createHash } from "node:crypto"
import { writeFileSync } from "node:fs"
import { privateKeyToAccount } from "viem/accounts"

/**
 * Writes test/vectors/profile.json: profiles at, below and above each limit, digests and signatures by node:crypto and viem,
 * so that the protocol's own canonical JSON, digest and recovery are checked against something that shares none of their code.
 */
export const PROFILE_VECTORS = "test/vectors/profile.json"

type Value = string | number | boolean | null | readonly Value[] | { readonly [name: string]: Value }
type Fields = { readonly [name: string]: Value }

/** JSON with sorted names and no blanks. */
function canonical(value: Value): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`
  const names = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${names.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(",")}}`
}

const owner = privateKeyToAccount(`0x${"01".repeat(32)}`)
const stranger = privateKeyToAccount(`0x${"02".repeat(32)}`)
const device = (digit: string) => `0x${digit.repeat(64)}`

const INSTRUMENT: Fields = {
  ...{ id: "a", kind: "granular-certificate", registry: "R", reference: "1", range: { first: "1", last: "40" } },
  ...{ zone: "CH", source: "wind", energyWattHours: "40", from: 1_767_225_600, to: 1_767_229_200 },
  ...{ kilogramsPerMegawattHour: "0", status: "cancelled", beneficiary: "Example AG", bundled: false, document: null },
}
const DECLARED: Fields = {
  ...{ figure: "fuel.gas", site: null, from: "2026-01-01", to: "2026-12-31", value: "7.5", unit: "MWh" },
  ...{ source: "invoice", document: null },
}
const METER: Fields = { device: device("a"), site: "zurich", within: null, from: "2026-01-01", to: null }
const SITE: Fields = { id: "zurich", address: "", municipality: "", country: "CH", zone: "CH", dataCentre: null }
const ENTITY: Fields = {
  ...{ name: "Example AG", lei: "5299000J2N45DDNE4Y28", country: "CH", currency: "EUR" },
  ...{ consolidation: "operational-control", share: "1", financialYearBegins: "01-01" },
}
const BASE: Fields = {
  ...{ mediaType: "application/vnd.wattest.profile.v1+json", operator: owner.address.toLowerCase(), entity: ENTITY },
  ...{ sites: [SITE], meters: [METER], suppliers: [], instruments: [INSTRUMENT], declared: [DECLARED] },
}

const entity = (given: Fields): Fields => ({ ...BASE, entity: { ...ENTITY, ...given } })
const meters = (...list: readonly Fields[]): Fields => ({ ...BASE, meters: list.map((one) => ({ ...METER, ...one })) })
const instrument = (given: Fields): Fields => ({ ...BASE, instruments: [{ ...INSTRUMENT, ...given }] })
const declared = (given: Fields): Fields => ({ ...BASE, declared: [{ ...DECLARED, ...given }] })
const shared = (share: string) => entity({ consolidation: "equity-share", share })

const OK = "valid"
const BAD = "FIELD_MALFORMED"
const CASES: readonly (readonly [name: string, expect: string, profile: Fields])[] = [
  ["whole", OK, BASE],
  ["empty lists", OK, { ...BASE, sites: [], meters: [], instruments: [], declared: [] }],
  ["no LEI", OK, entity({ lei: null })],
  ["another LEI", OK, entity({ lei: "529900T8BM49AURSDO55" })],
  ["LEI with a digit changed", BAD, entity({ lei: "5299000J2N45DDNE4Y29" })],
  ["LEI with two signs exchanged", BAD, entity({ lei: "5299000J2N45DDEN4Y28" })],
  ["LEI in lower case", BAD, entity({ lei: "5299000j2n45ddne4y28" })],
  ["LEI of 19 signs", BAD, entity({ lei: "5299000J2N45DDNE4Y2" })],
  ["LEI of 21 signs", BAD, entity({ lei: "5299000J2N45DDNE4Y281" })],
  ["a name of 256 bytes", OK, entity({ name: "n".repeat(256) })],
  ["a name of 257 bytes", BAD, entity({ name: "n".repeat(257) })],
  ["country of one letter", BAD, entity({ country: "C" })],
  ["currency of two letters", BAD, entity({ currency: "EU" })],
  ["year from the last of February", OK, entity({ financialYearBegins: "02-28" })],
  ["year from a leap day", BAD, entity({ financialYearBegins: "02-29" })],
  ["year from the 31st of April", BAD, entity({ financialYearBegins: "04-31" })],
  ["month 13", BAD, entity({ financialYearBegins: "13-01" })],
  ["half by equity", OK, shared("0.5")],
  ["all by equity", OK, shared("1")],
  ["more than all by equity", BAD, shared("1.000000001")],
  ["nothing by equity", BAD, shared("0")],
  ["half by control", BAD, entity({ share: "0.5" })],
  ["two sites of one name", BAD, { ...BASE, sites: [SITE, SITE] }],
  ["a device at two sites", BAD, meters({}, {})],
  ["a meter at no site", BAD, meters({ site: "bern" })],
  ["a meter within itself", BAD, meters({ within: device("a") })],
  ["two meters within each other", BAD, meters({ within: device("b") }, { device: device("b"), within: device("a") })],
  ["a meter within one that is not listed", OK, meters({ within: device("b") })],
  ["a meter for a day", OK, meters({ from: "2026-01-01", to: "2026-01-01" })],
  ["a meter that goes before it comes", BAD, meters({ from: "2026-01-01", to: "2025-12-31" })],
  ["a day of the calendar", OK, meters({ from: "2028-02-29" })],
  ["no day of the calendar", BAD, meters({ from: "2026-02-29" })],
  ["two instruments of one name", BAD, { ...BASE, instruments: [INSTRUMENT, INSTRUMENT] }],
  ["a range of one", OK, instrument({ range: { first: "7", last: "7" } })],
  ["an empty range", BAD, instrument({ range: { first: "8", last: "7" } })],
  ["a range up to 2^128 - 1", OK, instrument({ range: { first: "0", last: `${2n ** 128n - 1n}` } })],
  ["a range up to 2^128", "NUMBER_OUT_OF_RANGE", instrument({ range: { first: "0", last: `${2n ** 128n}` } })],
  ["energy of 2^64 - 1", OK, instrument({ energyWattHours: `${2n ** 64n - 1n}` })],
  ["energy of 2^64", "NUMBER_OUT_OF_RANGE", instrument({ energyWattHours: `${2n ** 64n}` })],
  ["produced for a second", OK, instrument({ to: 1_767_225_601 })],
  ["produced for no time", BAD, instrument({ to: 1_767_225_600 })],
  ["of an unknown source", BAD, instrument({ source: "magic" })],
  ["15 digits and 9 places", OK, declared({ value: "999999999999999.999999999" })],
  ["16 digits", BAD, declared({ value: "1000000000000000" })],
  ["10 places", BAD, declared({ value: "0.1234567891" })],
  ["below 0", BAD, declared({ value: "-1" })],
  ["a number with a leading 0", BAD, declared({ value: "07.5" })],
  ["declared for a day", OK, declared({ to: "2026-01-01" })],
  ["declared backwards", BAD, declared({ to: "2025-12-31" })],
  ["declared of no site", BAD, declared({ site: "bern" })],
  ["a field that nobody knows", "FIELD_UNKNOWN", { ...BASE, more: 1 }],
  ["another version", BAD, { ...BASE, mediaType: "application/vnd.wattest.profile.v2+json" }],
  ["operator in mixed case", BAD, { ...BASE, operator: owner.address }],
  ["signature of 64 bytes", BAD, { ...BASE, signature: `0x${"11".repeat(64)}` }],
]

async function vectorOf(name: string, expect: string, profile: Fields, signer: typeof owner | null) {
  const digest = `0x${createHash("sha256").update(canonical(profile)).digest("hex")}`
  if (signer === null) return { name, expect, digest, signer: null, text: canonical(profile) }
  const signature = await signer.signMessage({ message: `Wattest profile ${digest}` })
  return { name, expect, digest, signer: signer.address.toLowerCase(), text: canonical({ ...profile, signature }) }
}

export async function profileVectors(): Promise<string> {
  const cases = [
    ...CASES.map(([name, expect, profile]) => vectorOf(name, expect, profile, null)),
    vectorOf("signed by its operator", OK, BASE, owner),
    vectorOf("signed by a stranger", OK, BASE, stranger),
  ]
  return `${JSON.stringify({ cases: await Promise.all(cases) }, null, 1)}\n`
}

if (import.meta.main) writeFileSync(PROFILE_VECTORS, await profileVectors())
