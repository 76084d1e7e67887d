import { type Cell, FILING_TYPE, type Filing, type Source } from "@wattest/disclosure"
import type { Hex } from "@wattest/protocol"

const digest = (digit: string): Hex => `0x${digit.repeat(64)}`

const days = { from: "2026-01-01", to: "2026-12-31" }

const certificate: Source = {
  document: "certificates/a.json",
  documentDigest: digest("a"),
  kind: "certificate",
  evidence: "proved",
  verdict: "valid",
  block: { chainId: 137, number: "81234567", time: 1_767_312_000 },
  quantity: "412.4567",
  share: "1",
}

const declared: Source = {
  document: "profile: declared/diesel",
  documentDigest: null,
  kind: "profile",
  evidence: "declared",
  verdict: null,
  block: null,
  quantity: "7.5",
  share: "1",
}

/** A cell of which nothing is said but what is given. */
const cell = (given: Partial<Cell> & Pick<Cell, "id" | "concept" | "label" | "unit">): Cell => ({
  ...{ kind: "number", value: null, decimals: null, bound: "exact", state: "missing", dimensions: {}, period: days },
  ...{ uncertainty: null, grades: [], evidence: null, coverage: null, sources: [], previous: null },
  ...{ needs: [], notes: [] },
  ...given,
})

/** A small filing by the VSME with one cell of each state, made by hand: what formats are tested with. */
export const exampleFiling: Filing = {
  mediaType: FILING_TYPE,
  program: "0.1.0",
  standard: {
    id: "vsme-2025-07-30",
    title: "Voluntary standard for SMEs, B3 energy and greenhouse gases",
    version: "2025-07-30",
    validFrom: "2025-07-30",
    source: "EFRAG, VSME XBRL taxonomy of November 2025",
    namespaces: { vsme: "https://xbrl.efrag.org/taxonomy/vsme/2025-07-30/vsme" },
    taxonomy: ["https://xbrl.efrag.org/taxonomy/vsme/2025-07-30/vsme-all.xsd"],
    entityScheme: "http://standards.iso.org/iso/17442",
  },
  entity: { name: "Example Compute AG", lei: "5299000J2N45DDNE4Y28", country: "CH", currency: "EUR" },
  period: days,
  subject: { kind: "entity", name: "Example Compute AG" },
  asOf: 1_799_000_000,
  previousAsOf: 1_798_000_000,
  policyDigest: digest("1"),
  profileDigest: digest("2"),
  profileSigner: `0x${"3".repeat(40)}`,
  cells: [
    cell({
      ...{ id: "B3-total", concept: "vsme:TotalEnergyConsumption", label: "Total energy consumption" },
      ...{ unit: "utr:MWh", value: "419.96", decimals: 2, state: "partly", evidence: "declared" },
      grades: [
        { grade: "measured", share: "0.9821" },
        { grade: "declared", share: "0.0179" },
      ],
      sources: [
        { ...certificate, share: "0.9821" },
        { ...declared, share: "0.0179" },
      ],
      needs: ["certificates of runs 4 to 5 of device 0xaa, 0.31 kWh in them"],
    }),
    cell({
      ...{ id: "B3-electricity", concept: "vsme:EnergyConsumptionFromElectricity", label: "Electricity" },
      ...{ unit: "utr:MWh", value: "412.46", decimals: 2, state: "filled", evidence: "proved", uncertainty: "2.0623" },
      grades: [{ grade: "measured", share: "1" }],
      coverage: {
        ...{ meteredMs: "31104000000", expectedMs: "31536000000", blindMs: "1200", voids: "0", notShown: "2" },
        behind: [],
      },
      sources: [certificate],
      previous: "411.02",
      notes: ["one sensor's uncertainty is added up linearly"],
    }),
    cell({
      ...{ id: "B3-fuels", concept: "vsme:EnergyConsumptionFromFuels", label: "Fuels", unit: "utr:MWh" },
      ...{ value: "7.50", decimals: 2, state: "filled", evidence: "declared", sources: [declared] },
      grades: [{ grade: "declared", share: "1" }],
    }),
    cell({
      ...{ id: "B3-scope2", concept: "vsme:GrossLocationBasedScope2GreenhouseGasEmissions", unit: "utr:tCO2e" },
      ...{ label: "Scope 2, location-based", value: "160.9", decimals: 1, bound: "at-most", state: "filled" },
      evidence: "proved",
      sources: [{ ...certificate, document: "claims/carbon.json", kind: "presentation", quantity: "160.9" }],
      notes: ["at most: a claim in zero knowledge bounds it, no certificate shows it"],
    }),
    cell({
      ...{ id: "B3-scope1", concept: "vsme:GrossScope1GreenhouseGasEmissions", label: "Scope 1", unit: "utr:tCO2e" },
      needs: ["the profile's declared scope1, or fuels with their factors"],
    }),
  ],
  sums: [
    {
      total: "B3-total",
      parts: [
        { cell: "B3-electricity", weight: 1 },
        { cell: "B3-fuels", weight: 1 },
      ],
    },
  ],
  refused: [
    {
      name: "certificates/forged.json",
      status: "invalid",
      code: "SIGNATURE_INVALID",
      detail: "the device did not sign this submission",
    },
  ],
  notes: [],
}
