// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "../lib/open.circom";

component main {public [root, word, asked, cFrom, cTo]} = Open();
