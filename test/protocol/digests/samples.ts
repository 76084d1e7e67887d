import {
  type Accumulation,
  type Asked,
  type ClaimBound,
  type Groth16Proof,
  type Group,
  type HeaderFields,
  type Hex,
  type Instrument,
  type MeteredSensor,
  type Opening,
  type Profile,
  type PublishedTally,
  REGISTERS,
  type Reading,
  type Registers,
  type RunContext,
  type Statement,
  type VerificationKey,
  type VouchDocument,
} from "@wattest/protocol"

/** A value with every field that it may have, and nothing unknown: a field that is missing here does not compile. */
export type Full<T> = T extends bigint | number | string | boolean | Uint8Array
  ? T
  : { readonly [K in keyof T]-?: Full<NonNullable<T[K]>> }

/** Bytes that are another value for another mark. */
export const bytesOf = (mark: number, length = 32): Hex => `0x${mark.toString(16).padStart(2, "0").repeat(length)}`
/** An element of the field. */
export const element = (mark: number): Hex => `0x00${mark.toString(16).padStart(2, "0").repeat(31)}`

const registers = Object.fromEntries(REGISTERS.map((name, i) => [name, BigInt(101 + i)])) as Registers

export const READING: Full<Reading> = {
  registers,
  gauges: {
    ...{ meanPowerMilliwatts: 1, smOccupancy: 2, dramActivity: 3, computeActivity: 4 },
    ...{ acceleratorCentikelvin: 5, inletCentikelvin: 6, phase: "train", clock: "synchronised" },
  },
  timeMs: 1_700_000_000_000,
  sequence: 41,
}

const METERED: Full<MeteredSensor> = {
  ...{ sensor: "pdu", role: "energy", method: "counter", part: "a", share: "0.5", wrapsAt: "4294967296" },
  ...{ periodMs: 1000, ratingWatts: "700", witness: "power", sinceMs: 9 },
}

export const GROUP: Full<Group> = {
  ...{ job: "j", part: 1, devices: 2, devicesDigest: bytesOf(1), previous: bytesOf(2), sharedWork: true },
}

const CONTEXT: Full<RunContext> = {
  ...{ workload: "w", job: "j", jobStart: 3n, group: GROUP, qualityRule: "q", modelDigest: bytesOf(3) },
  task: { family: "f", dataset: bytesOf(4), precision: "bf16", batch: 8 },
  versions: { agent: "1", driver: "2" },
  accelerators: [{ sku: "H100", id: "0" }],
  calibrations: [bytesOf(5), bytesOf(6)],
  factors: { carbon: "ember" },
  metering: [METERED],
  vouchDocument: bytesOf(7),
  beacon: { number: 5n, hash: bytesOf(8) },
}

/** `context` in full is what a device writes there; the protocol takes any JSON. */
export const STATEMENT: Full<Omit<Statement, "context">> & { readonly context: Full<RunContext> } = {
  ...{ model: "m", unit: "token", zone: "DE", site: "s", party: "p" },
  ...{ registers, startTimeMs: 1_700_000_000_000, endTimeMs: 1_700_000_600_000 },
  ...{ lifetimeMillijoules: 5_000n, captures: 601, boundary: "node", status: "complete" },
  ...{ energyGrade: "measured", workGrade: "declared", origin: "live", fed: ["it", "work", "beacons"], broken: false },
  context: CONTEXT,
}

export const OPENING: Full<Opening> = {
  registers: [101n, 102n, 103n, 104n, 105n, 106n, 107n, 108n, 109n, 110n, 111n, 112n],
  times: [1_500n, 2_500n],
  marks: [6n, 2n, 1n, 3n, 4n, 1n],
  flags: [1n, 0n, 1n, 0n, 0n, 1n, 0n, 1n, 0n, 1n, 0n, 0n, 1n, 0n, 1n, 0n, 1n],
  tags: [11n, 12n, 13n, 14n, 15n],
  rest: [16n, 17n, 18n, 19n, 20n],
}

export const ASKED: Full<Asked> = {
  ...{ tags: [11n, 12n, 13n, 14n, 15n], boundary: 2n, limits: [1n, 4n, 0n], required: 9n, period: [60n, 120n] },
}

export const ACCUMULATION: Full<Accumulation> = {
  totals: Array.from({ length: 18 }, (_, i) => BigInt(200 + i)),
  blind: 99n,
}

export const VOUCH: Full<VouchDocument> = {
  ...{ mediaType: "application/vnd.wattest.vouch.v1+json", device: bytesOf(1), boundary: "node", origin: "live" },
  ...{ site: "s", validFrom: 1_700_000_000, previous: bytesOf(2) },
  sensors: [
    {
      ...{ id: "pdu", surface: "snmp", quantity: "energy", serial: "7", wrapsAt: "65536", ratingWatts: "700" },
      ...{ periodMs: 1000, accuracyClass: "0.5 S", calibrations: [bytesOf(3)], channel: "authenticated" },
      fingerprint: bytesOf(4),
    },
  ],
  metering: [{ sensor: "pdu", role: "energy", share: "0.5" }],
  accelerators: [{ sku: "H100", count: 8, ids: ["a", "b"] }],
}

export const INSTRUMENT: Full<Instrument> = {
  ...{ id: "i", kind: "ppa", registry: "r", reference: "n", range: { first: 1n, last: 9n }, zone: "DE" },
  ...{ source: "wind", energyWattHours: 9_000n, from: 60, to: 120, kilogramsPerMegawattHour: "0" },
  ...{ status: "cancelled", beneficiary: "b", bundled: true, document: bytesOf(1), attestation: bytesOf(2, 65) },
}

