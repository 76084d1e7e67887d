// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "../lib/fold.circom";

component main {public [headFrom, headTo, word, model, unit, zone, party, cFrom, cTo]} = Fold(32);
