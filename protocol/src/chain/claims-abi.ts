import { TOTALS } from "../claim/accumulator.ts"
import { ASKED_TAGS, type Asked, type AskedTags, type Conditions, type Filters } from "../claim/asked.ts"
import { type Measure, maskOf } from "../claim/measure.ts"
import { METRIC_NAMES, type MetricName } from "../claim/metric.ts"
import { GRADES } from "../run/capture.ts"
import { decodeFed, FED } from "../run/fed.ts"
import { BOUNDARIES, ORIGINS } from "../run/statement.ts"

/**
 * The members of the claims contract that off-chain code calls or reads, as human-readable ABI (viem's `parseAbi` types
 * them). A test holds them equal to the compiled contract.
 */
export const CLAIMS_ABI = [
  "struct Filters { string model; string unit; string zone; string site; string party; uint8 asked; uint8 boundary; }",
  "struct Conditions { uint8 energyGrade; uint8 workGrade; uint8 origin; uint16 required; }",
  "struct Terms { address[] vouchers; uint64 from; uint64 to; uint64 asOf; Filters filters; Conditions conditions; }",
  "struct Span { bytes32 headFrom; bytes32 headTo; uint64 positionFrom; uint64 positionTo; }",
  "struct Proof { uint256[2] a; uint256[2][2] b; uint256[2] c; }",
  "struct Segment { uint8 length; uint8 unopened; uint8 voids; bytes32 head; uint256 accumulator; Proof proof; }",
  "struct Progress { uint64 segments; uint64 span; uint64 position; bytes32 head; uint256 accumulator; }",
  "struct Closing { uint80 meteredAtLeast; uint80 blindAtMost; uint80 brokenAtMost; }",
  "struct Bound { uint8 metric; bool strict; uint32 denominator; uint24 numeratorMask; uint24 denominatorMask; uint80 lo; uint80 hi; }",
  "struct Tally { address operator; Terms terms; Span[] spans; uint256[] parts; uint64 openedAt; uint64 closedAt; uint64 runs; uint64 unopened; uint64 voids; uint256 accumulator; Closing closing; Bound[] bounds; bool suspect; }",
  "event Opened(address indexed operator, uint256 indexed number, uint64 from, uint64 to, uint64 asOf)",
  "event Joined(address indexed operator, uint256 indexed number, uint256[] parts)",
  "event Closed(address indexed operator, uint256 indexed number, Closing closing)",
  "event Bounded(address indexed operator, uint256 indexed number, uint256 index, Bound bound)",
  "function open(Terms terms) returns (uint256 number)",
  "function extend(uint256 number, uint64 segmentsBefore, Segment[] segments)",
  "function join(uint256[] parts, uint256 accumulator, Proof proof) returns (uint256 number)",
  "function close(uint256 number, Closing closing, Proof[3] proofs)",
  "function bound(uint256 number, Bound bound_, Proof proof) returns (uint256 index)",
  "function registry() view returns (address)",
  "function tallyCount(address operator) view returns (uint256)",
  "function tallyOf(address operator, uint256 number) view returns (Tally)",
  "function talliesOf(address operator, uint256 offset, uint256 limit) view returns (Tally[])",
  "function progressOf(address operator, uint256 number) view returns (Progress)",
  "error AlreadyClosed(uint64 closedAt)",
  "error AsOfOutOfRange(uint64 to, uint64 asOf, uint64 blockTime)",
  "error BoundCountOutOfRange(uint256 maximum)",
  "error BoundRejected(uint80 lo, uint80 hi)",
  "error BoundaryOutOfRange(uint8 boundary)",
  "error ClosingRejected(Closing closing)",
  "error CodeMissing(address account)",
  "error ConditionOutOfRange(Conditions conditions)",
  "error DenominatorMismatch(uint256 number, uint256 denominator)",
  "error DevelopmentKeysRefused(uint256 chainId)",
  "error HeadMismatch(bytes32 expected, bytes32 actual)",
  "error JoinRejected(uint256 accumulator)",
  "error LedgerCountOutOfRange(uint256 maximum, uint256 actual)",
  "error LedgersUnordered(bytes32 previous, bytes32 next)",
  "error MaskOutOfRange(uint24 numeratorMask, uint24 denominatorMask)",
  "error NotClosed(uint256 number)",
  "error NothingToFold(uint64 segments)",
  "error PartCountOutOfRange(uint256 minimum, uint256 maximum, uint256 actual)",
  "error PartsDiffer(uint256 first, uint256 second)",
  "error PartsOverlap(uint256 first, uint256 second)",
  "error PastEnd(uint64 end, uint64 position)",
  "error PeriodEmpty(uint64 from, uint64 to)",
  "error ProofsRejected(uint64 segmentsBefore)",
  "error SegmentsMismatch(uint64 expected, uint64 actual)",
  "error SourceMissing(uint256 required, uint256 actual)",
  "error TallySuspect(uint256 number)",
  "error TextNotAsked(uint8 asked, string text)",
  "error TextTooLong(uint256 maximum, uint256 actual)",
  "error Unfinished(uint64 span, uint64 position)",
  "error UnitMissing(uint8 metric)",
  "error UnknownLedger(address operator, address voucher)",
  "error UnknownTally(uint256 count, uint256 number)",
] as const

