// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchorRegistryReads} from "./AnchorRegistryReads.sol";
import {IAnchorRegistry} from "./IAnchorRegistry.sol";
import {Checkpoints} from "./lib/Checkpoints.sol";
import {IEd25519, IEd25519Table, IPoseidonT3} from "./lib/IArithmetic.sol";
import {P256} from "./lib/P256.sol";

/// @title Registry of anchored runs
/// @dev Arithmetic is checked, but for assembly of the libraries; so is every cast that could lose a bit.
contract AnchorRegistry is AnchorRegistryReads {
    using Checkpoints for mapping(uint256 index => Checkpoints.Checkpoint);
    using Checkpoints for Checkpoints.Submission;

    /* CONSTANTS */

    uint8 private constant BOUNDARIES = 4;
    uint256 private constant MAX_ROOTS = 128;
    uint256 private constant SIGNATURE_LENGTH = 64;
    /// @dev Scalar field order of BN254
    uint256 private constant FIELD = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;

    bytes32 private constant SUBMISSION = keccak256("wattest.submission.v1");
    bytes32 private constant ENROLMENT = keccak256("wattest.enrolment.v1");
    bytes32 private constant RETIREMENT = keccak256("wattest.retirement.v1");

    IEd25519 private immutable _ed25519;
    IEd25519Table private immutable _ed25519Table;
    IPoseidonT3 private immutable _poseidon;

    constructor(IEd25519 ed25519, IEd25519Table ed25519Table, IPoseidonT3 poseidon) {
        address[3] memory parts = [address(ed25519), address(ed25519Table), address(poseidon)];
        for (uint256 i = 0; i < parts.length; i++) require(parts[i].code.length != 0, CodeMissing(parts[i]));
        require(P256.works(), PrecompileMissing(address(P256.PRECOMPILE)));
        (_ed25519, _ed25519Table, _poseidon) = (ed25519, ed25519Table, poseidon);
    }

    /* VOUCHING */

    /// @inheritdoc IAnchorRegistry
    function vouch(bytes32 device, address operator, bytes32 evidence) external {
        require(operator != address(0), OperatorMissing());
        require(_devices[device].ledger == 0, AlreadyEnrolled(device));
        VouchState storage state = _vouches[device][msg.sender];
        require(state.operator == address(0), AlreadyVouched(device, msg.sender));
        state.operator = operator;
        state.since = NEVER;
        state.evidence = evidence;
        _ledgers[ledgerId(operator, msg.sender)].vouchedCount++;
        emit Vouched(device, msg.sender, operator, evidence);
    }

    /// @inheritdoc IAnchorRegistry
    function revise(bytes32 device, bytes32 evidence) external {
        VouchState storage state = _vouches[device][msg.sender];
        require(state.operator != address(0), NotVouched(device, msg.sender));
        require(state.since == NEVER, VouchWithdrawn(device, state.since));
        state.evidence = evidence;
        emit Revised(device, msg.sender, state.operator, evidence);
    }

    /// @inheritdoc IAnchorRegistry
    function withdraw(bytes32 device, uint64 since) external {
        VouchState storage state = _vouches[device][msg.sender];
        require(state.operator != address(0), NotVouched(device, msg.sender));
        require(since <= block.timestamp, SinceInFuture(uint64(block.timestamp), since));
        require(since < state.since, SinceNotEarlier(state.since, since));
        bytes32 id = ledgerId(state.operator, msg.sender);
        if (_devices[device].ledger == id) _suspect(id, device, state, since);
        else if (state.since == NEVER) _ledgers[id].vouchedCount--;
        state.since = since;
        emit Withdrawn(device, msg.sender, state.operator, since);
    }

    /// @dev All runs that the withdrawal voids were anchored from `since` to the device's last submission. A device has one interval.
    function _suspect(bytes32 id, bytes32 device, VouchState storage vouched, uint64 since) private {
        DeviceState storage state = _devices[device];
        state.ended = true;
        uint64 last = state.nextRun == 0 ? 0 : uint64(_submissionAt(id, state.latest).time);
        if (last < since || last == 0) return;
        if (vouched.suspicion == 0) vouched.suspicion = uint32(Checkpoints.narrow(++_ledgers[id].suspicionCount, 32));
        _suspicions[id][vouched.suspicion - 1] = Suspicion({since: since, until: last});
    }

    /* ENROLMENT */

    /// @inheritdoc IAnchorRegistry
    function enrol(
        uint8 scheme,
        bytes calldata key,
        address voucher,
        uint8 boundary,
        bytes32 evidence,
        bytes calldata signature
    ) external returns (bytes32 device) {
        device = _deviceId(scheme, key);
        DeviceState storage state = _devices[device];
        require(state.ledger == 0, AlreadyEnrolled(device));
        require(boundary != 0 && boundary <= BOUNDARIES, BoundaryOutOfRange(boundary));
        VouchState storage vouched = _vouches[device][voucher];
        require(vouched.operator != address(0), NotVouched(device, voucher));
        require(vouched.operator == msg.sender, OperatorMismatch(vouched.operator, msg.sender));
        require(vouched.since == NEVER, VouchWithdrawn(device, vouched.since));
        require(vouched.evidence == evidence, EvidenceMismatch(vouched.evidence, evidence));
        _storeKey(state, scheme, key);
        state.ledger = ledgerId(msg.sender, voucher);
        (state.runs, state.enrolledAt, state.boundary) = (UNLIMITED, uint40(block.timestamp), boundary);
        bytes32 message = keccak256(
            abi.encode(ENROLMENT, block.chainid, address(this), device, msg.sender, voucher, boundary, evidence)
        );
        _checkSignature(device, state, message, signature);
        _join(state.ledger, device, voucher, boundary);
        emit Enrolled(device, msg.sender, voucher, scheme, key, boundary, evidence);
    }

    function _deviceId(uint8 scheme, bytes calldata key) private pure returns (bytes32) {
        require(scheme == ED25519 || scheme == P256_SHA256, UnknownScheme(scheme));
        uint256 length = scheme == ED25519 ? 32 : 64;
        require(key.length == length, KeyLengthMismatch(length, key.length));
        return scheme == ED25519 ? bytes32(key) : keccak256(key);
    }

    function _storeKey(DeviceState storage state, uint8 scheme, bytes calldata key) private {
        state.scheme = scheme;
        if (scheme == ED25519) {
            state.table = _ed25519Table.create(bytes32(key));
            require(state.table != address(0), KeyRejected(key));
        } else {
            (state.x, state.y) = (bytes32(key[:32]), bytes32(key[32:]));
            require(P256.isOnCurve(state.x, state.y), KeyRejected(key));
        }
    }

    function _join(bytes32 id, bytes32 device, address voucher, uint8 boundary) private {
        LedgerState storage ledger = _ledgers[id];
        if (ledger.operator == address(0)) {
            (ledger.operator, ledger.voucher) = (msg.sender, voucher);
            _ledgersOf[msg.sender].push(id);
        }
        _members[id][ledger.deviceCount++] = device;
        _deviceCounts[id][boundary]++;
    }

    function _checkSignature(bytes32 device, DeviceState storage state, bytes32 message, bytes calldata signature)
        private
        view
    {
        require(
            signature.length == SIGNATURE_LENGTH, SignatureLengthMismatch(SIGNATURE_LENGTH, signature.length)
        );
        bytes32 r = bytes32(signature[:32]);
        bytes32 s = bytes32(signature[32:]);
        bool valid = state.scheme == ED25519
            ? _ed25519.verify(state.table, device, message, r, s)
            : P256.verify(sha256(abi.encode(message)), r, s, state.x, state.y);
        require(valid, SignatureRejected(device, message));
    }

    /* RUNS */

    /// @inheritdoc IAnchorRegistry
    function submit(
        bytes32 device,
        uint64 firstRun,
        bytes32[] calldata roots,
        uint64 through,
        bytes calldata signature
    ) external {
        require(roots.length != 0 && roots.length <= MAX_ROOTS, RootCountOutOfRange(MAX_ROOTS, roots.length));
        DeviceState storage state = _devices[device];
        require(state.ledger != 0, NotEnrolled(device));
        uint64 nextRun = state.nextRun;
        require(firstRun <= nextRun, RunGap(nextRun, firstRun));
        uint64 end = firstRun + uint64(roots.length);
        if (state.ended) _checkEnd(device, state, end);
        bytes32 message = keccak256(
            abi.encode(SUBMISSION, block.chainid, address(this), device, firstRun, roots, through)
        );
        _checkSignature(device, state, message, signature);
        uint256 known = (end < nextRun ? end : nextRun) - firstRun;
        _checkKnown(device, firstRun, roots[:known]);
        if (end > nextRun) _anchor(device, state, roots[known:], through);
    }

    function _checkEnd(bytes32 device, DeviceState storage state, uint64 end) private view {
        uint64 since = _sinceOf(device, state);
        require(since == NEVER, VouchWithdrawn(device, since));
        require(end <= state.runs, RunAfterRetirement(state.runs, end - 1));
    }

    function _checkKnown(bytes32 device, uint64 firstRun, bytes32[] calldata roots) private view {
        for (uint256 i = 0; i < roots.length; i++) {
            bytes32 stored = _roots[device][firstRun + i];
            require(roots[i] == stored, RootMismatch(firstRun + uint64(i), stored, roots[i]));
        }
    }

    function _anchor(bytes32 device, DeviceState storage state, bytes32[] calldata roots, uint64 through) private {
        bytes32 id = state.ledger;
        LedgerState storage ledger = _ledgers[id];
        (uint40 index, uint256 position, uint64 run) = (ledger.checkpointCount, ledger.length, state.nextRun);
        bytes32[] memory heads = _fold(index == 0 ? bytes32(0) : _checkpoints[id][index - 1].head, roots, run);
        mapping(uint256 run => bytes32 root) storage known = _roots[device];
        for (uint256 i = 0; i < roots.length; i++) {
            // run and position are below 2^40, i is below 128
            unchecked {
                known[run + i] = roots[i];
                emit Anchored(id, device, run + uint64(i), roots[i], uint64(position + i), heads[i], through);
            }
        }
        position += roots.length;
        _checkpoints[id][index] = Checkpoints.Checkpoint({
            head: heads[roots.length - 1],
            word: _submission(_checkpoints[id], state, position, through).pack()
        });
        ledger.length = uint40(position);
        ledger.checkpointCount = index + 1;
        state.nextRun = uint40(run + roots.length);
        state.latest = index;
    }

    /// @dev The heads stay where the answer lies: decoding would copy them one by one. Poseidon refuses what is not in the field.
    function _fold(bytes32 head, bytes32[] calldata roots, uint64 run) private view returns (bytes32[] memory heads) {
        (bool folded, bytes memory answer) =
            address(_poseidon).staticcall(abi.encodeCall(IPoseidonT3.fold, (head, roots)));
        for (uint256 i = 0; !folded; i++) {
            require(uint256(roots[i]) < FIELD, RootOutOfRange(run + uint64(i), roots[i]));
        }
        assembly ("memory-safe") {
            // behind the answer's own length and the array's offset
            heads := add(answer, 0x40)
        }
    }

    /// @dev Reads the device's next run and latest checkpoint as they were before the submission.
    function _submission(
        mapping(uint256 index => Checkpoints.Checkpoint) storage checkpoints,
        DeviceState storage state,
        uint256 length,
        uint64 through
    ) private view returns (Checkpoints.Submission memory made) {
        Checkpoints.Submission memory last;
        (made.length, made.time, made.firstRun, made.previous) =
            (length, block.timestamp, state.nextRun, state.latest);
        if (made.firstRun != 0) last = Checkpoints.unpack(checkpoints[made.previous].word);
        require(through % MINUTE == 0, ThroughNotWhole(through));
        require(through <= block.timestamp, ThroughInFuture(uint64(block.timestamp), through));
        require(through >= _through(last), ThroughTooEarly(_through(last), through));
        made.throughMinutes = through / MINUTE;
        made.number = last.number + 1;
        made.jump = checkpoints.jumpAfter(made.previous, last);
    }

    /// @inheritdoc IAnchorRegistry
    function retire(bytes32 device, uint64 runs, bytes calldata signature) external {
        DeviceState storage state = _devices[device];
        require(state.ledger != 0, NotEnrolled(device));
        require(state.runs == UNLIMITED, AlreadyRetired(state.runs));
        require(runs >= state.nextRun && runs < UNLIMITED, RetirementOutOfRange(state.nextRun, runs));
        bytes32 message = keccak256(abi.encode(RETIREMENT, block.chainid, address(this), device, runs));
        _checkSignature(device, state, message, signature);
        (state.runs, state.retiredAt, state.ended) = (uint40(runs), uint40(block.timestamp), true);
        emit Retired(device, runs);
    }
}
