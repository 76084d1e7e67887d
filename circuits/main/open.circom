// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "../lib/open.circom";

component main {public [root, word, model, unit, zone, party, cFrom, cTo]} = Open();
