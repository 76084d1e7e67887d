// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ed25519Equation} from "./Ed25519Equation.sol";
import {IEd25519} from "./IArithmetic.sol";
import {Sha512Block} from "./Sha512Block.sol";

/// @title Ed25519 signatures (RFC 8032 §5.1) over 32-byte messages, by keys that have a table
/// @notice A signature (R, S) of message M by key A is valid if S < L and the encoding of [S]B - [k]A equals R byte for byte, with
/// k = SHA-512(R ‖ A ‖ M) mod L. No cofactor. Of the key it is assumed what `Ed25519Table` checked: canonical, order L.
contract Ed25519 is IEd25519 {
    /// @inheritdoc IEd25519
    /// @dev Takes memory to 0x1800 without allocating it: called from outside only, it is alone there.
    function verify(address table, bytes32 key, bytes32 message, bytes32 r, bytes32 s) external view returns (bool) {
        (bytes32 high, bytes32 low) = Sha512Block.digest(r, key, message);
        return Ed25519Equation.matches(table, Ed25519Equation.challenge(high, low), r, s);
    }
}
