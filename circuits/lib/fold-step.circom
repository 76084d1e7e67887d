// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "../../node_modules/circomlib/circuits/comparators.circom";
include "../../node_modules/circomlib/circuits/poseidon.circom";
include "matching.circom";
include "run-root.circom";

/// One slot of a fold: an anchored root enters the head; if its run is opened and matches, its registers count.
/// @input  active        1 or 0, constrained by the caller; an inactive slot changes nothing
/// @input  opened        1: `root` is the root of the statement given, checked here; only in an active slot
/// @input  root          as anchored; 0 is a void run
/// @input  registers, times, marks, tags, rest   the run, as in RunRoot; range-checked even where they do not count
/// @input  head          before this slot
/// @input  asked, askedBoundary, limits          the claim, as in Matching
/// @output nextHead      H2(head, root), or `head` again in an inactive slot
/// @output isVoid, isUnopened   what an active slot that is not opened counts as
/// @output amounts       what the slot adds to the accumulator
template FoldStep() {
    signal input active, opened, root;
    signal input registers[8], times[3], marks[5], tags[4], rest[4];
    signal input head;
    signal input asked[4], askedBoundary, limits[2];
    signal output nextHead, isVoid, isUnopened, amounts[8];

    // 1. a slot is opened only when active, and then its root opens to the statement
    opened * (1 - opened) === 0;
    opened * (1 - active) === 0;
    signal runRoot <== RunRoot()(registers, times, marks, tags, rest);
    opened * (root - runRoot) === 0;

    // 2. what is not opened shows: as void exactly when the root is 0
    signal isZero <== IsZero()(root);
    isVoid <== active * isZero;
    opened * isVoid === 0;
    isUnopened <== active - opened - isVoid;

    // 3. the root enters the head
    signal folded <== Poseidon(2)([head, root]);
    nextHead <== head + active * (folded - head);

    // 4. only a matching run counts
    component matching = Matching();
    matching.opened <== opened;
    matching.work <== registers[4] + registers[5];
    matching.tags <== tags;
    matching.boundary <== marks[1];
    matching.grades <== [marks[3], marks[4]];
    matching.asked <== asked;
    matching.askedBoundary <== askedBoundary;
    matching.limits <== limits;
    for (var i = 0; i < 8; i++) {
        amounts[i] <== matching.out * registers[i];
    }
}
