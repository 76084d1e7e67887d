// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "../../../node_modules/circomlib/circuits/bitify.circom";
include "../../../node_modules/circomlib/circuits/comparators.circom";

/// Whether an opened run ends in a period, and how much of its time lies there. All times in ms.
/// @input  opened      1 or 0, constrained by the caller
/// @input  start, end  of the run: 48 bits each, range-checked by the caller; an opened run with start > end leaves no witness
/// @input  blind       the run's blind time: 60 bits, range-checked by the caller
/// @input  from, to    of the period: below 2^50, range-checked by the caller
/// @output inside      1: opened, and from < end <= to
/// @output time        end − max(start, from) of a run inside, else 0
/// @output blindTime   the run's blind time, at most `time`
template Period() {
    signal input opened, start, end, blind, from, to;
    signal output inside, time, blindTime;

    // 1. time does not run backwards
    signal length <== opened * (end - start);
    _ <== Num2Bits(48)(length);

    // 2. a run belongs to the period in which it ends
    signal after <== LessThan(50)([from, end]);
    signal until <== LessEqThan(50)([end, to]);
    signal within <== after * until;
    inside <== opened * within;

    // 3. its time counts from the later of its start and the period's
    signal isEarlier <== LessThan(50)([start, from]);
    signal cut <== isEarlier * (from - start);
    time <== inside * (end - start - cut);

    // 4. and of that no more can be blind than there is
    signal isLonger <== LessThan(60)([time, blind]);
    blindTime <== blind + isLonger * (time - blind);
}
