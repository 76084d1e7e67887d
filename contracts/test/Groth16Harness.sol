// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Groth16Batch} from "../lib/Groth16Batch.sol";

/// @title The batch verifier behind calls, so that tests can give it gas and see it fail
contract Groth16Harness {
    function holds(bytes calldata key, uint256[] calldata cases) external view returns (bool) {
        return Groth16Batch.holds(key, cases);
    }

    function seedOf(bytes calldata key, uint256[] calldata cases) external view returns (bytes32) {
        return Groth16Batch.seedOf(key, cases);
    }

    function weightOf(bytes32 seed, uint256 index) external pure returns (uint256) {
        return Groth16Batch.weightOf(seed, index);
    }

    function put(bytes calldata key, Groth16Batch.Proof[] calldata proofs, uint256[][] calldata signals)
        external
        pure
        returns (uint256[] memory cases)
    {
        cases = Groth16Batch.room(key, proofs.length);
        for (uint256 i = 0; i < proofs.length; i++) Groth16Batch.put(cases, i, proofs[i], signals[i]);
    }
}
