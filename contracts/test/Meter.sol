// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEd25519, IEd25519Table, IPoseidonT3} from "../lib/IArithmetic.sol";
import {P256} from "../lib/P256.sol";

/// @title Gas of the libraries as a caller sees it, for tests and the gas benchmark. Not deployed.
contract Meter {
    IEd25519 private immutable _ed25519;
    IEd25519Table private immutable _ed25519Table;
    IPoseidonT3 private immutable _poseidon;

    constructor(IEd25519 ed25519_, IEd25519Table ed25519Table, IPoseidonT3 poseidon) {
        (_ed25519, _ed25519Table, _poseidon) = (ed25519_, ed25519Table, poseidon);
    }

    function create(bytes32 key) external returns (address table, uint256 used) {
        used = gasleft();
        table = _ed25519Table.create(key);
        used -= gasleft();
    }

    function ed25519(address table, bytes32 key, bytes32 message, bytes32 r, bytes32 s)
        external
        view
        returns (bool valid, uint256 used)
    {
        used = gasleft();
        valid = _ed25519.verify(table, key, message, r, s);
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

    function fold(bytes32 head, bytes32[] calldata roots) external view returns (bytes32[] memory heads, uint256 used) {
        used = gasleft();
        heads = _poseidon.fold(head, roots);
        used -= gasleft();
    }

    function isOnCurve(bytes32 x, bytes32 y) external pure returns (bool) {
        return P256.isOnCurve(x, y);
    }
}
