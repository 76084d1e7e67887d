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
/// - enrolment: keccak256(abi.encode("wattest.enrolment.v1", chain id, registry, device, operator, voucher, uint8 boundary, bytes32 evidence))
/// - submission: keccak256(abi.encode("wattest.submission.v1", chain id, registry, device, uint64 firstRun, bytes32[] roots, uint64 through))
/// - retirement: keccak256(abi.encode("wattest.retirement.v1", chain id, registry, device, uint64 runs))
///
/// With `through` a device says that all of its runs up to the last root ended by then, and that no later one does. So the books of a
/// ledger tell, beside what was metered, up to when each device told it, and since when and until when telling was expected.
/// Times are Unix seconds, counts of time seconds; 2^64 - 1 stands for a time that has not come.
///
/// Assumptions: precompiles SHA-256 (0x02), MODEXP (0x05) and P256VERIFY (0x100, EIP-7951) follow their specifications, and the
/// contracts of arithmetic whose addresses are immutables here are the ones that docs/contracts.md names.
/// Warning: the contract does not know whether a voucher is honest. A verifier's policy names the vouchers it believes.
interface IAnchorRegistry {
    /// @notice Life of a device. A withdrawn vouch outweighs retirement.
    enum State {
        Unknown, // never enrolled
        Active,
        Retiring, // the device signed its end; runs are still to come
        Retired, // and no run can follow
        Withdrawn // its voucher withdrew; nothing more is taken
    }

    /// @notice What a voucher said about a device.
    struct Vouch {
        address operator; // whose ledger the device may join; zero: no such vouch
        uint64 since; // from then the vouch does not hold
        bytes32 evidence; // digest of the vouch document in force
    }

    /// @notice A device as a member of its ledger: up to when its books tell, and since when and until when they are expected to.
    struct Member {
        bytes32 device;
        uint8 boundary; // 1 gpu, 2 node, 3 rack, 4 facility: where it meters, for life
        State state;
        uint64 nextRun; // number of its anchored runs
        uint64 enrolledAt;
        uint64 through; // up to which its books tell: of its last submission; 0: none
        uint64 endedAt; // block time from which no run can follow: of the retirement, or of the last run that it left to come
        uint64 since; // see `Vouch.since`
    }

    /// @notice An enrolled device. All zero if it never enrolled.
    struct Device {
        bytes32 ledger;
        address operator;
        address voucher;
        uint64 runs; // in all; 2^64 - 1: not retired
        uint8 scheme; // 1 Ed25519, 2 P-256
        address table; // contract whose code is the key's multiplication table; zero for P-256
        bytes key; // 32 bytes (Ed25519) or x ‖ y (P-256)
        Member member;
    }

    /// @notice A ledger. Operator and voucher are zero until its first device enrols.
    struct Ledger {
        address operator;
        address voucher;
        uint64 length; // number of anchored runs
        uint64 checkpointCount; // number of submissions that added a run
        uint64 deviceCount; // number of enrolled devices
        uint64 vouchedCount; // number of vouches, but for those that were withdrawn from devices outside the ledger
        uint64 suspicionCount;
        bytes32 head; // fold of all its roots; 0 while empty
    }

    /// @notice Every run that one withdrawal made invalid was anchored from `since` to `until`, both included.
    struct Suspicion {
        uint64 since; // of the vouch
        uint64 until; // block time of the device's last submission
    }

    /// @notice A ledger's state after one submission.
    struct Checkpoint {
        bytes32 head;
        uint64 length;
        uint64 time; // block time of the submission
    }

