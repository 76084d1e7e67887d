// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Checkpoints of a ledger, and the search among those of one device
/// @notice A device's submissions are numbered 1, 2, 3, …; number n points at n - 1 and far back: at the multiple of 8 below it, or, as
/// 8 m itself, at 8 (m - w), where w is the last term of m as a sum of numbers 2^k - 1, each the largest that fits in what is left
/// (skew-binary jump pointers, Myers 1983). So any of them is found in logarithmic time, and seven of eight submissions find
/// their pointers in the one before.
library Checkpoints {
    /// @dev Of the device's submission that made the checkpoint, but for `length` and `time`.
    struct Submission {
        uint256 length; // of the ledger after it
        uint256 time; // block time
        uint256 throughMinutes; // Unix minutes up to which the device's books are told
        uint256 firstRun; // first run that it added
        uint256 number;
        uint256 previous; // index of the submission before
        uint256 jump; // index of the one far back
    }

    struct Checkpoint {
        bytes32 head;
        uint256 word; // a submission by `pack`
    }

    error NumberOutOfRange(uint256 maximum, uint256 actual);

    /// @dev One word, low bits first. Written by hand, because the compiler would store it field by field.
    function pack(Submission memory submission) internal pure returns (uint256) {
        return narrow(submission.length, 40) | narrow(submission.time, 40) << 40
            | narrow(submission.throughMinutes, 32) << 80 | narrow(submission.firstRun, 32) << 112
            | narrow(submission.number, 32) << 144 | narrow(submission.previous, 40) << 176
            | narrow(submission.jump, 40) << 216;
    }

    function unpack(uint256 word) internal pure returns (Submission memory) {
        return Submission({
            length: uint40(word),
            time: uint40(word >> 40),
            throughMinutes: uint32(word >> 80),
            firstRun: uint32(word >> 112),
            number: uint32(word >> 144),
            previous: uint40(word >> 176),
            jump: uint40(word >> 216)
        });
    }

    /// @notice `value`, which must fit in `bits`.
    function narrow(uint256 value, uint256 bits) internal pure returns (uint256) {
        require(value >> bits == 0, NumberOutOfRange((1 << bits) - 1, value));
        return value;
    }

    /// @notice The device's last submission that begins at `run` or before and lies before `time`, from the one at `latest` back.
    /// @return found false if not even the first one does
    function lastWithin(
        mapping(uint256 index => Checkpoint) storage checkpoints,
        uint256 latest,
        uint256 run,
        uint256 time
    ) internal view returns (bool found, uint256 index, Submission memory submission) {
        index = latest;
        submission = unpack(checkpoints[index].word);
        while (!_isWithin(submission, run, time)) {
            if (submission.number == 1) return (false, index, submission);
            bool jumps = _far(submission.number) != 0;
            // never past the one that is sought: one back, if the far one is within already
            jumps = jumps && !_isWithin(unpack(checkpoints[submission.jump].word), run, time);
            index = jumps ? submission.jump : submission.previous;
            submission = unpack(checkpoints[index].word);
        }
        return (true, index, submission);
    }

    /// @notice `jump` of the submission that follows `last`, the one at `latest`; 0 for none.
    function jumpAfter(
        mapping(uint256 index => Checkpoint) storage checkpoints,
        uint256 latest,
        Submission memory last
    ) internal view returns (uint256 index) {
        uint256 reached = last.number;
        uint256 target = _far(reached + 1);
        if (target == 0) return 0;
        index = latest;
        for (uint256 jump = last.jump; reached != target;) {
            (index, reached) = (jump, _far(reached));
            // a pointer's number is known before it is followed, so the last one is not read
            if (reached != target) jump = unpack(checkpoints[index].word).jump;
        }
    }

    /// @dev The number far back that `number` points at; 0 for none.
    function _far(uint256 number) private pure returns (uint256) {
        if (number % 8 != 0) return number & ~uint256(7);
        uint256 rest = number / 8;
        uint256 weight = 1;
        while (weight < rest) weight = 2 * weight + 1;
        for (; rest != 0; rest -= weight) {
            while (weight > rest) weight >>= 1;
        }
        return number - 8 * weight;
    }

    function _isWithin(Submission memory submission, uint256 run, uint256 time) private pure returns (bool) {
        return submission.firstRun <= run && submission.time < time;
    }
}
