import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import {
  type Certificate,
  encodeDocument,
  encodeProfile,
  type Hex,
  type MeteredSensor,
  PROFILE_TYPE,
  type Product,
  type Profile,
  profileText,
  type SensorReading,
  toJson,
} from "@wattest/protocol"
import { privateKeyToAccount } from "viem/accounts"
import { ed25519Device } from "../conformance/keys.ts"
import { type Story, type Told, tell } from "../conformance/story.ts"

/** A key that everybody has: what it signs is on nobody's word but a demonstration's. */
const OWNER = privateKeyToAccount(`0x${"07".repeat(32)}`)
export const OPERATOR = OWNER.address.toLowerCase() as Hex

const DAY_MS = 86_400_000
/** Runs of five days, a reading a day: 73 of them are the year. */
export const RUNS = 73
const DAYS = 5

const PLAN: readonly MeteredSensor[] = [
  { sensor: "feed", role: "energy", method: "counter", ratingWatts: "2000000" },
  { sensor: "ups", role: "it", method: "counter", ratingWatts: "2000000" },
  { sensor: "inlet", role: "water", method: "counter" },
  { sensor: "grid", role: "carbon-intensity", method: "hold" },
  { sensor: "server", role: "work", method: "counter" },
]

/** Energy, IT energy, water and tokens by day, which the meters of a hall count up; grid intensity in g/kWh. */
const PER_DAY = { feedKwh: 12_000, upsKwh: 9_600, inletCubicMetres: 12, grams: 45, tokens: 9_000_000_000 }

/** What the meters of the facility say on a day. Counters go on from run to run. */
function readingsOn(startMs: number, timeMs: number): readonly SensorReading[] {
  const day = Math.round((timeMs - startMs) / DAY_MS)
  const shared = { surface: "modbus", timeMs, grade: "measured" as const, accuracy: { gainLimit: "0.005" } }
  return [
    { ...shared, sensor: "feed", quantity: "energy", unit: "kWh", value: `${day * PER_DAY.feedKwh}` },
    { ...shared, sensor: "ups", quantity: "energy", unit: "kWh", value: `${day * PER_DAY.upsKwh}` },
    { ...shared, sensor: "inlet", quantity: "water", unit: "m3", value: `${day * PER_DAY.inletCubicMetres}` },
    { ...shared, sensor: "grid", quantity: "carbon-intensity", unit: "gCO2e/kWh", value: `${PER_DAY.grams}` },
    {
      ...{ sensor: "server", surface: "prometheus", quantity: "work", unit: "1", timeMs, grade: "declared" },
      ...{ value: `${day * PER_DAY.tokens}`, accuracy: {} },
    },
  ]
}

/** What the hall serves, and customers ask a footprint of. */
const PRODUCT: Product = {
  ...{ model: "example-chat", name: "Example Chat", description: "Answers of a language model, as a service" },
  ...{ companyIds: ["urn:pact:example.com:company:1"], productIds: ["urn:pact:example.com:product-id:chat"] },
  ...{ classifications: [], declaredUnit: { measure: "piece", amount: "1000000", work: "token" } },
  geography: { level: "country", name: "CH" },
  ...{ assessmentReports: ["AR6"], standards: ["PACT-3.0"], boundaryProcesses: "Electricity of the hall in use" },
  ...{ allocation: "by tokens", exemptedPercent: "20", exemptedDescription: "making of hardware and buildings" },
  ...{ packagingIncluded: false, dataQuality: null },
}

/** A chain of its own, and a year of 365 days; one that has ended, since nothing is served before it was stated. */
type Wanted = { readonly chainId?: number; readonly year?: number }

