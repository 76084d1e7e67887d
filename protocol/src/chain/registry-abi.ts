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
