// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "../../node_modules/circomlib/circuits/bitify.circom";
include "../../node_modules/circomlib/circuits/comparators.circom";
include "accumulator.circom";
include "masked-sum.circom";

/// The claim's number lies between bounds: lo·D <= scale·N <= hi·D.
/// N and D are sums of the masked totals; an empty denominator mask makes D = 1. A denominator of 0 has no witness.
/// Sums of eight 96-bit totals fit 99 bits, the products 163: far below the field order, so differences do not wrap.
/// @input  cNumerator, cDenominator        (public) accumulators, the same one except for shares
/// @input  numeratorMask, denominatorMask  (public) 8 bits, bit i selects register i
/// @input  scale, lo, hi                   (public) 64 bits each, scale at least 1
/// @input  numerators, blindNumerator      (private) the opening of cNumerator
/// @input  denominators, blindDenominator  (private) the opening of cDenominator
template Bound() {
    signal input cNumerator, cDenominator, numeratorMask, denominatorMask, scale, lo, hi;
    signal input numerators[8], blindNumerator, denominators[8], blindDenominator;

    // 1. the accumulators open
    component top = Accumulator();
    top.totals <== numerators;
    top.blind <== blindNumerator;
    top.out === cNumerator;
    component bottom = Accumulator();
    bottom.totals <== denominators;
    bottom.blind <== blindDenominator;
    bottom.out === cDenominator;

    // 2. N and D, which is at least 1
    signal n <== MaskedSum()(numerators, numeratorMask);
    signal masked <== MaskedSum()(denominators, denominatorMask);
    signal none <== IsZero()(denominatorMask);
    signal d <== masked + none;
    _ <== Num2Bits(99)(d - 1);

    // 3. the parameters enter as 64-bit numbers
    _ <== Num2Bits(64)(scale);
    _ <== Num2Bits(64)(scale - 1);
    _ <== Num2Bits(64)(lo);
    _ <== Num2Bits(64)(hi);

    // 4. lo·D <= scale·N <= hi·D
    signal low <== lo * d;
    signal value <== scale * n;
    signal high <== hi * d;
    _ <== Num2Bits(163)(value - low);
    _ <== Num2Bits(163)(high - value);
}
