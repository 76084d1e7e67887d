// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchorRegistry} from "../AnchorRegistry.sol";
import {IAnchorRegistry} from "../IAnchorRegistry.sol";
import {IEd25519, IEd25519Table, IPoseidonT3} from "../lib/IArithmetic.sol";
import {PoseidonT3} from "../lib/PoseidonT3.sol";

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
    uint256 public constant DEVICES = 3;
    address public constant VOUCHER = address(0x70);

    AnchorRegistry public immutable registry;
    bytes32[DEVICES] public ids;
    address[DEVICES] public operators = [address(0x10), address(0x10), address(0x20)];
    bool[DEVICES] public withdrawn;
    uint64[DEVICES] public lastRun;
    mapping(uint256 device => bytes32[]) private _runs;
    mapping(address operator => bytes32[]) private _ledger;
    mapping(address operator => uint64) public submissions;
    string public surprise;

    constructor(AnchorRegistry registry_) {
        registry = registry_;
        VM.warp(1_000_000);
        for (uint256 i = 0; i < DEVICES; i++) {
            (uint256 x, uint256 y) = VM.publicKeyP256(i + 1);
            ids[i] = keccak256(abi.encode(x, y));
            lastRun[i] = type(uint64).max;
            VM.prank(VOUCHER);
            registry.vouch(ids[i], operators[i], bytes32(0));
            bytes memory signature = sign(i, keccak256(abi.encode(keccak256("wattest.enrolment.v1"), block.chainid, registry, ids[i], operators[i], VOUCHER)));
            VM.prank(operators[i]);
            registry.enrol(2, abi.encode(x, y), VOUCHER, signature);
        }
    }

    /// @notice Submits from `back` runs before the next one, or one too far; with the books' roots for what is known, or another.
    function submit(uint256 device, uint64 back, uint8 count, bytes32 seed, bool lie) external {
        device %= DEVICES;
        bytes32[] storage runs = _runs[device];
        uint64 next = uint64(runs.length);
        uint64 first = back % 8 == 7 ? next + 1 : next - uint64(back % (next + 1 < 4 ? next + 1 : 4));
        bytes32[] memory roots = new bytes32[]((count % 5) + 1);
        for (uint256 i = 0; i < roots.length; i++) {
            roots[i] = first + i < next ? runs[first + i] : keccak256(abi.encode(seed, i)) >> 3;
        }
        bool known = first < next;
        if (lie && known) roots[0] = bytes32(uint256(roots[0]) ^ 1);
        bool allowed = first <= next && !(lie && known) && !withdrawn[device] && first + roots.length - 1 <= lastRun[device];
        VM.warp(block.timestamp + (uint256(seed) % 3));
        try registry.submit(ids[device], first, roots, sign(device, submission(device, first, roots))) {
            if (!allowed) surprise = "a submission was taken";
            bool added;
            for (uint256 i = 0; i < roots.length; i++) {
                if (first + i < next) continue;
                added = true;
                runs.push(roots[i]);
                _ledger[operators[device]].push(roots[i]);
            }
            if (added) submissions[operators[device]]++;
        } catch {
            if (allowed) surprise = "a submission was refused";
        }
    }

    /// @notice A submission that another device signed.
    function forge(uint256 device, bytes32 seed) external {
        device %= DEVICES;
        bytes32[] memory roots = new bytes32[](1);
        roots[0] = seed >> 3;
        uint64 next = uint64(_runs[device].length);
        bytes memory signature = sign((device + 1) % DEVICES, submission(device, next, roots));
        try registry.submit(ids[device], next, roots, signature) {
            surprise = "a forged submission was taken";
        } catch {}
    }

    function withdraw(uint256 device, uint64 since) external {
        device %= DEVICES;
        // rarely, so that the other calls have something to do
        if (since % 8 != 0) return;
        VM.prank(VOUCHER);
        try registry.withdraw(ids[device], since % uint64(block.timestamp)) {
            withdrawn[device] = true;
        } catch {}
    }

    function retire(uint256 device, uint64 more) external {
        device %= DEVICES;
        if (more % 8 != 0 || lastRun[device] != type(uint64).max) return;
        uint64 last = uint64(_runs[device].length) + (more % 5);
        bytes32 message = keccak256(abi.encode(keccak256("wattest.retirement.v1"), block.chainid, registry, ids[device], last));
        registry.retire(ids[device], last, sign(device, message));
        lastRun[device] = last;
    }

    /// @notice Nobody but the operator that a vouch names can enrol a device.
    function enrolAsStranger(uint256 key, address sender) external {
        key = (key % 1000) + 1000;
        (uint256 x, uint256 y) = VM.publicKeyP256(key);
        bytes32 id = keccak256(abi.encode(x, y));
        if (registry.vouchOf(id, VOUCHER).operator == address(0)) {
            VM.prank(VOUCHER);
            registry.vouch(id, operators[0], bytes32(0));
        }
        if (sender == operators[0]) return;
        bytes32 message = keccak256(abi.encode(keccak256("wattest.enrolment.v1"), block.chainid, registry, id, sender, VOUCHER));
        (bytes32 r, bytes32 s) = VM.signP256(key, sha256(abi.encode(message)));
        VM.prank(sender);
        try registry.enrol(2, abi.encode(x, y), VOUCHER, abi.encode(r, s)) {
            surprise = "a stranger enrolled a device";
        } catch {}
    }

    function pay(uint96 value) external {
        VM.deal(address(this), value);
        (bool done,) = address(registry).call{value: value}("");
        if (done) surprise = "ether was taken";
    }

    function runsOf(uint256 device) external view returns (bytes32[] memory) {
        return _runs[device];
    }

    function ledgerOf(address operator) external view returns (bytes32[] memory) {
        return _ledger[operator];
    }

    function submission(uint256 device, uint64 first, bytes32[] memory roots) private view returns (bytes32) {
        return keccak256(abi.encode(keccak256("wattest.submission.v1"), block.chainid, registry, ids[device], first, roots));
    }

    function sign(uint256 device, bytes32 message) private pure returns (bytes memory) {
        (bytes32 r, bytes32 s) = VM.signP256(device + 1, sha256(abi.encode(message)));
        return abi.encode(r, s);
    }
}

