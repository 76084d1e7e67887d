// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchorRegistry} from "../AnchorRegistry.sol";

interface Vm {
    function prank(address sender) external;
    function warp(uint256 time) external;
    function deal(address account, uint256 balance) external;
    function signP256(uint256 privateKey, bytes32 digest) external pure returns (bytes32 r, bytes32 s);
    function publicKeyP256(uint256 privateKey) external pure returns (uint256 x, uint256 y);
}

/// @title Devices, operators and strangers who keep their own books of what the registry should hold
/// @dev Every call that the books allow must succeed and every other one must revert; else a flag is raised.
contract Actors {
    Vm private constant VM = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
    address public constant VOUCHER = address(0x70);
    uint256 public constant DEVICES = 4;
    uint64 public constant NEVER = type(uint64).max;

    /// @notice What is known of a device. Times that have not come are NEVER, `enrolledAt` too.
    struct Book {
        bytes32 id;
        address operator;
        uint8 boundary;
        bytes32 evidence;
        uint64 enrolledAt;
        uint64 since;
        uint64 runs;
        uint64 retiredAt;
        uint64 suspectSince; // of the interval that its withdrawal made
    }

    /// @notice A submission that added runs `first` to `next - 1`.
    struct Told {
        uint64 time;
        uint64 through;
        uint64 next;
    }

    AnchorRegistry public immutable registry;
    Book[DEVICES] private _books;
    mapping(uint256 device => bytes32[]) private _runs;
    mapping(uint256 device => Told[]) private _told;
    mapping(address operator => bytes32[]) private _ledger;
    mapping(address operator => uint256[] devices) private _members;
    mapping(address operator => uint256[] devices) private _suspects;
    mapping(address operator => uint64) public submissions;
    mapping(address operator => uint64) public vouched;
    string public surprise;

    constructor(AnchorRegistry registry_) {
        registry = registry_;
        VM.warp(1_000_000);
        address[DEVICES] memory operators = [address(0x10), address(0x10), address(0x20), address(0x10)];
        for (uint256 i = 0; i < DEVICES; i++) {
            (uint256 x, uint256 y) = VM.publicKeyP256(i + 1);
            Book storage book = _books[i];
            (book.id, book.operator, book.boundary) = (keccak256(abi.encode(x, y)), operators[i], uint8(2 + (i & 1)));
            (book.enrolledAt, book.since, book.runs, book.retiredAt) = (NEVER, NEVER, NEVER, NEVER);
            VM.prank(VOUCHER);
            registry.vouch(book.id, book.operator, bytes32(i));
            book.evidence = bytes32(i);
            vouched[book.operator]++;
            if (i < 2) enrol(i, 0);
        }
    }

    function wait(uint16 time) public {
        VM.warp(block.timestamp + (time % 200));
    }

    /// @notice Enrols a device, or tries with another evidence, boundary or signed boundary.
    function enrol(uint256 device, uint8 lie) public {
        Book storage book = _books[device %= DEVICES];
        (uint256 x, uint256 y) = VM.publicKeyP256(device + 1);
        uint8 boundary = lie % 8 == 1 ? 0 : lie % 8 == 3 ? 5 : book.boundary;
        bytes32 evidence = lie % 8 == 5 ? bytes32(uint256(99)) : book.evidence;
        uint8 signed = lie % 8 == 7 ? boundary + 1 : boundary;
        bytes32 message = keccak256(
            abi.encode(keccak256("wattest.enrolment.v1"), block.chainid, registry, book.id, book.operator, VOUCHER, signed, evidence)
        );
        bool allowed = book.enrolledAt == NEVER && book.since == NEVER && lie % 2 == 0;
        bytes memory signature = sign(device, message);
        VM.prank(book.operator);
        try registry.enrol(2, abi.encode(x, y), VOUCHER, boundary, evidence, signature) {
            if (!allowed) surprise = "an enrolment was taken";
            book.enrolledAt = uint64(block.timestamp);
            _members[book.operator].push(device);
        } catch {
            if (allowed) surprise = "an enrolment was refused";
        }
    }

    /// @notice Submits from `back` runs before the next one, or one too far; with the books' roots for what is known, or another;
    /// with a `through` that may lie ahead, before the last one, or within a minute.
    function submit(uint256 device, uint64 back, uint8 count, bytes32 seed, bool lie, uint16 shift) external {
        device %= DEVICES;
        wait(uint16(uint256(seed)));
        uint64 next = uint64(_runs[device].length);
        uint64 first = back % 8 == 7 ? next + 1 : next - uint64(back % (next + 1 < 4 ? next + 1 : 4));
        bytes32[] memory roots = new bytes32[]((count % 5) + 1);
        for (uint256 i = 0; i < roots.length; i++) {
            roots[i] = first + i < next ? _runs[device][first + i] : keccak256(abi.encode(seed, i)) >> 3;
        }
        if (lie && first < next) roots[0] = bytes32(uint256(roots[0]) ^ 1);
        bool allowed = first <= next && !(lie && first < next) && _takes(device, first + roots.length);
        uint64 through = _through(device, shift);
        if (first + roots.length > next) allowed = allowed && _mayTell(device, through);
        bytes memory signature = sign(device, submission(device, first, roots, through));
        try registry.submit(_books[device].id, first, roots, through, signature) {
            if (!allowed) surprise = "a submission was taken";
            _note(device, first, roots, through);
        } catch {
            if (allowed) surprise = "a submission was refused";
        }
    }

    function _takes(uint256 device, uint256 end) private view returns (bool) {
        Book storage book = _books[device];
        return book.enrolledAt != NEVER && book.since == NEVER && end <= book.runs;
    }

    function _mayTell(uint256 device, uint64 through) private view returns (bool) {
        return through % 60 == 0 && through <= block.timestamp && through >= lastOf(device).through;
    }

    function _through(uint256 device, uint16 shift) private view returns (uint64) {
        uint64 last = lastOf(device).through;
        uint64 minute = uint64(block.timestamp) / 60 * 60;
        if (shift % 8 == 1) return minute + 60;
        if (shift % 8 == 3) return minute - 1;
        if (shift % 8 == 5) return last < 60 ? 0 : last - 60;
        if (last < minute - 6000) return minute - 60 * (shift % 100);
        return last + 60 * (shift % ((minute - last) / 60 + 1));
    }

    function _note(uint256 device, uint64 first, bytes32[] memory roots, uint64 through) private {
        address operator = _books[device].operator;
        uint256 before = _runs[device].length;
        for (uint256 i = before - first; i < roots.length; i++) {
            _runs[device].push(roots[i]);
            _ledger[operator].push(roots[i]);
        }
        if (_runs[device].length == before) return;
        submissions[operator]++;
        _told[device].push(Told(uint64(block.timestamp), through, uint64(_runs[device].length)));
    }

    /// @notice A submission that another device signed, or the device itself with another `through`.
    function forge(uint256 device, bytes32 seed, bool own) external {
        device %= DEVICES;
        bytes32[] memory roots = new bytes32[](1);
        roots[0] = seed >> 3;
        uint64 next = uint64(_runs[device].length);
        uint64 through = _through(device, 0);
        bytes32 message = submission(device, next, roots, own ? through - 60 : through);
        bytes memory signature = sign(own ? device : (device + 1) % DEVICES, message);
        try registry.submit(_books[device].id, next, roots, through, signature) {
            surprise = "a forged submission was taken";
        } catch {}
    }

    function revise(uint256 device, bytes32 evidence) external {
        Book storage book = _books[device % DEVICES];
        VM.prank(VOUCHER);
        try registry.revise(book.id, evidence) {
            if (book.since != NEVER) surprise = "a withdrawn vouch was revised";
            book.evidence = evidence;
        } catch {
            if (book.since == NEVER) surprise = "a revision was refused";
        }
    }

    /// @notice Rarely, so that the other calls have something to do. From a time before everything, within it, or to come.
    function withdraw(uint256 device, uint64 back) external {
        device %= DEVICES;
        if (back % 4 != 0) return;
        Book storage book = _books[device];
        uint64 since = uint64(block.timestamp) + 10 - (back % 1000);
        bool allowed = since <= block.timestamp && since < book.since;
        VM.prank(VOUCHER);
        try registry.withdraw(book.id, since) {
            if (!allowed) surprise = "a withdrawal was taken";
            if (book.enrolledAt == NEVER && book.since == NEVER) vouched[book.operator]--;
            book.since = since;
            if (_told[device].length == 0 || lastOf(device).time < since) return;
            if (book.suspectSince == 0) _suspects[book.operator].push(device);
            book.suspectSince = since;
        } catch {
            if (allowed) surprise = "a withdrawal was refused";
        }
    }

    function retire(uint256 device, uint64 more, bool lie) external {
        device %= DEVICES;
        if (more % 8 != 0) return;
        Book storage book = _books[device];
        uint64 anchored = uint64(_runs[device].length);
        uint64 runs = lie ? (anchored == 0 ? NEVER : anchored - 1) : anchored + ((more / 8) % 3);
        bool allowed = book.enrolledAt != NEVER && book.runs == NEVER && !lie;
        bytes32 message = keccak256(abi.encode(keccak256("wattest.retirement.v1"), block.chainid, registry, book.id, runs));
        try registry.retire(book.id, runs, sign(device, message)) {
            if (!allowed) surprise = "a retirement was taken";
            (book.runs, book.retiredAt) = (runs, uint64(block.timestamp));
        } catch {
            if (allowed) surprise = "a retirement was refused";
        }
    }

    /// @notice Nobody but the operator that a vouch names can enrol a device.
    function enrolAsStranger(uint256 key, address sender) external {
        key = (key % 1000) + 1000;
        (uint256 x, uint256 y) = VM.publicKeyP256(key);
        bytes32 id = keccak256(abi.encode(x, y));
        address operator = _books[0].operator;
        if (registry.vouchOf(id, VOUCHER).operator == address(0)) {
            VM.prank(VOUCHER);
            registry.vouch(id, operator, bytes32(0));
            vouched[operator]++;
        }
        if (sender == operator) return;
        bytes32 message = keccak256(
            abi.encode(keccak256("wattest.enrolment.v1"), block.chainid, registry, id, sender, VOUCHER, uint8(1), bytes32(0))
        );
        (bytes32 r, bytes32 s) = VM.signP256(key, sha256(abi.encode(message)));
        VM.prank(sender);
        try registry.enrol(2, abi.encode(x, y), VOUCHER, 1, bytes32(0), abi.encode(r, s)) {
            surprise = "a stranger enrolled a device";
        } catch {}
    }

    function pay(uint96 value) external {
        VM.deal(address(this), value);
        (bool done,) = address(registry).call{value: value}("");
        if (done) surprise = "ether was taken";
    }

    function bookOf(uint256 device) external view returns (Book memory) {
        return _books[device];
    }

    function runsOf(uint256 device) external view returns (bytes32[] memory) {
        return _runs[device];
    }

    function toldOf(uint256 device) external view returns (Told[] memory) {
        return _told[device];
    }

    function lastOf(uint256 device) public view returns (Told memory last) {
        if (_told[device].length != 0) last = _told[device][_told[device].length - 1];
    }

    function ledgerOf(address operator) external view returns (bytes32[] memory) {
        return _ledger[operator];
    }

    function membersOf(address operator) external view returns (uint256[] memory) {
        return _members[operator];
    }

    function suspectsOf(address operator) external view returns (uint256[] memory) {
        return _suspects[operator];
    }

    function submission(uint256 device, uint64 first, bytes32[] memory roots, uint64 through) private view returns (bytes32) {
        return keccak256(abi.encode(keccak256("wattest.submission.v1"), block.chainid, registry, _books[device].id, first, roots, through));
    }

    function sign(uint256 device, bytes32 message) private pure returns (bytes memory) {
        (bytes32 r, bytes32 s) = VM.signP256(device + 1, sha256(abi.encode(message)));
        return abi.encode(r, s);
    }
}
