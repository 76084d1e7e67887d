// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Bytes32} from "../lib/Bytes32.sol";
import {Ed25519Base} from "../lib/Ed25519Base.sol";
import {Ed25519Equation} from "../lib/Ed25519Equation.sol";

/// @title SHA-512 (FIPS 180-4) of any message, as the standard writes it
library Sha512 {
    /// @dev §4.2.3
    bytes private constant K =
        hex"428a2f98d728ae227137449123ef65cdb5c0fbcfec4d3b2fe9b5dba58189dbbc3956c25bf348b53859f111f1b605d019"
        hex"923f82a4af194f9bab1c5ed5da6d8118d807aa98a303024212835b0145706fbe243185be4ee4b28c550c7dc3d5ffb4e2"
        hex"72be5d74f27b896f80deb1fe3b1696b19bdc06a725c71235c19bf174cf692694e49b69c19ef14ad2efbe4786384f25e3"
        hex"0fc19dc68b8cd5b5240ca1cc77ac9c652de92c6f592b02754a7484aa6ea6e4835cb0a9dcbd41fbd476f988da831153b5"
        hex"983e5152ee66dfaba831c66d2db43210b00327c898fb213fbf597fc7beef0ee4c6e00bf33da88fc2d5a79147930aa725"
        hex"06ca6351e003826f142929670a0e6e7027b70a8546d22ffc2e1b21385c26c9264d2c6dfc5ac42aed53380d139d95b3df"
        hex"650a73548baf63de766a0abb3c77b2a881c2c92e47edaee692722c851482353ba2bfe8a14cf10364a81a664bbc423001"
        hex"c24b8b70d0f89791c76c51a30654be30d192e819d6ef5218d69906245565a910f40e35855771202a106aa07032bbd1b8"
        hex"19a4c116b8d2d0c81e376c085141ab532748774cdf8eeb9934b0bcb5e19b48a8391c0cb3c5c95a634ed8aa4ae3418acb"
        hex"5b9cca4f7763e373682e6ff3d6b2b8a3748f82ee5defb2fc78a5636f43172f6084c87814a1f0ab728cc702081a6439ec"
        hex"90befffa23631e28a4506cebde82bde9bef9a3f7b2c67915c67178f2e372532bca273eceea26619cd186b8c721c0c207"
        hex"eada7dd6cde0eb1ef57d4f7fee6ed17806f067aa72176fba0a637dc5a2c898a6113f9804bef90dae1b710b35131c471b"
        hex"28db77f523047d8432caab7b40c724933c9ebe0a15c9bebc431d67c49c100d4c4cc5d4becb3e42b6597f299cfc657e2a"
        hex"5fcb6fab3ad6faec6c44198c4a475817";

    function hash(bytes memory message) internal pure returns (bytes32 high, bytes32 low) {
        unchecked {
            uint64[8] memory state = [
                0x6a09e667f3bcc908,
                0xbb67ae8584caa73b,
                0x3c6ef372fe94f82b,
                0xa54ff53a5f1d36f1,
                0x510e527fade682d1,
                0x9b05688c2b3e6c1f,
                0x1f83d9abfb41bd6b,
                0x5be0cd19137e2179
            ];
            uint256 zeros = (239 - (message.length % 128)) % 128;
            bytes memory padded =
                bytes.concat(message, bytes1(0x80), new bytes(zeros), bytes16(uint128(message.length * 8)));
            for (uint256 i = 0; i < padded.length; i += 128) compress(state, padded, i);
            high = bytes32(bytes.concat(bytes8(state[0]), bytes8(state[1]), bytes8(state[2]), bytes8(state[3])));
            low = bytes32(bytes.concat(bytes8(state[4]), bytes8(state[5]), bytes8(state[6]), bytes8(state[7])));
        }
    }

    function compress(uint64[8] memory state, bytes memory padded, uint256 start) private pure {
        unchecked {
            bytes memory constants = K;
            uint64[80] memory w;
            for (uint256 t = 0; t < 16; t++) w[t] = word(padded, start + 8 * t);
            for (uint256 t = 16; t < 80; t++) {
                uint64 s0 = rotate(w[t - 15], 1) ^ rotate(w[t - 15], 8) ^ (w[t - 15] >> 7);
                uint64 s1 = rotate(w[t - 2], 19) ^ rotate(w[t - 2], 61) ^ (w[t - 2] >> 6);
                w[t] = w[t - 16] + s0 + w[t - 7] + s1;
            }
            uint64[8] memory v;
            for (uint256 i = 0; i < 8; i++) v[i] = state[i];
            for (uint256 t = 0; t < 80; t++) {
                uint64 first = v[7] + (rotate(v[4], 14) ^ rotate(v[4], 18) ^ rotate(v[4], 41));
                first += ((v[4] & v[5]) ^ (~v[4] & v[6])) + word(constants, 8 * t) + w[t];
                uint64 second = rotate(v[0], 28) ^ rotate(v[0], 34) ^ rotate(v[0], 39);
                second += (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
                for (uint256 i = 7; i > 0; i--) v[i] = v[i - 1];
                v[4] += first;
                v[0] = first + second;
            }
            for (uint256 i = 0; i < 8; i++) state[i] += v[i];
        }
    }

    function word(bytes memory data, uint256 offset) private pure returns (uint64 value) {
        assembly {
            value := shr(192, mload(add(add(data, 32), offset)))
        }
    }

    function rotate(uint64 x, uint64 n) private pure returns (uint64) {
        return (x >> n) | (x << (64 - n));
    }
}

/// @title The registry's Ed25519 arithmetic behind a hash of messages of any length, for test vectors. Not deployed.
contract Ed25519HarnessCode {
    function verifyMessage(address table, bytes32 key, bytes calldata message, bytes32 r, bytes32 s)
        external
        view
        returns (bool)
    {
        (bytes32 high, bytes32 low) = Sha512.hash(bytes.concat(r, key, message));
        return Ed25519Equation.matches(table, Bytes32.littleEndian(high), Bytes32.littleEndian(low), r, s);
    }

    /// @dev For a k that no message is known to have.
    function verifyChallenge(address table, uint256 k, bytes32 r, bytes32 s) external view returns (bool) {
        return Ed25519Equation.matches(table, k, 0, r, s);
    }

    function sha512(bytes calldata message) external pure returns (bytes32 high, bytes32 low) {
        return Sha512.hash(message);
    }
}

/// @title The harness with the base point's table behind its code
contract Ed25519Harness {
    constructor() {
        bytes memory code = bytes.concat(type(Ed25519HarnessCode).runtimeCode, Ed25519Base.TABLE);
        assembly {
            return(add(code, 32), mload(code))
        }
    }
}
