// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "../lib/fold.circom";

component main {public [headFrom, headTo, word, asked, cFrom, cTo]} = Fold(56);
