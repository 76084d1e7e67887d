// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "../../../node_modules/circomlib/circuits/bitify.circom";

/// Four unsigned 60-bit integers in one word, a + b·2^60 + c·2^120 + d·2^180: 240 bits, so no two quadruples share a word.
/// @input  parts  each range-checked here
/// @output out    the word
template Pack() {
    signal input parts[4];
    signal output out;

    for (var i = 0; i < 4; i++) {
        _ <== Num2Bits(60)(parts[i]);
    }
    out <== parts[0] + parts[1] * (1 << 60) + parts[2] * (1 << 120) + parts[3] * (1 << 180);
}
