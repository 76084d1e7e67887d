// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Registry of proven claims
/// @notice An operator proves in zero knowledge that a number over **all** matching runs which its ledgers anchored in a period
/// lies between two bounds, and shows nothing else. This contract checks every proof and reads the ledgers' heads from the
/// registry of anchors. It has no owner, no proxy and no pause, and takes no ether.
///
/// A claim is opened with its terms, extended by segments of up to 32 runs each in as many transactions as it takes, and closed
/// with a bound. An operator's claims are numbered 0, 1, 2, …; only the operator can open, extend and close them. One that is
/// never closed says nothing and costs nobody but its operator.
///
/// What a closed claim says: all runs which the devices of these ledgers anchored from `from` until before `to` were folded in,
/// but for `unopened` ones, whose content was not shown to the proof, and `voids`, whose data is lost. Of the others, those
/// that match the filters make up the number; each of them has its work in the unit named, or none, and grades no worse than
/// named. It does not speak of other addresses, of hardware without a meter, or of runs anchored later.
///
/// Assumptions: the makers of the verifiers' keys forgot their secret; the precompiles for SHA-256 (0x02) and BN254 (0x06, 0x07,
/// 0x08) follow their specifications.
/// Warning: the registry of anchors and the contract do not know whether a voucher is honest. Whoever reads a claim decides
/// which vouchers to believe, how many unopened runs to accept, and looks at `suspect`.
interface IClaimRegistry {
    /// @notice What is bounded. N and D are sums over the matching runs; bounds are in units of 1/scale of N / D.
    enum Metric {
        Energy, // energy + uncertainty, mJ
        EnergyPerWork, // energy + uncertainty over work, µJ per unit
        EnergyPerAccepted, // energy + uncertainty over accepted work, µJ per unit
        IdleTax, // idle over accelerator energy, ppm
        AcceleratorShare, // accelerator energy over energy, ppm
        Carbon, // mg CO2e
        CarbonPerWork, // µg CO2e per unit
        Water, // mL
        WaterPerWork, // nL per unit
        Work, // units
        LedgerShare // energy of the matching runs over that of all runs at the boundary, ppm
    }

    /// @notice What a claim asks of runs. Texts are UTF-8 in Unicode normal form C; the empty text asks for any.
    struct Filters {
        string model; // selects
        string unit; // condition: matching runs have this unit of work, or no work
        string zone; // selects
        string party; // selects
        uint8 boundary; // selects: gpu 1, node 2, rack 3, facility 4
        uint8 energyGrade; // condition: worst energy grade of a matching run, 0 best, 5 worst
        uint8 workGrade; // condition: worst work grade of a matching run
    }

    /// @notice What a claim is about.
    struct Terms {
        address[] vouchers; // the operator's ledgers, ordered so that the ids of the ledgers ascend strictly
        uint64 from; // Unix seconds of block time, inclusive
        uint64 to; // exclusive
        Metric metric;
        Filters filters;
    }

    /// @notice A ledger's part of the period: its runs at positions from `positionFrom` to before `positionTo`.
    struct Span {
        bytes32 headFrom;
        bytes32 headTo;
        uint64 positionFrom;
        uint64 positionTo;
    }

    /// @notice A Groth16 proof, coordinates of G2 in the order of the precompile.
    struct Proof {
        uint256[2] a;
        uint256[2][2] b;
        uint256[2] c;
    }

    /// @notice 1 to 32 runs after those folded before.
    struct Segment {
        uint8 length; // runs folded
        uint8 unopened; // of these, the ones that were not opened
        uint8 voids; // of these, the void ones
        bytes32 head; // the ledger's head after them
        uint256 accumulator; // commitment to the totals after them
        Proof proof;
    }

