// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "../../node_modules/circomlib/circuits/bitify.circom";

/// The sum of the totals that a mask selects.
/// @input  totals  96 bits each, range-checked by the caller
/// @input  mask    8 bits, range-checked here; bit i selects total i
/// @output out     at most 99 bits
template MaskedSum() {
    signal input totals[8], mask;
    signal output out;

    signal bits[8] <== Num2Bits(8)(mask);
    signal selected[8];
    var sum = 0;
    for (var i = 0; i < 8; i++) {
        selected[i] <== bits[i] * totals[i];
        sum += selected[i];
    }
    out <== sum;
}
