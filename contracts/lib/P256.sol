// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title ECDSA over P-256 by precompile 0x100 (EIP-7951)
/// @notice r and s in 1 to n - 1, high s allowed, key on the curve.
library P256 {
    uint160 internal constant PRECOMPILE = 0x100;
    /// @dev Field prime and b of the curve y² = x³ - 3 x + b (FIPS 186-5, SP 800-186 §3.2.1.3)
    uint256 private constant PRIME = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff;
    uint256 private constant B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b;

    /// @notice Whether (r, s) signs `digest`. False, too, where the chain has no such precompile.
    function verify(bytes32 digest, bytes32 r, bytes32 s, bytes32 x, bytes32 y) internal view returns (bool valid) {
        assembly ("memory-safe") {
            let input := mload(0x40)
            mstore(input, digest)
            mstore(add(input, 0x20), r)
            mstore(add(input, 0x40), s)
            mstore(add(input, 0x60), x)
            mstore(add(input, 0x80), y)
            mstore(0, 0)
            // an invalid signature is answered with no bytes, so that the zero stays
            let done := staticcall(gas(), PRECOMPILE, input, 0xa0, 0, 0x20)
            valid := and(done, eq(mload(0), 1))
        }
    }

    /// @notice Whether (x, y) is a point of the curve in canonical coordinates. The point at infinity has none.
    function isOnCurve(bytes32 x, bytes32 y) internal pure returns (bool) {
        (uint256 a, uint256 b) = (uint256(x), uint256(y));
        if (a >= PRIME || b >= PRIME) return false;
        uint256 cubic = addmod(mulmod(mulmod(a, a, PRIME), a, PRIME), mulmod(PRIME - 3, a, PRIME), PRIME);
        return mulmod(b, b, PRIME) == addmod(cubic, B, PRIME);
    }

    /// @notice Whether the precompile accepts a known signature and refuses it with another s.
    /// @dev RFC 6979 §A.2.5, SHA-256, message "sample".
    function works() internal view returns (bool) {
        bytes32 digest = sha256("sample");
        bytes32 r = 0xefd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716;
        bytes32 s = 0xf7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8;
        bytes32 x = 0x60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6;
        bytes32 y = 0x7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299;
        return verify(digest, r, s, x, y) && !verify(digest, r, bytes32(uint256(s) - 1), x, y);
    }
}
