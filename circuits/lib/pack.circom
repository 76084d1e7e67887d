// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "../../node_modules/circomlib/circuits/bitify.circom";

/// Three unsigned 64-bit integers in one word, a + b·2^64 + c·2^128: 192 bits, so no two triples share a word.
/// @input  parts  each range-checked here
/// @output out    the word
template Pack() {
    signal input parts[3];
    signal output out;

    for (var i = 0; i < 3; i++) {
        _ <== Num2Bits(64)(parts[i]);
    }
    out <== parts[0] + parts[1] * (1 << 64) + parts[2] * (1 << 128);
}
