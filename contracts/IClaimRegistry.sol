// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAnchorRegistry} from "./IAnchorRegistry.sol";
import {Groth16Batch} from "./lib/Groth16Batch.sol";

/// @title Registry of proven claims
/// @notice An operator adds up, in zero knowledge, **all** runs of its ledgers that end in a period, and proves numbers about the
/// sums. Nothing else is shown. This contract checks every proof and reads the ledgers' heads from the registry of anchors. It has
/// no owner, no proxy and no pause, and takes no ether.
///
/// A **tally** is opened with its terms, extended by segments of up to 56 runs in as many transactions as it takes, and then closed
/// with three bounds that every tally has: metered time at least, share of blind time at most, broken runs at most. Whatever
/// else is proved of it is a **bound** more, which folds nothing again. A **join** is a tally that others add up to.
/// An operator's tallies are numbered 0, 1, 2, …; only the operator can touch them. One that is never closed says nothing.
///
/// What a closed tally says: every run which the devices of these ledgers anchored before `asOf` and which ends in the period
/// (from < end <= to, by the device's clock, which the registry holds to block time) was folded in, but for `unopened` ones, whose
/// content was not shown to the proof, and `voids`, whose data is lost; both are of all runs anchored from `from` until `asOf`.
/// Of the opened ones at the boundary those that match the filters **count**; time, blind time and broken runs are of all of them.
/// A counted run meets the conditions, or there is no proof. Its time counts from the period's start, its blind time as at most that.
///
/// Texts are hashed as they are given: whoever reads them must take care of look-alikes. A tally can count nothing; a strict bound
/// can not be about nothing.
/// Warning: nothing here says which devices an operator has. `IAnchorRegistry.expectedTime` and `behind` say what metered time can be
/// held against. Warning: runs anchored at or after `asOf` are in no tally of their period until a later one.
interface IClaimRegistry {
    /// @notice Numbers over totals, with the unit of their bounds. Of counted runs unless said otherwise.
    enum Metric {
        Energy, // energy + uncertainty, mJ
        EnergyCentral, // energy, mJ
        EnergyPerWork, // energy + uncertainty / work, µJ per unit
        EnergyPerAccepted, // energy + uncertainty / accepted, µJ per unit
        EnergyPerInput, // energy + uncertainty / input, µJ per unit
        Pue, // energy + uncertainty / it, ppm
        Wue, // water / it, µL per kWh
        Erf, // reused / energy, ppm
        IdleTax, // idle / accelerator, ppm
        AcceleratorShare, // accelerator / energy, ppm
        Carbon, // mg
        CarbonPerWork, // carbon / work, µg per unit
        Water, // mL
        WaterPerWork, // water / work, nL per unit
        Work, // units
        LedgerShare, // energy / energy of all runs at the boundary, ppm
        MeteredTime, // time of all runs at the boundary, ms
        BlindShare, // blind time / time of all runs at the boundary, ppm
        Broken, // broken runs of all at the boundary
        Runs, // counted runs
        Ratio // chosen totals / chosen totals, ppm
    }

    /// @notice Which runs count.
    struct Filters {
        string model; // at most 256 bytes each
        string unit; // of work; a condition, not a filter: a counted run with other units of work has no proof
        string zone;
        string site;
        string party;
        uint8 asked; // bit i: label i must be as written, the empty text being "none"; else any will do, and it is written empty
        uint8 boundary; // 1 gpu, 2 node, 3 rack, 4 facility
    }

    /// @notice What every counted run must be.
    struct Conditions {
        uint8 energyGrade; // at worst: calibrated 0, measured 1, allocated 2, estimated 3, declared 4, simulated 5
        uint8 workGrade;
        uint8 origin; // 0 live, 1 recorded ones too
        uint16 required; // bits of `fed`, PROTOCOL section 4
    }

    /// @notice What a tally is about.
    struct Terms {
        address[] vouchers; // the operator's ledgers, at most 64, ordered so that the ids of the ledgers ascend strictly
        uint64 from; // Unix seconds
        uint64 to;
        uint64 asOf; // block time, after `to`: runs anchored before it are in
        Filters filters;
        Conditions conditions;
    }

    /// @notice A ledger's part: its runs at positions from `positionFrom` to before `positionTo`, anchored from `from` until `asOf`.
    struct Span {
        bytes32 headFrom;
        bytes32 headTo;
        uint64 positionFrom;
        uint64 positionTo;
    }

    /// @notice 1 to 56 runs after those folded before.
    struct Segment {
        uint8 length; // runs folded
        uint8 unopened; // of these, the ones that were neither opened nor void
        uint8 voids; // of these, the void ones
        bytes32 head; // the ledger's head after them
        uint256 accumulator; // commitment to the totals after them
        Groth16Batch.Proof proof;
    }

    /// @notice How far a tally is.
    struct Progress {
        uint64 segments; // segments folded
        uint64 span; // index of the ledger being folded; the number of ledgers once all are
        uint64 position; // of the next run in it
        bytes32 head;
        uint256 accumulator;
    }

    /// @notice The bounds that close a tally. None is strict: an empty period closes too.
    struct Closing {
        uint80 meteredAtLeast; // ms
        uint80 blindAtMost; // ppm of the metered time
        uint80 brokenAtMost; // runs
    }