/** The year of one hall, told on a chain of its own. */
function hallStory({ chainId, year }: Required<Wanted>): Story {
  const startMs = Date.parse(`${year}-01-01`)
  return {
    ...{
      device: ed25519Device("demo hall"),
      chainId,
      runs: RUNS,
      captures: DAYS + 1,
      startMs,
      operator: OPERATOR,
    },
    ...{
      enrolledBoundary: 4n,
      timeOf: (sequence) => sequence * DAY_MS,
      sensors: ([first]) => readingsOn(startMs, first?.timeMs ?? 0),
    },
    ...{ vouchedAt: startMs / 1000 - 60, beaconedAt: startMs / 1000 - 600, closedAt: startMs / 1000 },
    labels: (labels) => ({
      ...{ ...labels, model: PRODUCT.model, unit: PRODUCT.declaredUnit.work, zone: "CH", site: "zurich" },
      context: {
        ...labels.context,
        workload: "hall",
        metering: [...PLAN],
        factors: { carbon: "grid operator, day ahead" },
      },
    }),
    vouch: (document) => ({
      ...document,
      boundary: "facility",
      site: "zurich",
      validFrom: startMs / 1000 - 60,
      sensors: [],
      metering: [],
    }),
    statement: (statement) => ({ ...statement, boundary: "facility" }),
  }
}

async function profileOf(device: Hex, year: number): Promise<Profile> {
  const startMs = Date.parse(`${year}-01-01`)
  const whole = {
    from: `${year}-01-01`,
    to: `${year}-12-31`,
    site: null,
    document: null,
    source: "register of the plant",
  }
  const none = ["fuel.coal", "fuel.oil", "fuel.other-fossil", "fuel.renewable"]
  const generated = ["self-generated", "self-generated.non-renewable"]
  const profile: Profile = {
    ...{ mediaType: PROFILE_TYPE, operator: OPERATOR, suppliers: [], products: [PRODUCT] },
    entity: {
      ...{ name: "Example Compute AG", lei: "5299000J2N45DDNE4Y28", country: "CH", currency: "EUR" },
      ...{ consolidation: "operational-control", share: "1", financialYearBegins: "01-01" },
    },
    sites: [
      {
        id: "zurich",
        address: "Example street 1",
        municipality: "Zurich",
        country: "CH",
        zone: "CH",
        dataCentre: null,
      },
    ],
    meters: [{ device, site: "zurich", within: null, from: `${year}-01-01`, to: null }],
    instruments: [
      {
        ...{
          id: `wind-${year}`,
          kind: "guarantee-of-origin",
          registry: "example registry",
          reference: "statement 7",
          range: null,
        },
        ...{
          zone: "CH",
          source: "wind",
          energyWattHours: 2_000_000_000n,
          from: startMs / 1000,
          to: startMs / 1000 + 365 * 86_400,
        },
        ...{
          kilogramsPerMegawattHour: "0",
          status: "cancelled",
          beneficiary: "Example Compute AG",
          bundled: false,
          document: null,
        },
      },
    ],
    declared: [
      ...[...none, ...generated].map((figure) => ({ ...whole, figure, value: "0", unit: "MWh" })),
      { ...whole, figure: "fuel.gas", value: "7.5", unit: "MWh" },
      { ...whole, figure: "net-revenue", value: "42000000", unit: "EUR", source: "annual accounts" },
      { ...whole, figure: "scope1", value: "1.5", unit: "tCO2e" },
    ],
  }
  return { ...profile, signature: await OWNER.signMessage({ message: profileText(profile) }) }
}

const factorsOf = (year: number) => ({
  ...{
    mediaType: "application/vnd.wattest.factors.v1+json",
    name: "Example factors",
    version: `${year}`,
    source: "made up for the demonstration",
  },
  entries: [
    {
      ...{ zone: "CH", method: "residual", from: `${year}-01-01`, to: `${year}-12-31`, gramsPerKilowattHour: "500" },
      mix: { fossil: "0.6", nuclear: "0.3", renewable: "0.1" },
    },
  ],
})

/** A fictional company's year in a folder: certificate, policy, signed profile and factors; answers what was told. */
export async function writeCompany(folder: string, { chainId = 31_337, year = 2025 }: Wanted = {}): Promise<Told> {
  const told = tell(hallStory({ chainId, year }))
  mkdirSync(join(folder, "certificates"), { recursive: true })
  writeFileSync(join(folder, "certificates", "hall.json"), encodeDocument(told.certificate as Certificate))
  writeFileSync(join(folder, "policy.json"), JSON.stringify(toJson(told.policy)))
  writeFileSync(join(folder, "profile.json"), encodeProfile(await profileOf(told.device.id, year)))
  writeFileSync(join(folder, "factors.json"), JSON.stringify(factorsOf(year)))
  return told
}
