import { METRIC_NAMES, type MetricName } from "../claim/metric.ts"

/**
 * The members of the claims contract that off-chain code calls or reads, as human-readable ABI (viem's `parseAbi` types
 * them). A test holds them equal to the compiled contract.
 */
export const CLAIMS_ABI = [
  "struct Filters { string model; string unit; string zone; string party; uint8 boundary; uint8 energyGrade; uint8 workGrade; }",
  "struct Terms { address[] vouchers; uint64 from; uint64 to; uint8 metric; Filters filters; }",
  "struct Span { bytes32 headFrom; bytes32 headTo; uint64 positionFrom; uint64 positionTo; }",
  "struct Proof { uint256[2] a; uint256[2][2] b; uint256[2] c; }",
  "struct Segment { uint8 length; uint8 unopened; uint8 voids; bytes32 head; uint256 accumulator; Proof proof; }",
  "struct Progress { uint64 segments; uint64 position; uint32 span; uint8 chain; bytes32 head; uint256 accumulator; }",
  "struct Claim { address operator; Terms terms; Span[] spans; uint64 openedAt; uint64 closedAt; uint64 runs; uint64 unopened; uint64 voids; uint64 lo; uint64 hi; bool suspect; }",
  "event Opened(address indexed operator, uint256 indexed number, uint8 metric, uint64 from, uint64 to)",
  "event Closed(address indexed operator, uint256 indexed number, uint8 metric, uint64 lo, uint64 hi)",
  "function open(Terms terms) returns (uint256 number)",
  "function extend(uint256 number, uint64 segmentsBefore, Segment[] segments)",
  "function close(uint256 number, uint64 lo, uint64 hi, Proof proof)",
  "function claimCount(address operator) view returns (uint256)",
  "function claimOf(address operator, uint256 number) view returns (Claim)",
  "function claimsOf(address operator, uint256 offset, uint256 limit) view returns (Claim[])",
  "function progressOf(address operator, uint256 number) view returns (Progress)",
  "error AlreadyClosed(uint64 closedAt)",
  "error BoundRejected(uint64 lo, uint64 hi)",
  "error BoundaryOutOfRange(uint8 boundary)",
  "error DevelopmentKeysRefused(uint256 chainId)",
  "error FoldRejected(uint64 segment)",
  "error GradeOutOfRange(uint8 grade)",
  "error HeadMismatch(bytes32 expected, bytes32 actual)",
  "error LedgersUnordered(bytes32 previous, bytes32 next)",
  "error NothingToFold(uint64 segments)",
  "error PastEnd(uint64 end, uint64 position)",
  "error PeriodEmpty(uint64 from, uint64 to)",
  "error PeriodNotEnded(uint64 blockTime, uint64 to)",
  "error SegmentsMismatch(uint64 expected, uint64 actual)",
  "error Unfinished(uint32 span, uint8 chain, uint64 position)",
  "error UnitMissing(uint8 metric)",
  "error UnknownClaim(uint256 count, uint256 number)",
  "error UnknownLedger(address operator, address voucher)",
  "error VoucherMissing()",
] as const

/** A metric's number in the claims contract. */
export function metricNumber(name: MetricName): number {
  return METRIC_NAMES.indexOf(name)
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
