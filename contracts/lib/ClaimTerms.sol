// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAnchorRegistry} from "../IAnchorRegistry.sol";
import {IClaimRegistry} from "../IClaimRegistry.sol";
import {IPoseidonT3} from "./IArithmetic.sol";

/// @title The terms of a tally: what they may be, how proofs see them, and how those of a join's parts add up
library ClaimTerms {
    uint8 private constant BOUNDARIES = 4;
    uint8 private constant WORST_GRADE = 5;
    uint8 private constant RECORDED = 1;
    uint256 private constant MAX_LEDGERS = 64;
    uint256 private constant MAX_TEXT = 256;
    uint256 private constant TAGS = 5;
    uint256 private constant UNIT = 1;

    function check(IClaimRegistry.Terms calldata terms) internal view {
        uint256 ledgers = terms.vouchers.length;
        bool countable = ledgers != 0 && ledgers <= MAX_LEDGERS;
        require(countable, IClaimRegistry.LedgerCountOutOfRange(MAX_LEDGERS, ledgers));
        require(terms.from < terms.to, IClaimRegistry.PeriodEmpty(terms.from, terms.to));
        bool reached = terms.asOf > terms.to && terms.asOf <= block.timestamp;
        require(reached, IClaimRegistry.AsOfOutOfRange(terms.to, terms.asOf, uint64(block.timestamp)));
        uint8 boundary = terms.filters.boundary;
        require(boundary != 0 && boundary <= BOUNDARIES, IClaimRegistry.BoundaryOutOfRange(boundary));
        IClaimRegistry.Conditions calldata conditions = terms.conditions;
        bool known = conditions.energyGrade <= WORST_GRADE && conditions.workGrade <= WORST_GRADE;
        require(known && conditions.origin <= RECORDED, IClaimRegistry.ConditionOutOfRange(conditions));
    }

    /// @notice What stays of the word of `fold`, without the counts of a segment.
    function wordOf(IClaimRegistry.Terms calldata terms) internal pure returns (uint256) {
        IClaimRegistry.Conditions calldata conditions = terms.conditions;
        uint256 limits =
            uint256(conditions.energyGrade) | uint256(conditions.workGrade) << 8 | uint256(conditions.origin) << 16;
        uint256 period = uint256(uint40(terms.from)) | uint256(uint40(terms.to)) << 40;
        return uint256(terms.filters.boundary) << 24 | limits << 32 | uint256(conditions.required) << 56 | period << 72;
    }

    /// @notice Digest of the filters' labels.
    function askedOf(IClaimRegistry.Filters calldata filters, IPoseidonT3 poseidon) internal pure returns (uint256) {
        uint8 asked = filters.asked;
        uint256 work = _hash(poseidon, _tag(filters.model, asked, 0), _tag(filters.unit, asked, UNIT));
        uint256 place = _hash(poseidon, _tag(filters.zone, asked, 2), _tag(filters.site, asked, 3));
        require(asked >> TAGS == 0, IClaimRegistry.TextNotAsked(asked, ""));
        return _hash(poseidon, work, _hash(poseidon, place, _tag(filters.party, asked, 4)));
    }

    /// @notice Whether work is counted in one unit alone.
    function asksForUnit(IClaimRegistry.Filters storage filters) internal view returns (bool) {
        return filters.asked >> UNIT & 1 == 1 && bytes(filters.unit).length != 0;
    }

    /// @notice Adds a part to the terms of the sender's join: the period after theirs, or ledgers after their last.
    /// @param numbers Those of the part before, and of this one.
    function append(
        IClaimRegistry.Terms memory terms,
        IClaimRegistry.Terms memory part,
        IAnchorRegistry registry,
        uint256[2] memory numbers
    ) internal view {
        bool alike = keccak256(abi.encode(part.filters, part.conditions))
            == keccak256(abi.encode(terms.filters, terms.conditions));
        require(alike, IClaimRegistry.PartsDiffer(numbers[0], numbers[1]));
        if (part.from == terms.from && part.to == terms.to) _appendLedgers(terms, part, registry, numbers);
        else _appendPeriod(terms, part, numbers);
    }

    /// @dev A label's field element: 0 asks for any, a text for the first 31 bytes of its SHA-256.
    function _tag(string calldata text, uint8 asked, uint256 index) private pure returns (uint256) {
        uint256 length = bytes(text).length;
        require(length <= MAX_TEXT, IClaimRegistry.TextTooLong(MAX_TEXT, length));
        if (asked >> index & 1 == 1) return uint256(sha256(bytes(text))) >> 8;
        require(length == 0, IClaimRegistry.TextNotAsked(asked, text));
        return 0;
    }

    function _hash(IPoseidonT3 poseidon, uint256 left, uint256 right) private pure returns (uint256) {
        bytes32[] memory roots = new bytes32[](1);
        roots[0] = bytes32(right);
        return uint256(poseidon.fold(bytes32(left), roots)[0]);
    }

    function _appendPeriod(
        IClaimRegistry.Terms memory terms,
        IClaimRegistry.Terms memory part,
        uint256[2] memory numbers
    ) private pure {
        bool equal = keccak256(abi.encode(part.vouchers)) == keccak256(abi.encode(terms.vouchers));
        require(equal, IClaimRegistry.PartsDiffer(numbers[0], numbers[1]));
        require(part.from == terms.to, IClaimRegistry.PartsOverlap(numbers[0], numbers[1]));
        (terms.to, terms.asOf) = (part.to, part.asOf);
    }

    function _appendLedgers(
        IClaimRegistry.Terms memory terms,
        IClaimRegistry.Terms memory part,
        IAnchorRegistry registry,
        uint256[2] memory numbers
    ) private view {
        uint256 count = terms.vouchers.length;
        uint256 sum = count + part.vouchers.length;
        require(sum <= MAX_LEDGERS, IClaimRegistry.LedgerCountOutOfRange(MAX_LEDGERS, sum));
        bytes32 last = registry.ledgerId(msg.sender, terms.vouchers[count - 1]);
        bool after_ = registry.ledgerId(msg.sender, part.vouchers[0]) > last;
        require(after_, IClaimRegistry.PartsOverlap(numbers[0], numbers[1]));
        address[] memory vouchers = new address[](sum);
        for (uint256 i = 0; i < sum; i++) vouchers[i] = i < count ? terms.vouchers[i] : part.vouchers[i - count];
        terms.vouchers = vouchers;
        if (part.asOf > terms.asOf) terms.asOf = part.asOf;
    }
}
