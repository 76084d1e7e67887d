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

    /// @dev What every segment reads and writes comes first, packed.
    struct Record {
        uint64 segments;
        uint64 position;
        uint32 span;
        uint8 chain;
        uint8 boundary;
        uint8 energyGrade;
        uint8 workGrade;
        uint32 spanCount;
        uint64 unopened;
        uint64 unopenedInChain;
        uint64 voids;
        uint64 positionTo; // where the span being folded ends
        uint256 head; // with STORED
        uint256 accumulator;
        uint256[4] asked; // model, unit, zone, party
        uint256 numerator; // accumulator of chain 0, once there is a chain 1
        uint64 openedAt;
        uint64 closedAt;
        uint64 lo;
        uint64 hi;
        Terms terms;
        Span[] spans;
    }

    mapping(address operator => Record[]) internal _claims;

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
        number = _claims[msg.sender].length;
        Record storage claim = _claims[msg.sender].push();
        claim.terms = terms;
        claim.openedAt = uint64(block.timestamp);
        Filters calldata filters = terms.filters;
        claim.asked = [_asked(filters.model), _asked(filters.unit), _asked(filters.zone), _asked(filters.party)];
        (claim.boundary, claim.energyGrade, claim.workGrade) =
            (filters.boundary, filters.energyGrade, filters.workGrade);
        _fixSpans(claim, terms);
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
        claim.spanCount = uint32(terms.vouchers.length);
        claim.accumulator = EMPTY_ACCUMULATOR;
        if (terms.metric == Metric.LedgerShare) claim.numerator = EMPTY_ACCUMULATOR;
        _enterSpan(claim, 0);
    }

    /* EXTEND */

    /// @inheritdoc IClaimRegistry
    function extend(uint256 number, uint64 segmentsBefore, Segment[] calldata segments) external {
        Record storage claim = _recordOf(msg.sender, number);
        require(claim.segments == segmentsBefore, SegmentsMismatch(claim.segments, segmentsBefore));
        for (uint256 i = 0; i < segments.length; i++) _fold(claim, segments[i]);
    }

    function _fold(Record storage claim, Segment calldata segment) internal {
        require(claim.span < claim.spanCount, NothingToFold(claim.segments));
        uint64 position = claim.position + segment.length;
        uint64 end = claim.positionTo;
        require(position <= end, PastEnd(end, position));
        _checkFold(claim, segment);
        claim.segments++;
        claim.position = position;
        claim.head = uint256(segment.head) | STORED;
        claim.accumulator = segment.accumulator;
        claim.unopenedInChain += segment.unopened;
        if (claim.chain == 0) claim.voids += segment.voids;
        if (position == end) _leaveSpan(claim);
    }

    function _checkFold(Record storage claim, Segment calldata segment) internal view {
        uint256 word = uint256(segment.length) | uint256(segment.unopened) << 8 | uint256(segment.voids) << 16;
        word |= uint256(claim.boundary) << 24 | uint256(claim.energyGrade) << 32 | uint256(claim.workGrade) << 40;
        uint256[9] memory signals;
        signals[0] = claim.head ^ STORED;
        signals[1] = uint256(segment.head);
        signals[2] = word;
        // The second chain of a share is over all runs at the boundary: its tags stay 0
        if (claim.chain == 0) {
            for (uint256 i = 0; i < 4; i++) signals[3 + i] = claim.asked[i];
        }
        signals[7] = claim.accumulator;
        signals[8] = segment.accumulator;
        Proof calldata proof = segment.proof;
        require(foldVerifier.verifyProof(proof.a, proof.b, proof.c, signals), FoldRejected(claim.segments));
    }

    function _leaveSpan(Record storage claim) internal {
        bytes32 end = claim.spans[claim.span].headTo;
        bytes32 head = bytes32(claim.head ^ STORED);
        require(head == end, HeadMismatch(end, head));
        _enterSpan(claim, claim.span + 1);
    }

    /// @dev Goes to the first ledger from `span` on that has runs in the period; after the last one to the next chain, if any.
    function _enterSpan(Record storage claim, uint32 span) internal {
        uint32 count = claim.spanCount;
        while (span < count && claim.spans[span].positionFrom == claim.spans[span].positionTo) span++;
        claim.span = span;
        if (span < count) {
            Span storage entered = claim.spans[span];
            (claim.position, claim.positionTo) = (entered.positionFrom, entered.positionTo);
            claim.head = uint256(entered.headFrom) | STORED;
        } else {
            _leaveChain(claim);
        }
    }

    function _leaveChain(Record storage claim) internal {
        if (claim.unopenedInChain > claim.unopened) claim.unopened = claim.unopenedInChain;
        if (claim.chain == 1 || claim.terms.metric != Metric.LedgerShare) return;
        claim.numerator = claim.accumulator;
        (claim.chain, claim.accumulator, claim.unopenedInChain) = (1, EMPTY_ACCUMULATOR, 0);
        _enterSpan(claim, 0);
    }

    /* CLOSE */

    /// @inheritdoc IClaimRegistry
    function close(uint256 number, uint64 lo, uint64 hi, Proof calldata proof) external {
        Record storage claim = _recordOf(msg.sender, number);
        require(claim.closedAt == 0, AlreadyClosed(claim.closedAt));
        require(claim.span == claim.spanCount, Unfinished(claim.span, claim.chain, claim.position));
        Metric metric = claim.terms.metric;
        (uint256 numerator, uint256 denominator, uint256 scale) = _ratio(metric);
        uint256 over = claim.chain == 1 ? claim.numerator : claim.accumulator;
        uint256[7] memory signals = [over, claim.accumulator, numerator, denominator, scale, lo, hi];
        require(boundVerifier.verifyProof(proof.a, proof.b, proof.c, signals), BoundRejected(lo, hi));
        (claim.lo, claim.hi, claim.closedAt) = (lo, hi, uint64(block.timestamp));
        emit Closed(msg.sender, number, metric, lo, hi);
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
    function claimCount(address operator) external view returns (uint256) {
        return _claims[operator].length;
    }

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
        (claim.unopened, claim.voids, claim.lo, claim.hi) = (record.unopened, record.voids, record.lo, record.hi);
        claim.suspect = _isSuspect(operator, claim.terms);
    }

    /// @inheritdoc IClaimRegistry
    function claimsOf(address operator, uint256 offset, uint256 limit) external view returns (Claim[] memory claims) {
        uint256 count = _claims[operator].length;
        uint256 left = offset < count ? count - offset : 0;
        claims = new Claim[](limit < left ? limit : left);
        for (uint256 i = 0; i < claims.length; i++) claims[i] = claimOf(operator, offset + i);
    }

    /// @inheritdoc IClaimRegistry
    function progressOf(address operator, uint256 number) external view returns (Progress memory) {
        Record storage claim = _recordOf(operator, number);
        bytes32 head = bytes32(claim.head & ~STORED);
        return Progress(claim.segments, claim.position, claim.span, claim.chain, head, claim.accumulator);
    }

    function _isSuspect(address operator, Terms memory terms) internal view returns (bool) {
        for (uint256 i = 0; i < terms.vouchers.length; i++) {
            bytes32 ledger = registry.ledgerId(operator, terms.vouchers[i]);
            if (registry.ledgerOf(ledger).leastSince < terms.to) return true;
        }
        return false;
    }

    function _recordOf(address operator, uint256 number) internal view returns (Record storage) {
        uint256 count = _claims[operator].length;
        require(number < count, UnknownClaim(count, number));
        return _claims[operator][number];
    }
}
