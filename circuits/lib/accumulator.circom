// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "../../node_modules/circomlib/circuits/bitify.circom";
include "../../node_modules/circomlib/circuits/poseidon.circom";

/// The commitment to running totals: C = H9(v0, …, v7, blind).
/// @input  totals  one a register; range-checked here to 96 bits, so that 2^32 runs of 64-bit registers never wrap
/// @input  blind   any field element; fresh for each accumulator that leaves the prover
/// @output out     C
template Accumulator() {
    signal input totals[8], blind;
    signal output out;

    component hash = Poseidon(9);
    for (var i = 0; i < 8; i++) {
        _ <== Num2Bits(96)(totals[i]);
        hash.inputs[i] <== totals[i];
    }
    hash.inputs[8] <== blind;
    out <== hash.out;
}
