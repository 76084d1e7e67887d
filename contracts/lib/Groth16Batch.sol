// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Groth16 proofs under one key, verified together (Groth, EUROCRYPT 2016)
/// @notice k equations e(A, B) = e(alpha, beta) e(inputs, gamma) e(C, delta) hold together if a random linear combination of them does:
/// one product of k + 3 pairings. Weights are from 1 to 2^252 and come from a hash of everything that is verified and of where, so
/// that whoever chooses a point or a signal changes all weights: a combination that hides a false equation cannot be aimed at.
/// A proof that comes alone needs no weight.
/// @dev Points are checked by the precompiles: coordinates below the base field's order, on the curve, B in its subgroup. A precompile
/// that refuses a point takes the gas that it was given.
library Groth16Batch {
    /// @notice Order of BN254's groups.
    uint256 internal constant ORDER = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;

    /// @notice A proof, coordinates of G2 in the order of the precompile, imaginary part first.
    struct Proof {
        uint256[2] a;
        uint256[2][2] b;
        uint256[2] c;
    }

    uint256 private constant PROOF_WORDS = 8;
    uint256 private constant PAIR_WORDS = 6;
    /// @dev Bytes of a key before the points of its inputs: alpha in G1, beta, gamma and delta in G2.
    uint256 private constant KEY_HEAD = 448;
    uint256 private constant G1_BYTES = 64;
    uint256 private constant G2_BYTES = 128;

    /// @notice Room for `count` proofs with their signals, to be filled by `put`.
    function room(bytes memory key, uint256 count) internal pure returns (uint256[] memory cases) {
        return new uint256[](count * (PROOF_WORDS + signalsOf(key)));
    }

    /// @notice Puts a proof and its public signals at place `index`.
    function put(uint256[] memory cases, uint256 index, Proof calldata proof, uint256[] memory signals) internal pure {
        uint256 width = PROOF_WORDS + signals.length;
        require((index + 1) * width <= cases.length);
        assembly ("memory-safe") {
            let to := add(add(cases, 32), mul(mul(index, width), 32))
            calldatacopy(to, proof, 256)
            mcopy(add(to, 256), add(signals, 32), mul(mload(signals), 32))
        }
    }

    /// @notice Whether every proof holds. `key`: alpha, beta, gamma, delta, then the points of one and of each signal. `cases`: for each
    /// proof its eight words and then its signals.
    function holds(bytes memory key, uint256[] memory cases) internal view returns (bool) {
        uint256 signals = signalsOf(key);
        uint256 width = PROOF_WORDS + signals;
        uint256 count = cases.length / width;
        if (count == 0 || count * width != cases.length) return false;
        bytes32 seed = seedOf(key, cases);
        uint256[] memory pairs = new uint256[](PAIR_WORDS * (count + 3));
        uint256[] memory scalars = new uint256[](1 + signals);
        uint256[2] memory c;
        for (uint256 i = 0; i < count; i++) {
            uint256 weight = count == 1 ? 1 : weightOf(seed, i);
            if (!_addSignals(scalars, cases, i * width, weight)) return false;
            if (!_addProof(pairs, c, cases, i * width, i, weight)) return false;
        }
        return _addKey(pairs, c, key, scalars, count) && _isOne(pairs);
    }

    /// @notice Number of public signals of a key's circuit.
    function signalsOf(bytes memory key) internal pure returns (uint256) {
        return (key.length - KEY_HEAD) / G1_BYTES - 1;
    }

    /// @notice What all weights come from: chain, this contract, the key, every point and every signal.
    function seedOf(bytes memory key, uint256[] memory cases) internal view returns (bytes32) {
        bytes32 words;
        assembly ("memory-safe") {
            words := keccak256(add(cases, 32), mul(mload(cases), 32))
        }
        return keccak256(abi.encode(block.chainid, address(this), keccak256(key), words));
    }

    /// @notice From 1 to 2^252, below the order.
    function weightOf(bytes32 seed, uint256 index) internal pure returns (uint256) {
        return 1 + (uint256(keccak256(abi.encode(seed, index))) >> 4);
    }

    /// @dev Adds weight · (1, signals) to `scalars`; false if a signal has two names.
    function _addSignals(uint256[] memory scalars, uint256[] memory cases, uint256 place, uint256 weight)
        private
        pure
        returns (bool)
    {
        scalars[0] = addmod(scalars[0], weight, ORDER);
        for (uint256 i = 1; i < scalars.length; i++) {
            uint256 signal = cases[place + PROOF_WORDS + i - 1];
            if (signal >= ORDER) return false;
            scalars[i] = addmod(scalars[i], mulmod(weight, signal, ORDER), ORDER);
        }
        return true;
    }

    /// @dev Writes the pair (-weight · A, B) and adds weight · C to `c`.
    function _addProof(
        uint256[] memory pairs,
        uint256[2] memory c,
        uint256[] memory cases,
        uint256 place,
        uint256 index,
        uint256 weight
    ) private view returns (bool ok) {
        uint256 proof;
        uint256 pair;
        assembly ("memory-safe") {
            proof := add(add(cases, 32), mul(place, 32))
            pair := add(add(pairs, 32), mul(index, 192))
            mcopy(add(pair, 64), add(proof, 64), 128)
        }
        ok = _multiply(pair, proof, ORDER - weight);
        return ok && _addMultiple(c, proof + 192, weight);
    }

    /// @dev Writes the three pairs that all proofs share.
    function _addKey(
        uint256[] memory pairs,
        uint256[2] memory c,
        bytes memory key,
        uint256[] memory scalars,
        uint256 count
    ) private view returns (bool ok) {
        uint256 points;
        uint256 pair;
        uint256[2] memory inputs;
        assembly ("memory-safe") {
            points := add(key, 32)
            pair := add(add(pairs, 32), mul(count, 192))
        }
        ok = _multiply(pair, points, scalars[0]);
        for (uint256 i = 0; ok && i < scalars.length; i++) {
            ok = _addMultiple(inputs, points + KEY_HEAD + G1_BYTES * i, scalars[i]);
        }
        assembly ("memory-safe") {
            // beta, gamma and delta follow alpha in the key
            mcopy(add(pair, 64), add(points, G1_BYTES), G2_BYTES)
            mcopy(add(pair, 192), inputs, G1_BYTES)
            mcopy(add(pair, 256), add(points, 192), G2_BYTES)
            mcopy(add(pair, 384), c, G1_BYTES)
            mcopy(add(pair, 448), add(points, 320), G2_BYTES)
        }
    }

    /// @dev result := scalar · point, both pointers to G1 in memory. One times a point is not checked here: whatever takes it checks it.
    function _multiply(uint256 result, uint256 point, uint256 scalar) private view returns (bool ok) {
        if (scalar == 1) {
            assembly ("memory-safe") {
                mcopy(result, point, 64)
            }
            return true;
        }
        assembly ("memory-safe") {
            let input := mload(0x40)
            mcopy(input, point, 64)
            mstore(add(input, 64), scalar)
            ok := staticcall(gas(), 7, input, 96, result, 64)
        }
    }

    /// @dev sum := sum + scalar · point.
    function _addMultiple(uint256[2] memory sum, uint256 point, uint256 scalar) private view returns (bool ok) {
        uint256[4] memory input;
        uint256 product;
        assembly ("memory-safe") {
            product := input
            mcopy(add(input, 64), sum, 64)
        }
        ok = _multiply(product, point, scalar);
        assembly ("memory-safe") {
            ok := and(ok, staticcall(gas(), 6, input, 128, sum, 64))
        }
    }

    function _isOne(uint256[] memory pairs) private view returns (bool ok) {
        assembly ("memory-safe") {
            ok := staticcall(gas(), 8, add(pairs, 32), mul(mload(pairs), 32), 0, 32)
            ok := and(ok, eq(mload(0), 1))
        }
    }
}
