import { createHash } from "node:crypto"
import { visibleIn, visibleJson } from "@wattest/protocol"
import type { Filing } from "../filing.ts"
import { dayAfter, demanded, FormatError, statedValue } from "./format.ts"

/** ProductFootprint of PACT V3, as far as a filing gives it. Amounts are decimal strings. */
export type ProductFootprint = {
  readonly id: string
  readonly specVersion: "3.0.0"
  readonly created: string
  readonly status: "Active"
  readonly companyName: string
  readonly companyIds: readonly string[]
  readonly productDescription: string
  readonly productIds: readonly string[]
  readonly productNameCompany: string
  readonly pcf: { readonly [name: string]: unknown }
  readonly extensions: readonly { readonly [name: string]: unknown }[]
}

/** A UUID of version 8 from what the footprint says: the same filing has the same id. */
function idOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** The share of the footprint that rests on proofs or attestations, in percent. */
function primaryShare({ cells }: Filing): string {
  const grades = cells.find(({ id }) => id === "fossil")?.grades ?? []
  const shares = grades.filter(({ grade }) => grade === "measured").map(({ share }) => Number(share))
  return String(Math.round(shares.reduce((sum, share) => sum + share, 0) * 10_000) / 100)
}

/** Throws a FormatError where the emissions per unit, or the LEI, are missing. */
export function footprintOf(filing: Filing): ProductFootprint {
  if (filing.entity.lei === null)
    throw new FormatError("a footprint names its company by the LEI, and the profile has none: add entity.lei")
  const name = encodeURIComponent(filing.subject.name)
  const created = filing.asOf === null ? `${dayAfter(filing.period.to)}T00:00:00Z` : time(filing.asOf)
  const energy = statedValue(filing, "energy")
  return visibleIn({
    id: idOf(JSON.stringify(filing)),
    specVersion: "3.0.0",
    created,
    status: "Active",
    companyName: filing.entity.name,
    companyIds: [`urn:lei:${filing.entity.lei}`],
    productDescription: `${filing.standard.title}; declared unit: one ${demanded(filing, "unit")}`,
    productIds: [`urn:pact:wattest.example:product-id:${name}`],
    productNameCompany: filing.subject.name,
    pcf: {
      declaredUnitOfMeasurement: "piece",
      declaredUnitAmount: "1",
      productMassPerDeclaredUnit: "0",
      referencePeriodStart: `${filing.period.from}T00:00:00Z`,
      referencePeriodEnd: `${dayAfter(filing.period.to)}T00:00:00Z`,
      geographyCountry: filing.entity.country,
      pcfExcludingBiogenicUptake: demanded(filing, "pcf-excluding"),
      pcfIncludingBiogenicUptake: demanded(filing, "pcf-including"),
      fossilGhgEmissions: demanded(filing, "fossil"),
      fossilCarbonContent: "0",
      ipccCharacterizationFactors: ["AR6"],
      crossSectoralStandards: ["ISO14067"],
      exemptedEmissionsPercent: "0",
      primaryDataShare: primaryShare(filing),
    },
    extensions: [
      {
        specVersion: "2.0.0",
        dataSchema: "https://wattest.example/pact/energy.v1.json",
        data: { energyPerUnit: energy, policyDigest: filing.policyDigest, profileDigest: filing.profileDigest },
      },
    ],
  })
}

const time = (seconds: number) => new Date(seconds * 1000).toISOString().replace(".000Z", "Z")

export const pact = (filing: Filing): string => visibleJson(footprintOf(filing))
