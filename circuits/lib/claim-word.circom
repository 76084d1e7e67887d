// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "../../node_modules/circomlib/circuits/bitify.circom";

/// The public word of fold and open: six unsigned 8-bit numbers, low bits first,
///   length | unopened << 8 | voids << 16 | boundary << 24 | energyGrade << 32 | workGrade << 40.
/// 48 bits, each taken from the word by its bits, so a word has one reading only.
/// @input  word  range-checked here: 2^48 and more have no witness
/// @output length, unopened, voids     runs folded; of these the ones without an opening; of these the void ones
/// @output boundary                    that a matching run has, 0 for any
/// @output energyGrade, workGrade      worst that a matching run may have
template ClaimWord() {
    signal input word;
    signal output length, unopened, voids, boundary, energyGrade, workGrade;

    signal bits[48] <== Num2Bits(48)(word);
    signal fields[6];
    for (var i = 0; i < 6; i++) {
        var sum = 0;
        for (var j = 0; j < 8; j++) {
            sum += bits[8 * i + j] * (1 << j);
        }
        fields[i] <== sum;
    }
    length <== fields[0];
    unopened <== fields[1];
    voids <== fields[2];
    boundary <== fields[3];
    energyGrade <== fields[4];
    workGrade <== fields[5];
}
