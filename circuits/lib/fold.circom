// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "claim/accumulator.circom";
include "claim/asked.circom";
include "claim/claim-word.circom";
include "fold-step.circom";

/// A segment of a tally: 1 to N consecutive runs of a ledger lead from one head to the next, and what the opened ones have
/// to add is added to the accumulator. Nothing is left out unseen: what is not opened is counted.
/// @param  N  slots; the word's 8-bit length holds at most 255
/// @input  headFrom, headTo            (public) the ledger's head before and after
/// @input  word, asked                 (public) counts, filters and conditions, as in ClaimWord and Asked
/// @input  cFrom, cTo                  (public) the accumulator before and after
/// @input  askedTags                   (private) the opening of asked
/// @input  active, opened, root, registers, times, marks, flags, tags, rest   (private) the slots, as in FoldStep
/// @input  pairs, blindFrom, blindTo   (private) the opening of cFrom; the blind of cTo
template Fold(N) {
    assert(N >= 1 && N <= 255);
    signal input headFrom, headTo, word, asked, cFrom, cTo;
    signal input askedTags[5];
    signal input active[N], opened[N], root[N];
    signal input registers[N][12], times[N][2], marks[N][6], flags[N][17], tags[N][5], rest[N][5];
    signal input pairs[9], blindFrom, blindTo;

    // 1. what the claim asks, and the accumulator that the segment starts from
    component claim = ClaimWord();
    claim.word <== word;
    signal digest <== Asked()(askedTags);
    digest === asked;
    signal before <== Accumulator()(pairs, blindFrom);
    before === cFrom;

    // 2. active slots are a prefix that is not empty
    active[0] === 1;
    for (var i = 1; i < N; i++) {
        active[i] * (1 - active[i]) === 0;
        active[i] * (1 - active[i - 1]) === 0;
    }

    // 3. each slot moves the head and adds its amounts
    component step[N];
    signal sums[N + 1][9];
    sums[0] <== pairs;
    var length = 0, unopened = 0, voids = 0;
    for (var i = 0; i < N; i++) {
        step[i] = FoldStep();
        step[i].active <== active[i];
        step[i].opened <== opened[i];
        step[i].root <== root[i];
        step[i].registers <== registers[i];
        step[i].times <== times[i];
        step[i].marks <== marks[i];
        step[i].flags <== flags[i];
        step[i].tags <== tags[i];
        step[i].rest <== rest[i];
        step[i].head <== i == 0 ? headFrom : step[i - 1].nextHead;
        step[i].asked <== askedTags;
        step[i].boundary <== claim.boundary;
        step[i].limits <== claim.limits;
        step[i].required <== claim.required;
        step[i].period <== claim.period;
        for (var j = 0; j < 9; j++) {
            sums[i + 1][j] <== sums[i][j] + step[i].amounts[j];
        }
        length += active[i];
        unopened += step[i].isUnopened;
        voids += step[i].isVoid;
    }

    // 4. what comes out is what the public signals say
    step[N - 1].nextHead === headTo;
    length === claim.length;
    unopened === claim.unopened;
    voids === claim.voids;
    signal after <== Accumulator()(sums[N], blindTo);
    after === cTo;
}
