import { hash } from "node:crypto"
import { encodeDocument } from "@wattest/protocol"
import type { Cell, Filing } from "../filing.ts"
import { dayAfter, demanded, FormatError, statedValue } from "../formats/format.ts"
import { sayGrade } from "../formats/words.ts"
import { uuidOf } from "./uuid.ts"

/** CarbonFootprint of PACT V3 as far as documents and a profile can fill it. Decimals are texts. */
export type CarbonFootprint = {
  readonly declaredUnitOfMeasurement: string
  readonly declaredUnitAmount: string
  readonly productMassPerDeclaredUnit: string
  readonly referencePeriodStart: string
  readonly referencePeriodEnd: string
  readonly geographyRegionOrSubregion?: string
  readonly geographyCountry?: string
  readonly geographyCountrySubdivision?: string
  readonly boundaryProcessesDescription: string
  readonly pcfExcludingBiogenicUptake: string
  readonly pcfIncludingBiogenicUptake: string
  readonly fossilGhgEmissions: string
  readonly fossilCarbonContent: string
  readonly packagingEmissionsIncluded: boolean
  readonly ipccCharacterizationFactors: readonly string[]
  readonly crossSectoralStandards: readonly string[]
  readonly exemptedEmissionsPercent: string
  readonly exemptedEmissionsDescription: string
  readonly allocationRulesDescription: string
  readonly secondaryEmissionFactorSources?: readonly { readonly name: string; readonly version: string }[]
  readonly primaryDataShare: string
  readonly dqi?: { readonly technologicalDQR: string; readonly geographicalDQR: string; readonly temporalDQR: string }
}

/** ProductFootprint of PACT V3. */
export type ProductFootprint = {
  readonly id: string
  readonly specVersion: string
  readonly precedingPfIds?: readonly string[]
  readonly created: string
  readonly status: "Active" | "Deprecated"
  readonly companyName: string
  readonly companyIds: readonly string[]
  readonly productDescription: string
  readonly productIds: readonly string[]
  readonly productClassifications?: readonly string[]
  readonly productNameCompany: string
  readonly comment: string
  readonly pcf: CarbonFootprint
}

const cellOf = ({ cells }: Filing, id: string): Cell | undefined => cells.find((cell) => cell.id === id)
const words = (text: string): readonly string[] => text.split(" ")

const FIELD_OF_LEVEL = {
  region: "geographyRegionOrSubregion",
  country: "geographyCountry",
  subdivision: "geographyCountrySubdivision",
} as const
const isLevel = (level: string): level is keyof typeof FIELD_OF_LEVEL => Object.hasOwn(FIELD_OF_LEVEL, level)

/** The geography, one of three fields, or none for the whole world. Throws a FormatError where the runs' sites are elsewhere. */
function geographyOf(filing: Filing) {
  const level = demanded(filing, "geography-level")
  if (!isLevel(level)) return {}
  const name = demanded(filing, "geography")
  // Of customers' sites the profile says nothing: a filing of category 11 has no such line.
  const metered = cellOf(filing, "countries") === undefined ? null : demanded(filing, "countries")
  const claimed = level === "region" ? null : name.slice(0, 2)
  if (claimed !== null && metered !== null && metered !== claimed)
    throw new FormatError(
      `the product's geography is ${name}, but its runs were metered in ${metered}: correct the geography, or the countries of the sites`,
    )
  return { [FIELD_OF_LEVEL[level]]: name }
}

function ratingsOf(filing: Filing) {
  const [technologicalDQR, geographicalDQR, temporalDQR] = ["technological", "geographical", "temporal"].map((name) =>
    statedValue(filing, `dqr-${name}`),
  )
  return technologicalDQR && geographicalDQR && temporalDQR
    ? { dqi: { technologicalDQR, geographicalDQR, temporalDQR } }
    : {}
}

/** Tables of factors behind the number; the version is their digest, by which anybody finds the very table. */
function tablesOf(filing: Filing) {
  const factors = cellOf(filing, "pcf-excluding")?.sources.filter(({ kind }) => kind === "factor") ?? []
  const tables = factors.map(({ document, documentDigest }) => ({
    name: document,
    version: documentDigest ?? "unknown",
  }))
  return tables.length === 0 ? {} : { secondaryEmissionFactorSources: tables }
}

/** Meters see electricity: how hardware was made is left out of every such footprint, so that none leaves out nothing. */
function exemptedOf(filing: Filing) {
  const percent = demanded(filing, "exempted-percent")
  if (Number(percent) === 0)
    throw new FormatError(
      "only electricity is metered, and making the hardware is not in it: say in the product's exemptedPercent how much that leaves out, and why",
    )
  return { exemptedEmissionsPercent: percent, exemptedEmissionsDescription: demanded(filing, "exempted-description") }
}

