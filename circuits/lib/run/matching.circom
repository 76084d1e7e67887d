// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "../../../node_modules/circomlib/circuits/bitify.circom";
include "../../../node_modules/circomlib/circuits/comparators.circom";
include "equal-or-any.circom";

/// Whether a run at the boundary and inside the period counts in a claim, and the conditions on one that does.
/// Model, zone, site and party select. Unit, grades, origin and what is fed do not: a run that is selected and has other
/// units of work, a worse grade or a source missing leaves no witness, so that nobody can drop a bad run by relabelling it.
/// @input  placed    1 or 0, constrained by the caller; any other run never counts
/// @input  work      delivered, accepted and input units: a sum of three 60-bit values
/// @input  tags      of the run: model, unit, zone, site, party
/// @input  marks     of the run: energy grade, work grade, origin; 8 bits each, range-checked by the caller
/// @input  fed       of the run: 16 bits, each checked by the caller
/// @input  asked     tags of the claim, 0 for any
/// @input  limits    of the claim: the worst that each mark may be; 8 bits each, range-checked by the caller
/// @input  required  of the claim: 16 bits that must be fed, each checked by the caller
/// @output out       1: the run counts
template Matching() {
    signal input placed, work, tags[5], marks[3], fed[16];
    signal input asked[5], limits[3], required[16];
    signal output out;

    // 1. select
    signal model <== EqualOrAny()(tags[0], asked[0]);
    signal zone <== EqualOrAny()(tags[2], asked[2]);
    signal site <== EqualOrAny()(tags[3], asked[3]);
    signal party <== EqualOrAny()(tags[4], asked[4]);
    signal withModel <== placed * model;
    signal withZone <== withModel * zone;
    signal withSite <== withZone * site;
    out <== withSite * party;

    // 2. a selected run's work is in the unit asked for, or there is none
    signal unit <== EqualOrAny()(tags[1], asked[1]);
    signal isIdle <== IsZero()(work);
    signal strange <== (1 - unit) * (1 - isIdle);
    out * strange === 0;

    // 3. its marks are at most those asked for: the differences of 8-bit numbers fit 8 bits again
    signal margins[3];
    for (var i = 0; i < 3; i++) {
        margins[i] <== out * (limits[i] - marks[i]);
        _ <== Num2Bits(8)(margins[i]);
    }

    // 4. and it feeds what is required: at most 16 misses, so their sum is 0 only if there is none
    signal misses[16];
    var missing = 0;
    for (var i = 0; i < 16; i++) {
        misses[i] <== required[i] * (1 - fed[i]);
        missing += misses[i];
    }
    out * missing === 0;
}
