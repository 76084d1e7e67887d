// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "../../../node_modules/circomlib/circuits/bitify.circom";
include "../../../node_modules/circomlib/circuits/poseidon.circom";
include "pack.circom";

/// The root that anchors a run, from its opened statement: R = H2(H13(s0, …, s4, tags, context, device and run, salt), captures root).
/// Everything in a packed word is range-checked, so that a root has one reading of it.
/// @input  registers  the run's totals, 60 bits each: energy, uncertainty, it, accelerator, idle, work, accepted, input,
///                    carbon, water, reused, blind
/// @input  times      start and end in ms since 1970, 48 bits each
/// @input  marks      captures (32 bits), boundary, status, energy grade, work grade, origin (8 bits each)
/// @input  flags      one bit each: the 16 of `fed`, then `broken`
/// @input  tags       model, unit, zone, site, party: B31 of their text
/// @input  rest       lifetime energy, B31 of the context, B31 of device and run, the statement's salt, the captures' root
/// @output out        R
template RunRoot() {
    signal input registers[12], times[2], marks[6], flags[17], tags[5], rest[5];
    signal output out;

    // 1. times, marks and flags share a word of 185 bits
    var word = 0, shift = 0;
    for (var i = 0; i < 2; i++) {
        _ <== Num2Bits(48)(times[i]);
        word += times[i] * (1 << shift);
        shift += 48;
    }
    for (var i = 0; i < 6; i++) {
        var width = i == 0 ? 32 : 8;
        _ <== Num2Bits(width)(marks[i]);
        word += marks[i] * (1 << shift);
        shift += width;
    }
    for (var i = 0; i < 17; i++) {
        flags[i] * (1 - flags[i]) === 0;
        word += flags[i] * (1 << shift);
        shift++;
    }

    // 2. the statement
    component statement = Poseidon(13);
    for (var i = 0; i < 3; i++) {
        statement.inputs[i] <== Pack()([registers[4 * i], registers[4 * i + 1], registers[4 * i + 2], registers[4 * i + 3]]);
    }
    statement.inputs[3] <== word;
    statement.inputs[4] <== rest[0];
    for (var i = 0; i < 5; i++) {
        statement.inputs[5 + i] <== tags[i];
    }
    for (var i = 0; i < 3; i++) {
        statement.inputs[10 + i] <== rest[1 + i];
    }

    // 3. the root over statement and captures
    out <== Poseidon(2)([statement.out, rest[4]]);
}
