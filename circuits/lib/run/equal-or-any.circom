// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "../../../node_modules/circomlib/circuits/comparators.circom";

/// Whether a value passes a filter that asks for one value, or with 0 for any.
/// The product vanishes in exactly these two cases, for a field has no zero divisors.
/// @input  value, asked  any field elements
/// @output out           1 or 0
template EqualOrAny() {
    signal input value, asked;
    signal output out;

    signal product <== asked * (asked - value);
    out <== IsZero()(product);
}
