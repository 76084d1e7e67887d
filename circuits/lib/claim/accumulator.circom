// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "../../../node_modules/circomlib/circuits/poseidon.circom";

/// The commitment to running totals: C = H10(pair 0, …, pair 8, blind), a pair being a + b·2^96.
/// Nothing is range-checked: a chain starts at zeros and a run adds less than 2^60 to each total, so 2^36 runs never
/// carry from one into the next. Where totals are read, in Bound, each is held to 96 bits.
/// @input  pairs  as in RunAmounts
/// @input  blind  any field element; fresh for each accumulator that leaves the prover
/// @output out    C
template Accumulator() {
    signal input pairs[9], blind;
    signal output out;

    component hash = Poseidon(10);
    for (var i = 0; i < 9; i++) {
        hash.inputs[i] <== pairs[i];
    }
    hash.inputs[9] <== blind;
    out <== hash.out;
}