contract AnchorRegistryTest {
    AnchorRegistry private _registry;
    PoseidonT3 private _poseidon;
    Actors private _actors;

    function setUp() public {
        _poseidon = new PoseidonT3();
        _registry = new AnchorRegistry(IEd25519(address(0)), IEd25519Table(address(0)), IPoseidonT3(address(_poseidon)));
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
            bytes32[] memory runs = _actors.runsOf(i);
            require(_registry.deviceOf(_actors.ids(i)).nextRun == runs.length, "number of runs");
            bytes32[] memory roots = _registry.rootsOf(_actors.ids(i), 0, type(uint64).max);
            require(keccak256(abi.encode(roots)) == keccak256(abi.encode(runs)), "roots");
        }
    }

    /// @notice 3. A ledger's head is the fold of its anchors in order, its length their number, and each submission that added one
    /// is a checkpoint, the last of which has head and length.
    function invariant_headIsTheFoldOfTheAnchors() public view {
        for (uint256 i = 1; i < 3; i++) {
            address operator = _actors.operators(i);
            bytes32[] memory anchors = _actors.ledgerOf(operator);
            bytes32 id = _registry.ledgerId(operator, _actors.VOUCHER());
            IAnchorRegistry.Ledger memory ledger = _registry.ledgerOf(id);
            require(ledger.length == anchors.length, "length");
            require(ledger.checkpointCount == _actors.submissions(operator), "checkpoints");
            if (anchors.length == 0) continue;
            require(ledger.head == _poseidon.fold(0, anchors)[anchors.length - 1], "head");
            (bytes32 head, uint64 length,) = _registry.checkpointOf(id, ledger.checkpointCount - 1);
            require(head == ledger.head && length == ledger.length, "last checkpoint");
        }
    }

    /// @notice 4. Every run answers its place in the ledger: there the books have its root.
    function invariant_positionsNameTheirRoots() public view {
        for (uint256 i = 0; i < _actors.DEVICES(); i++) {
            bytes32[] memory anchors = _actors.ledgerOf(_actors.operators(i));
            bytes32[] memory runs = _actors.runsOf(i);
            for (uint64 run = 0; run < runs.length; run++) {
                (bytes32 root,, uint64 position) = _registry.anchorOf(_actors.ids(i), run);
                require(anchors[position] == root, "position");
            }
        }
    }

    /// @notice 5. The registry keeps no ether.
    function invariant_noEther() public view {
        require(address(_registry).balance == 0, "ether");
    }
}
