// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "claim/accumulator.circom";

/// The totals under one accumulator are the sums of those under N others. That nothing is in two of them is for the
/// caller to know; an unused place holds the empty accumulator.
/// @param  N  accumulators at most
/// @input  parts                   (public) accumulators that are added
/// @input  sum                     (public) the accumulator of the sums
/// @input  pairs, blinds, blindSum (private) the openings of parts; the blind of sum
template Join(N) {
    signal input parts[N], sum;
    signal input pairs[N][9], blinds[N], blindSum;

    signal sums[N + 1][9];
    sums[0] <== [0, 0, 0, 0, 0, 0, 0, 0, 0];
    component part[N];
    for (var i = 0; i < N; i++) {
        part[i] = Accumulator();
        part[i].pairs <== pairs[i];
        part[i].blind <== blinds[i];
        part[i].out === parts[i];
        for (var j = 0; j < 9; j++) {
            sums[i + 1][j] <== sums[i][j] + pairs[i][j];
        }
    }
    signal total <== Accumulator()(sums[N], blindSum);
    total === sum;
}
