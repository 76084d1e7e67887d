// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IClaimRegistry} from "../IClaimRegistry.sol";

/// @title What the numbers of claims are made of
/// @dev Masks select totals by bit: the twelve registers of counted runs (energy 0, uncertainty 1, it 2, accelerator 3, idle 4, work 5,
/// accepted 6, input 7, carbon 8, water 9, reused 10, blind 11), their time 12, their number 13; energy 14, time 15, blind time 16
/// and number of broken runs 17 of all runs at the boundary.
library Metrics {
    uint256 private constant TOTALS = 18;
    uint256 private constant ENERGY = 1 << 0;
    uint256 private constant ENERGY_WITH_UNCERTAINTY = 1 << 0 | 1 << 1;
    uint256 private constant IT = 1 << 2;
    uint256 private constant ACCELERATOR = 1 << 3;
    uint256 private constant IDLE = 1 << 4;
    uint256 private constant WORK = 1 << 5;
    uint256 private constant ACCEPTED = 1 << 6;
    uint256 private constant INPUT = 1 << 7;
    uint256 private constant CARBON = 1 << 8;
    uint256 private constant WATER = 1 << 9;
    uint256 private constant REUSED = 1 << 10;
    uint256 private constant RUNS = 1 << 13;
    uint256 private constant ALL_ENERGY = 1 << 14;
    uint256 private constant ALL_TIME = 1 << 15;
    uint256 private constant ALL_BLIND = 1 << 16;
    uint256 private constant ALL_BROKEN = 1 << 17;
    /// @dev Registers 2 to 10 have a bit in `fed`, in their order: what no source feeds is 0, whatever the truth.
    uint256 private constant FED = 0x7fc;
    uint256 private constant PPM = 1_000_000;

    struct Measure {
        uint256 numerator; // mask
        uint256 denominator; // mask; 0: there is none
        uint256 scale; // bounds are in units of 1 / scale
    }

    /// @notice What a metric is made of; of a ratio nothing but the scale.
    function measureOf(IClaimRegistry.Metric metric) internal pure returns (Measure memory) {
        uint256 m = uint256(metric);
        if (m == uint256(IClaimRegistry.Metric.Energy)) return Measure(ENERGY_WITH_UNCERTAINTY, 0, 1);
        if (m == uint256(IClaimRegistry.Metric.EnergyCentral)) return Measure(ENERGY, 0, 1);
        if (m == uint256(IClaimRegistry.Metric.EnergyPerWork)) return Measure(ENERGY_WITH_UNCERTAINTY, WORK, 1000);
        if (m == uint256(IClaimRegistry.Metric.EnergyPerAccepted)) {
            return Measure(ENERGY_WITH_UNCERTAINTY, ACCEPTED, 1000);
        }
        if (m == uint256(IClaimRegistry.Metric.EnergyPerInput)) return Measure(ENERGY_WITH_UNCERTAINTY, INPUT, 1000);
        if (m == uint256(IClaimRegistry.Metric.Pue)) return Measure(ENERGY_WITH_UNCERTAINTY, IT, PPM);
        if (m == uint256(IClaimRegistry.Metric.Wue)) return Measure(WATER, IT, 3_600_000_000_000);
        if (m == uint256(IClaimRegistry.Metric.Erf)) return Measure(REUSED, ENERGY, PPM);
        if (m == uint256(IClaimRegistry.Metric.IdleTax)) return Measure(IDLE, ACCELERATOR, PPM);
        if (m == uint256(IClaimRegistry.Metric.AcceleratorShare)) return Measure(ACCELERATOR, ENERGY, PPM);
        if (m == uint256(IClaimRegistry.Metric.Carbon)) return Measure(CARBON, 0, 1);
        if (m == uint256(IClaimRegistry.Metric.CarbonPerWork)) return Measure(CARBON, WORK, 1000);
        if (m == uint256(IClaimRegistry.Metric.Water)) return Measure(WATER, 0, 1);
        if (m == uint256(IClaimRegistry.Metric.WaterPerWork)) return Measure(WATER, WORK, PPM);
        if (m == uint256(IClaimRegistry.Metric.Work)) return Measure(WORK, 0, 1);
        if (m == uint256(IClaimRegistry.Metric.LedgerShare)) return Measure(ENERGY, ALL_ENERGY, PPM);
        if (m == uint256(IClaimRegistry.Metric.MeteredTime)) return Measure(ALL_TIME, 0, 1);
        if (m == uint256(IClaimRegistry.Metric.BlindShare)) return Measure(ALL_BLIND, ALL_TIME, PPM);
        if (m == uint256(IClaimRegistry.Metric.Broken)) return Measure(ALL_BROKEN, 0, 1);
        if (m == uint256(IClaimRegistry.Metric.Runs)) return Measure(RUNS, 0, 1);
        return Measure(0, 0, PPM);
    }

    /// @notice The public words of `bound`.
    function encode(Measure memory measure, bool strict, uint80 lo, uint80 hi)
        internal
        pure
        returns (uint256 measureWord, uint256 boundsWord)
    {
        measureWord = measure.numerator | measure.denominator << 18 | measure.scale << 36;
        if (strict) measureWord |= 1 << 100;
        boundsWord = uint256(lo) | uint256(hi) << 80;
    }

    /// @notice Bits of `fed` that a bound needs, because their absence would flatter.
    function requiredBy(Measure memory measure, uint80 lo, uint80 hi) internal pure returns (uint256) {
        uint256 above = hi == type(uint80).max ? 0 : measure.numerator;
        uint256 below = lo == 0 ? 0 : measure.denominator;
        return ((above | below) & FED) >> 2;
    }

    /// @notice Whether a number counts units of work, whose unit must then be one.
    function countsWork(Measure memory measure) internal pure returns (bool) {
        return (measure.numerator | measure.denominator) & (WORK | ACCEPTED | INPUT) != 0;
    }

    /// @notice Whether masks of a ratio select totals, each side one at least.
    function areMasks(uint256 numerator, uint256 denominator) internal pure returns (bool) {
        return numerator != 0 && denominator != 0 && (numerator | denominator) >> TOTALS == 0;
    }
}
