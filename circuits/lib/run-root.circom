// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "../../node_modules/circomlib/circuits/bitify.circom";
include "../../node_modules/circomlib/circuits/poseidon.circom";
include "pack.circom";

/// The root that anchors a run, from its opened statement: R = H2(H11(s0, …, s3, tags, context, origin, salt), captures root).
/// Every measured value and mark is range-checked, so that a root has one reading of its packed words.
/// @input  registers  the run's totals, 64 bits each: energy, uncertainty, accelerator, idle, work, accepted, carbon, water
/// @input  times      start and end in ms since 1970, and the device's lifetime energy in mJ, 64 bits each
/// @input  marks      captures (32 bits), boundary, status, energy grade, work grade (8 bits each)
/// @input  tags       model, unit, zone, party: B31 of their text
/// @input  rest       B31 of the context, B31 of device and run, the statement's salt, the captures' root
/// @output out        R
template RunRoot() {
    signal input registers[8], times[3], marks[5], tags[4], rest[4];
    signal output out;

    // 1. the marks fill the upper part of the last word
    _ <== Num2Bits(32)(marks[0]);
    for (var i = 1; i < 5; i++) {
        _ <== Num2Bits(8)(marks[i]);
    }
    signal packedMarks <== marks[0] + marks[1] * (1 << 32) + marks[2] * (1 << 40) + marks[3] * (1 << 48) + marks[4] * (1 << 56);

    // 2. the statement
    component statement = Poseidon(11);
    statement.inputs[0] <== Pack()([registers[0], registers[1], registers[2]]);
    statement.inputs[1] <== Pack()([registers[3], registers[4], registers[5]]);
    statement.inputs[2] <== Pack()([registers[6], registers[7], times[1]]);
    statement.inputs[3] <== Pack()([times[0], times[2], packedMarks]);
    for (var i = 0; i < 4; i++) {
        statement.inputs[4 + i] <== tags[i];
    }
    for (var i = 0; i < 3; i++) {
        statement.inputs[8 + i] <== rest[i];
    }

    // 3. the root over statement and captures
    out <== Poseidon(2)([statement.out, rest[3]]);
}
