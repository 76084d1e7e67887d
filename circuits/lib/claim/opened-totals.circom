// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "../../../node_modules/circomlib/circuits/bitify.circom";
include "accumulator.circom";

/// The accumulator of eighteen totals, each held to 96 bits, so that it has one reading of its pairs.
/// @input  totals  the twelve registers of counted runs, their time, their number; energy, time, blind time and number
///                 of broken runs of all that end in the period at the boundary
/// @input  blind   as in Accumulator
/// @output out     C
template OpenedTotals() {
    signal input totals[18], blind;
    signal output out;

    component sum = Accumulator();
    for (var i = 0; i < 9; i++) {
        _ <== Num2Bits(96)(totals[2 * i]);
        _ <== Num2Bits(96)(totals[2 * i + 1]);
        sum.pairs[i] <== totals[2 * i] + totals[2 * i + 1] * (1 << 96);
    }
    sum.blind <== blind;
    out <== sum.out;
}
