// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAnchorRegistry} from "./IAnchorRegistry.sol";
import {IBoundVerifier, IClaimRegistry, IFoldVerifier} from "./IClaimRegistry.sol";
import {DEVELOPMENT_KEYS} from "./generated/KeyKind.sol";

/// @title Registry of proven claims
/// @notice See IClaimRegistry, which says what each function does and what is assumed.
contract ClaimRegistry is IClaimRegistry {
    /* CONSTANTS */

    /// @dev Poseidon of nine zeros: the accumulator that every chain starts from.
    uint256 internal constant EMPTY_ACCUMULATOR =
        800120061924841277379997862745106495629262503147852650856598454570844641064;

    uint8 internal constant BOUNDARIES = 4;
    uint8 internal constant WORST_GRADE = 5;

    /// @dev Set in every stored head, which a field element leaves free: a slot that never holds 0 costs less to write.
    uint256 internal constant STORED = 1 << 255;

    /// @dev Registers by bit: energy 0, uncertainty 1, accelerator 2, idle 3, work 4, accepted 5, carbon 6, water 7.
    uint256 internal constant ENERGY = 1 << 0;
    uint256 internal constant ENERGY_WITH_UNCERTAINTY = 1 << 0 | 1 << 1;
    uint256 internal constant ACCELERATOR = 1 << 2;
    uint256 internal constant IDLE = 1 << 3;
    uint256 internal constant WORK = 1 << 4;
    uint256 internal constant ACCEPTED = 1 << 5;
    uint256 internal constant CARBON = 1 << 6;
    uint256 internal constant WATER = 1 << 7;

    IAnchorRegistry public immutable registry;
    IFoldVerifier public immutable foldVerifier;
    IBoundVerifier public immutable boundVerifier;

    /* STORAGE */

    /// @dev What every segment reads and changes: four slots, read and written once a transaction.
    struct Cursor {
        uint64 segments;
        uint64 position;
        uint32 span;
        uint32 spanCount;
        uint8 chain;
        uint8 boundary;
        uint8 energyGrade;
        uint8 workGrade;
        Metric metric;
        uint64 end; // position after the span being folded
        uint64 unopened;
        uint64 unopenedInChain;
        uint64 voids;
        uint256 head; // with STORED
        uint256 accumulator;
    }

    struct Record {
        Cursor cursor;
        uint256[4] asked; // model, unit, zone, party
        uint256 numerator; // accumulator of chain 0, once there is a chain 1
        uint64 openedAt;
        uint64 closedAt;
        uint64 lo;
        uint64 hi;
        Terms terms;
        Span[] spans;
    }

    mapping(address operator => mapping(uint256 number => Record)) internal _claims;

    /// @inheritdoc IClaimRegistry
    mapping(address operator => uint256) public claimCount;

    /// @dev Development keys are public knowledge: outside local chains a claim proved with them would say nothing.
    constructor(IAnchorRegistry registry_, IFoldVerifier foldVerifier_, IBoundVerifier boundVerifier_) {
        bool local = block.chainid == 31337 || block.chainid == 1337;
        require(local || !DEVELOPMENT_KEYS, DevelopmentKeysRefused(block.chainid));
        registry = registry_;
        foldVerifier = foldVerifier_;
        boundVerifier = boundVerifier_;
    }

    /* OPEN */

    /// @inheritdoc IClaimRegistry
    function open(Terms calldata terms) external returns (uint256 number) {
        _checkTerms(terms);
        number = claimCount[msg.sender]++;
        Record storage claim = _claims[msg.sender][number];
        claim.terms = terms;
        claim.openedAt = uint64(block.timestamp);
        Filters calldata filters = terms.filters;
        claim.asked = [_asked(filters.model), _asked(filters.unit), _asked(filters.zone), _asked(filters.party)];
        _fixSpans(claim, terms);
        if (terms.metric == Metric.LedgerShare) claim.numerator = EMPTY_ACCUMULATOR;
        Cursor memory cursor;
        (cursor.boundary, cursor.energyGrade, cursor.workGrade) =
            (filters.boundary, filters.energyGrade, filters.workGrade);
        (cursor.metric, cursor.spanCount) = (terms.metric, uint32(terms.vouchers.length));
        _enterChain(claim, cursor);
        claim.cursor = cursor;
        emit Opened(msg.sender, number, terms.metric, terms.from, terms.to);
    }

    function _checkTerms(Terms calldata terms) internal view {
        require(terms.vouchers.length > 0, VoucherMissing());
        require(terms.from < terms.to, PeriodEmpty(terms.from, terms.to));
        require(terms.to <= block.timestamp, PeriodNotEnded(uint64(block.timestamp), terms.to));
        Filters calldata filters = terms.filters;
        require(filters.boundary >= 1 && filters.boundary <= BOUNDARIES, BoundaryOutOfRange(filters.boundary));
        require(filters.energyGrade <= WORST_GRADE, GradeOutOfRange(filters.energyGrade));
        require(filters.workGrade <= WORST_GRADE, GradeOutOfRange(filters.workGrade));
        (uint256 numerator, uint256 denominator,) = _ratio(terms.metric);
        bool countsWork = (numerator | denominator) & (WORK | ACCEPTED) != 0;
        require(!countsWork || bytes(filters.unit).length > 0, UnitMissing(terms.metric));
    }

    /// @dev A filter's field element: 0 asks for any, a text for the first 31 bytes of its SHA-256.
    function _asked(string calldata text) internal pure returns (uint256) {
        return bytes(text).length == 0 ? 0 : uint256(sha256(bytes(text))) >> 8;
    }

    /// @dev Each end of the period is the last checkpoint before it, so every anchored run lies in exactly one of adjoining periods.
    function _fixSpans(Record storage claim, Terms calldata terms) internal {
        bytes32 previous;
        for (uint256 i = 0; i < terms.vouchers.length; i++) {
            bytes32 ledger = registry.ledgerId(msg.sender, terms.vouchers[i]);
            require(ledger > previous, LedgersUnordered(previous, ledger));
            require(registry.ledgerOf(ledger).operator != address(0), UnknownLedger(msg.sender, terms.vouchers[i]));
            Span memory span;
            (, span.headFrom, span.positionFrom) = registry.checkpointBefore(ledger, terms.from);
            (, span.headTo, span.positionTo) = registry.checkpointBefore(ledger, terms.to);
            claim.spans.push(span);
            previous = ledger;
        }
    }

    /* EXTEND */

    /// @inheritdoc IClaimRegistry
    function extend(uint256 number, uint64 segmentsBefore, Segment[] calldata segments) external {
        Record storage claim = _recordOf(msg.sender, number);
        Cursor memory cursor = claim.cursor;
        require(cursor.segments == segmentsBefore, SegmentsMismatch(cursor.segments, segmentsBefore));
        for (uint256 i = 0; i < segments.length; i++) _fold(claim, cursor, segments[i]);
        claim.cursor = cursor;
    }

    function _fold(Record storage claim, Cursor memory cursor, Segment calldata segment) internal {
        require(cursor.span < cursor.spanCount, NothingToFold(cursor.segments));
        uint64 position = cursor.position + segment.length;
        require(position <= cursor.end, PastEnd(cursor.end, position));
        _checkFold(claim, cursor, segment);
        cursor.segments++;
        cursor.position = position;
        cursor.head = uint256(segment.head) | STORED;
        cursor.accumulator = segment.accumulator;
        cursor.unopenedInChain += segment.unopened;
        if (cursor.chain == 0) cursor.voids += segment.voids;
        if (position == cursor.end) _leaveSpan(claim, cursor, segment.head);
    }

    function _checkFold(Record storage claim, Cursor memory cursor, Segment calldata segment) internal view {
        uint256 word = uint256(segment.length) | uint256(segment.unopened) << 8 | uint256(segment.voids) << 16;
        word |= uint256(cursor.boundary) << 24 | uint256(cursor.energyGrade) << 32 | uint256(cursor.workGrade) << 40;
        uint256[9] memory signals;
        signals[0] = cursor.head ^ STORED;
        signals[1] = uint256(segment.head);
        signals[2] = word;
        // The second chain of a share is over all runs at the boundary: its tags stay 0
        if (cursor.chain == 0) {
            for (uint256 i = 0; i < 4; i++) signals[3 + i] = claim.asked[i];
        }
        signals[7] = cursor.accumulator;
        signals[8] = segment.accumulator;
        Proof calldata proof = segment.proof;
        require(foldVerifier.verifyProof(proof.a, proof.b, proof.c, signals), FoldRejected(cursor.segments));
    }

    function _leaveSpan(Record storage claim, Cursor memory cursor, bytes32 head) internal {
        bytes32 end = claim.spans[cursor.span].headTo;
        require(head == end, HeadMismatch(end, head));
        _enterSpan(claim, cursor, cursor.span + 1);
    }

    /// @dev Goes to the first ledger from `span` on that has runs in the period, or ends the chain.
    function _enterSpan(Record storage claim, Cursor memory cursor, uint32 span) internal {
        for (; span < cursor.spanCount; span++) {
            Span storage entered = claim.spans[span];
            (cursor.position, cursor.end) = (entered.positionFrom, entered.positionTo);
            if (cursor.position == cursor.end) continue;
            (cursor.span, cursor.head) = (span, uint256(entered.headFrom) | STORED);
            return;
        }
        cursor.span = span;
        _leaveChain(claim, cursor);
    }

    function _enterChain(Record storage claim, Cursor memory cursor) internal {
        (cursor.accumulator, cursor.unopenedInChain) = (EMPTY_ACCUMULATOR, 0);
        _enterSpan(claim, cursor, 0);
    }

    function _leaveChain(Record storage claim, Cursor memory cursor) internal {
        if (cursor.unopenedInChain > cursor.unopened) cursor.unopened = cursor.unopenedInChain;
        if (cursor.chain == 1 || cursor.metric != Metric.LedgerShare) return;
        claim.numerator = cursor.accumulator;
        cursor.chain = 1;
        _enterChain(claim, cursor);
    }

    /* CLOSE */

    /// @inheritdoc IClaimRegistry
    function close(uint256 number, uint64 lo, uint64 hi, Proof calldata proof) external {
        Record storage claim = _recordOf(msg.sender, number);
        require(claim.closedAt == 0, AlreadyClosed(claim.closedAt));
        Cursor memory cursor = claim.cursor;
        require(cursor.span == cursor.spanCount, Unfinished(cursor.span, cursor.chain, cursor.position));
        (uint256 numerator, uint256 denominator, uint256 scale) = _ratio(cursor.metric);
        uint256 over = cursor.chain == 1 ? claim.numerator : cursor.accumulator;
        uint256[7] memory signals = [over, cursor.accumulator, numerator, denominator, scale, lo, hi];
        require(boundVerifier.verifyProof(proof.a, proof.b, proof.c, signals), BoundRejected(lo, hi));
        (claim.lo, claim.hi, claim.closedAt) = (lo, hi, uint64(block.timestamp));
        emit Closed(msg.sender, number, cursor.metric, lo, hi);
    }

    /// @dev Masks of numerator and denominator, the latter 0 for plain sums, and the scale of the bounds.
    function _ratio(Metric metric) internal pure returns (uint256 numerator, uint256 denominator, uint256 scale) {
        if (metric == Metric.Energy) return (ENERGY_WITH_UNCERTAINTY, 0, 1);
        if (metric == Metric.EnergyPerWork) return (ENERGY_WITH_UNCERTAINTY, WORK, 1000);
        if (metric == Metric.EnergyPerAccepted) return (ENERGY_WITH_UNCERTAINTY, ACCEPTED, 1000);
        if (metric == Metric.IdleTax) return (IDLE, ACCELERATOR, 1_000_000);
        if (metric == Metric.AcceleratorShare) return (ACCELERATOR, ENERGY, 1_000_000);
        if (metric == Metric.Carbon) return (CARBON, 0, 1);
        if (metric == Metric.CarbonPerWork) return (CARBON, WORK, 1000);
        if (metric == Metric.Water) return (WATER, 0, 1);
        if (metric == Metric.WaterPerWork) return (WATER, WORK, 1_000_000);
        if (metric == Metric.Work) return (WORK, 0, 1);
        return (ENERGY, ENERGY, 1_000_000);
    }

    /* VIEWS */

    /// @inheritdoc IClaimRegistry
    function claimOf(address operator, uint256 number) public view returns (Claim memory claim) {
        Record storage record = _recordOf(operator, number);
        claim.operator = operator;
        claim.terms = record.terms;
        claim.spans = record.spans;
        (claim.openedAt, claim.closedAt) = (record.openedAt, record.closedAt);
        for (uint256 i = 0; i < claim.spans.length; i++) {
            claim.runs += claim.spans[i].positionTo - claim.spans[i].positionFrom;
        }
        (claim.unopened, claim.voids) = (record.cursor.unopened, record.cursor.voids);
        (claim.lo, claim.hi) = (record.lo, record.hi);
        claim.suspect = _isSuspect(operator, claim.terms);
    }

    /// @inheritdoc IClaimRegistry
    function claimsOf(address operator, uint256 offset, uint256 limit) external view returns (Claim[] memory claims) {
        uint256 count = claimCount[operator];
        uint256 left = offset < count ? count - offset : 0;
        claims = new Claim[](limit < left ? limit : left);
        for (uint256 i = 0; i < claims.length; i++) claims[i] = claimOf(operator, offset + i);
    }

    /// @inheritdoc IClaimRegistry
    function progressOf(address operator, uint256 number) external view returns (Progress memory) {
        Cursor memory cursor = _recordOf(operator, number).cursor;
        bytes32 head = bytes32(cursor.head & ~STORED);
        return Progress(cursor.segments, cursor.position, cursor.span, cursor.chain, head, cursor.accumulator);
    }

    function _isSuspect(address operator, Terms memory terms) internal view returns (bool) {
        for (uint256 i = 0; i < terms.vouchers.length; i++) {
            bytes32 ledger = registry.ledgerId(operator, terms.vouchers[i]);
            if (registry.ledgerOf(ledger).leastSince < terms.to) return true;
        }
        return false;
    }

    /// @dev Every claim has a span, so a record without one was never opened.
    function _recordOf(address operator, uint256 number) internal view returns (Record storage claim) {
        claim = _claims[operator][number];
        require(claim.cursor.spanCount > 0, UnknownClaim(claimCount[operator], number));
    }
}
