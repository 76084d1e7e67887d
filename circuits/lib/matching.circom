// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "../../node_modules/circomlib/circuits/bitify.circom";
include "../../node_modules/circomlib/circuits/comparators.circom";
include "equal-or-any.circom";

/// Whether an opened run counts in a claim, and the conditions on one that does.
/// Model, zone, party and boundary select. Unit and grades do not: a run that is selected and has other units of work,
/// or a worse grade, leaves no witness, so that nobody can drop a bad run by relabelling its work.
/// @input  opened     1 or 0, constrained by the caller; a run that is not opened never counts
/// @input  work       delivered plus accepted units, a sum of two 64-bit values
/// @input  tags       of the run: model, unit, zone, party
/// @input  boundary, grades       of the run: 8 bits each, range-checked by the caller; energy grade, work grade
/// @input  asked      model, unit, zone, party of the claim, 0 for any
/// @input  askedBoundary, limits  of the claim: the boundary, 0 for any; the worst grades, 8 bits each, range-checked by the caller
/// @output out        1: the run counts
template Matching() {
    signal input opened, work, tags[4], boundary, grades[2];
    signal input asked[4], askedBoundary, limits[2];
    signal output out;

    // 1. select
    signal model <== EqualOrAny()(tags[0], asked[0]);
    signal zone <== EqualOrAny()(tags[2], asked[2]);
    signal party <== EqualOrAny()(tags[3], asked[3]);
    signal place <== EqualOrAny()(boundary, askedBoundary);
    signal withModel <== opened * model;
    signal withZone <== withModel * zone;
    signal withParty <== withZone * party;
    out <== withParty * place;

    // 2. a selected run's work is in the unit asked for, or there is none
    signal unit <== EqualOrAny()(tags[1], asked[1]);
    signal idle <== IsZero()(work);
    signal strange <== (1 - unit) * (1 - idle);
    out * strange === 0;

    // 3. a selected run's grades are at most those asked for: the differences of 8-bit numbers fit 8 bits again
    signal margins[2];
    for (var i = 0; i < 2; i++) {
        margins[i] <== out * (limits[i] - grades[i]);
        _ <== Num2Bits(8)(margins[i]);
    }
}
