// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title 32 bytes as a number: big-endian to the EVM, little-endian to Ed25519
library Bytes32 {
    function littleEndian(bytes32 bytes_) internal pure returns (uint256 v) {
        assembly {
            let m := 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff
            v := or(and(shr(8, bytes_), m), shl(8, and(bytes_, m)))
            m := 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff
            v := or(and(shr(16, v), m), shl(16, and(v, m)))
            m := 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff
            v := or(and(shr(32, v), m), shl(32, and(v, m)))
            m := 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff
            v := or(and(shr(64, v), m), shl(64, and(v, m)))
            v := or(shr(128, v), shl(128, v))
        }
    }
}