/** A metric's number in the claims contract. */
export function metricNumber(name: MetricName): number {
  return METRIC_NAMES.indexOf(name)
}

/** Filters as the claims contract takes them: a label that is not asked for is empty and has no bit. */
export function contractFilters(tags: AskedTags, { boundary }: Pick<Asked, "boundary">) {
  const { model, unit, zone, site, party } = tags
  const asked = ASKED_TAGS.reduce((bits, name, i) => bits | (tags[name] === null ? 0 : 1 << i), 0)
  return {
    ...{ model: model ?? "", unit: unit ?? "", zone: zone ?? "", site: site ?? "", party: party ?? "" },
    ...{ asked, boundary: Number(boundary) },
  }
}

/** Conditions as the claims contract takes them. */
export function contractConditions({ limits, required }: Pick<Asked, "limits" | "required">) {
  const [energyGrade = 0, workGrade = 0, origin = 0] = limits.map(Number)
  return { energyGrade, workGrade, origin, required: Number(required) }
}

/** A bound's metric as the claims contract takes it: only a ratio has masks of its own. */
export function contractMetric(metric: MetricName, { numerator, denominator }: Measure) {
  const mask = (names: Measure["numerator"]) => (metric === "ratio" ? Number(maskOf(names)) : 0)
  return { metric: metricNumber(metric), numeratorMask: mask(numerator), denominatorMask: mask(denominator) }
}

/** The inverse of {@link contractFilters}. */
export function filtersFrom({ asked, boundary, ...tags }: ReturnType<typeof contractFilters>): Filters {
  const tagOf = (name: (typeof ASKED_TAGS)[number], i: number) => ((asked >> i) & 1 ? tags[name] : null)
  const read = Object.fromEntries(ASKED_TAGS.map((name, i) => [name, tagOf(name, i)])) as AskedTags
  return { ...read, boundary: BOUNDARIES[boundary - 1] ?? "gpu" }
}

/** The inverse of {@link contractConditions}. Throws FIELD_MALFORMED on a bit of `required` without a name. */
export function conditionsFrom({
  energyGrade,
  workGrade,
  origin,
  required,
}: ReturnType<typeof contractConditions>): Conditions {
  return {
    energyGrade: GRADES[energyGrade] ?? "simulated",
    workGrade: GRADES[workGrade] ?? "simulated",
    origin: ORIGINS[origin] ?? "recorded",
    required: decodeFed(BigInt(required)),
  }
}

/** Bits of a contract's `required`. */
const REQUIRED_BITS = 16

/**
 * What a tally in the contract asks of sources, as people read it: by its names, and a bit that has none, and so no run,
 * as `bit-N`. An operator writes any number there.
 */
export function requiredShown(required: number): readonly string[] {
  const bits = Array.from({ length: REQUIRED_BITS }, (_, bit) => bit)
  return bits.filter((bit) => (required >> bit) & 1).map((bit) => FED[bit] ?? `bit-${bit}`)
}

/** Conditions of a tally as people read them: {@link conditionsFrom} of a number that may be any. */
export function conditionsShown(conditions: ReturnType<typeof contractConditions>) {
  const named = conditionsFrom({ ...conditions, required: 0 })
  return { ...named, required: requiredShown(conditions.required) }
}

/** The inverse of {@link contractMetric}: a metric's name and, of a ratio, what it divides by what. */
export function metricFrom({ metric, numeratorMask, denominatorMask }: ReturnType<typeof contractMetric>) {
  const name: MetricName = METRIC_NAMES[metric] ?? "ratio"
  const totals = (mask: number) => TOTALS.filter((_, i) => (mask >> i) & 1)
  const ratio = { numerator: totals(numeratorMask), denominator: totals(denominatorMask) }
  return { metric: name, ...(name === "ratio" ? { ratio } : {}) }
}

/** A Groth16 proof as the claims contract takes it. */
export type ContractProof = {
  readonly a: readonly [bigint, bigint]
  readonly b: readonly [readonly [bigint, bigint], readonly [bigint, bigint]]
  readonly c: readonly [bigint, bigint]
}

type SnarkjsProof = {
  readonly pi_a: readonly string[]
  readonly pi_b: readonly (readonly string[])[]
  readonly pi_c: readonly string[]
}

/** A proof in snarkjs' form for the contract: the precompile wants each coordinate of G2 with its imaginary part first. */
export function contractProof({ pi_a, pi_b, pi_c }: SnarkjsProof): ContractProof {
  const pair = (values: readonly string[] = []) => [BigInt(values[0] ?? 0), BigInt(values[1] ?? 0)] as const
  const swapped = (values: readonly string[] = []) => pair([...values.slice(0, 2)].reverse())
  return { a: pair(pi_a), b: [swapped(pi_b[0]), swapped(pi_b[1])], c: pair(pi_c) }
}
