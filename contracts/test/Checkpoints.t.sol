// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Checkpoints} from "../lib/Checkpoints.sol";

/// @dev A field that spilled over would stand in the next one's bits.
contract CheckpointsTest {
    uint8[7] private _widths = [40, 40, 32, 32, 32, 40, 40];

    function pack(uint256[7] memory fields) external pure returns (uint256) {
        return Checkpoints.pack(_submission(fields));
    }

    function test_PacksEachFieldUpToItsWidth() public view {
        uint256[7] memory fields;
        for (uint256 i = 0; i < fields.length; i++) fields[i] = (1 << _widths[i]) - 1;
        require(this.pack(fields) == type(uint256).max, "all bits are set");
        for (uint256 i = 0; i < fields.length; i++) _requireAlone(i, (1 << _widths[i]) - 1);
    }

    function test_RevertWhen_AFieldIsTooWide() public view {
        for (uint256 i = 0; i < _widths.length; i++) {
            uint256[7] memory fields;
            fields[i] = 1 << _widths[i];
            try this.pack(fields) {
                revert("a field that is too wide was packed");
            } catch (bytes memory reason) {
                bytes memory expected =
                    abi.encodeWithSelector(Checkpoints.NumberOutOfRange.selector, fields[i] - 1, fields[i]);
                require(keccak256(reason) == keccak256(expected), "another error");
            }
        }
    }

    /// @dev The field comes back, and no other one.
    function _requireAlone(uint256 place, uint256 value) private view {
        uint256[7] memory fields;
        fields[place] = value;
        bytes memory unpacked = abi.encode(Checkpoints.unpack(this.pack(fields)));
        require(keccak256(unpacked) == keccak256(abi.encode(fields)), "another field holds it");
    }

    function _submission(uint256[7] memory fields) private pure returns (Checkpoints.Submission memory) {
        return Checkpoints.Submission(fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], fields[6]);
    }
}
