// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Bytes32} from "./Bytes32.sol";
import {Ed25519Columns} from "./Ed25519Columns.sol";

/// @title The equation of Ed25519 (RFC 8032 §5.1.7, without the cofactor), once the hash is known
/// @dev Signed combs (Hamburg, "Fast and compact elliptic-curve cryptography", §3.3): with n = 252 = 6 · 42 for k, 252 = 7 · 36 for S,
/// and b = (v + 2^n - 1) / 2 mod L, v ≡ Σ (2 b_i - 1) 2^i, so every column of digits ±1 has an entry in a table of 2^6 or 2^7
/// points, half of which are the negatives of the other half.
///
/// L is above 2^252, so one number in 2^127 has a b of 253 bits: an even one up to L - 2^252 - 1, or an odd one from 2^252 + 1 on. Less the
/// sum of all teeth, which is odd and below 2^217, it is even and at least L - 2^252 + 1, and so has a b of 252 bits. The entry whose digits
/// are all 1 is that sum, and is added at the end.
library Ed25519Equation {
    uint256 private constant P = 0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed;
    uint256 private constant D = 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3;
    /// @dev The order of B
    uint256 private constant L = 0x1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed;
    /// @dev 2^256 mod L
    uint256 private constant HIGH = 0x0ffffffffffffffffffffffffffffffec6ef5bf4737dcf70d6ec31748d98951d;
    /// @dev 2^252 - 1 and 1 / 2 mod L
    uint256 private constant BIAS = 0x0fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
    uint256 private constant HALF = 0x080000000000000000000000000000000a6f7cef517bce6b2c09318d2e7ae9f7;
    /// @dev What the sum of all teeth takes from b: -½ Σ 2^(42 t), t = 0 to 5, and -½ Σ 2^(36 t), t = 0 to 6, mod L
    uint256 private constant LESS_TEETH = 0x07fffffffffdffffffffff7fffffffffea6f7cef5173ce6b2c092f8d2e7ae9f6;
    uint256 private constant LESS_BASE_TEETH = 0x07ffffffff7ffffffff7ffffffff80000a6f74ef517bcdeb2c0931852e7ae9f6;

    /// @notice Whether S < L and the encoding of [S]B - [k]A is R. The table holds -A, and k is first + 2^256 second, the hash's 64 bytes as
    /// a little-endian integer.
    /// @dev The running code must end with `Ed25519Base.TABLE`. Overwrites memory to 0x860; only what Solidity itself keeps below 0x80
    /// is put back.
    function matches(address table, uint256 first, uint256 second, bytes32 r, bytes32 s)
        internal
        view
        returns (bool valid)
    {
        uint256 scalar = Bytes32.littleEndian(s);
        uint256 beyond;
        assembly {
            extcodecopy(table, 0, 1, 0x800)
            valid := lt(scalar, L)
            first := mulmod(add(addmod(first, mulmod(second, HIGH, L), L), BIAS), HALF, L)
            scalar := mulmod(add(scalar, BIAS), HALF, L)
            beyond := shr(252, or(first, scalar))
            // one bit for k, one for S
            if beyond {
                beyond := or(shr(252, first), shl(1, shr(252, scalar)))
                first := addmod(first, mul(shr(252, first), LESS_TEETH), L)
                scalar := addmod(scalar, mul(shr(252, scalar), LESS_BASE_TEETH), L)
            }
        }
        (uint256 x, uint256 y, uint256 z) = Ed25519Columns.sumFirst(first);
        (x, y, z) = Ed25519Columns.sumColumns(first, scalar, x, y, z);
        uint256 encoded = Bytes32.littleEndian(r);
        assembly {
            // the point (x1, y1, z1) and that of the entry with (y - x) / 2 = u, (y + x) / 2 = v
            function plus(x1, y1, z1, u, v) -> x3, y3, z3 {
                let c := mulmod(mulmod(mulmod(add(v, sub(P, u)), add(v, u), P), D, P), mulmod(x1, y1, P), P)
                let a := mulmod(mulmod(add(y1, sub(P, x1)), z1, P), u, P)
                let b := mulmod(mulmod(add(y1, x1), z1, P), v, P)
                z1 := mulmod(z1, z1, P)
                let f := add(z1, sub(P, c))
                let g := add(z1, c)
                x3 := mulmod(add(b, sub(P, a)), f, P)
                y3 := mulmod(add(b, a), g, P)
                z3 := mulmod(f, g, P)
            }
            if beyond {
                if and(beyond, 1) { x, y, z := plus(x, y, z, mload(0x7e0), mload(0)) }
                if and(beyond, 2) {
                    codecopy(0x800, sub(codesize(), 0x40), 32)
                    codecopy(0x820, sub(codesize(), 0x2000), 32)
                    x, y, z := plus(x, y, z, mload(0x800), mload(0x820))
                }
            }
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
            valid := and(valid, eq(encoded, or(mulmod(y, z, P), shl(255, mulmod(x, z, P)))))
        }
    }
}
