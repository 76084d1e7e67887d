// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ed25519} from "../lib/Ed25519.sol";
import {Ed25519Table} from "../lib/Ed25519Table.sol";
import {P256} from "../lib/P256.sol";
import {PoseidonT3} from "../lib/PoseidonT3.sol";

/// @title Gas of the libraries as a caller sees it, for tests and the gas benchmark. Not deployed.
contract Meter {
    function create(bytes32 key) external returns (address table, uint256 used) {
        used = gasleft();
        table = Ed25519Table.create(key);
        used -= gasleft();
    }

    function ed25519(address table, bytes32 key, bytes32 message, bytes32 r, bytes32 s)
        external
        view
        returns (bool valid, uint256 used)
    {
        used = gasleft();
        valid = Ed25519.verify(table, key, message, r, s);
        used -= gasleft();
    }

    function p256(bytes32 message, bytes32 r, bytes32 s, bytes32 x, bytes32 y)
        external
        view
        returns (bool valid, uint256 used)
    {
        used = gasleft();
        valid = P256.verify(sha256(abi.encode(message)), r, s, x, y);
        used -= gasleft();
    }

    /// @notice head ← Poseidon(head, root), as the registry folds.
    function fold(uint256 head, uint256[] calldata roots) external view returns (uint256 result, uint256 used) {
        used = gasleft();
        for (uint256 i = 0; i < roots.length; i++) head = PoseidonT3.hash(head, roots[i]);
        used -= gasleft();
        result = head;
    }

    function isOnCurve(bytes32 x, bytes32 y) external pure returns (bool) {
        return P256.isOnCurve(x, y);
    }
}
