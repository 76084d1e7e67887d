import { hex, indent, solidityFile } from "./solidity.ts"

/** 252 digits of k, six teeth of 42, and as many of S, seven teeth of 36. */
const KEY = { columns: 42, teeth: 6 }
const BASE = { columns: 36, teeth: 7 }

/** One bit for each tooth of a column, and the factor that brings them next to each other at bit `at`. */
function gathering({ columns, teeth }: typeof KEY, at: number) {
  const bits = (place: (tooth: number) => number) =>
    hex(Array.from({ length: teeth }, (_, tooth) => 1n << BigInt(place(tooth))).reduce((a, b) => a | b))
  return { comb: bits((tooth) => columns * tooth), gather: bits((tooth) => at - (columns - 1) * tooth) }
}
const key = gathering(KEY, 215)
const base = gathering(BASE, 222)

// In the blocks, the order of statements and operands is the one for which the compiler moves the fewest stack slots.

const double = () => [
  "// twice the sum",
  "{",
  "    let b := mulmod(y, y, P)",
  "    let u := add(x, x)",
  "    let e := mulmod(u, y, P)",
  "    let a := mulmod(x, x, P)",
  "    let h := add(a, b)",
  "    let g := sub(add(b, P), a)",
  "    let f := addmod(sub(TWICE_P, g), mulmod(add(z, z), z, P), P)",
  "    x := mulmod(f, e, P)",
  "    y := mulmod(h, g, P)",
  "    z := mulmod(g, f, P)",
  "    t := mulmod(h, e, P)",
  "}",
]

const entry = (column: string | number) => [
  `    let q := shr(210, mul(GATHER, and(COMB, shr(${column}, k))))`,
  "    let v := mload(xor(0x7e0, q))",
  "    let u := mload(q)",
]

/** The table has (y - x) / 2 alone: d·x·y of the entry is d (v + u) (v - u). */
const addKey = (column: string | number) => [
  "// -A's column",
  "{",
  ...entry(column),
  "    let w := add(u, v)",
  "    let c := mulmod(mulmod(D, mulmod(add(sub(P, u), v), w, P), P), t, P)",
  "    let g := add(z, c)",
  "    w := add(x, y)",
  "    let b := mulmod(w, v, P)",
  "    let a := mulmod(sub(add(P, y), x), u, P)",
  "    let e := add(b, sub(P, a))",
  "    let h := add(a, b)",
  "    let f := sub(add(P, z), c)",
  "    x := mulmod(e, f, P)",
  "    y := mulmod(h, g, P)",
  "    t := mulmod(e, h, P)",
  "    z := mulmod(g, f, P)",
  "}",
]

/** Entry i lies 64 i behind the table's start, and the first number of entry 127 - i as far before its last entry. */
const copyBase = (column: string | number) => [
  "// B's column, from the code",
  "{",
  `    let q := shr(216, mul(and(shr(${column}, s), BASE_COMB), BASE_GATHER))`,
  "    codecopy(0x800, add(sub(codesize(), 0x2000), q), 64)",
  "    codecopy(0x840, sub(sub(codesize(), 0x40), q), 32)",
  "}",
]

const addBase = () => [
  "// B's column",
  "{",
  "    let w := add(y, x)",
  "    let c := mulmod(mload(0x820), t, P)",
  "    let f := sub(add(P, z), c)",
  "    let a := mulmod(mload(0x800), sub(add(y, P), x), P)",
  "    let b := mulmod(mload(0x840), w, P)",
  "    x := mulmod(sub(add(b, P), a), f, P)",
  "    let g := add(c, z)",
  "    y := mulmod(g, add(a, b), P)",
  "    z := mulmod(f, g, P)",
  "}",
]

/** Columns that have a digit of k alone, but for the first, which is an entry and no addition. */
const alone = Array.from({ length: KEY.columns - BASE.columns - 1 }, (_, i) => KEY.columns - 2 - i)

/** contracts/lib/Ed25519Columns.sol */
export function ed25519Columns(): string {
  return solidityFile(
    "ed25519-columns.ts",
    `/// @title The columns of Ed25519's two combs: their sum, from the highest column down
/// @dev Extended coordinates, complete formulas for a = -1 (Hisil, Wong, Carter, Dawson 2008), no branch depends on a point.
/// The key's table lies in memory from 0 to 0x800, the base point's table is the end of the running code.
///
/// Unchecked arithmetic: coordinates are results of MULMOD or ADDMOD, below p < 2^255, so a sum of two is below 2p < 2^256, and
/// x + (p - y) for x, y < p lies in 1 to 2p - 1. Only the doubling's f has three terms, and is an ADDMOD.
library Ed25519Columns {
    /// @dev p = 2^255 - 19, d = -121665 / 121666
    uint256 private constant P = 0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed;
    uint256 private constant TWICE_P = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffda;
    uint256 private constant D = 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3;
    /// @dev One bit every ${KEY.columns}, and the factor that brings six of those next to each other at bit 215
    uint256 private constant COMB = ${key.comb};
    uint256 private constant GATHER = ${key.gather};
    /// @dev One bit every ${BASE.columns}, and the factor that brings seven of those next to each other at bit 222
    uint256 private constant BASE_COMB = ${base.comb};
    uint256 private constant BASE_GATHER = ${base.gather};

    /// @notice The sum of the first columns, those above the digits of S.
    function sumFirst(uint256 k) internal pure returns (uint256 x, uint256 y, uint256 z) {
        assembly {
            {
${indent(entry(KEY.columns - 1), 12)}
                x := addmod(v, sub(P, u), P)
                y := addmod(v, u, P)
                z := 1
            }
            let t
${indent(
  alone.flatMap((column) => [...double(), ...addKey(column)]),
  12,
)}
        }
    }

    /// @notice The sum with all other columns, from that of the first.
    /// @dev Overwrites memory from 0x800 to 0x860.
    function sumColumns(uint256 k, uint256 s, uint256 x, uint256 y, uint256 z)
        internal
        pure
        returns (uint256, uint256, uint256)
    {
        uint256 t;
        assembly {
            for { let j := ${BASE.columns} } j {} {
                j := sub(j, 1)
${indent([...double(), ...copyBase("j"), ...addKey("j"), ...addBase()], 16)}
            }
        }
        return (x, y, z);
    }
}`,
  )
}
