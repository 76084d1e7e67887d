import { parseAbi } from "viem"

/** What the prover reads of the registry of anchors. A test holds it equal to the compiled contract. */
export const ANCHORS_ABI = parseAbi([
  "struct Ledger { address operator; address voucher; uint64 length; uint64 checkpointCount; uint64 deviceCount; uint64 leastSince; bytes32 head; }",
  "event Anchored(bytes32 indexed ledger, bytes32 indexed device, uint64 indexed run, bytes32 root, uint64 position, bytes32 head)",
  "function ledgerOf(bytes32 ledger) view returns (Ledger)",
  "function checkpointBefore(bytes32 ledger, uint64 time) view returns (uint64 count, bytes32 head, uint64 length)",
])

/** What the prover calls of the registry of claims. A test holds it equal to the compiled contract. */
export const CLAIMS_ABI = parseAbi([
  "struct Filters { string model; string unit; string zone; string party; uint8 boundary; uint8 energyGrade; uint8 workGrade; }",
  "struct Terms { address[] vouchers; uint64 from; uint64 to; uint8 metric; Filters filters; }",
  "struct Span { bytes32 headFrom; bytes32 headTo; uint64 positionFrom; uint64 positionTo; }",
  "struct Proof { uint256[2] a; uint256[2][2] b; uint256[2] c; }",
  "struct Segment { uint8 length; uint8 unopened; uint8 voids; bytes32 head; uint256 accumulator; Proof proof; }",
  "struct Progress { uint64 segments; uint64 position; uint32 span; uint8 chain; bytes32 head; uint256 accumulator; }",
  "struct Claim { address operator; Terms terms; Span[] spans; uint64 openedAt; uint64 closedAt; uint64 runs; uint64 unopened; uint64 voids; uint64 lo; uint64 hi; bool suspect; }",
  "event Opened(address indexed operator, uint256 indexed number, uint8 metric, uint64 from, uint64 to)",
  "function open(Terms terms) returns (uint256 number)",
  "function extend(uint256 number, uint64 segmentsBefore, Segment[] segments)",
  "function close(uint256 number, uint64 lo, uint64 hi, Proof proof)",
  "function claimCount(address operator) view returns (uint256)",
  "function claimsOf(address operator, uint256 offset, uint256 limit) view returns (Claim[])",
  "function progressOf(address operator, uint256 number) view returns (Progress)",
])
