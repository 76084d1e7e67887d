// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAnchorRegistry} from "./IAnchorRegistry.sol";
import {IEd25519, IEd25519Table, IPoseidonT3} from "./lib/IArithmetic.sol";
import {P256} from "./lib/P256.sol";

/// @title Registry of anchored runs
/// @dev Arithmetic is checked, but for assembly of the libraries. Narrow casts: a run costs more than 2^14 gas, so no count of
/// runs, checkpoints or devices reaches 2^40, and a block time does not before the year 36000.
contract AnchorRegistry is IAnchorRegistry {
    /* CONSTANTS */

    uint8 private constant ED25519 = 1;
    uint8 private constant P256_SHA256 = 2;
    uint256 private constant MAX_ROOTS = 128;
    uint256 private constant SIGNATURE_LENGTH = 64;
    /// @dev `since` of a vouch that holds, `lastRun` of a device that is not retired
    uint64 private constant NEVER = type(uint64).max;
    /// @dev Scalar field order of BN254
    uint256 private constant FIELD = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;

    bytes32 private constant SUBMISSION = keccak256("wattest.submission.v1");
    bytes32 private constant ENROLMENT = keccak256("wattest.enrolment.v1");
    bytes32 private constant RETIREMENT = keccak256("wattest.retirement.v1");

    /* STORAGE: docs/contracts.md has the slot of each value, verifiers prove some of them */

    struct VouchState {
        address operator;
        uint64 since;
        bytes32 evidence;
    }

    struct DeviceState {
        address voucher;
        uint48 nextRun;
        uint40 latest; // checkpoint of its last submission, if nextRun > 0
        uint8 scheme;
        address table;
        uint64 lastRun;
        bytes32 x; // of a P-256 key
        bytes32 y;
    }

    struct LedgerState {
        uint64 length;
        uint64 checkpointCount;
        uint64 deviceCount;
        uint64 leastSince;
        address operator;
        address voucher;
    }

    /// @dev The last four fields find the submission of a run in logarithmic time. A device's submissions are numbered
    /// 1, 2, 3, …; number n points at n - 1 and at n with its lowest one bit cleared (none if that is 0).
    struct CheckpointState {
        bytes32 head;
        uint48 length;
        uint40 time;
        uint48 firstRun; // first run that the submission added
        uint40 number;
        uint40 previous;
        uint40 jump;
    }

    mapping(bytes32 device => mapping(address voucher => VouchState)) private _vouches;
    mapping(bytes32 device => DeviceState) private _devices;
    mapping(bytes32 device => mapping(uint256 run => bytes32 root)) private _roots;
    mapping(bytes32 ledger => LedgerState) private _ledgers;
    mapping(bytes32 ledger => mapping(uint256 index => bytes32 device)) private _members;
    mapping(bytes32 ledger => mapping(uint256 index => CheckpointState)) private _checkpoints;

    IEd25519 private immutable _ed25519;
    IEd25519Table private immutable _ed25519Table;
    IPoseidonT3 private immutable _poseidon;

    constructor(IEd25519 ed25519, IEd25519Table ed25519Table, IPoseidonT3 poseidon) {
        (_ed25519, _ed25519Table, _poseidon) = (ed25519, ed25519Table, poseidon);
        require(P256.works(), PrecompileMissing(address(P256.PRECOMPILE)));
    }

    /* VOUCHING */

    /// @inheritdoc IAnchorRegistry
    function vouch(bytes32 device, address operator, bytes32 evidence) external {
        require(operator != address(0), OperatorMissing());
        require(_devices[device].voucher == address(0), AlreadyEnrolled(device));
        VouchState storage state = _vouches[device][msg.sender];
        require(state.operator == address(0), AlreadyVouched(device, msg.sender));
        state.operator = operator;
        state.since = NEVER;
        state.evidence = evidence;
        emit Vouched(device, msg.sender, operator, evidence);
    }

    /// @inheritdoc IAnchorRegistry
    function withdraw(bytes32 device, uint64 since) external {
        VouchState storage state = _vouches[device][msg.sender];
        require(state.operator != address(0), NotVouched(device, msg.sender));
        require(since <= block.timestamp, SinceInFuture(uint64(block.timestamp), since));
        require(since < state.since, SinceNotEarlier(state.since, since));
        state.since = since;
        if (_devices[device].voucher == msg.sender) {
            LedgerState storage ledger = _ledgers[ledgerId(state.operator, msg.sender)];
            if (since < ledger.leastSince) ledger.leastSince = since;
        }
        emit Withdrawn(device, msg.sender, since);
    }

    /* ENROLMENT */

    /// @inheritdoc IAnchorRegistry
    function enrol(uint8 scheme, bytes calldata key, address voucher, bytes calldata signature)
        external
        returns (bytes32 device)
    {
        device = _deviceId(scheme, key);
        DeviceState storage state = _devices[device];
        require(state.voucher == address(0), AlreadyEnrolled(device));
        VouchState storage vouched = _vouches[device][voucher];
        require(vouched.operator != address(0), NotVouched(device, voucher));
        require(vouched.operator == msg.sender, OperatorMismatch(vouched.operator, msg.sender));
        require(vouched.since == NEVER, VouchWithdrawn(device, vouched.since));
        _storeKey(state, scheme, key);
        state.voucher = voucher;
        state.lastRun = NEVER;
        bytes32 message =
            keccak256(abi.encode(ENROLMENT, block.chainid, address(this), device, msg.sender, voucher));
        _checkSignature(device, state, message, signature);
        _join(device, voucher);
        emit Enrolled(device, msg.sender, voucher, scheme, key);
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

    function _join(bytes32 device, address voucher) private {
        bytes32 id = ledgerId(msg.sender, voucher);
        LedgerState storage ledger = _ledgers[id];
        if (ledger.operator == address(0)) {
            ledger.operator = msg.sender;
            ledger.voucher = voucher;
            ledger.leastSince = NEVER;
        }
        _members[id][ledger.deviceCount++] = device;
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
    function submit(bytes32 device, uint64 firstRun, bytes32[] calldata roots, bytes calldata signature) external {
        require(roots.length != 0 && roots.length <= MAX_ROOTS, RootCountOutOfRange(MAX_ROOTS, roots.length));
        DeviceState storage state = _devices[device];
        require(state.voucher != address(0), NotEnrolled(device));
        VouchState storage vouched = _vouches[device][state.voucher];
        require(vouched.since == NEVER, VouchWithdrawn(device, vouched.since));
        uint64 nextRun = state.nextRun;
        require(firstRun <= nextRun, RunGap(nextRun, firstRun));
        uint64 end = firstRun + uint64(roots.length);
        require(end - 1 <= state.lastRun, RunAfterRetirement(state.lastRun, end - 1));
        bytes32 message =
            keccak256(abi.encode(SUBMISSION, block.chainid, address(this), device, firstRun, roots));
        _checkSignature(device, state, message, signature);
        uint256 known = (end < nextRun ? end : nextRun) - firstRun;
        _checkKnown(device, firstRun, roots[:known]);
        if (end > nextRun) _anchor(device, ledgerId(vouched.operator, state.voucher), roots[known:]);
    }

    function _checkKnown(bytes32 device, uint64 firstRun, bytes32[] calldata roots) private view {
        for (uint256 i = 0; i < roots.length; i++) {
            bytes32 stored = _roots[device][firstRun + i];
            require(roots[i] == stored, RootMismatch(firstRun + uint64(i), stored, roots[i]));
        }
    }

    function _anchor(bytes32 device, bytes32 id, bytes32[] calldata roots) private {
        LedgerState storage ledger = _ledgers[id];
        DeviceState storage state = _devices[device];
        (uint64 index, uint64 position, uint64 run) = (ledger.checkpointCount, ledger.length, state.nextRun);
        for (uint256 i = 0; i < roots.length; i++) {
            require(uint256(roots[i]) < FIELD, RootOutOfRange(run + uint64(i), roots[i]));
        }
        bytes32 head = index == 0 ? bytes32(0) : _checkpoints[id][index - 1].head;
        bytes32[] memory heads = _poseidon.fold(head, roots);
        for (uint256 i = 0; i < roots.length; i++) {
            _roots[device][run + i] = roots[i];
            emit Anchored(id, device, run + uint64(i), roots[i], position + uint64(i), heads[i]);
        }
        head = heads[roots.length - 1];
        position += uint64(roots.length);
        _checkpoint(_checkpoints[id], index, head, position, state);
        (ledger.length, ledger.checkpointCount) = (position, index + 1);
        (state.nextRun, state.latest) = (uint48(run + roots.length), uint40(index));
    }

    /// @dev Reads the device's next run and latest checkpoint as they were before the submission.
    function _checkpoint(
        mapping(uint256 index => CheckpointState) storage checkpoints,
        uint64 index,
        bytes32 head,
        uint64 length,
        DeviceState storage state
    ) private {
        (uint48 firstRun, uint40 previous) = (state.nextRun, state.latest);
        uint40 number = firstRun == 0 ? 1 : checkpoints[previous].number + 1;
        checkpoints[index] = CheckpointState({
            head: head,
            length: uint48(length),
            time: uint40(block.timestamp),
            firstRun: firstRun,
            number: number,
            previous: previous,
            jump: _jump(checkpoints, previous, number & (number - 1))
        });
    }

    /// @dev Index of the device's submission number `target`, which is that of `from` with lowest bits cleared; 0 for none.
    function _jump(mapping(uint256 index => CheckpointState) storage checkpoints, uint40 from, uint40 target)
        private
        view
        returns (uint40 index)
    {
        if (target == 0) return 0;
        for (index = from; checkpoints[index].number != target;) index = checkpoints[index].jump;
    }

    /// @inheritdoc IAnchorRegistry
    function retire(bytes32 device, uint64 lastRun, bytes calldata signature) external {
        DeviceState storage state = _devices[device];
        require(state.voucher != address(0), NotEnrolled(device));
        require(state.lastRun == NEVER, AlreadyRetired(state.lastRun));
        require(lastRun != NEVER && lastRun + 1 >= state.nextRun, RetirementTooEarly(state.nextRun, lastRun));
        bytes32 message = keccak256(abi.encode(RETIREMENT, block.chainid, address(this), device, lastRun));
        _checkSignature(device, state, message, signature);
        state.lastRun = lastRun;
        emit Retired(device, lastRun);
    }

    /* READING */

    /// @inheritdoc IAnchorRegistry
    function anchorOf(bytes32 device, uint64 run)
        external
        view
        returns (bytes32 root, uint64 anchoredAt, uint64 position)
    {
        DeviceState storage state = _devices[device];
        require(run < state.nextRun, UnknownRun(state.nextRun, run));
        bytes32 id = ledgerId(_vouches[device][state.voucher].operator, state.voucher);
        uint40 index = state.latest;
        CheckpointState storage checkpoint = _checkpoints[id][index];
        while (checkpoint.firstRun > run) {
            // the jump, if it does not pass the run's submission; else one back
            CheckpointState storage far = _checkpoints[id][checkpoint.jump];
            bool passes = checkpoint.number & (checkpoint.number - 1) == 0 || far.firstRun <= run;
            index = passes ? checkpoint.previous : checkpoint.jump;
            checkpoint = _checkpoints[id][index];
        }
        uint64 before = index == 0 ? 0 : _checkpoints[id][index - 1].length;
        return (_roots[device][run], checkpoint.time, before + run - checkpoint.firstRun);
    }

    /// @inheritdoc IAnchorRegistry
    function rootsOf(bytes32 device, uint64 firstRun, uint64 limit) external view returns (bytes32[] memory roots) {
        roots = new bytes32[](_page(_devices[device].nextRun, firstRun, limit));
        for (uint256 i = 0; i < roots.length; i++) roots[i] = _roots[device][firstRun + i];
    }

    /// @inheritdoc IAnchorRegistry
    function deviceOf(bytes32 device) external view returns (Device memory result) {
        DeviceState storage state = _devices[device];
        if (state.voucher == address(0)) return result;
        VouchState storage vouched = _vouches[device][state.voucher];
        result.operator = vouched.operator;
        result.voucher = state.voucher;
        result.ledger = ledgerId(vouched.operator, state.voucher);
        result.nextRun = state.nextRun;
        result.lastRun = state.lastRun;
        result.since = vouched.since;
        result.scheme = state.scheme;
        result.table = state.table;
        result.key = state.scheme == ED25519 ? abi.encode(device) : abi.encode(state.x, state.y);
        if (vouched.since != NEVER) result.state = State.Withdrawn;
        else result.state = state.lastRun == NEVER ? State.Active : State.Retired;
    }

    /// @inheritdoc IAnchorRegistry
    function vouchOf(bytes32 device, address voucher) external view returns (Vouch memory) {
        VouchState storage state = _vouches[device][voucher];
        return Vouch({operator: state.operator, since: state.since, evidence: state.evidence});
    }

    /// @inheritdoc IAnchorRegistry
    function ledgerId(address operator, address voucher) public pure returns (bytes32) {
        return keccak256(abi.encode(operator, voucher));
    }

    /// @inheritdoc IAnchorRegistry
    function ledgerOf(bytes32 ledger) external view returns (Ledger memory result) {
        LedgerState storage state = _ledgers[ledger];
        result.operator = state.operator;
        result.voucher = state.voucher;
        result.length = state.length;
        result.checkpointCount = state.checkpointCount;
        result.deviceCount = state.deviceCount;
        result.leastSince = state.leastSince;
        if (state.checkpointCount != 0) result.head = _checkpoints[ledger][state.checkpointCount - 1].head;
    }

    /// @inheritdoc IAnchorRegistry
    function devicesOf(bytes32 ledger, uint64 offset, uint64 limit) external view returns (bytes32[] memory devices) {
        devices = new bytes32[](_page(_ledgers[ledger].deviceCount, offset, limit));
        for (uint256 i = 0; i < devices.length; i++) devices[i] = _members[ledger][offset + i];
    }

    /// @inheritdoc IAnchorRegistry
    function checkpointOf(bytes32 ledger, uint64 index)
        external
        view
        returns (bytes32 head, uint64 length, uint64 time)
    {
        uint64 count = _ledgers[ledger].checkpointCount;
        require(index < count, UnknownCheckpoint(count, index));
        CheckpointState storage checkpoint = _checkpoints[ledger][index];
        return (checkpoint.head, checkpoint.length, checkpoint.time);
    }

    /// @inheritdoc IAnchorRegistry
    function checkpointsOf(bytes32 ledger, uint64 offset, uint64 limit)
        external
        view
        returns (Checkpoint[] memory checkpoints)
    {
        checkpoints = new Checkpoint[](_page(_ledgers[ledger].checkpointCount, offset, limit));
        for (uint256 i = 0; i < checkpoints.length; i++) {
            CheckpointState storage state = _checkpoints[ledger][offset + i];
            checkpoints[i] = Checkpoint({head: state.head, length: state.length, time: state.time});
        }
    }

    /// @inheritdoc IAnchorRegistry
    function checkpointBefore(bytes32 ledger, uint64 time)
        external
        view
        returns (uint64 count, bytes32 head, uint64 length)
    {
        // all checkpoints below `count` are before `time`, none from `high` on
        uint64 high = _ledgers[ledger].checkpointCount;
        while (count < high) {
            uint64 middle = (count + high) / 2;
            if (_checkpoints[ledger][middle].time < time) count = middle + 1;
            else high = middle;
        }
        if (count == 0) return (0, 0, 0);
        CheckpointState storage checkpoint = _checkpoints[ledger][count - 1];
        return (count, checkpoint.head, checkpoint.length);
    }

    /// @dev How many of `count` items lie at `offset` and after, at most `limit`.
    function _page(uint64 count, uint64 offset, uint64 limit) private pure returns (uint64) {
        if (offset >= count) return 0;
        return count - offset < limit ? count - offset : limit;
    }
}
