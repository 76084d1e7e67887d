// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ClaimRegistryReads} from "./ClaimRegistryReads.sol";
import {IAnchorRegistry} from "./IAnchorRegistry.sol";
import {IClaimRegistry} from "./IClaimRegistry.sol";
import {BOUND_KEY, DEVELOPMENT_KEYS, FOLD_KEY, JOIN_KEY} from "./generated/Keys.sol";
import {ClaimTerms} from "./lib/ClaimTerms.sol";
import {IPoseidonT3} from "./lib/IArithmetic.sol";
import {Groth16Batch} from "./lib/Groth16Batch.sol";
import {Metrics} from "./lib/Metrics.sol";

/// @title Registry of proven claims
/// @notice See IClaimRegistry, which says what each function does and what is assumed.
contract ClaimRegistry is ClaimRegistryReads {
    using Groth16Batch for uint256[];

    /* CONSTANTS */

    /// @dev Poseidon of ten zeros: the accumulator that every chain starts from.
    uint256 private constant EMPTY_ACCUMULATOR =
        8188888863647261336666654061521591645846533251798372526123567331385400506959;

    uint256 private constant MAX_PARTS = 12;
    uint256 private constant MAX_BOUNDS = 32;

    IPoseidonT3 public immutable poseidon;

    /// @dev Development keys are public knowledge: outside local chains a claim proved with them would say nothing.
    constructor(IAnchorRegistry registry_, IPoseidonT3 poseidon_) ClaimRegistryReads(registry_) {
        bool local = block.chainid == 31337 || block.chainid == 1337;
        require(local || !DEVELOPMENT_KEYS, DevelopmentKeysRefused(block.chainid));
        require(address(registry_).code.length != 0, CodeMissing(address(registry_)));
        require(address(poseidon_).code.length != 0, CodeMissing(address(poseidon_)));
        poseidon = poseidon_;
    }

    /* OPEN */

    /// @inheritdoc IClaimRegistry
    function open(Terms calldata terms) external returns (uint256 number) {
        ClaimTerms.check(terms);
        Record storage record;
        (number, record) = _create(terms.from, terms.to, terms.asOf);
        record.terms = terms;
        (record.word, record.asked) = (ClaimTerms.wordOf(terms), ClaimTerms.askedOf(terms.filters, poseidon));
        record.accumulator = EMPTY_ACCUMULATOR;
        Cursor memory cursor;
        cursor.spanCount = uint16(terms.vouchers.length);
        cursor.runs = _fixSpans(record, terms);
        _enterSpan(record, cursor);
        record.cursor = cursor;
    }

    function _create(uint64 from, uint64 to, uint64 asOf) private returns (uint256 number, Record storage record) {
        number = tallyCount[msg.sender]++;
        record = _tallies[msg.sender][number];
        record.state.openedAt = uint64(block.timestamp);
        emit Opened(msg.sender, number, from, to, asOf);
    }

    /// @dev A run that ends after `from` is anchored after it, so nothing before the last checkpoint then can be in the period.
    function _fixSpans(Record storage record, Terms calldata terms) private returns (uint64 runs) {
        bytes32 previous;
        for (uint256 i = 0; i < terms.vouchers.length; i++) {
            bytes32 ledger = registry.ledgerId(msg.sender, terms.vouchers[i]);
            require(ledger > previous, LedgersUnordered(previous, ledger));
            require(registry.ledgerOf(ledger).operator != address(0), UnknownLedger(msg.sender, terms.vouchers[i]));
            Span memory span;
            (, span.headFrom, span.positionFrom) = registry.checkpointBefore(ledger, terms.from);
            (, span.headTo, span.positionTo) = registry.checkpointBefore(ledger, terms.asOf);
            record.spans.push(span);
            runs += span.positionTo - span.positionFrom;
            previous = ledger;
        }
    }

    /* EXTEND */

    /// @inheritdoc IClaimRegistry
    function extend(uint256 number, uint64 segmentsBefore, Segment[] calldata segments) external {
        Record storage record = _recordOf(msg.sender, number);
        Cursor memory cursor = record.cursor;
        require(cursor.segments == segmentsBefore, SegmentsMismatch(cursor.segments, segmentsBefore));
        uint256[6] memory claim = [uint256(0), 0, record.word, record.asked, 0, record.accumulator];
        bytes memory key = FOLD_KEY;
        uint256[] memory cases = Groth16Batch.room(key, segments.length);
        for (uint256 i = 0; i < segments.length; i++) {
            _put(cases, i, cursor, claim, segments[i]);
            _fold(record, cursor, segments[i]);
        }
        require(Groth16Batch.holds(key, cases), ProofsRejected(segmentsBefore));
        (record.cursor, record.accumulator) = (cursor, claim[5]);
    }

    /// @dev A segment's proof and signals. `claim` holds what all segments share, and the accumulator so far.
    function _put(
        uint256[] memory cases,
        uint256 index,
        Cursor memory cursor,
        uint256[6] memory claim,
        Segment calldata segment
    ) private pure {
        uint256 counts = uint256(segment.length) | uint256(segment.unopened) << 8 | uint256(segment.voids) << 16;
        uint256[] memory signals = new uint256[](6);
        (signals[0], signals[1]) = (cursor.head ^ STORED, uint256(segment.head));
        (signals[2], signals[3]) = (claim[2] | counts, claim[3]);
        (signals[4], signals[5]) = (claim[5], segment.accumulator);
        cases.put(index, segment.proof, signals);
        claim[5] = segment.accumulator;
    }

    function _fold(Record storage record, Cursor memory cursor, Segment calldata segment) private view {
        require(cursor.span < cursor.spanCount, NothingToFold(cursor.segments));
        uint64 position = cursor.position + segment.length;
        require(position <= cursor.end, PastEnd(cursor.end, position));
        cursor.segments++;
        cursor.position = position;
        cursor.head = uint256(segment.head) | STORED;
        cursor.unopened += segment.unopened;
        cursor.voids += segment.voids;
        if (position < cursor.end) return;
        bytes32 end = record.spans[cursor.span].headTo;
        require(segment.head == end, HeadMismatch(end, segment.head));
        cursor.span++;
        _enterSpan(record, cursor);
    }

    /// @dev Goes to the next ledger that has runs to fold, from the cursor's on.
    function _enterSpan(Record storage record, Cursor memory cursor) private view {
        for (; cursor.span < cursor.spanCount; cursor.span++) {
            Span storage entered = record.spans[cursor.span];
            (cursor.position, cursor.end) = (entered.positionFrom, entered.positionTo);
            cursor.head = uint256(entered.headFrom) | STORED;
            if (cursor.position != cursor.end) return;
        }
    }

    /* JOIN */

    /// @inheritdoc IClaimRegistry
    function join(uint256[] calldata parts, uint256 accumulator, Groth16Batch.Proof calldata proof)
        external
        returns (uint256 number)
    {
        require(parts.length >= 2 && parts.length <= MAX_PARTS, PartCountOutOfRange(2, MAX_PARTS, parts.length));
        Terms memory terms = _complete(parts[0]).terms;
        Cursor memory cursor = _complete(parts[0]).cursor;
        uint256[] memory signals = new uint256[](MAX_PARTS + 1);
        for (uint256 i = 0; i < MAX_PARTS; i++) {
            signals[i] = i < parts.length ? _complete(parts[i]).accumulator : EMPTY_ACCUMULATOR;
            if (i == 0 || i >= parts.length) continue;
            _append(terms, parts[i - 1], parts[i], cursor);
        }
        signals[MAX_PARTS] = accumulator;
        bytes memory key = JOIN_KEY;
        uint256[] memory cases = Groth16Batch.room(key, 1);
        cases.put(0, proof, signals);
        require(Groth16Batch.holds(key, cases), JoinRejected(accumulator));
        Record storage record;
        (number, record) = _create(terms.from, terms.to, terms.asOf);
        _record(record, terms, cursor, parts, accumulator);
        emit Joined(msg.sender, number, parts);
    }

    function _record(
        Record storage record,
        Terms memory terms,
        Cursor memory cursor,
        uint256[] calldata parts,
        uint256 accumulator
    ) private {
        record.terms = terms;
        record.parts = parts;
        record.accumulator = accumulator;
        // Nothing is left to fold
        cursor.spanCount = uint16(terms.vouchers.length);
        (cursor.span, cursor.segments) = (cursor.spanCount, 0);
        record.cursor = cursor;
    }

    /// @dev A tally of the sender of which everything is folded.
    function _complete(uint256 number) private view returns (Record storage record) {
        record = _recordOf(msg.sender, number);
        Cursor storage cursor = record.cursor;
        require(cursor.span == cursor.spanCount, Unfinished(cursor.span, cursor.position));
    }

    /// @dev Adds part `next` after part `before` to the terms of a join: the period after it, or ledgers after its own.
    function _append(Terms memory terms, uint256 before, uint256 next, Cursor memory cursor) private view {
        Record storage record = _complete(next);
        ClaimTerms.append(terms, record.terms, registry, [before, next]);
        cursor.runs += record.cursor.runs;
        cursor.unopened += record.cursor.unopened;
        cursor.voids += record.cursor.voids;
    }

    /* CLOSE AND BOUND */

    /// @inheritdoc IClaimRegistry
    function close(uint256 number, Closing calldata closing, Groth16Batch.Proof[3] calldata proofs) external {
        Record storage record = _complete(number);
        require(record.state.closedAt == 0, AlreadyClosed(record.state.closedAt));
        uint80[3] memory lo = [closing.meteredAtLeast, 0, 0];
        uint80[3] memory hi = [type(uint80).max, closing.blindAtMost, closing.brokenAtMost];
        Metric[3] memory metrics = [Metric.MeteredTime, Metric.BlindShare, Metric.Broken];
        bytes memory key = BOUND_KEY;
        uint256[] memory cases = Groth16Batch.room(key, 3);
        for (uint256 i = 0; i < 3; i++) {
            Metrics.Measure memory measure = Metrics.measureOf(metrics[i]);
            (uint256 measureWord, uint256 boundsWord) = Metrics.encode(measure, false, lo[i], hi[i]);
            cases.put(i, proofs[i], _boundSignals(record, record, measureWord, boundsWord));
        }
        require(Groth16Batch.holds(key, cases), ClosingRejected(closing));
        record.state.closedAt = uint64(block.timestamp);
        record.closing = closing;
        emit Closed(msg.sender, number, closing);
    }

    /// @inheritdoc IClaimRegistry
    function bound(uint256 number, Bound calldata bound_, Groth16Batch.Proof calldata proof)
        external
        returns (uint256 index)
    {
        Record storage record = _closed(number);
        index = record.state.bounds++;
        require(index < MAX_BOUNDS, BoundCountOutOfRange(MAX_BOUNDS));
        Record storage below = record;
        if (bound_.denominator != number) below = _otherSide(record, number, bound_);
        Metrics.Measure memory measure = _measureOf(bound_);
        _checkSources(record, below, bound_, measure);
        (uint256 measureWord, uint256 boundsWord) = Metrics.encode(measure, bound_.strict, bound_.lo, bound_.hi);
        bytes memory key = BOUND_KEY;
        uint256[] memory cases = Groth16Batch.room(key, 1);
        cases.put(0, proof, _boundSignals(record, below, measureWord, boundsWord));
        require(Groth16Batch.holds(key, cases), BoundRejected(bound_.lo, bound_.hi));
        record.bounds[index] = bound_;
        emit Bounded(msg.sender, number, index, bound_);
    }

    function _closed(uint256 number) private view returns (Record storage record) {
        record = _recordOf(msg.sender, number);
        require(record.state.closedAt != 0, NotClosed(number));
    }

    function _otherSide(Record storage record, uint256 number, Bound calldata bound_)
        private
        view
        returns (Record storage below)
    {
        uint256 denominator = bound_.denominator;
        below = _closed(denominator);
        (Terms storage a, Terms storage b) = (record.terms, below.terms);
        bool paired = bound_.metric == Metric.Ratio && a.from == b.from && a.to == b.to;
        require(paired, DenominatorMismatch(number, denominator));
        require(!_isSuspect(msg.sender, record), TallySuspect(number));
        require(!_isSuspect(msg.sender, below), TallySuspect(denominator));
    }

    function _measureOf(Bound calldata bound_) private pure returns (Metrics.Measure memory measure) {
        measure = Metrics.measureOf(bound_.metric);
        (uint24 top, uint24 bottom) = (bound_.numeratorMask, bound_.denominatorMask);
        bool isRatio = bound_.metric == Metric.Ratio;
        require(isRatio ? Metrics.areMasks(top, bottom) : top | bottom == 0, MaskOutOfRange(top, bottom));
        if (isRatio) (measure.numerator, measure.denominator) = (top, bottom);
    }

    /// @dev Nothing that a bound would flatter from was left unfed, and work is counted in one unit on each side.
    function _checkSources(
        Record storage record,
        Record storage below,
        Bound calldata bound_,
        Metrics.Measure memory measure
    ) private view {
        Metrics.Measure memory top = Metrics.Measure(measure.numerator, 0, 1);
        Metrics.Measure memory bottom = Metrics.Measure(0, measure.denominator, 1);
        _checkSide(record, bound_, top);
        _checkSide(below, bound_, bottom);
    }

    function _checkSide(Record storage record, Bound calldata bound_, Metrics.Measure memory side) private view {
        uint256 required = Metrics.requiredBy(side, bound_.lo, bound_.hi);
        uint256 actual = record.terms.conditions.required;
        require(required & actual == required, SourceMissing(required, actual));
        if (!Metrics.countsWork(side)) return;
        require(ClaimTerms.asksForUnit(record.terms.filters), UnitMissing(bound_.metric));
    }

    function _boundSignals(Record storage top, Record storage bottom, uint256 measureWord, uint256 boundsWord)
        private
        view
        returns (uint256[] memory signals)
    {
        signals = new uint256[](4);
        (signals[0], signals[1]) = (top.accumulator, bottom.accumulator);
        (signals[2], signals[3]) = (measureWord, boundsWord);
    }
}
