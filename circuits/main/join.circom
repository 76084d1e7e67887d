// SPDX-License-Identifier: GPL-3.0-or-later
pragma circom 2.2.0;

include "../lib/join.circom";

component main {public [parts, sum]} = Join(12);