    /// @notice A bound: lo <= number <= hi.
    struct Bound {
        Metric metric;
        bool strict; // each side counts a run, and the denominator is not 0
        uint32 denominator; // number of the tally that the denominator is of; the tally itself but for ratios
        uint24 numeratorMask; // of ratios: bit i is total i of PROTOCOL section 6
        uint24 denominatorMask;
        uint80 lo; // both included, in the metric's unit
        uint80 hi; // 2^80 - 1: no upper bound
    }

    /// @notice A tally as it is recorded.
    struct Tally {
        address operator;
        Terms terms; // of a join: of all its parts, with their ledgers; `asOf` of the last part
        Span[] spans; // one a voucher; of a join none
        uint256[] parts; // of a join: the tallies that add up to it
        uint64 openedAt; // block time
        uint64 closedAt; // 0: not closed, says nothing
        uint64 runs; // all runs that were folded in
        uint64 unopened;
        uint64 voids;
        uint256 accumulator; // final once it is closed
        Closing closing;
        Bound[] bounds;
        bool suspect; // a voucher withdrew its word for a device that anchored in the stretch that was folded
    }

    event Opened(address indexed operator, uint256 indexed number, uint64 from, uint64 to, uint64 asOf);
    event Joined(address indexed operator, uint256 indexed number, uint256[] parts);
    event Closed(address indexed operator, uint256 indexed number, Closing closing);
    event Bounded(address indexed operator, uint256 indexed number, uint256 index, Bound bound);

    error DevelopmentKeysRefused(uint256 chainId);
    error CodeMissing(address account);
    error LedgerCountOutOfRange(uint256 maximum, uint256 actual);
    error LedgersUnordered(bytes32 previous, bytes32 next);
    error UnknownLedger(address operator, address voucher);
    error PeriodEmpty(uint64 from, uint64 to);
    error AsOfOutOfRange(uint64 to, uint64 asOf, uint64 blockTime);
    error TextTooLong(uint256 maximum, uint256 actual);
    error TextNotAsked(uint8 asked, string text);
    error BoundaryOutOfRange(uint8 boundary);
    error ConditionOutOfRange(Conditions conditions);
    error UnknownTally(uint256 count, uint256 number);
    error SegmentsMismatch(uint64 expected, uint64 actual);
    error NothingToFold(uint64 segments);
    error PastEnd(uint64 end, uint64 position);
    error HeadMismatch(bytes32 expected, bytes32 actual);
    error ProofsRejected(uint64 segmentsBefore);
    error Unfinished(uint64 span, uint64 position);
    error PartCountOutOfRange(uint256 minimum, uint256 maximum, uint256 actual);
    error PartsDiffer(uint256 first, uint256 second);
    error PartsOverlap(uint256 first, uint256 second);
    error JoinRejected(uint256 accumulator);
    error AlreadyClosed(uint64 closedAt);
    error ClosingRejected(Closing closing);
    error NotClosed(uint256 number);
    error TallySuspect(uint256 number);
    error BoundCountOutOfRange(uint256 maximum);
    error DenominatorMismatch(uint256 number, uint256 denominator);
    error MaskOutOfRange(uint24 numeratorMask, uint24 denominatorMask);
    error UnitMissing(Metric metric);
    error SourceMissing(uint256 required, uint256 actual);
    error BoundRejected(uint80 lo, uint80 hi);

    /// @notice Opens a tally of the sender over its ledgers and fixes the ends of its part of each.
    /// @return number the tally's number among the sender's
    function open(Terms calldata terms) external returns (uint256 number);

    /// @notice Folds segments into a tally of the sender, ledger after ledger in the order of the terms.
    /// @param segmentsBefore segments folded so far; a repeat of a transaction that went through is refused
    function extend(uint256 number, uint64 segmentsBefore, Segment[] calldata segments) external;

    /// @notice Opens a tally of the sender that others, all folded to their ends, add up to: of adjoining periods under terms that are
    /// equal but for `asOf`, or of disjoint ledgers, ascending, in one period under equal filters and conditions. Parts may be joins.
    /// @param parts 2 to 12 numbers
    function join(uint256[] calldata parts, uint256 accumulator, Groth16Batch.Proof calldata proof)
        external
        returns (uint256 number);

    /// @notice Closes a tally of the sender whose segments are complete.
    /// @param proofs of metered time, blind share and broken runs, none of them strict
    function close(uint256 number, Closing calldata closing, Groth16Batch.Proof[3] calldata proofs) external;

    /// @notice Records one more bound on a closed tally of the sender, at most 32.
    /// @dev What would flatter by its absence must be a condition of the tally: `fed` bits of the numerator of an upper bound, of
    /// the denominator of a lower one. A ratio over two tallies needs equal periods, and neither suspect.
    function bound(uint256 number, Bound calldata bound_, Groth16Batch.Proof calldata proof)
        external
        returns (uint256 index);

    /// @notice The registry of anchors whose ledgers are told of here.
    function registry() external view returns (IAnchorRegistry);

    function tallyCount(address operator) external view returns (uint256);

    /// @notice Reverts with `UnknownTally` if there is none.
    function tallyOf(address operator, uint256 number) external view returns (Tally memory);

    /// @notice An operator's tallies in order of opening, from `offset` on, at most `limit` of them.
    function talliesOf(address operator, uint256 offset, uint256 limit) external view returns (Tally[] memory);

    /// @notice Where the next segment of a tally starts.
    function progressOf(address operator, uint256 number) external view returns (Progress memory);
}
