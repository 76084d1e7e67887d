// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Registry of anchored runs
/// @notice Devices sign Merkle roots of their runs; this contract checks each signature, orders the roots and keeps them for ever.
/// It has no owner, no proxy and no pause, takes no ether and can delete nothing.
///
/// A **ledger** is a pair (operator, voucher). Its runs come only from devices which that voucher vouched for and which
/// agreed, by signature, to that pair. Runs of a device are numbered 0, 1, 2, … and have no gap. Roots fold into the
/// ledger's head in the order of their anchoring: head ← Poseidon(head, root), from 0.
///
/// Devices sign 32 bytes; a name in quotes stands for the keccak256 of its ASCII bytes:
/// - enrolment: keccak256(abi.encode("wattest.enrolment.v1", chain id, registry, device, operator, voucher))
/// - submission: keccak256(abi.encode("wattest.submission.v1", chain id, registry, device, uint64 firstRun, bytes32[] roots))
/// - retirement: keccak256(abi.encode("wattest.retirement.v1", chain id, registry, device, uint64 lastRun))
///
/// Assumptions: precompiles SHA-256 (0x02), MODEXP (0x05) and P256VERIFY (0x100, EIP-7951) follow their specifications, and the
/// contracts of arithmetic whose addresses are immutables here are the ones that docs/contracts.md names.
/// Warning: the contract does not know whether a voucher is honest. A verifier's policy names the vouchers it believes.
interface IAnchorRegistry {
    /// @notice Life of a device. A withdrawn vouch outweighs retirement.
    enum State {
        Unknown, // never enrolled
        Active,
        Retired, // the device signed its end; runs up to `lastRun` are still taken
        Withdrawn // its voucher withdrew; nothing more is taken
    }

    /// @notice What a voucher said about a device.
    struct Vouch {
        address operator; // whose ledger the device may join; zero: no such vouch
        uint64 since; // Unix seconds from which the vouch no longer holds; 2^64 - 1: it holds
        bytes32 evidence; // digest of the calibration and mounting report
    }

    /// @notice An enrolled device. All zero if it never enrolled.
    struct Device {
        bytes32 ledger;
        address operator;
        address voucher;
        uint64 nextRun; // number of its anchored runs
        uint64 lastRun; // last run that will be taken; 2^64 - 1: not retired
        uint64 since; // see `Vouch.since`
        uint8 scheme; // 1 Ed25519, 2 P-256
        State state;
        address table; // contract whose code is the key's multiplication table; zero for P-256
        bytes key; // 32 bytes (Ed25519) or x ‖ y (P-256)
    }

    /// @notice A ledger. All zero until its first device enrols.
    struct Ledger {
        address operator;
        address voucher;
        uint64 length; // number of anchored runs
        uint64 checkpointCount; // number of submissions that added a run
        uint64 deviceCount;
        uint64 leastSince; // earliest `since` among withdrawn vouches of its devices; 2^64 - 1: none
        bytes32 head; // fold of all its roots; 0 while empty
    }

    /// @notice A ledger's state after one submission.
    struct Checkpoint {
        bytes32 head;
        uint64 length;
        uint64 time; // block time of the submission, Unix seconds
    }

    event Vouched(bytes32 indexed device, address indexed voucher, address indexed operator, bytes32 evidence);
    event Withdrawn(bytes32 indexed device, address indexed voucher, uint64 since);
    event Enrolled(
        bytes32 indexed device, address indexed operator, address indexed voucher, uint8 scheme, bytes key
    );
    /// @param root 0: the run is void, its data is lost
    /// @param position place in the ledger, from 0
    /// @param head the ledger's head after this root
    event Anchored(
        bytes32 indexed ledger,
        bytes32 indexed device,
        uint64 indexed run,
        bytes32 root,
        uint64 position,
        bytes32 head
    );
    event Retired(bytes32 indexed device, uint64 lastRun);