export const PROFILE: Full<Profile> = {
  mediaType: "application/vnd.wattest.profile.v1+json",
  operator: bytesOf(1, 20),
  entity: {
    ...{ name: "n", lei: "529900T8BM49AURSDO55", country: "DE", currency: "EUR", consolidation: "equity-share" },
    ...{ share: "0.5", financialYearBegins: "01-01" },
  },
  sites: [
    {
      ...{ id: "s", address: "a", municipality: "m", country: "DE", zone: "DE" },
      dataCentre: {
        ...{ type: "colocation", owner: "o", operator: "p", installedItKilowatts: "1", floorSquareMetres: "2" },
        ...{
          computerRoomSquareMetres: "3",
          batteryKilowattHours: "4",
          upsPresent: true,
          gridFunctions: "frequency response",
          intakeCelsius: "5",
        },
        ...{ wasteHeatCelsius: "6", coolingDegreeDays: "7" },
        refrigerants: [{ name: "r", chargeKilograms: "1", leakedKilograms: "2", warmingPotential: "3" }],
      },
    },
  ],
  meters: [{ device: bytesOf(2), site: "s", within: bytesOf(3), from: "2026-01-01", to: "2026-12-31" }],
  suppliers: [{ name: "n", operator: bytesOf(4, 20), party: "p", category: "1.1" }],
  instruments: [INSTRUMENT],
  declared: [
    {
      ...{ figure: "fuel.gas", site: "s", from: "2026-01-01", to: "2026-12-31", value: "5", unit: "kWh" },
      ...{ source: "invoice", document: bytesOf(5) },
    },
  ],
  products: [
    {
      ...{ model: "m", name: "n", description: "d", boundaryProcesses: "b", allocation: "a" },
      ...{ companyIds: ["urn:x1:c"], productIds: ["urn:x1:p"], classifications: ["urn:x1:k"] },
      declaredUnit: { measure: "piece", amount: "1", work: "token" },
      geography: { level: "country", name: "DE" },
      ...{ assessmentReports: ["AR6"], standards: ["PACT-3.0"] },
      ...{ exemptedPercent: "1", exemptedDescription: "e", packagingIncluded: true },
      dataQuality: { technological: "1", geographical: "2", temporal: "3" },
    },
  ],
  signature: bytesOf(6, 65),
}

const G1: readonly Hex[] = [bytesOf(1), bytesOf(2)]
const G2: readonly (readonly Hex[])[] = [
  [bytesOf(3), bytesOf(4)],
  [bytesOf(5), bytesOf(6)],
]

export const KEY: Full<VerificationKey> = { alpha: G1, beta: G2, gamma: G2, delta: G2, ic: [G1, G1, G1] }
export const PROOF: Full<Groth16Proof> = { a: G1, b: G2, c: G1 }

/** Of a published tally, what the registry of claims holds in words that follow from it. */
export type TallyTerms = Pick<
  PublishedTally,
  "filters" | "conditions" | "from" | "to" | "asOf" | "number" | "operator"
> & {
  readonly accumulator: Hex
  readonly vouchers: readonly Hex[]
  readonly closing: PublishedTally["closing"]
}

export const TALLY: Full<TallyTerms> = {
  filters: {
    ...{ model: "m", unit: "token", zone: "DE", party: "p", boundary: "node" },
    site: "a place whose name takes more than the 31 bytes of a word",
  },
  conditions: { energyGrade: "measured", workGrade: "declared", origin: "live", required: ["it", "work"] },
  ...{ from: 60, to: 120, asOf: 180, operator: bytesOf(1, 20), number: 7n, accumulator: element(2) },
  vouchers: [bytesOf(3, 20), bytesOf(4, 20)],
  closing: { meteredAtLeast: 5n, blindAtMost: 6n, brokenAtMost: 7n },
}

/** The whole tally; what is added stands in words of its own, which are read and compared. */
export const published = ({ vouchers, ...terms }: TallyTerms): PublishedTally => ({
  ...{ kind: "published", ...terms, ledgers: vouchers.map((voucher) => ({ voucher })) },
  ...{ chainId: 137, registry: bytesOf(5, 20), claims: bytesOf(6, 20), runs: 3n, unopened: 1, voids: 1 },
})

/** Of a bound, what the registry of claims holds in its word. */
export type BoundTerms = Omit<ClaimBound, "proof" | "published" | "tally" | "over">

export const BOUND: Full<BoundTerms> = {
  metric: "ratio",
  ratio: { numerator: ["energyMillijoules", "idleMillijoules"], denominator: ["workUnits"] },
  ...{ lo: 8n, hi: 9n },
}

export const boundOf = (terms: BoundTerms): ClaimBound => ({ ...terms, tally: 0, over: 0 })

export const HEADER: Full<HeaderFields> = {
  ...{ parentHash: bytesOf(1), sha3Uncles: bytesOf(2), miner: bytesOf(3, 20), stateRoot: bytesOf(4) },
  ...{ transactionsRoot: bytesOf(5), receiptsRoot: bytesOf(6), logsBloom: bytesOf(7, 256), difficulty: 8n, number: 9n },
  ...{
    gasLimit: 10n,
    gasUsed: 11n,
    timestamp: 12n,
    extraData: bytesOf(13, 5),
    mixHash: bytesOf(14),
    nonce: bytesOf(15, 8),
  },
  ...{ baseFeePerGas: 16n, withdrawalsRoot: bytesOf(17), blobGasUsed: 18n, excessBlobGas: 19n },
  ...{ parentBeaconBlockRoot: bytesOf(20), requestsHash: bytesOf(21) },
}
