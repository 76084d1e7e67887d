// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "../../../node_modules/circomlib/circuits/bitify.circom";

/// The public word of fold and open, 152 bits, low bits first: length, unopened, voids, boundary, energy grade, work grade,
/// origin (8 bits each), required (16), from, to (40 each, seconds since 1970).
/// Each field is taken from the word by its bits, so a word has one reading only.
/// @input  word  range-checked here: 2^152 and more have no witness
/// @output length, unopened, voids     runs folded; of these the ones without an opening that are not void; the void ones
/// @output boundary                    that a counted run has
/// @output limits                      worst that a counted run may have: energy grade, work grade, origin
/// @output required                    bits of `fed` that a counted run must have
/// @output period                      from and to, in ms
template ClaimWord() {
    signal input word;
    signal output length, unopened, voids, boundary, limits[3], required[16], period[2];

    signal bits[152] <== Num2Bits(152)(word);
    var bytes[7];
    for (var i = 0; i < 7; i++) {
        bytes[i] = 0;
        for (var j = 0; j < 8; j++) {
            bytes[i] += bits[8 * i + j] * (1 << j);
        }
    }
    length <== bytes[0];
    unopened <== bytes[1];
    voids <== bytes[2];
    boundary <== bytes[3];
    limits <== [bytes[4], bytes[5], bytes[6]];
    for (var i = 0; i < 16; i++) {
        required[i] <== bits[56 + i];
    }
    for (var i = 0; i < 2; i++) {
        var seconds = 0;
        for (var j = 0; j < 40; j++) {
            seconds += bits[72 + 40 * i + j] * (1 << j);
        }
        period[i] <== 1000 * seconds;
    }
}
