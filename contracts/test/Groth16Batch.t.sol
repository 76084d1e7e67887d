// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Groth16Batch} from "../lib/Groth16Batch.sol";
import {Groth16Harness} from "./Groth16Harness.sol";

interface Vm {
    function chainId(uint256 id) external;
}

/// @dev A key whose secret is known makes proofs without a circuit: with beta, gamma and delta the generator of G2, A = a, B = 1 and
/// C = c hold if a = alpha + ic · (1, signals) + c, all of them logarithms.
contract Groth16BatchTest {
    Vm private constant VM = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
    uint256 private constant R = Groth16Batch.ORDER;
    uint256 private constant Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583;
    uint256 private constant ALPHA = 0xa1fa;
    uint256 private constant SIGNALS = 3;
    uint256 private constant WIDTH = 8 + SIGNALS;
    uint256 private constant C_X = 6;
    uint256 private constant C_Y = 7;
    /// @dev Enough for the largest batch here; a precompile that refuses a point takes it all.
    uint256 private constant GAS = 2_000_000;
    uint256[4] private _generator = [
        11559732032986387107991004021392285783925812861821192530917403151452391805634,
        10857046999023057135944570762232829481370756359578518086990519993285655852781,
        4082367875863433681332203403145435568316851327593401208105741076214120093531,
        8495653923123431417604973247489272438418190587263600148770280649306958101930
    ];
    Groth16Harness private _harness;
    bytes private _key;

    function setUp() public {
        _harness = new Groth16Harness();
        bytes memory g2 = abi.encode(_generator);
        _key = bytes.concat(abi.encode(_point(ALPHA)), g2, g2, g2);
        for (uint256 i = 0; i <= SIGNALS; i++) _key = bytes.concat(_key, abi.encode(_point(_logOf(i))));
    }

    /* WHAT HOLDS */

    function testFuzz_TakesProofsThatHold(uint256 salt, uint8 count) public view {
        require(_holds(_cases(salt, 1 + count % 16)), "refused");
    }

    function test_TakesSignalsAtTheEdges() public view {
        uint256[] memory cases = _cases(1, 2);
        uint256[SIGNALS] memory signals = [uint256(0), 1, R - 1];
        _prove(cases, 1, 7, signals);
        require(_holds(cases), "refused");
    }

    /* ONE OF k FORGED, AT EVERY PLACE */

    function test_RefusesEveryWordChanged() public view {
        uint256[] memory cases = _cases(2, 3);
        for (uint256 i = 0; i < cases.length; i++) {
            uint256 word = cases[i];
            cases[i] = addmod(word, 1, R);
            require(!_holds(cases), "accepted");
            cases[i] = word;
        }
        require(_holds(cases), "restored");
    }

    /// @notice Points that are on the curve, so that only the pairing can tell.
    function testFuzz_RefusesAnotherPoint(uint256 salt, uint8 count, uint8 which, bool isA) public view {
        uint256 proofs = 1 + count % 16;
        uint256[] memory cases = _cases(salt, proofs);
        uint256 place = which % proofs * WIDTH + (isA ? 0 : C_X);
        uint256[2] memory other = _point(uint256(keccak256(abi.encode(salt))) % R);
        (cases[place], cases[place + 1]) = (other[0], other[1]);
        require(!_holds(cases), "accepted");
    }

    function testFuzz_RefusesAnotherSignal(uint256 salt, uint8 count, uint8 which, uint256 value) public view {
        uint256 proofs = 1 + count % 16;
        uint256[] memory cases = _cases(salt, proofs);
        uint256 place = which % proofs * WIDTH + 8 + salt % SIGNALS;
        if (cases[place] == value % R) return;
        cases[place] = value % R;
        require(!_holds(cases), "accepted");
    }

    function test_RefusesAnotherKey() public view {
        uint256[] memory cases = _cases(3, 2);
        bytes memory other = bytes.concat(abi.encode(_point(ALPHA + 1)), _tail(_key, 64));
        require(!_harness.holds{gas: GAS}(other, cases), "accepted");
    }

    /// @notice Errors that cancel if all proofs weigh the same.
    function testFuzz_RefusesErrorsThatCancel(uint256 salt, uint8 count, uint256 offset) public view {
        uint256 proofs = 2 + count % 15;
        uint256[] memory cases = _cases(salt, proofs);
        uint256 shift = 1 + offset % (R - 1);
        _shift(cases, salt % proofs, shift);
        _shift(cases, (salt % proofs + 1) % proofs, R - shift);
        require(!_holds(cases), "accepted");
    }

    /// @notice Errors that cancel under weights which are known beforehand: those of the proofs before the errors.
    function testFuzz_RefusesErrorsThatCancelUnderOldWeights(uint256 salt, uint256 offset) public view {
        uint256[] memory cases = _cases(salt, 2);
        bytes32 seed = _harness.seedOf(_key, cases);
        uint256 shift = 1 + offset % (R - 1);
        _shift(cases, 0, mulmod(shift, _harness.weightOf(seed, 1), R));
        _shift(cases, 1, R - mulmod(shift, _harness.weightOf(seed, 0), R));
        require(!_holds(cases), "accepted");
    }

    /* ONE SPELLING */

    function test_RefusesSignalsAtOrAboveTheOrder() public view {
        uint256[] memory cases = _cases(4, 2);
        for (uint256 i = 0; i < SIGNALS; i++) {
            cases[WIDTH + 8 + i] += R;
            require(!_holds(cases), "accepted");
            cases[WIDTH + 8 + i] -= R;
        }
    }

    function test_RefusesCoordinatesAtOrAboveTheField() public view {
        uint256[] memory cases = _cases(5, 2);
        for (uint256 i = 0; i < 8; i++) {
            cases[WIDTH + i] += Q;
            require(!_holds(cases), "accepted");
            cases[WIDTH + i] -= Q;
        }
    }

    function test_RefusesNothingAndHalfAProof() public view {
        require(!_holds(new uint256[](0)), "accepted nothing");
        uint256[] memory cases = _cases(6, 2);
        assembly ("memory-safe") {
            mstore(cases, sub(mload(cases), 1))
        }
        require(!_holds(cases), "accepted a part");
    }

    /* THE WEIGHTS */

    function test_WeightsComeFromEveryWordKeyChainAndContract() public {
        uint256[] memory cases = _cases(7, 3);
        bytes32 seed = _harness.seedOf(_key, cases);
        for (uint256 i = 0; i < cases.length; i++) {
            cases[i] ^= 1;
            require(_harness.seedOf(_key, cases) != seed, "a word is not hashed");
            cases[i] ^= 1;
        }
        bytes memory key = _key;
        for (uint256 i = 0; i < key.length; i++) {
            key[i] ^= 0x01;
            require(_harness.seedOf(key, cases) != seed, "a byte of the key is not hashed");
            key[i] ^= 0x01;
        }
        require(new Groth16Harness().seedOf(_key, cases) != seed, "the contract is not hashed");
        VM.chainId(block.chainid + 1);
        require(_harness.seedOf(_key, cases) != seed, "the chain is not hashed");
    }

    function testFuzz_WeightsAreWideAndNeverZero(bytes32 seed, uint256 index) public view {
        uint256 weight = _harness.weightOf(seed, index);
        require(weight != 0 && weight <= 1 << 252, "range");
        // Of 2^252 values one in 2^100 is below 2^152
        require(weight >> 152 != 0, "narrow");
        require(weight != _harness.weightOf(seed, index ^ 1), "index");
        require(weight != _harness.weightOf(seed ^ bytes32(uint256(1)), index), "seed");
    }

    /* FILLING */

    function test_PutsProofsAndSignalsInTheirPlaces() public view {
        uint256[] memory cases = _cases(8, 2);
        Groth16Batch.Proof[] memory proofs = new Groth16Batch.Proof[](2);
        uint256[][] memory signals = new uint256[][](2);
        for (uint256 i = 0; i < 2; i++) {
            uint256 place = i * WIDTH;
            proofs[i].a = [cases[place], cases[place + 1]];
            proofs[i].b = [[cases[place + 2], cases[place + 3]], [cases[place + 4], cases[place + 5]]];
            proofs[i].c = [cases[place + 6], cases[place + 7]];
            signals[i] = new uint256[](SIGNALS);
            for (uint256 j = 0; j < SIGNALS; j++) signals[i][j] = cases[place + 8 + j];
        }
        uint256[] memory put = _harness.put(_key, proofs, signals);
        require(keccak256(abi.encode(put)) == keccak256(abi.encode(cases)), "places");
    }

    /* PROOFS FROM THE SECRET */

    function _holds(uint256[] memory cases) private view returns (bool) {
        return _harness.holds{gas: GAS}(_key, cases);
    }

    function _logOf(uint256 input) private pure returns (uint256) {
        return uint256(keccak256(abi.encode("input", input))) % R;
    }

    function _cases(uint256 salt, uint256 count) private view returns (uint256[] memory cases) {
        cases = new uint256[](WIDTH * count);
        for (uint256 i = 0; i < count; i++) {
            uint256[SIGNALS] memory signals;
            for (uint256 j = 0; j < SIGNALS; j++) signals[j] = uint256(keccak256(abi.encode(salt, i, j))) % R;
            _prove(cases, i, uint256(keccak256(abi.encode(salt, i))) % R, signals);
        }
    }

    function _prove(uint256[] memory cases, uint256 index, uint256 a, uint256[SIGNALS] memory signals) private view {
        uint256 inputs = _logOf(0);
        uint256 place = index * WIDTH;
        for (uint256 j = 0; j < SIGNALS; j++) {
            inputs = addmod(inputs, mulmod(_logOf(1 + j), signals[j], R), R);
            cases[place + 8 + j] = signals[j];
        }
        uint256 c = addmod(a, R - addmod(ALPHA, inputs, R), R);
        (uint256[2] memory pointA, uint256[2] memory pointC) = (_point(a), _point(c));
        (cases[place], cases[place + 1]) = (pointA[0], pointA[1]);
        for (uint256 j = 0; j < 4; j++) cases[place + 2 + j] = _generator[j];
        (cases[place + C_X], cases[place + C_Y]) = (pointC[0], pointC[1]);
    }

    /// @dev Adds a multiple of the generator to a proof's C.
    function _shift(uint256[] memory cases, uint256 index, uint256 by) private view {
        uint256 place = index * WIDTH + C_X;
        uint256[2] memory shift = _point(by);
        (bool ok, bytes memory sum) =
            address(6).staticcall(abi.encode(cases[place], cases[place + 1], shift[0], shift[1]));
        require(ok, "addition");
        (cases[place], cases[place + 1]) = abi.decode(sum, (uint256, uint256));
    }

    function _point(uint256 log) private view returns (uint256[2] memory) {
        (bool ok, bytes memory point) = address(7).staticcall(abi.encode(uint256(1), uint256(2), log));
        require(ok, "multiplication");
        return abi.decode(point, (uint256[2]));
    }

    function _tail(bytes memory data, uint256 from) private pure returns (bytes memory tail) {
        tail = new bytes(data.length - from);
        for (uint256 i = 0; i < tail.length; i++) tail[i] = data[from + i];
    }
}
