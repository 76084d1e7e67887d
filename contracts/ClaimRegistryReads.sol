// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAnchorRegistry} from "./IAnchorRegistry.sol";
import {IClaimRegistry} from "./IClaimRegistry.sol";

/// @title What the registry of claims stores, and how it is read
abstract contract ClaimRegistryReads is IClaimRegistry {
    /// @dev Set in every stored head, which a field element leaves free: a slot that never holds 0 costs less to write.
    uint256 internal constant STORED = 1 << 255;

    /// @dev What segments read and change, once a transaction.
    struct Cursor {
        uint32 segments;
        uint16 span;
        uint16 spanCount;
        uint64 position;
        uint64 end; // position after the span being folded
        uint64 runs; // in all spans
        uint64 unopened;
        uint64 voids;
        uint256 head; // with STORED
    }

    struct State {
        uint64 openedAt;
        uint64 closedAt;
        uint8 bounds; // how many
    }

    struct Record {
        Cursor cursor;
        uint256 accumulator;
        uint256 word; // of `fold`, without the counts of a segment; of a join 0
        uint256 asked; // digest of the filters' labels
        State state;
        Closing closing;
        mapping(uint256 index => Bound) bounds;
        Terms terms;
        Span[] spans;
        uint256[] parts;
    }

    IAnchorRegistry public immutable override registry;

    mapping(address operator => mapping(uint256 number => Record)) internal _tallies;

    /// @inheritdoc IClaimRegistry
    mapping(address operator => uint256) public tallyCount;

    constructor(IAnchorRegistry registry_) {
        registry = registry_;
    }

    /// @inheritdoc IClaimRegistry
    function tallyOf(address operator, uint256 number) public view returns (Tally memory tally) {
        Record storage record = _recordOf(operator, number);
        (tally.operator, tally.terms) = (operator, record.terms);
        (tally.spans, tally.parts) = (record.spans, record.parts);
        (tally.openedAt, tally.closedAt) = (record.state.openedAt, record.state.closedAt);
        Cursor storage cursor = record.cursor;
        (tally.runs, tally.unopened, tally.voids) = (cursor.runs, cursor.unopened, cursor.voids);
        (tally.accumulator, tally.closing) = (record.accumulator, record.closing);
        tally.bounds = new Bound[](record.state.bounds);
        for (uint256 i = 0; i < tally.bounds.length; i++) tally.bounds[i] = record.bounds[i];
        tally.suspect = _isSuspect(operator, record);
    }

    /// @inheritdoc IClaimRegistry
    function talliesOf(address operator, uint256 offset, uint256 limit) external view returns (Tally[] memory tallies) {
        uint256 count = tallyCount[operator];
        uint256 left = offset < count ? count - offset : 0;
        tallies = new Tally[](limit < left ? limit : left);
        for (uint256 i = 0; i < tallies.length; i++) tallies[i] = tallyOf(operator, offset + i);
    }

    /// @inheritdoc IClaimRegistry
    function progressOf(address operator, uint256 number) external view returns (Progress memory) {
        Record storage record = _recordOf(operator, number);
        Cursor storage cursor = record.cursor;
        bytes32 head = bytes32(cursor.head & ~STORED);
        return Progress(cursor.segments, cursor.span, cursor.position, head, record.accumulator);
    }

    /// @dev A join is suspect if one of its parts is: each was folded over a stretch of its own.
    function _isSuspect(address operator, Record storage record) internal view returns (bool) {
        for (uint256 i = 0; i < record.parts.length; i++) {
            if (_isSuspect(operator, _tallies[operator][record.parts[i]])) return true;
        }
        if (record.parts.length != 0) return false;
        Terms storage terms = record.terms;
        for (uint256 i = 0; i < terms.vouchers.length; i++) {
            bytes32 ledger = registry.ledgerId(operator, terms.vouchers[i]);
            if (registry.isSuspect(ledger, terms.from, terms.asOf)) return true;
        }
        return false;
    }

    function _recordOf(address operator, uint256 number) internal view returns (Record storage record) {
        record = _tallies[operator][number];
        require(record.state.openedAt != 0, UnknownTally(tallyCount[operator], number));
    }
}
