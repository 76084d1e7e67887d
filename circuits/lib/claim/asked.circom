// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "../../../node_modules/circomlib/circuits/poseidon.circom";

/// The digest of the tags that a claim asks for, one public signal instead of five:
/// H2(H2(model, unit), H2(H2(zone, site), party)).
/// @input  tags  model, unit, zone, site, party: B31 of the text, 0 for any
/// @output out   the digest
template Asked() {
    signal input tags[5];
    signal output out;

    signal work <== Poseidon(2)([tags[0], tags[1]]);
    signal place <== Poseidon(2)([tags[2], tags[3]]);
    signal whose <== Poseidon(2)([place, tags[4]]);
    out <== Poseidon(2)([work, whose]);
}