    error OperatorMissing();
    error AlreadyVouched(bytes32 device, address voucher);
    error NotVouched(bytes32 device, address voucher);
    error VouchWithdrawn(bytes32 device, uint64 since);
    error SinceInFuture(uint64 blockTime, uint64 since);
    error SinceNotEarlier(uint64 current, uint64 since);
    error UnknownScheme(uint8 scheme);
    error KeyLengthMismatch(uint256 expected, uint256 actual);
    error KeyRejected(bytes key);
    error OperatorMismatch(address expected, address actual);
    error AlreadyEnrolled(bytes32 device);
    error NotEnrolled(bytes32 device);
    error SignatureLengthMismatch(uint256 expected, uint256 actual);
    error SignatureRejected(bytes32 device, bytes32 message);
    error RootCountOutOfRange(uint256 maximum, uint256 actual);
    error RootOutOfRange(uint64 run, bytes32 root);
    error RunGap(uint64 expected, uint64 actual);
    error RootMismatch(uint64 run, bytes32 expected, bytes32 actual);
    error RunAfterRetirement(uint64 lastRun, uint64 run);
    error AlreadyRetired(uint64 lastRun);
    error RetirementTooEarly(uint64 nextRun, uint64 lastRun);
    error UnknownRun(uint64 nextRun, uint64 run);
    error UnknownCheckpoint(uint64 checkpointCount, uint64 index);
    error PrecompileMissing(address precompile);

    /// @notice The sender vouches that `device` is genuine, calibrated and mounted as the report with digest `evidence` says,
    /// and that `operator` may enrol it. Once for a device and voucher; a mistake is withdrawn, never overwritten.
    function vouch(bytes32 device, address operator, bytes32 evidence) external;

    /// @notice The sender's vouch does not hold from `since` (Unix seconds, at most the block time) on. Final: called again it can
    /// only move `since` earlier. Before enrolment it forbids enrolment under this vouch.
    function withdraw(bytes32 device, uint64 since) external;

    /// @notice Binds a device key for ever to the ledger (sender, `voucher`).
    /// @param scheme 1: Ed25519, `key` 32 bytes. 2: P-256 with SHA-256, `key` x ‖ y, 64 bytes
    /// @param signature 64 bytes by the device over the enrolment message, which names sender and voucher
    /// @return device the key itself (Ed25519) or keccak256(x ‖ y) (P-256)
    function enrol(uint8 scheme, bytes calldata key, address voucher, bytes calldata signature)
        external
        returns (bytes32 device);

    /// @notice Anchors consecutive runs of a device. Anyone may send it.
    /// @dev Runs that are anchored already must have the same roots and are skipped, so a repeat changes nothing and emits
    /// nothing. A first run after the device's next one is refused.
    /// @param roots 1 to 128, each 0 (void run) or below the BN254 scalar field order
    /// @param signature 64 bytes by the device over the submission message
    function submit(bytes32 device, uint64 firstRun, bytes32[] calldata roots, bytes calldata signature) external;

    /// @notice Ends a device: runs after `lastRun` are refused. Anyone may send it. Final.
    /// @param lastRun not before the last anchored run
    /// @param signature 64 bytes by the device over the retirement message
    function retire(bytes32 device, uint64 lastRun, bytes calldata signature) external;

    /// @notice Root, block time and position of a run. Reverts with `UnknownRun` if it is not anchored.
    function anchorOf(bytes32 device, uint64 run)
        external
        view
        returns (bytes32 root, uint64 anchoredAt, uint64 position);

    /// @notice Roots of a device's runs from `firstRun` on, at most `limit` of them.
    function rootsOf(bytes32 device, uint64 firstRun, uint64 limit) external view returns (bytes32[] memory roots);

    function deviceOf(bytes32 device) external view returns (Device memory);

    function vouchOf(bytes32 device, address voucher) external view returns (Vouch memory);

    /// @notice keccak256(abi.encode(operator, voucher))
    function ledgerId(address operator, address voucher) external pure returns (bytes32);

    function ledgerOf(bytes32 ledger) external view returns (Ledger memory);

    /// @notice Devices of a ledger in order of enrolment, from `offset` on, at most `limit` of them.
    function devicesOf(bytes32 ledger, uint64 offset, uint64 limit) external view returns (bytes32[] memory devices);

    /// @notice Reverts with `UnknownCheckpoint` if `index` is not below the ledger's checkpoint count.
    function checkpointOf(bytes32 ledger, uint64 index)
        external
        view
        returns (bytes32 head, uint64 length, uint64 time);

    /// @notice Checkpoints from `offset` on, at most `limit` of them.
    function checkpointsOf(bytes32 ledger, uint64 offset, uint64 limit) external view returns (Checkpoint[] memory);

    /// @notice The last checkpoint with block time strictly before `time`.
    /// @return count how many checkpoints lie before `time`: the last of them has index `count - 1`. 0: none
    /// @return head the ledger's head then; 0 if there is none
    /// @return length the ledger's length then; 0 if there is none
    function checkpointBefore(bytes32 ledger, uint64 time)
        external
        view
        returns (uint64 count, bytes32 head, uint64 length);
}
