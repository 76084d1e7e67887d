// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "../../node_modules/circomlib/circuits/comparators.circom";
include "../../node_modules/circomlib/circuits/poseidon.circom";
include "run/run-amounts.circom";
include "run/run-root.circom";

/// One slot of a fold: an anchored root enters the head; if its run is opened, it adds what it has to add.
/// @input  active        1 or 0, constrained by the caller; an inactive slot changes nothing
/// @input  opened        1: `root` is the root of the statement given, checked here; only in an active slot
/// @input  root          as anchored; 0 is a void run
/// @input  registers, times, marks, flags, tags, rest   the run, as in RunRoot; range-checked even where it does not count
/// @input  head          before this slot
/// @input  asked, boundary, limits, required, period    the claim, as in RunAmounts
/// @output nextHead      H2(head, root), or `head` again in an inactive slot
/// @output isVoid, isUnopened   what an active slot that is not opened counts as
/// @output amounts       what the slot adds to the accumulator
template FoldStep() {
    signal input active, opened, root;
    signal input registers[12], times[2], marks[6], flags[17], tags[5], rest[5];
    signal input head;
    signal input asked[5], boundary, limits[3], required[16], period[2];
    signal output nextHead, isVoid, isUnopened, amounts[9];

    // 1. a slot is opened only when active, and then its root opens to the statement
    opened * (1 - opened) === 0;
    opened * (1 - active) === 0;
    signal runRoot <== RunRoot()(registers, times, marks, flags, tags, rest);
    opened * (root - runRoot) === 0;

    // 2. what is not opened shows: as void exactly when the root is 0
    signal isZero <== IsZero()(root);
    isVoid <== active * isZero;
    opened * isVoid === 0;
    isUnopened <== active - opened - isVoid;

    // 3. the root enters the head
    signal folded <== Poseidon(2)([head, root]);
    nextHead <== head + active * (folded - head);

    // 4. an opened run adds its amounts
    component run = RunAmounts();
    run.opened <== opened;
    run.registers <== registers;
    run.times <== times;
    run.marks <== [marks[1], marks[3], marks[4], marks[5]];
    run.flags <== flags;
    run.tags <== tags;
    run.asked <== asked;
    run.boundary <== boundary;
    run.limits <== limits;
    run.required <== required;
    run.period <== period;
    amounts <== run.out;
    _ <== run.counted;
}
