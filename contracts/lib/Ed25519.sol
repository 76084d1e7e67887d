// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ed25519Base} from "./Ed25519Base.sol";
import {Sha512Block} from "./Sha512Block.sol";

/// @title Ed25519 signatures (RFC 8032 §5.1) over 32-byte messages, by keys that have a table
/// @notice A signature (R, S) of message M by key A is valid if S < L and the encoding of [S]B - [k]A equals R byte for byte, with
/// k = SHA-512(R ‖ A ‖ M) mod L. No cofactor. Of the key it is assumed what `Ed25519Table` checked: canonical, order L.
/// @dev Signed combs (Hamburg, "Fast and compact elliptic-curve cryptography", §3.3): with n = 258 = 6 · 43 and
/// b = (v + 2^n - 1) / 2 mod L, v ≡ Σ (2 b_i - 1) 2^i, so all 43 columns of 6 digits ±1 have an entry in a table of 2^6 points,
/// half of which are the negatives of the other half. Extended coordinates, complete formulas for a = -1 (Hisil, Wong,
/// Carter, Dawson 2008), no branch depends on a point.
///
/// Unchecked arithmetic: coordinates are results of MULMOD, below p < 2^255, so a sum of two is below 2p < 2^256, and
/// x + (p - y) for x, y < p lies in 1 to 2p - 1. Only the doubling's f has three terms, and is an ADDMOD.
library Ed25519 {
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

    /// @notice Whether (r, s) is a valid signature of `message` by `key`, whose table is the code of `table`.
    /// @dev Takes memory from 0x80 to 0x2000 without allocating it: called from outside only, it is alone there.
    function verify(address table, bytes32 key, bytes32 message, bytes32 r, bytes32 s) external view returns (bool) {
        (bytes32 high, bytes32 low) = Sha512Block.digest(r, key, message);
        return matches(table, challenge(high, low), r, s);
    }

    /// @notice k: the 64 bytes as a little-endian integer, mod L.
    function challenge(bytes32 high, bytes32 low) internal pure returns (uint256) {
        return addmod(reverse(uint256(high)), mulmod(reverse(uint256(low)), HIGH, L), L);
    }

    /// @notice Whether S < L and the encoding of [S]B - [k]A is R.
    /// @dev Overwrites memory from 0x80 to 0x2000.
    function matches(address table, uint256 k, bytes32 r, bytes32 s) internal view returns (bool valid) {
        uint256 scalar = reverse(uint256(s));
        if (scalar >= L) return false;
        (uint256 x, uint256 y, uint256 z) = combine(table, k, scalar);
        assembly {
            mstore(0x80, 32)
            mstore(0xa0, 32)
            mstore(0xc0, 32)
            mstore(0xe0, z)
            mstore(0x100, sub(P, 2))
            mstore(0x120, P)
            if iszero(staticcall(gas(), 5, 0x80, 0xc0, 0, 32)) { revert(0, 0) }
            z := mload(0)
            x := mulmod(x, z, P)
            y := mulmod(y, z, P)
        }
        return reverse(y | (x << 255)) == uint256(r);
    }

    /// @notice [s]B - [k]A in projective coordinates, k and s below L. The table holds -A.
    function combine(address table, uint256 k, uint256 s) internal view returns (uint256 x, uint256 y, uint256 z) {
        Ed25519Base.load();
        assembly {
            extcodecopy(table, 0x1800, 1, 0x800)
            k := mulmod(add(k, BIAS), HALF, L)
            s := mulmod(add(s, BIAS), HALF, L)
            let t
            // the first column: -A's entry is where the accumulator starts
            {
                let q := add(0x1800, shr(210, mul(and(shr(42, k), COMB), GATHER)))
                let u := mload(q)
                let v := mload(xor(q, 0x7e0))
                x := addmod(v, sub(P, u), P)
                y := addmod(v, u, P)
                z := 1
                t := mulmod(x, y, P)
            }
            for { let j := 42 } 1 {} {
                // B's column
                {
                    let q := add(0x800, shr(210, mul(and(shr(j, s), COMB), GATHER)))
                    let a := mulmod(add(y, sub(P, x)), mload(q), P)
                    let b := mulmod(add(y, x), mload(xor(q, 0x7e0)), P)
                    let c := mulmod(t, mload(add(q, 0x800)), P)
                    let e := add(b, sub(P, a))
                    let h := add(b, a)
                    let f := add(z, sub(P, c))
                    let g := add(z, c)
                    x := mulmod(e, f, P)
                    y := mulmod(g, h, P)
                    z := mulmod(f, g, P)
                }
                if iszero(j) { break }
                j := sub(j, 1)
                // twice the sum so far
                {
                    let a := mulmod(x, x, P)
                    let b := mulmod(y, y, P)
                    let e := mulmod(add(x, x), y, P)
                    let g := add(b, sub(P, a))
                    let h := add(a, b)
                    let f := addmod(mulmod(add(z, z), z, P), sub(TWICE_P, g), P)
                    x := mulmod(e, f, P)
                    y := mulmod(g, h, P)
                    z := mulmod(f, g, P)
                    t := mulmod(e, h, P)
                }
                // -A's column; d·x·y of the entry is d (v + u) (v - u)
                {
                    let q := add(0x1800, shr(210, mul(and(shr(j, k), COMB), GATHER)))
                    let u := mload(q)
                    let v := mload(xor(q, 0x7e0))
                    let c := mulmod(mulmod(mulmod(add(v, u), add(v, sub(P, u)), P), D, P), t, P)
                    u := mulmod(add(y, sub(P, x)), u, P)
                    v := mulmod(add(y, x), v, P)
                    let e := add(v, sub(P, u))
                    let h := add(v, u)
                    let f := add(z, sub(P, c))
                    let g := add(z, c)
                    x := mulmod(e, f, P)
                    y := mulmod(g, h, P)
                    z := mulmod(f, g, P)
                    t := mulmod(e, h, P)
                }
            }
        }
    }

    /// @notice The 32 bytes in reverse order.
    function reverse(uint256 v) internal pure returns (uint256 r) {
        assembly {
            let m := 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff
            v := or(and(shr(8, v), m), shl(8, and(v, m)))
            m := 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff
            v := or(and(shr(16, v), m), shl(16, and(v, m)))
            m := 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff
            v := or(and(shr(32, v), m), shl(32, and(v, m)))
            m := 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff
            v := or(and(shr(64, v), m), shl(64, and(v, m)))
            r := or(shr(128, v), shl(128, v))
        }
    }
}
