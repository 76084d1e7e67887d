// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Checkpoints} from "../lib/Checkpoints.sol";

/// @dev One device's submissions among those of others, two in each second, each three runs long.
contract CheckpointSearchTest {
    using Checkpoints for mapping(uint256 index => Checkpoints.Checkpoint);

    uint256 private constant COUNT = 120;
    uint256 private constant ANY = type(uint256).max;
    /// @dev A quarter of what it costs to read COUNT submissions one by one.
    uint256 private constant SEARCH_GAS = 100_000;

    mapping(uint256 index => Checkpoints.Checkpoint) private _checkpoints;

    function setUp() public {
        Checkpoints.Submission memory last;
        for (uint256 number = 1; number <= COUNT; number++) {
            Checkpoints.Submission memory made = Checkpoints.Submission({
                length: number,
                time: _time(number),
                throughMinutes: 0,
                firstRun: _firstRun(number),
                number: number,
                previous: number == 1 ? 0 : _index(number - 1),
                jump: 0
            });
            made.jump = _checkpoints.jumpAfter(made.previous, last);
            _checkpoints[_index(number)].word = Checkpoints.pack(made);
            last = made;
        }
    }

    /// @dev By Myers's own rule: as far as two equal jumps, else one back.
    function test_PointsFarBackByTheRuleOfSkewBinaryNumbers() public view {
        uint256[COUNT / 8 + 1] memory far;
        for (uint256 i = 1; i < far.length; i++) {
            uint256 jump = far[i - 1];
            far[i] = i > 1 && i - 1 - jump == jump - far[jump] ? far[jump] : i - 1;
        }
        for (uint256 number = 1; number <= COUNT; number++) {
            uint256 expected = number % 8 == 0 ? 8 * far[number / 8] : number - number % 8;
            uint256 jump = Checkpoints.unpack(_checkpoints[_index(number)].word).jump;
            require(jump == (expected == 0 ? 0 : _index(expected)), "it points elsewhere");
        }
    }

    function test_FindsTheLastThatBeginsAtARunOrBefore() public view {
        for (uint256 number = 1; number <= COUNT; number++) {
            _requireFound(_firstRun(number), ANY, number);
            _requireFound(_firstRun(number + 1) - 1, ANY, number);
        }
    }

    function test_FindsTheLastBeforeATime() public view {
        for (uint256 number = 2; number <= COUNT; number += 2) {
            _requireFound(ANY, _time(number) + 1, number);
            _requireFound(ANY, _time(number + 1), number);
        }
        _requireNone(_time(1));
        _requireNone(0);
    }

    function test_FindsTheFirstOfManyWithoutReadingMost() public view {
        uint256 before = gasleft();
        _checkpoints.lastWithin(_index(COUNT - 1), 0, ANY);
        require(before - gasleft() < SEARCH_GAS, "it is read one by one");
    }

    function _requireFound(uint256 run, uint256 time, uint256 number) private view {
        (bool found, uint256 index, Checkpoints.Submission memory submission) =
            _checkpoints.lastWithin(_index(COUNT), run, time);
        require(found && index == _index(number) && submission.number == number, "another one is found");
    }

    function _requireNone(uint256 time) private view {
        (bool found, uint256 index, Checkpoints.Submission memory submission) =
            _checkpoints.lastWithin(_index(COUNT), ANY, time);
        require(!found && index == _index(1) && submission.number == 1, "one is found");
    }

    function _index(uint256 number) private pure returns (uint256) {
        return 5 * number + 2;
    }

    function _firstRun(uint256 number) private pure returns (uint256) {
        return 3 * (number - 1);
    }

    function _time(uint256 number) private pure returns (uint256) {
        return 1000 + (number + 1) / 2;
    }
}
