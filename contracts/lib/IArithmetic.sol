// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/*
 * The registry's arithmetic lives in three contracts of its own, because together they exceed the size of one (EIP-170) and because they
 * need other compiler settings than the registry. They have no state, so anyone may call them, and share one copy.
 */

/// @title Ed25519 signatures over 32 bytes
interface IEd25519 {
    /// @notice Whether (r, s) is a valid signature of `message` by `key`, whose table is the code of `table`.
    /// @dev Warning: `table` must come from `IEd25519Table.create(key)`. With another one the answer means nothing.
    function verify(address table, bytes32 key, bytes32 message, bytes32 r, bytes32 s) external view returns (bool);
}

/// @title Tables of Ed25519 keys
interface IEd25519Table {
    /// @notice Creates the table of `key`; zero if it is not the canonical encoding of a point of order exactly L.
    function create(bytes32 key) external returns (address table);
}

/// @title Poseidon of two inputs over BN254's scalar field, with circomlib's parameters
interface IPoseidonT3 {
    error NotInField(uint256 value);

    /// @notice heads[0] = Poseidon(head, roots[0]), heads[i] = Poseidon(heads[i - 1], roots[i]). Inputs at or above p are refused.
    function fold(bytes32 head, bytes32[] calldata roots) external pure returns (bytes32[] memory heads);
}
