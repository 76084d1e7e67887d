// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

/// The sum of the totals that a mask selects.
/// @input  totals  96 bits each, range-checked by the caller
/// @input  mask    one bit a total, each checked by the caller
/// @output out     at most 101 bits
template MaskedSum() {
    signal input totals[18], mask[18];
    signal output out;

    signal selected[18];
    var sum = 0;
    for (var i = 0; i < 18; i++) {
        selected[i] <== mask[i] * totals[i];
        sum += selected[i];
    }
    out <== sum;
}