/** How the boundary of a footprint of category 11 begins: PACT has no field that says so. */
export const USE_PHASE = "Use phase alone (GHG Protocol category 11), not cradle to gate. "

function carbonOf(filing: Filing): CarbonFootprint {
  const given = (id: string) => demanded(filing, id)
  const { from, to } = filing.period
  const boundary = filing.standard.id.endsWith("category-11") ? USE_PHASE : ""
  return {
    ...{ declaredUnitOfMeasurement: given("unit"), declaredUnitAmount: given("unit-amount") },
    // Energy and services have no mass, and PACT asks for 0 there.
    ...{ productMassPerDeclaredUnit: "0", fossilCarbonContent: "0" },
    ...{ referencePeriodStart: `${from}T00:00:00Z`, referencePeriodEnd: `${dayAfter(to)}T00:00:00Z` },
    ...geographyOf(filing),
    boundaryProcessesDescription: `${boundary}${given("boundary-processes")}`,
    pcfExcludingBiogenicUptake: demanded(filing, "pcf-excluding"),
    pcfIncludingBiogenicUptake: demanded(filing, "pcf-including"),
    fossilGhgEmissions: demanded(filing, "fossil"),
    packagingEmissionsIncluded: given("packaging") === "true",
    ipccCharacterizationFactors: words(given("assessment-reports")),
    crossSectoralStandards: words(given("standards")),
    ...exemptedOf(filing),
    allocationRulesDescription: given("allocation"),
    ...tablesOf(filing),
    primaryDataShare: demanded(filing, "primary-share"),
    ...ratingsOf(filing),
  }
}

/** When the footprint was stated: the as-of of its filing, else the last block that it rests on. Throws a FormatError. */
function createdOf(filing: Filing): string {
  const blocks = filing.cells.flatMap(({ sources }) => sources.flatMap(({ block }) => block?.time ?? []))
  if (blocks.length === 0) throw new FormatError("no block anchors anything of this filing: nothing of it is proved")
  const seconds = filing.asOf ?? blocks.reduce((a, b) => Math.max(a, b))
  return new Date(seconds * 1000).toISOString()
}

/** Namespace of the ids, made once at random (RFC 9562, section 5.5). */
const NAMESPACE = Buffer.from("6b1f6c1e0a5d4b0f9a3e5c2d8e7f4a91", "hex")

/** A UUID of version 5 over the canonical JSON: the same content has the same one, and any other another. */
function idOf(content: object): string {
  const name = hash("sha256", encodeDocument(content), "hex")
  return uuidOf(hash("sha1", Buffer.concat([NAMESPACE, Buffer.from(name)]), "buffer"), 5)
}

function commentOf(filing: Filing): string {
  const { grades = [], uncertainty = null, notes = [] } = cellOf(filing, "pcf-excluding") ?? {}
  const energy = cellOf(filing, "energy")
  const shares = grades.map(sayGrade).join(", ")
  return [
    "Location-based emissions of metered electricity, each reading signed by its device and anchored on chain.",
    ...(energy?.value == null ? [] : [`Electricity: ${energy.value} kWh per declared unit.`]),
    uncertainty === null
      ? "Uncertainty of the emissions is not known."
      : `Uncertainty ± ${uncertainty} kgCO2e (k = 2), not added.`,
    `Of the emissions ${shares}. Judged under policy ${filing.policyDigest}; profile ${filing.profileDigest}, signed by ${filing.profileSigner ?? "nobody"}.`,
    ...notes.map((note) => `To be known: ${note}.`),
  ].join(" ")
}

/**
 * The ProductFootprint of a filing by `pact-3-category-1.1` or `pact-3-category-11`, as if it were the only one: what
 * precedes it, a catalogue says. Pure. Throws a FormatError where something that PACT demands is missing, known in part, or
 * but a bound: what would fill it is named, and nothing becomes 0.
 */
export function footprintOf(filing: Filing): ProductFootprint {
  const classifications = statedValue(filing, "classifications")
  const content = {
    specVersion: filing.standard.version,
    ...{ companyName: demanded(filing, "companyName"), companyIds: words(demanded(filing, "companyIds")) },
    ...{
      productDescription: demanded(filing, "productDescription"),
      productIds: words(demanded(filing, "productIds")),
    },
    ...(classifications === null ? {} : { productClassifications: words(classifications) }),
    productNameCompany: demanded(filing, "productName"),
    comment: commentOf(filing),
    pcf: carbonOf(filing),
  }
  return { id: idOf(content), created: createdOf(filing), status: "Active", ...content }
}
