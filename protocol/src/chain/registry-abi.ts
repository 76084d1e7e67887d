/**
 * The members of the registry that off-chain code calls or reads, as human-readable ABI (viem's `parseAbi` types them).
 * A test holds them equal to the compiled contract.
 */
export const REGISTRY_ABI = [
  "event Vouched(bytes32 indexed device, address indexed voucher, address indexed operator, bytes32 evidence)",
  "event Withdrawn(bytes32 indexed device, address indexed voucher, uint64 since)",
  "event Enrolled(bytes32 indexed device, address indexed operator, address indexed voucher, uint8 scheme, bytes key)",
  "event Anchored(bytes32 indexed ledger, bytes32 indexed device, uint64 indexed run, bytes32 root, uint64 position, bytes32 head)",
  "event Retired(bytes32 indexed device, uint64 lastRun)",
  "function vouch(bytes32 device, address operator, bytes32 evidence)",
  "function withdraw(bytes32 device, uint64 since)",
  "function enrol(uint8 scheme, bytes key, address voucher, bytes signature) returns (bytes32 device)",
  "function submit(bytes32 device, uint64 firstRun, bytes32[] roots, bytes signature)",
  "function retire(bytes32 device, uint64 lastRun, bytes signature)",
] as const

/** The registry's reads and refusals, for those who need no indexer. The same test covers them. */
export const REGISTRY_READS = [
  "struct Vouch { address operator; uint64 since; bytes32 evidence; }",
  "struct Device { bytes32 ledger; address operator; address voucher; uint64 nextRun; uint64 lastRun; uint64 since; uint8 scheme; uint8 state; address table; bytes key; }",
  "struct Ledger { address operator; address voucher; uint64 length; uint64 checkpointCount; uint64 deviceCount; uint64 leastSince; bytes32 head; }",
  "struct Checkpoint { bytes32 head; uint64 length; uint64 time; }",
  "function anchorOf(bytes32 device, uint64 run) view returns (bytes32 root, uint64 anchoredAt, uint64 position)",
  "function rootsOf(bytes32 device, uint64 firstRun, uint64 limit) view returns (bytes32[] roots)",
  "function deviceOf(bytes32 device) view returns (Device)",
  "function vouchOf(bytes32 device, address voucher) view returns (Vouch)",
  "function ledgerOf(bytes32 ledger) view returns (Ledger)",
  "function devicesOf(bytes32 ledger, uint64 offset, uint64 limit) view returns (bytes32[] devices)",
  "function checkpointsOf(bytes32 ledger, uint64 offset, uint64 limit) view returns (Checkpoint[])",
  "error AlreadyEnrolled(bytes32 device)",
  "error AlreadyRetired(uint64 lastRun)",
  "error AlreadyVouched(bytes32 device, address voucher)",
  "error KeyLengthMismatch(uint256 expected, uint256 actual)",
  "error KeyRejected(bytes key)",
  "error NotEnrolled(bytes32 device)",
  "error NotVouched(bytes32 device, address voucher)",
  "error OperatorMismatch(address expected, address actual)",
  "error OperatorMissing()",
  "error RetirementTooEarly(uint64 nextRun, uint64 lastRun)",
  "error RootCountOutOfRange(uint256 maximum, uint256 actual)",
  "error RootMismatch(uint64 run, bytes32 expected, bytes32 actual)",
  "error RootOutOfRange(uint64 run, bytes32 root)",
  "error RunAfterRetirement(uint64 lastRun, uint64 run)",
  "error RunGap(uint64 expected, uint64 actual)",
  "error SignatureLengthMismatch(uint256 expected, uint256 actual)",
  "error SignatureRejected(bytes32 device, bytes32 message)",
  "error SinceInFuture(uint64 blockTime, uint64 since)",
  "error SinceNotEarlier(uint64 current, uint64 since)",
  "error UnknownCheckpoint(uint64 checkpointCount, uint64 index)",
  "error UnknownRun(uint64 nextRun, uint64 run)",
  "error UnknownScheme(uint8 scheme)",
  "error VouchWithdrawn(bytes32 device, uint64 since)",
] as const