    event Vouched(bytes32 indexed device, address indexed voucher, address indexed operator, bytes32 evidence);
    event Revised(bytes32 indexed device, address indexed voucher, address indexed operator, bytes32 evidence);
    event Withdrawn(bytes32 indexed device, address indexed voucher, address indexed operator, uint64 since);
    event Enrolled(
        bytes32 indexed device,
        address indexed operator,
        address indexed voucher,
        uint8 scheme,
        bytes key,
        uint8 boundary,
        bytes32 evidence
    );
    /// @param root 0: the run is void, its data is lost
    /// @param position place in the ledger, from 0
    /// @param head the ledger's head after this root
    /// @param through no run of the device up to the last of its submission ends after it
    event Anchored(
        bytes32 indexed ledger,
        bytes32 indexed device,
        uint64 indexed run,
        bytes32 root,
        uint64 position,
        bytes32 head,
        uint64 through
    );
    event Retired(bytes32 indexed device, uint64 runs);

    error OperatorMissing();
    error AlreadyVouched(bytes32 device, address voucher);
    error NotVouched(bytes32 device, address voucher);
    error VouchWithdrawn(bytes32 device, uint64 since);
    error SinceInFuture(uint64 blockTime, uint64 since);
    error SinceNotEarlier(uint64 current, uint64 since);
    error UnknownScheme(uint8 scheme);
    error KeyLengthMismatch(uint256 expected, uint256 actual);
    error KeyRejected(bytes key);
    error BoundaryOutOfRange(uint8 boundary);
    error OperatorMismatch(address expected, address actual);
    error EvidenceMismatch(bytes32 expected, bytes32 actual);
    error AlreadyEnrolled(bytes32 device);
    error NotEnrolled(bytes32 device);
    error SignatureLengthMismatch(uint256 expected, uint256 actual);
    error SignatureRejected(bytes32 device, bytes32 message);
    error RootCountOutOfRange(uint256 maximum, uint256 actual);
    error RootOutOfRange(uint64 run, bytes32 root);
    error RunGap(uint64 expected, uint64 actual);
    error RootMismatch(uint64 run, bytes32 expected, bytes32 actual);
    error RunAfterRetirement(uint64 runs, uint64 run);
    error ThroughNotWhole(uint64 through);
    error ThroughInFuture(uint64 blockTime, uint64 through);
    error ThroughTooEarly(uint64 last, uint64 through);
    error AlreadyRetired(uint64 runs);
    error RetirementOutOfRange(uint64 nextRun, uint64 runs);
    error UnknownRun(uint64 nextRun, uint64 run);
    error UnknownCheckpoint(uint64 checkpointCount, uint64 index);
    error CodeMissing(address account);
    error PrecompileMissing(address precompile);

    /// @notice The sender vouches that `device` is genuine, calibrated and mounted as the vouch document with digest `evidence` says,
    /// and that `operator` may enrol it. Once for a device and voucher; a mistake is withdrawn, never overwritten.
    function vouch(bytes32 device, address operator, bytes32 evidence) external;

    /// @notice From now on the sender's vouch is for what the document with digest `evidence` says. Only while it holds.
    function revise(bytes32 device, bytes32 evidence) external;

    /// @notice The sender's vouch does not hold from `since` (at most the block time) on. Final: called again it can
    /// only move `since` earlier. Before enrolment it forbids enrolment under this vouch. Where the device anchored runs
    /// at or after `since`, the ledger lists the stretch as suspect.
    function withdraw(bytes32 device, uint64 since) external;

    /// @notice Binds a device key for ever to the ledger (sender, `voucher`).
    /// @param scheme 1: Ed25519, `key` 32 bytes. 2: P-256 with SHA-256, `key` x ‖ y, 64 bytes
    /// @param boundary 1 to 4, see `Member.boundary`
    /// @param evidence what the vouch holds now: the device agrees to the document that describes it
    /// @param signature 64 bytes by the device over the enrolment message, which names the sender and all of this
    /// @return device the key itself (Ed25519) or keccak256(x ‖ y) (P-256)
    function enrol(
        uint8 scheme,
        bytes calldata key,
        address voucher,
        uint8 boundary,
        bytes32 evidence,
        bytes calldata signature
    ) external returns (bytes32 device);

