// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "accumulator.circom";
include "claim-word.circom";
include "matching.circom";
include "run-root.circom";

/// One chosen run: the registers of the statement under `root`, which matches, are added to the accumulator.
/// @input  root                        (public) as anchored
/// @input  word                        (public) as in ClaimWord, with length 1 and nothing unopened or void
/// @input  model, unit, zone, party    (public) asked for: B31 of the text, 0 for any
/// @input  cFrom, cTo                  (public) the accumulator before and after
/// @input  registers, times, marks, tags, rest   (private) the run, as in RunRoot
/// @input  totals, blindFrom, blindTo  (private) the opening of cFrom; the blind of cTo
template Open() {
    signal input root, word, model, unit, zone, party, cFrom, cTo;
    signal input registers[8], times[3], marks[5], tags[4], rest[4];
    signal input totals[8], blindFrom, blindTo;

    // 1. the claim's word and the accumulator that the run is added to
    component claim = ClaimWord();
    claim.word <== word;
    claim.length === 1;
    claim.unopened === 0;
    claim.voids === 0;
    component from = Accumulator();
    from.totals <== totals;
    from.blind <== blindFrom;
    from.out === cFrom;

    // 2. the root opens to a run that matches
    signal runRoot <== RunRoot()(registers, times, marks, tags, rest);
    runRoot === root;
    component matching = Matching();
    matching.opened <== 1;
    matching.work <== registers[4] + registers[5];
    matching.tags <== tags;
    matching.boundary <== marks[1];
    matching.grades <== [marks[3], marks[4]];
    matching.asked <== [model, unit, zone, party];
    matching.askedBoundary <== claim.boundary;
    matching.limits <== [claim.energyGrade, claim.workGrade];
    matching.out === 1;

    // 3. its registers are added
    component to = Accumulator();
    for (var i = 0; i < 8; i++) {
        to.totals[i] <== totals[i] + registers[i];
    }
    to.blind <== blindTo;
    to.out === cTo;
}
