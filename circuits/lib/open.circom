// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "claim/accumulator.circom";
include "claim/asked.circom";
include "claim/claim-word.circom";
include "run/run-amounts.circom";
include "run/run-root.circom";

/// One chosen run: the run under `root` counts, and what it has to add is added to the accumulator.
/// @input  root                        (public) as anchored
/// @input  word, asked                 (public) as in ClaimWord, with length 1 and nothing unopened or void; as in Asked
/// @input  cFrom, cTo                  (public) the accumulator before and after
/// @input  askedTags                   (private) the opening of asked
/// @input  registers, times, marks, flags, tags, rest   (private) the run, as in RunRoot
/// @input  pairs, blindFrom, blindTo   (private) the opening of cFrom; the blind of cTo
template Open() {
    signal input root, word, asked, cFrom, cTo;
    signal input askedTags[5];
    signal input registers[12], times[2], marks[6], flags[17], tags[5], rest[5];
    signal input pairs[9], blindFrom, blindTo;

    // 1. what the claim asks, and the accumulator that the run is added to
    component claim = ClaimWord();
    claim.word <== word;
    claim.length === 1;
    claim.unopened === 0;
    claim.voids === 0;
    signal digest <== Asked()(askedTags);
    digest === asked;
    signal before <== Accumulator()(pairs, blindFrom);
    before === cFrom;

    // 2. the root opens to a run that counts
    signal runRoot <== RunRoot()(registers, times, marks, flags, tags, rest);
    runRoot === root;
    component run = RunAmounts();
    run.opened <== 1;
    run.registers <== registers;
    run.times <== times;
    run.marks <== [marks[1], marks[3], marks[4], marks[5]];
    run.flags <== flags;
    run.tags <== tags;
    run.asked <== askedTags;
    run.boundary <== claim.boundary;
    run.limits <== claim.limits;
    run.required <== claim.required;
    run.period <== claim.period;
    run.counted === 1;

    // 3. its amounts are added
    signal sums[9];
    for (var i = 0; i < 9; i++) {
        sums[i] <== pairs[i] + run.out[i];
    }
    signal after <== Accumulator()(sums, blindTo);
    after === cTo;
}
