import { array, boolean, label, nullable, object, oneOf, type Shape, type TypeOf } from "../encoding/shape.ts"
import { check } from "../rejection.ts"
import { amount, patterned } from "./shapes.ts"

/** Longest free text of a product, in bytes. */
const MAX_TEXT_BYTES = 1024

/**
 * A name by RFC 8141. Spaces and control characters are not of its alphabet: lists of them are written with spaces between.
 */
const urn: Shape<string> = patterned(
  /^[uU][rR][nN]:[A-Za-z0-9][A-Za-z0-9-]{0,30}[A-Za-z0-9]:[A-Za-z0-9._~%!$&'()*+,;=:@/-]{1,200}$/,
  "a URN (RFC 8141) such as urn:pact:example.com:product-id:7",
)
const report = patterned(/^AR[1-9][0-9]?$/, "an assessment report of the IPCC such as AR6")

/** Units of PACT in which a product of computing is counted and that documents can show. */
export const DECLARED_UNITS = ["piece", "kilowatt hour", "megajoule"] as const

/** Cross-sectoral standards that PACT lists. */
export const CROSS_SECTORAL_STANDARDS = [
  ...["ISO14067", "ISO14083", "ISO14040-44", "GHGP-Product", "PEF", "PACT-1.0", "PACT-2.0", "PACT-3.0", "PAS2050"],
] as const

/** Regions and subregions of the United Nations, as PACT lists them. */
export const REGIONS: readonly string[] = [
  ...["Africa", "Americas", "Asia", "Europe", "Oceania", "Australia and New Zealand", "Central Asia"],
  ...["Eastern Asia", "Eastern Europe", "Latin America and the Caribbean", "Melanesia", "Micronesia"],
  ...["Northern Africa", "Northern America", "Northern Europe", "Polynesia", "South-eastern Asia", "Southern Asia"],
  ...["Southern Europe", "Sub-Saharan Africa", "Western Asia", "Western Europe"],
]

const GEOGRAPHY_LEVELS = ["global", "region", "country", "subdivision"] as const

/** What an entity sells, or what is used of it: what a product footprint must say and no document of a device holds. */
export const product = object({
  /** The label of the model that devices sign: what a filing of the product is about. */
  model: label(),
  name: label(),
  description: label(MAX_TEXT_BYTES),
  companyIds: array(urn, { min: 1, max: 16 }),
  productIds: array(urn, { min: 1, max: 16 }),
  classifications: array(urn, { max: 16 }),
  /** So much of a unit is what emissions are stated for; of `piece`, `work` is the unit of work that devices sign. */
  declaredUnit: object({ measure: oneOf(DECLARED_UNITS), amount, work: label(64) }),
  geography: object({ level: oneOf(GEOGRAPHY_LEVELS), name: label(64) }),
  /** Whose characterization factors turn gases into CO2e. */
  assessmentReports: array(report, { min: 1, max: 4 }),
  standards: array(oneOf(CROSS_SECTORAL_STANDARDS), { min: 1, max: CROSS_SECTORAL_STANDARDS.length }),
  boundaryProcesses: label(MAX_TEXT_BYTES),
  allocation: label(MAX_TEXT_BYTES),
  /** Part of all emissions that the footprint leaves out, percent, and why. */
  exemptedPercent: amount,
  exemptedDescription: label(MAX_TEXT_BYTES),
  packagingIncluded: boolean,
  /** Ratings of the sources by PACT's matrix, 1 to 5; null: nobody rated them. */
  dataQuality: nullable(object({ technological: amount, geographical: amount, temporal: amount })),
})
export type Product = TypeOf<typeof product>

const isWithin = (text: string, lo: number, hi: number) => Number(text) >= lo && Number(text) <= hi

function isPlace({ level, name }: Product["geography"]): boolean {
  if (level === "global") return name === ""
  if (level === "region") return REGIONS.includes(name)
  return level === "country" ? /^[A-Z]{2}$/.test(name) : /^[A-Z]{2}-[A-Z0-9]{1,3}$/.test(name)
}

function checkOnce(names: readonly string[], path: string): void {
  const lower = names.map((name) => name.toLowerCase())
  const twice = names.find((_, i) => lower.indexOf(lower[i] ?? "") !== i)
  check(twice === undefined, "FIELD_MALFORMED", `${path}: ${twice} stands twice: leave one out`)
}

function checkProduct(one: Product, path: string): void {
  const refuseUnless = (holds: boolean, field: string, what: string) =>
    check(holds, "FIELD_MALFORMED", `${path}.${field}: ${what}`)
  for (const field of ["model", "name", "description", "boundaryProcesses", "allocation"] as const)
    refuseUnless(one[field].trim() !== "", field, "is empty: a footprint cannot be without it")
  for (const field of ["companyIds", "productIds", "classifications", "assessmentReports", "standards"] as const)
    checkOnce(one[field], `${path}.${field}`)
  const { declaredUnit, geography, exemptedPercent, exemptedDescription, dataQuality } = one
  refuseUnless(Number(declaredUnit.amount) > 0, "declaredUnit.amount", "expected a number above 0, such as 1000000")
  const isPiece = declaredUnit.measure === "piece"
  refuseUnless(
    isPiece === (declaredUnit.work !== ""),
    "declaredUnit.work",
    isPiece ? "name the unit of work that a piece is, such as token" : "only a piece is a unit of work: leave it empty",
  )
  refuseUnless(
    isPlace(geography),
    "geography.name",
    'expected "" for global, a region of the United Nations, a country such as CH, or a subdivision such as CH-ZH, as the level says',
  )
  refuseUnless(isWithin(exemptedPercent, 0, 100), "exemptedPercent", "expected 0 to 100")
  refuseUnless(
    Number(exemptedPercent) === 0 || exemptedDescription.trim() !== "",
    "exemptedDescription",
    "say what is left out, and why",
  )
  for (const [name, rating] of Object.entries(dataQuality ?? {}))
    refuseUnless(isWithin(rating, 1, 5), `dataQuality.${name}`, "expected a rating from 1 to 5")
}

/** Throws FIELD_MALFORMED where a product contradicts itself, or two are of one model. */
export function checkProducts(products: readonly Product[], path: string): void {
  const models = new Set<string>()
  for (const [i, one] of products.entries()) {
    checkProduct(one, `${path}[${i}]`)
    check(!models.has(one.model), "FIELD_MALFORMED", `${path}[${i}].model: ${one.model} stands twice`)
    models.add(one.model)
  }
}
