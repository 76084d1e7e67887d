// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Bytes32} from "./Bytes32.sol";
import {Ed25519Base} from "./Ed25519Base.sol";

/// @title The equation of Ed25519 (RFC 8032 §5.1.7, without the cofactor), once the hash is known
/// @dev Signed combs (Hamburg, "Fast and compact elliptic-curve cryptography", §3.3): with n = 258 = 6 · 43 and
/// b = (v + 2^n - 1) / 2 mod L, v ≡ Σ (2 b_i - 1) 2^i, so all 43 columns of 6 digits ±1 have an entry in a table of 2^6 points,
/// half of which are the negatives of the other half. Extended coordinates, complete formulas for a = -1 (Hisil, Wong,
/// Carter, Dawson 2008), no branch depends on a point.
///
/// Unchecked arithmetic: coordinates are results of MULMOD, below p < 2^255, so a sum of two is below 2p < 2^256, and
/// x + (p - y) for x, y < p lies in 1 to 2p - 1. Only the doubling's f has three terms, and is an ADDMOD.
library Ed25519Equation {
    /// @dev p = 2^255 - 19, d = -121665 / 121666, L the order of B
    uint256 internal constant P = 0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed;
    uint256 internal constant TWICE_P = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffda;
    uint256 internal constant D = 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3;
    uint256 internal constant L = 0x1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed;
    /// @dev 2^256 mod L
    uint256 private constant HIGH = 0x0ffffffffffffffffffffffffffffffec6ef5bf4737dcf70d6ec31748d98951d;
    /// @dev (2^258 - 1) mod L and 1 / 2 mod L
    uint256 private constant BIAS = 0x0ffffffffffffffffffffffffffffffadd208235e510674053799c831f80d8ac;
    uint256 private constant HALF = 0x080000000000000000000000000000000a6f7cef517bce6b2c09318d2e7ae9f7;
    /// @dev One bit every 43, and the factor that brings six of those next to each other at bit 215
    uint256 internal constant COMB = 0x800000000010000000000200000000004000000000080000000001;
    uint256 internal constant GATHER = 0x800000000020000000000800000000020000000000800000000020;

    /// @notice k: the 64 bytes as a little-endian integer, mod L.
    function challenge(bytes32 high, bytes32 low) internal pure returns (uint256 k) {
        k = Bytes32.littleEndian(high);
        uint256 above = Bytes32.littleEndian(low);
        assembly {
            k := addmod(k, mulmod(above, HIGH, L), L)
        }
    }

    /// @notice Whether S < L and the encoding of [S]B - [k]A is R. The table holds -A.
    /// @dev Overwrites memory to 0x1800: the key's table lies at 0, the base point's behind it. Only what Solidity itself keeps
    /// below 0x80 is put back.
    function matches(address table, uint256 k, bytes32 r, bytes32 s) internal view returns (bool valid) {
        uint256 scalar = Bytes32.littleEndian(s);
        assembly {
            valid := lt(scalar, L)
            k := mulmod(add(k, BIAS), HALF, L)
            scalar := mulmod(add(scalar, BIAS), HALF, L)
        }
        if (!valid) return valid;
        assembly {
            extcodecopy(table, 0, 1, 0x800)
        }
        Ed25519Base.load();
        (uint256 x, uint256 y, uint256 z) = sumColumns(k, scalar, 0, 1);
        uint256 encoded = Bytes32.littleEndian(r);
        assembly {
            // z^(p - 2) = 1 / z by MODEXP
            mstore(0x80, 32)
            mstore(0xa0, 32)
            mstore(0xc0, 32)
            mstore(0xe0, z)
            mstore(0x100, sub(P, 2))
            mstore(0x120, P)
            if iszero(staticcall(gas(), 5, 0x80, 0xc0, 0, 32)) { revert(0, 0) }
            z := mload(0)
            mstore(0x40, 0x80)
            mstore(0x60, 0)
            valid := eq(encoded, or(mulmod(y, z, P), shl(255, mulmod(x, z, P))))
        }
    }

    /// @dev (x, y) is the neutral point, the sum's start.
    function sumColumns(uint256 k, uint256 s, uint256 x, uint256 y)
        private
        pure
        returns (uint256, uint256, uint256)
    {
        uint256 z = 1;
        uint256 t;
        assembly {
            t := mulmod(x, y, P)
            // the order of statements and operands is the one for which the compiler moves the fewest stack slots
            for { let j := 43 } j {} {
                j := sub(j, 1)
                // twice the sum so far
                {
                    let b := mulmod(y, y, P)
                    let u := add(x, x)
                    let e := mulmod(u, y, P)
                    let a := mulmod(x, x, P)
                    let h := add(a, b)
                    let g := sub(add(b, P), a)
                    let f := addmod(sub(TWICE_P, g), mulmod(add(z, z), z, P), P)
                    x := mulmod(f, e, P)
                    y := mulmod(h, g, P)
                    z := mulmod(g, f, P)
                    t := mulmod(h, e, P)
                }
                // -A's column; d·x·y of the entry is d (v + u) (v - u)
                {
                    let q := shr(210, mul(GATHER, and(COMB, shr(j, k))))
                    let v := mload(xor(0x7e0, q))
                    let u := mload(q)
                    let w := add(u, v)
                    let c := mulmod(mulmod(D, mulmod(add(sub(P, u), v), w, P), P), t, P)
                    let g := add(z, c)
                    w := add(x, y)
                    let b := mulmod(w, v, P)
                    let a := mulmod(sub(add(P, y), x), u, P)
                    let e := add(b, sub(P, a))
                    let h := add(a, b)
                    let f := sub(add(P, z), c)
                    x := mulmod(e, f, P)
                    y := mulmod(h, g, P)
                    t := mulmod(e, h, P)
                    z := mulmod(g, f, P)
                }
                // B's column
                {
                    let w := add(y, x)
                    let q := add(0x800, shr(210, mul(and(shr(j, s), COMB), GATHER)))
                    let c := mulmod(mload(add(0x800, q)), t, P)
                    let f := sub(add(P, z), c)
                    let a := mulmod(mload(q), sub(add(y, P), x), P)
                    let v := mload(xor(0x7e0, q))
                    let b := mulmod(v, w, P)
                    x := mulmod(sub(add(b, P), a), f, P)
                    let g := add(c, z)
                    y := mulmod(g, add(a, b), P)
                    z := mulmod(f, g, P)
                }
            }
        }
        return (x, y, z);
    }
}