    /// @notice Anchors consecutive runs of a device. Anyone may send it.
    /// @dev Runs that are anchored already must have the same roots and are skipped, so a repeat changes nothing and emits
    /// nothing, whatever its `through`. A first run after the device's next one is refused.
    /// @param roots 1 to 128, each 0 (void run) or below the BN254 scalar field order
    /// @param through a multiple of 60, at most the block time, not below the device's last one
    /// @param signature 64 bytes by the device over the submission message
    function submit(
        bytes32 device,
        uint64 firstRun,
        bytes32[] calldata roots,
        uint64 through,
        bytes calldata signature
    ) external;

    /// @notice Ends a device after `runs` runs in all; more are refused. Anyone may send it. Final.
    /// @param runs not below the number of anchored runs, below 2^40 - 1
    /// @param signature 64 bytes by the device over the retirement message
    function retire(bytes32 device, uint64 runs, bytes calldata signature) external;

    /// @notice Root, block time and position of a run, and `through` of its submission. Reverts with `UnknownRun` if it is not
    /// anchored.
    function anchorOf(bytes32 device, uint64 run)
        external
        view
        returns (bytes32 root, uint64 anchoredAt, uint64 position, uint64 through);

    /// @notice Roots of a device's runs from `firstRun` on, at most `limit` of them.
    function rootsOf(bytes32 device, uint64 firstRun, uint64 limit) external view returns (bytes32[] memory roots);

    /// @notice `through` of the device's last submission with block time strictly before `time`; 0: none.
    function throughAt(bytes32 device, uint64 time) external view returns (uint64 through);

    function deviceOf(bytes32 device) external view returns (Device memory);

    function vouchOf(bytes32 device, address voucher) external view returns (Vouch memory);

    /// @notice keccak256(abi.encode(operator, voucher))
    function ledgerId(address operator, address voucher) external pure returns (bytes32);

    function ledgerOf(bytes32 ledger) external view returns (Ledger memory);

    /// @notice Ledgers of an operator in the order in which they came to be, from `offset` on, at most `limit` of them. A ledger comes
    /// to be when the operator enrols its first device, so that nobody else can add one.
    function ledgersOf(address operator, uint64 offset, uint64 limit) external view returns (bytes32[] memory ledgers);

    /// @notice Devices of a ledger in order of enrolment, from `offset` on, at most `limit` of them.
    function membersOf(bytes32 ledger, uint64 offset, uint64 limit) external view returns (Member[] memory members);

    /// @notice Number of enrolled devices of a ledger at a boundary.
    function deviceCountOf(bytes32 ledger, uint8 boundary) external view returns (uint64 count);

    /// @notice Of the ledger's devices from `offset` on, `limit` at most, those at `boundary` that enrolled before `to` and whose
    /// books, as of before `asOf`, do not reach `to`. `through` is as of then, the rest as of now.
    function behind(bytes32 ledger, uint8 boundary, uint64 to, uint64 asOf, uint64 offset, uint64 limit)
        external
        view
        returns (Member[] memory members);

    /// @notice Time that the ledger's devices from `offset` on, `limit` at most, at `boundary` are expected to have metered:
    /// Σ max(0, min(to, end of service) - max(from, enrolledAt)), where service ends at `endedAt` or `since`, whichever is earlier.
    function expectedTime(bytes32 ledger, uint8 boundary, uint64 from, uint64 to, uint64 offset, uint64 limit)
        external
        view
        returns (uint64 sum);

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

    /// @notice A ledger's suspicions, one a device at most, from `offset` on, at most `limit` of them.
    function suspicionsOf(bytes32 ledger, uint64 offset, uint64 limit)
        external
        view
        returns (Suspicion[] memory suspicions);

    /// @notice Whether an anchoring time t with from <= t < to lies in a suspicion of the ledger.
    function isSuspect(bytes32 ledger, uint64 from, uint64 to) external view returns (bool);
}
