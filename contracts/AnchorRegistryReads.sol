// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchorRegistryStorage} from "./AnchorRegistryStorage.sol";
import {IAnchorRegistry} from "./IAnchorRegistry.sol";
import {Checkpoints} from "./lib/Checkpoints.sol";

/// @title How the books of the registry are read
abstract contract AnchorRegistryReads is AnchorRegistryStorage {
    using Checkpoints for mapping(uint256 index => Checkpoints.Checkpoint);

    /* RUNS */

    /// @inheritdoc IAnchorRegistry
    function anchorOf(bytes32 device, uint64 run)
        external
        view
        returns (bytes32 root, uint64 anchoredAt, uint64 position, uint64 through)
    {
        DeviceState storage state = _devices[device];
        require(run < state.nextRun, UnknownRun(state.nextRun, run));
        bytes32 id = state.ledger;
        (, uint256 index, Checkpoints.Submission memory submission) =
            _checkpoints[id].lastWithin(state.latest, run, type(uint256).max);
        uint256 before = index == 0 ? 0 : _submissionAt(id, index - 1).length;
        position = uint64(before + run - submission.firstRun);
        return (_roots[device][run], uint64(submission.time), position, _through(submission));
    }

    /// @inheritdoc IAnchorRegistry
    function rootsOf(bytes32 device, uint64 firstRun, uint64 limit) external view returns (bytes32[] memory roots) {
        roots = new bytes32[](_page(_devices[device].nextRun, firstRun, limit));
        for (uint256 i = 0; i < roots.length; i++) roots[i] = _roots[device][firstRun + i];
    }

    /// @inheritdoc IAnchorRegistry
    function throughAt(bytes32 device, uint64 time) public view returns (uint64) {
        DeviceState storage state = _devices[device];
        if (state.nextRun == 0) return 0;
        (bool found,, Checkpoints.Submission memory submission) =
            _checkpoints[state.ledger].lastWithin(state.latest, type(uint256).max, time);
        return found ? _through(submission) : 0;
    }

    /* DEVICES */

    /// @inheritdoc IAnchorRegistry
    function deviceOf(bytes32 device) external view returns (Device memory result) {
        DeviceState storage state = _devices[device];
        if (state.ledger == 0) return result;
        result.ledger = state.ledger;
        result.operator = _ledgers[state.ledger].operator;
        result.voucher = _ledgers[state.ledger].voucher;
        result.runs = state.runs == UNLIMITED ? NEVER : state.runs;
        result.scheme = state.scheme;
        result.table = state.table;
        result.key = state.scheme == ED25519 ? abi.encode(device) : abi.encode(state.x, state.y);
        result.member = _memberOf(device, NEVER);
    }

    /// @inheritdoc IAnchorRegistry
    function vouchOf(bytes32 device, address voucher) external view returns (Vouch memory) {
        VouchState storage state = _vouches[device][voucher];
        return Vouch({operator: state.operator, since: state.since, evidence: state.evidence});
    }

    /// @dev `since` of an enrolled device's vouch.
    function _sinceOf(bytes32 device, DeviceState storage state) internal view returns (uint64) {
        return _vouches[device][_ledgers[state.ledger].voucher].since;
    }

    /// @dev With `through` as of before `asOf`.
    function _memberOf(bytes32 device, uint64 asOf) private view returns (Member memory) {
        DeviceState storage state = _devices[device];
        return Member({
            device: device,
            boundary: state.boundary,
            state: _stateOf(device, state),
            nextRun: state.nextRun,
            enrolledAt: state.enrolledAt,
            through: throughAt(device, asOf),
            endedAt: _endOf(state),
            since: _sinceOf(device, state)
        });
    }

    function _stateOf(bytes32 device, DeviceState storage state) private view returns (State) {
        if (_sinceOf(device, state) != NEVER) return State.Withdrawn;
        if (state.runs == UNLIMITED) return State.Active;
        return state.nextRun < state.runs ? State.Retiring : State.Retired;
    }

    /// @dev The block time from which no run can follow: of the retirement, or of the last run that it left to come.
    function _endOf(DeviceState storage state) private view returns (uint64) {
        if (state.nextRun < state.runs) return NEVER;
        if (state.nextRun == 0) return state.retiredAt;
        uint256 last = _submissionAt(state.ledger, state.latest).time;
        return _greater(uint64(last), state.retiredAt);
    }

    /* LEDGERS */

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
        result.vouchedCount = state.vouchedCount;
        result.suspicionCount = state.suspicionCount;
        if (state.checkpointCount != 0) result.head = _checkpoints[ledger][state.checkpointCount - 1].head;
    }

    /// @inheritdoc IAnchorRegistry
    function ledgersOf(address operator, uint64 offset, uint64 limit) external view returns (bytes32[] memory ledgers) {
        bytes32[] storage all = _ledgersOf[operator];
        ledgers = new bytes32[](_page(uint64(all.length), offset, limit));
        for (uint256 i = 0; i < ledgers.length; i++) ledgers[i] = all[offset + i];
    }

    /// @inheritdoc IAnchorRegistry
    function membersOf(bytes32 ledger, uint64 offset, uint64 limit) external view returns (Member[] memory members) {
        members = new Member[](_page(_ledgers[ledger].deviceCount, offset, limit));
        for (uint256 i = 0; i < members.length; i++) members[i] = _memberOf(_members[ledger][offset + i], NEVER);
    }

    /// @inheritdoc IAnchorRegistry
    function deviceCountOf(bytes32 ledger, uint8 boundary) external view returns (uint64) {
        return uint64(_deviceCounts[ledger][boundary]);
    }

    /// @inheritdoc IAnchorRegistry
    function behind(bytes32 ledger, uint8 boundary, uint64 to, uint64 asOf, uint64 offset, uint64 limit)
        external
        view
        returns (Member[] memory members)
    {
        uint256 size = _page(_ledgers[ledger].deviceCount, offset, limit);
        members = new Member[](size);
        uint256 count;
        for (uint256 i = 0; i < size; i++) {
            Member memory member = _memberOf(_members[ledger][offset + i], asOf);
            bool expected = member.boundary == boundary && member.enrolledAt < to;
            if (expected && member.through < to) members[count++] = member;
        }
        assembly ("memory-safe") {
            mstore(members, count)
        }
    }

    /// @inheritdoc IAnchorRegistry
    function expectedTime(bytes32 ledger, uint8 boundary, uint64 from, uint64 to, uint64 offset, uint64 limit)
        external
        view
        returns (uint64 sum)
    {
        uint256 size = _page(_ledgers[ledger].deviceCount, offset, limit);
        for (uint256 i = 0; i < size; i++) {
            bytes32 device = _members[ledger][offset + i];
            DeviceState storage state = _devices[device];
            if (state.boundary != boundary) continue;
            uint64 start = _greater(from, state.enrolledAt);
            uint64 end = _lesser(to, _lesser(_endOf(state), _sinceOf(device, state)));
            if (start < end) sum += end - start;
        }
    }

    /* CHECKPOINTS */

    /// @inheritdoc IAnchorRegistry
    function checkpointOf(bytes32 ledger, uint64 index)
        external
        view
        returns (bytes32 head, uint64 length, uint64 time)
    {
        uint64 count = _ledgers[ledger].checkpointCount;
        require(index < count, UnknownCheckpoint(count, index));
        Checkpoint memory checkpoint = _checkpointAt(ledger, index);
        return (checkpoint.head, checkpoint.length, checkpoint.time);
    }

    /// @inheritdoc IAnchorRegistry
    function checkpointsOf(bytes32 ledger, uint64 offset, uint64 limit)
        external
        view
        returns (Checkpoint[] memory checkpoints)
    {
        checkpoints = new Checkpoint[](_page(_ledgers[ledger].checkpointCount, offset, limit));
        for (uint256 i = 0; i < checkpoints.length; i++) checkpoints[i] = _checkpointAt(ledger, offset + i);
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
            if (_submissionAt(ledger, middle).time < time) count = middle + 1;
            else high = middle;
        }
        if (count == 0) return (0, 0, 0);
        Checkpoint memory checkpoint = _checkpointAt(ledger, count - 1);
        return (count, checkpoint.head, checkpoint.length);
    }

    function _checkpointAt(bytes32 ledger, uint256 index) private view returns (Checkpoint memory) {
        Checkpoints.Submission memory submission = _submissionAt(ledger, index);
        (uint64 length, uint64 time) = (uint64(submission.length), uint64(submission.time));
        return Checkpoint({head: _checkpoints[ledger][index].head, length: length, time: time});
    }

    function _submissionAt(bytes32 ledger, uint256 index) internal view returns (Checkpoints.Submission memory) {
        return Checkpoints.unpack(_checkpoints[ledger][index].word);
    }

    /* SUSPICION */

    /// @inheritdoc IAnchorRegistry
    function suspicionsOf(bytes32 ledger, uint64 offset, uint64 limit)
        external
        view
        returns (Suspicion[] memory suspicions)
    {
        suspicions = new Suspicion[](_page(_ledgers[ledger].suspicionCount, offset, limit));
        for (uint256 i = 0; i < suspicions.length; i++) suspicions[i] = _suspicions[ledger][offset + i];
    }

    /// @inheritdoc IAnchorRegistry
    function isSuspect(bytes32 ledger, uint64 from, uint64 to) external view returns (bool) {
        uint64 count = _ledgers[ledger].suspicionCount;
        for (uint256 i = 0; i < count; i++) {
            Suspicion memory suspicion = _suspicions[ledger][i];
            if (suspicion.since < to && suspicion.until >= from) return true;
        }
        return false;
    }

    /* PARTS */

    function _through(Checkpoints.Submission memory submission) internal pure returns (uint64) {
        return uint64(submission.throughMinutes) * MINUTE;
    }

    /// @dev How many of `count` items lie at `offset` and after, at most `limit`.
    function _page(uint64 count, uint64 offset, uint64 limit) private pure returns (uint64) {
        return offset >= count ? 0 : _lesser(count - offset, limit);
    }

    function _lesser(uint64 a, uint64 b) private pure returns (uint64) {
        return a < b ? a : b;
    }

    function _greater(uint64 a, uint64 b) private pure returns (uint64) {
        return a > b ? a : b;
    }
}
