// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "accumulator.circom";
include "claim-word.circom";
include "fold-step.circom";

/// A segment of a claim: 1 to N consecutive runs of a ledger lead from one head to the next, and all of the opened
/// ones that match are added to the accumulator. Nothing is left out unseen: what is not opened is counted.
/// @param  N  slots; the word's 8-bit length holds at most 255
/// @input  headFrom, headTo            (public) the ledger's head before and after
/// @input  word                        (public) counts, boundary and grades, as in ClaimWord
/// @input  model, unit, zone, party    (public) asked for: B31 of the text, 0 for any
/// @input  cFrom, cTo                  (public) the accumulator before and after
/// @input  active, opened, root, registers, times, marks, tags, rest   (private) the slots, as in FoldStep
/// @input  totals, blindFrom, blindTo  (private) the opening of cFrom; the blind of cTo
template Fold(N) {
    assert(N >= 1 && N <= 255);
    signal input headFrom, headTo, word, model, unit, zone, party, cFrom, cTo;
    signal input active[N], opened[N], root[N];
    signal input registers[N][8], times[N][3], marks[N][5], tags[N][4], rest[N][4];
    signal input totals[8], blindFrom, blindTo;

    // 1. the claim's word and the accumulator that the segment starts from
    component claim = ClaimWord();
    claim.word <== word;
    component from = Accumulator();
    from.totals <== totals;
    from.blind <== blindFrom;
    from.out === cFrom;

    // 2. active slots are a prefix that is not empty
    active[0] === 1;
    for (var i = 1; i < N; i++) {
        active[i] * (1 - active[i]) === 0;
        active[i] * (1 - active[i - 1]) === 0;
    }

    // 3. each slot moves the head and adds its amounts
    component step[N];
    signal sums[N + 1][8];
    sums[0] <== totals;
    var length = 0, unopened = 0, voids = 0;
    for (var i = 0; i < N; i++) {
        step[i] = FoldStep();
        step[i].active <== active[i];
        step[i].opened <== opened[i];
        step[i].root <== root[i];
        step[i].registers <== registers[i];
        step[i].times <== times[i];
        step[i].marks <== marks[i];
        step[i].tags <== tags[i];
        step[i].rest <== rest[i];
        step[i].head <== i == 0 ? headFrom : step[i - 1].nextHead;
        step[i].asked <== [model, unit, zone, party];
        step[i].askedBoundary <== claim.boundary;
        step[i].limits <== [claim.energyGrade, claim.workGrade];
        for (var j = 0; j < 8; j++) {
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
    component to = Accumulator();
    to.totals <== sums[N];
    to.blind <== blindTo;
    to.out === cTo;
}
