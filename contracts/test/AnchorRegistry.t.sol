// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchorRegistry} from "../AnchorRegistry.sol";
import {IAnchorRegistry} from "../IAnchorRegistry.sol";
import {IEd25519, IEd25519Table, IPoseidonT3} from "../lib/IArithmetic.sol";
import {PoseidonT3} from "../lib/PoseidonT3.sol";
import {Actors} from "./Actors.sol";

contract AnchorRegistryTest {
    uint64 private constant NEVER = type(uint64).max;
    address[2] private _operators = [address(0x10), address(0x20)];
    AnchorRegistry private _registry;
    PoseidonT3 private _poseidon;
    Actors private _actors;

    function setUp() public {
        _poseidon = new PoseidonT3();
        // no device here signs by Ed25519, so that other code will do
        address none = address(_poseidon);
        _registry = new AnchorRegistry(IEd25519(none), IEd25519Table(none), IPoseidonT3(address(_poseidon)));
        _actors = new Actors(_registry);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_actors);
    }

    /// @notice 1. Nothing happened that the books forbid, and nothing they allow was refused.
    function invariant_allowedAndOnlyAllowed() public view {
        require(bytes(_actors.surprise()).length == 0, _actors.surprise());
    }

    /// @notice 2. Runs of a device are those of its books: without gap, never changed.
    function invariant_runsAreGaplessAndImmutable() public view {
        for (uint256 i = 0; i < _actors.DEVICES(); i++) {
            bytes32 id = _actors.bookOf(i).id;
            bytes32[] memory runs = _actors.runsOf(i);
            require(_registry.deviceOf(id).member.nextRun == runs.length, "number of runs");
            bytes32[] memory roots = _registry.rootsOf(id, 0, NEVER);
            require(keccak256(abi.encode(roots)) == keccak256(abi.encode(runs)), "roots");
        }
    }

    /// @notice 3. A ledger's head is the fold of its anchors in order, its length their number, and each submission that added one
    /// is a checkpoint, the last of which has head and length.
    function invariant_headIsTheFoldOfTheAnchors() public view {
        for (uint256 i = 0; i < 2; i++) {
            bytes32[] memory anchors = _actors.ledgerOf(_operators[i]);
            bytes32 id = _ledger(i);
            IAnchorRegistry.Ledger memory ledger = _registry.ledgerOf(id);
            require(ledger.length == anchors.length, "length");
            require(ledger.checkpointCount == _actors.submissions(_operators[i]), "checkpoints");
            if (anchors.length == 0) continue;
            require(ledger.head == _poseidon.fold(0, anchors)[anchors.length - 1], "head");
            (bytes32 head, uint64 length,) = _registry.checkpointOf(id, ledger.checkpointCount - 1);
            require(head == ledger.head && length == ledger.length, "last checkpoint");
        }
    }

    /// @notice 4. Every run answers its place in the ledger, where the books have its root, and time and `through` of its submission.
    function invariant_everyRunAnswersItsSubmission() public view {
        for (uint256 i = 0; i < _actors.DEVICES(); i++) {
            Actors.Book memory book = _actors.bookOf(i);
            bytes32[] memory anchors = _actors.ledgerOf(book.operator);
            Actors.Told[] memory told = _actors.toldOf(i);
            uint64 run = 0;
            for (uint256 n = 0; n < told.length; n++) {
                for (; run < told[n].next; run++) {
                    (bytes32 root, uint64 time, uint64 position, uint64 through) = _registry.anchorOf(book.id, run);
                    require(anchors[position] == root, "position");
                    require(time == told[n].time && through == told[n].through, "submission");
                }
            }
        }
    }

    /// @notice 5. As of any time, the books of a device reach to what its last submission before then said.
    function invariant_throughIsWhatWasTold() public view {
        for (uint256 i = 0; i < _actors.DEVICES(); i++) {
            bytes32 id = _actors.bookOf(i).id;
            Actors.Told[] memory told = _actors.toldOf(i);
            require(_registry.throughAt(id, NEVER) == _actors.lastOf(i).through, "now");
            for (uint256 n = 0; n < told.length; n++) {
                require(_registry.throughAt(id, told[n].time) == _toldBefore(i, told[n].time), "at a submission");
                require(_registry.throughAt(id, told[n].time + 1) == _toldBefore(i, told[n].time + 1), "after it");
            }
        }
    }

    /// @notice 6. Members, their number by boundary and the ledgers of an operator are those of the books, in their order.
    function invariant_membersAreThoseThatEnrolled() public view {
        for (uint256 i = 0; i < 2; i++) {
            uint256[] memory devices = _actors.membersOf(_operators[i]);
            IAnchorRegistry.Member[] memory members = _registry.membersOf(_ledger(i), 0, NEVER);
            require(members.length == devices.length, "members");
            uint64[5] memory counts;
            for (uint256 n = 0; n < devices.length; n++) {
                counts[members[n].boundary]++;
                _checkMember(members[n], devices[n], NEVER);
            }
            for (uint8 n = 0; n < 5; n++) require(_registry.deviceCountOf(_ledger(i), n) == counts[n], "at a boundary");
            IAnchorRegistry.Ledger memory ledger = _registry.ledgerOf(_ledger(i));
            require(ledger.deviceCount == devices.length, "devices");
            require(ledger.vouchedCount == _actors.vouched(_operators[i]), "vouched");
            bytes32[] memory ledgers = _registry.ledgersOf(_operators[i], 0, NEVER);
            require(ledgers.length == (devices.length == 0 ? 0 : 1), "ledgers");
            require(ledgers.length == 0 || ledgers[0] == _ledger(i), "ledger");
        }
    }

    /// @notice 7. Expected time is the sum of the books' services within any period, by pages as at once.
    function invariant_expectedTimeIsTheSumOfServices() public view {
        uint64[6] memory times = _times();
        for (uint256 i = 0; i < times.length; i++) _checkExpected(times[i], times[(i + block.timestamp) % times.length]);
    }

    /// @notice 8. Those and only those are behind whose books, as of then, do not reach the period's end.
    function invariant_behindNamesWhatIsMissing() public view {
        uint64[6] memory times = _times();
        for (uint256 i = 0; i < times.length; i++) {
            uint64 asOf = times[(i + block.timestamp) % times.length];
            for (uint8 boundary = 2; boundary < 4; boundary++) _checkBehind(boundary, times[i], asOf);
        }
    }

    /// @notice 9. Each withdrawal is one interval, which holds every anchor that it voids; a withdrawal that voids none makes none.
    function invariant_suspicionHoldsWhatIsVoid() public view {
        for (uint256 i = 0; i < 2; i++) {
            uint256[] memory suspects = _actors.suspectsOf(_operators[i]);
            IAnchorRegistry.Suspicion[] memory found = _registry.suspicionsOf(_ledger(i), 0, NEVER);
            require(found.length == suspects.length, "number of intervals");
            for (uint256 n = 0; n < suspects.length; n++) {
                uint64 since = _actors.bookOf(suspects[n]).suspectSince;
                uint64 last = _actors.lastOf(suspects[n]).time;
                require(found[n].since == since && found[n].until == last, "interval");
                require(_registry.isSuspect(_ledger(i), last, last + 1), "its last anchor");
                require(!_registry.isSuspect(_ledger(i), 0, since) || suspects.length > 1, "before it");
            }
            require(_registry.isSuspect(_ledger(i), 0, NEVER) == (found.length != 0), "any");
        }
        for (uint256 i = 0; i < _actors.DEVICES(); i++) _checkVoid(i);
    }

    /// @notice 10. The registry keeps no ether.
    function invariant_noEther() public view {
        require(address(_registry).balance == 0, "ether");
    }

    function _ledger(uint256 i) private view returns (bytes32) {
        return _registry.ledgerId(_operators[i], _actors.VOUCHER());
    }

    /// @dev Edges of what happened, and between.
    function _times() private view returns (uint64[6] memory) {
        uint64 now_ = uint64(block.timestamp);
        uint64 last = _actors.lastOf(0).time;
        return [0, 1_000_000, (1_000_000 + now_) / 2, last, now_ + 1, now_ + 100];
    }

    function _toldBefore(uint256 device, uint64 time) private view returns (uint64 through) {
        Actors.Told[] memory told = _actors.toldOf(device);
        for (uint256 n = 0; n < told.length && told[n].time < time; n++) through = told[n].through;
    }

    function _endOf(uint256 device) private view returns (uint64) {
        Actors.Book memory book = _actors.bookOf(device);
        Actors.Told memory last = _actors.lastOf(device);
        if (last.next < book.runs) return NEVER;
        return last.time > book.retiredAt ? last.time : book.retiredAt;
    }

    function _checkMember(IAnchorRegistry.Member memory member, uint256 device, uint64 asOf) private view {
        Actors.Book memory book = _actors.bookOf(device);
        require(member.device == book.id && member.boundary == book.boundary, "member");
        require(member.enrolledAt == book.enrolledAt && member.since == book.since, "its times");
        require(member.endedAt == _endOf(device), "its end");
        require(member.through == _toldBefore(device, asOf), "its through");
        IAnchorRegistry.State state = IAnchorRegistry.State.Active;
        if (book.since != NEVER) state = IAnchorRegistry.State.Withdrawn;
        else if (member.endedAt != NEVER) state = IAnchorRegistry.State.Retired;
        else if (book.runs != NEVER) state = IAnchorRegistry.State.Retiring;
        require(member.state == state, "its state");
        require(_registry.vouchOf(book.id, _actors.VOUCHER()).evidence == book.evidence, "evidence");
    }

    function _checkExpected(uint64 from, uint64 to) private view {
        uint256[] memory devices = _actors.membersOf(_operators[0]);
        for (uint8 boundary = 2; boundary < 4; boundary++) {
            (uint64 books, uint64 pages) = (0, 0);
            for (uint64 n = 0; n < devices.length; n++) {
                pages += _registry.expectedTime(_ledger(0), boundary, from, to, n, 1);
                Actors.Book memory book = _actors.bookOf(devices[n]);
                if (book.boundary == boundary) books += _service(devices[n], book, from, to);
            }
            require(books == pages, "by pages");
            require(books == _registry.expectedTime(_ledger(0), boundary, from, to, 0, NEVER), "at once");
        }
    }

    function _service(uint256 device, Actors.Book memory book, uint64 from, uint64 to) private view returns (uint64) {
        uint64 end = _endOf(device);
        if (book.since < end) end = book.since;
        if (to < end) end = to;
        if (from < book.enrolledAt) from = book.enrolledAt;
        return end > from ? end - from : 0;
    }

    function _checkBehind(uint8 boundary, uint64 to, uint64 asOf) private view {
        IAnchorRegistry.Member[] memory found = _registry.behind(_ledger(0), boundary, to, asOf, 0, NEVER);
        uint256[] memory devices = _actors.membersOf(_operators[0]);
        uint256 count;
        for (uint256 n = 0; n < devices.length; n++) {
            Actors.Book memory book = _actors.bookOf(devices[n]);
            bool late = _toldBefore(devices[n], asOf) < to;
            if (book.boundary != boundary || book.enrolledAt >= to || !late) continue;
            require(count < found.length, "one that is behind is not named");
            _checkMember(found[count++], devices[n], asOf);
        }
        require(count == found.length, "one is named that is not behind");
    }

    function _checkVoid(uint256 device) private view {
        Actors.Book memory book = _actors.bookOf(device);
        Actors.Told[] memory told = _actors.toldOf(device);
        bytes32 ledger = _registry.ledgerId(book.operator, _actors.VOUCHER());
        for (uint256 n = 0; n < told.length; n++) {
            bool isVoid = told[n].time >= book.since;
            require(!isVoid || _registry.isSuspect(ledger, told[n].time, told[n].time + 1), "a void anchor");
        }
    }
}
