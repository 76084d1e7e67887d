// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "../../../node_modules/circomlib/circuits/comparators.circom";
include "matching.circom";
include "period.circom";

/// What a run adds to an accumulator: nine pairs a + b·2^96.
/// @input  opened                          1 or 0, constrained by the caller; a run that is not opened adds nothing
/// @input  registers, times, flags, tags   of the run, as in RunRoot and range-checked there
/// @input  marks                           of the run: boundary, energy grade, work grade, origin; range-checked there too
/// @input  asked, boundary, limits, required, period   of the claim, as in ClaimWord and Asked; period in ms
/// @output counted  1: the run counts
/// @output out      its registers by two, blind cut to its time; its time | 1; energy | time, blind | broken of every
///                  opened run at the boundary and inside the period, whatever its tags
template RunAmounts() {
    signal input opened, registers[12], times[2], marks[4], flags[17], tags[5];
    signal input asked[5], boundary, limits[3], required[16], period[2];
    signal output counted, out[9];

    // 1. the runs of the boundary that end in the period
    component placing = Period();
    placing.opened <== opened;
    placing.start <== times[0];
    placing.end <== times[1];
    placing.blind <== registers[11];
    placing.from <== period[0];
    placing.to <== period[1];
    signal isAtBoundary <== IsEqual()([marks[0], boundary]);
    signal placed <== placing.inside * isAtBoundary;

    // 2. of these the ones that count
    component matching = Matching();
    matching.placed <== placed;
    matching.work <== registers[5] + registers[6] + registers[7];
    matching.tags <== tags;
    matching.marks <== [marks[1], marks[2], marks[3]];
    for (var i = 0; i < 16; i++) {
        matching.fed[i] <== flags[i];
    }
    matching.asked <== asked;
    matching.limits <== limits;
    matching.required <== required;
    counted <== matching.out;

    // 3. what they add
    for (var i = 0; i < 5; i++) {
        out[i] <== counted * (registers[2 * i] + registers[2 * i + 1] * (1 << 96));
    }
    out[5] <== counted * (registers[10] + placing.blindTime * (1 << 96));
    out[6] <== counted * (placing.time + (1 << 96));
    out[7] <== placed * (registers[0] + placing.time * (1 << 96));
    out[8] <== placed * (placing.blindTime + flags[16] * (1 << 96));
}
