// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ed25519Base} from "./Ed25519Base.sol";
import {Ed25519Equation} from "./Ed25519Equation.sol";
import {IEd25519} from "./IArithmetic.sol";
import {Sha512Block} from "./Sha512Block.sol";

/// @title Ed25519 signatures (RFC 8032 §5.1) over 32-byte messages, by keys that have a table
/// @notice A signature (R, S) of message M by key A is valid if S < L and the encoding of [S]B - [k]A equals R byte for byte, with
/// k = SHA-512(R ‖ A ‖ M) mod L. No cofactor. Of the key it is assumed what `Ed25519Table` checked: canonical, order L.
/// @dev Deployed by `Ed25519`, which puts the base point's table behind this code.
contract Ed25519Verifier {
    /// @dev Selector of `IEd25519.verify`
    uint256 private constant VERIFY = 0x8256d1e8;

    /// @notice Answers `IEd25519.verify`, and reverts on what is no call of it.
    /// @dev Reads the arguments itself, since the compiler's decoder takes ten times as long. Takes memory to 0x860 without
    /// allocating it: called from outside only, it is alone there.
    fallback() external {
        address table;
        bytes32 key;
        bytes32 message;
        bytes32 r;
        bytes32 s;
        assembly {
            table := calldataload(4)
            if or(
                or(xor(shr(224, calldataload(0)), VERIFY), lt(calldatasize(), 0xa4)), shr(160, table)
            ) { revert(0, 0) }
            key := calldataload(0x24)
            message := calldataload(0x44)
            r := calldataload(0x64)
            s := calldataload(0x84)
        }
        (uint256 first, uint256 second) = Sha512Block.digest(r, key, message);
        bool valid = Ed25519Equation.matches(table, first, second, r, s);
        assembly {
            mstore(0, valid)
            return(0, 32)
        }
    }
}

/// @title The verifier with the base point's table behind its code
/// @dev Raw words in code are read entry by entry; written by the code itself, all of them would cost gas and five bytes more each.
contract Ed25519 {
    constructor() {
        bytes memory code = bytes.concat(type(Ed25519Verifier).runtimeCode, Ed25519Base.TABLE);
        assembly {
            return(add(code, 32), mload(code))
        }
    }
}
