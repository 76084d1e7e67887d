// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "../../node_modules/circomlib/circuits/bitify.circom";
include "../../node_modules/circomlib/circuits/comparators.circom";
include "claim/masked-sum.circom";
include "claim/opened-totals.circom";

/// A number lies between bounds: lo·D <= scale·N <= hi·D.
/// N and D are sums of the masked totals; an empty denominator mask makes D = 1.
/// Sums of eighteen 96-bit totals fit 101 bits, the products 181: far below the field order, so differences do not wrap.
/// @input  cNumerator, cDenominator    (public) accumulators, the same one where both come from one tally
/// @input  measure                     (public) numerator mask, denominator mask (18 bits each), scale (64), strict (1), low
///                                     bits first; bit i of a mask selects total i of OpenedTotals. Strict: each side
///                                     counts a run, and D is at least 1
/// @input  bounds                      (public) lo, hi (80 bits each), low bits first
/// @input  numerators, blindNumerator      (private) the opening of cNumerator
/// @input  denominators, blindDenominator  (private) the opening of cDenominator
template Bound() {
    signal input cNumerator, cDenominator, measure, bounds;
    signal input numerators[18], blindNumerator, denominators[18], blindDenominator;

    // 1. the public words, each field by its bits
    signal measureBits[101] <== Num2Bits(101)(measure);
    signal boundBits[160] <== Num2Bits(160)(bounds);
    signal masks[2][18];
    for (var i = 0; i < 18; i++) {
        masks[0][i] <== measureBits[i];
        masks[1][i] <== measureBits[18 + i];
    }
    var scale = 0, lo = 0, hi = 0;
    for (var i = 0; i < 64; i++) {
        scale += measureBits[36 + i] * (1 << i);
    }
    for (var i = 0; i < 80; i++) {
        lo += boundBits[i] * (1 << i);
        hi += boundBits[80 + i] * (1 << i);
    }

    // 2. the accumulators open
    signal top <== OpenedTotals()(numerators, blindNumerator);
    top === cNumerator;
    signal bottom <== OpenedTotals()(denominators, blindDenominator);
    bottom === cDenominator;

    // 3. N and D
    signal n <== MaskedSum()(numerators, masks[0]);
    signal masked <== MaskedSum()(denominators, masks[1]);
    var selected = 0;
    for (var i = 0; i < 18; i++) {
        selected += masks[1][i];
    }
    signal isAlone <== IsZero()(selected);
    signal d <== masked + isAlone;

    // 4. a strict bound is about something
    signal noRunAbove <== IsZero()(numerators[13]);
    signal noRunBelow <== IsZero()(denominators[13]);
    signal isEmpty <== IsZero()(d);
    measureBits[100] * (noRunAbove + noRunBelow + isEmpty) === 0;

    // 5. lo·D <= scale·N <= hi·D
    signal low <== lo * d;
    signal value <== scale * n;
    signal high <== hi * d;
    _ <== Num2Bits(181)(value - low);
    _ <== Num2Bits(181)(high - value);
}
