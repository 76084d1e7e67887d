// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "../lib/bound.circom";

component main {public [cNumerator, cDenominator, measure, bounds]} = Bound();
