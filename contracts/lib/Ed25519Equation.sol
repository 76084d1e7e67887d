// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Bytes32} from "./Bytes32.sol";
import {Ed25519Columns} from "./Ed25519Columns.sol";

/// @title The equation of Ed25519 (RFC 8032 §5.1.7, without the cofactor), once the hash is known
/// @dev Signed combs (Hamburg, "Fast and compact elliptic-curve cryptography", §3.3): with n = 258 = 6 · 43 for k, n = 259 = 7 · 37 for S,
/// and b = (v + 2^n - 1) / 2 mod L, v ≡ Σ (2 b_i - 1) 2^i, so every column of digits ±1 has an entry in a table of 2^6 or 2^7
/// points, half of which are the negatives of the other half.
library Ed25519Equation {
    uint256 private constant P = 0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed;
    /// @dev The order of B
    uint256 private constant L = 0x1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed;
    /// @dev 2^256 mod L
    uint256 private constant HIGH = 0x0ffffffffffffffffffffffffffffffec6ef5bf4737dcf70d6ec31748d98951d;
    /// @dev (2^258 - 1) mod L, (2^259 - 1) mod L and 1 / 2 mod L
    uint256 private constant BIAS = 0x0ffffffffffffffffffffffffffffffadd208235e510674053799c831f80d8ac;
    uint256 private constant BASE_BIAS = 0x0ffffffffffffffffffffffffffffff5a5620a8d272931aa4ee0d5ebe20bdd6c;
    uint256 private constant HALF = 0x080000000000000000000000000000000a6f7cef517bce6b2c09318d2e7ae9f7;

    /// @notice k: the 64 bytes of the hash as a little-endian integer, mod L. Takes its halves as such.
    function challenge(uint256 first, uint256 second) internal pure returns (uint256 k) {
        assembly {
            k := addmod(first, mulmod(second, HIGH, L), L)
        }
    }

    /// @notice Whether S < L and the encoding of [S]B - [k]A is R. The table holds -A.
    /// @dev The running code must end with `Ed25519Base.TABLE`. Overwrites memory to 0x860; only what Solidity itself keeps below 0x80
    /// is put back.
    function matches(address table, uint256 k, bytes32 r, bytes32 s) internal view returns (bool valid) {
        uint256 scalar = Bytes32.littleEndian(s);
        assembly {
            valid := lt(scalar, L)
            k := mulmod(add(k, BIAS), HALF, L)
            scalar := mulmod(add(scalar, BASE_BIAS), HALF, L)
        }
        if (!valid) return valid;
        assembly {
            extcodecopy(table, 0, 1, 0x800)
        }
        (uint256 x, uint256 y, uint256 z) = Ed25519Columns.sumFirst(k);
        (x, y, z) = Ed25519Columns.sumColumns(k, scalar, x, y, z);
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
}