    /// @notice How far a claim is. Shares have two chains over the same runs: 0 the matching runs, 1 all runs at the boundary.
    struct Progress {
        uint64 segments; // segments folded, over all chains
        uint64 position; // of the next run, in the ledger of span `span`
        uint32 span; // index of the ledger being folded; the number of ledgers once all are
        uint8 chain;
        bytes32 head;
        uint256 accumulator;
    }

    /// @notice A claim as it is recorded. Counts are those of chain 0; `unopened` is the larger one where there are two.
    struct Claim {
        address operator;
        Terms terms;
        Span[] spans; // one a voucher
        uint64 openedAt; // block time, Unix seconds
        uint64 closedAt; // 0: not closed, says nothing
        uint64 runs; // all runs of the period in these ledgers
        uint64 unopened;
        uint64 voids;
        uint64 lo; // inclusive bounds in the unit of the metric
        uint64 hi;
        bool suspect; // a voucher withdrew its word for a device of these ledgers, from a time before `to`
    }

    event Opened(address indexed operator, uint256 indexed number, Metric metric, uint64 from, uint64 to);
    event Closed(address indexed operator, uint256 indexed number, Metric metric, uint64 lo, uint64 hi);

    error DevelopmentKeysRefused(uint256 chainId);
    error VoucherMissing();
    error LedgersUnordered(bytes32 previous, bytes32 next);
    error UnknownLedger(address operator, address voucher);
    error PeriodEmpty(uint64 from, uint64 to);
    error PeriodNotEnded(uint64 blockTime, uint64 to);
    error BoundaryOutOfRange(uint8 boundary);
    error GradeOutOfRange(uint8 grade);
    error UnitMissing(Metric metric);
    error UnknownClaim(uint256 count, uint256 number);
    error AlreadyClosed(uint64 closedAt);
    error SegmentsMismatch(uint64 expected, uint64 actual);
    error NothingToFold(uint64 segments);
    error PastEnd(uint64 end, uint64 position);
    error HeadMismatch(bytes32 expected, bytes32 actual);
    error FoldRejected(uint64 segment);
    error Unfinished(uint32 span, uint8 chain, uint64 position);
    error BoundRejected(uint64 lo, uint64 hi);

    /// @notice Opens a claim of the sender over its ledgers and fixes the ends of its period in each.
    /// @return number the claim's number among the sender's
    function open(Terms calldata terms) external returns (uint256 number);

    /// @notice Folds segments into a claim of the sender, ledger after ledger in the order of the terms.
    /// @param segmentsBefore segments folded so far; a repeat of a transaction that went through is refused
    function extend(uint256 number, uint64 segmentsBefore, Segment[] calldata segments) external;

    /// @notice Closes a claim of the sender whose segments are complete: its number lies in [lo, hi].
    /// @dev A denominator of 0 has no proof.
    function close(uint256 number, uint64 lo, uint64 hi, Proof calldata proof) external;

    function claimCount(address operator) external view returns (uint256);

    /// @notice Reverts with `UnknownClaim` if there is none.
    function claimOf(address operator, uint256 number) external view returns (Claim memory);

    /// @notice An operator's claims in order of opening, from `offset` on, at most `limit` of them.
    function claimsOf(address operator, uint256 offset, uint256 limit) external view returns (Claim[] memory);

    /// @notice Where the next segment of a claim starts.
    function progressOf(address operator, uint256 number) external view returns (Progress memory);
}

/// @notice A verifier generated for `bound`: cNumerator, cDenominator, numeratorMask, denominatorMask, scale, lo, hi.
interface IBoundVerifier {
    function verifyProof(uint256[2] calldata a, uint256[2][2] calldata b, uint256[2] calldata c, uint256[7] calldata signals)
        external
        view
        returns (bool);
}

/// @notice A verifier generated for `fold`: headFrom, headTo, word, model, unit, zone, party, cFrom, cTo.
interface IFoldVerifier {
    function verifyProof(uint256[2] calldata a, uint256[2][2] calldata b, uint256[2] calldata c, uint256[9] calldata signals)
        external
        view
        returns (bool);
}
