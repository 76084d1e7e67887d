// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchorRegistry} from "../AnchorRegistry.sol";
import {IEd25519, IEd25519Table, IPoseidonT3} from "../lib/IArithmetic.sol";
import {PoseidonT3} from "../lib/PoseidonT3.sol";
import {Vm} from "./Actors.sol";

/// @title One stolen key among many devices
contract FleetTest {
    Vm private constant VM = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
    address private constant VOUCHER = address(0x70);
    uint256 private constant DEVICES = 1000;
    uint256 private constant STOLEN = 500;
    uint64 private constant START = 1_000_020;
    AnchorRegistry private _registry;
    bytes32[] private _devices;

    function setUp() public {
        address poseidon = address(new PoseidonT3());
        // no device here signs by Ed25519, so that other code will do
        _registry = new AnchorRegistry(IEd25519(poseidon), IEd25519Table(poseidon), IPoseidonT3(poseidon));
        VM.warp(START);
        for (uint256 key = 1; key <= DEVICES; key++) _devices.push(_enrol(key));
    }

    function test_OneRevokedKeyInAFleetOfAThousand_TaintsItsOwnStretchAlone() public {
        for (uint64 day = 1; day <= 6; day++) {
            VM.warp(START + day * 1 days);
            _submit(7, day - 1);
            if (day < 6) _submit(STOLEN, day - 1);
        }
        bytes32 ledger = _registry.ledgerId(address(this), VOUCHER);
        uint64 stolenAt = START + 3 days + 1 hours;
        VM.prank(VOUCHER);
        _registry.withdraw(_devices[STOLEN - 1], stolenAt);
        require(_registry.ledgerOf(ledger).suspicionCount == 1, "one interval");
        require(!_registry.isSuspect(ledger, START, stolenAt), "what was anchored before the theft stays good");
        require(_registry.isSuspect(ledger, START + 4 days, START + 4 days + 1), "what the thief may have anchored does not");
        require(!_registry.isSuspect(ledger, START + 5 days + 1, type(uint64).max), "nor is anything after it suspect");
        _checkExpected(ledger, stolenAt);
    }

    /// @dev From the theft on, what is to be metered is the time of one device less, and of no other.
    function _checkExpected(bytes32 ledger, uint64 stolenAt) private view {
        uint64 expected;
        for (uint64 offset = 0; offset < DEVICES; offset += 250) {
            expected += _registry.expectedTime(ledger, 2, stolenAt, stolenAt + 100, offset, 250);
        }
        require(expected == (DEVICES - 1) * 100, "expected time");
        uint64 before = _registry.expectedTime(ledger, 2, stolenAt - 100, stolenAt, 250, 250);
        require(before == 250 * 100, "expected time before");
    }

    function _enrol(uint256 key) private returns (bytes32 id) {
        (uint256 x, uint256 y) = VM.publicKeyP256(key);
        id = keccak256(abi.encode(x, y));
        VM.prank(VOUCHER);
        _registry.vouch(id, address(this), bytes32(uint256(7)));
        bytes32 message = keccak256(
            abi.encode(
                keccak256("wattest.enrolment.v1"), block.chainid, _registry, id, address(this), VOUCHER, uint8(2), bytes32(uint256(7))
            )
        );
        _registry.enrol(2, abi.encode(x, y), VOUCHER, 2, bytes32(uint256(7)), _sign(key, message));
    }

    function _submit(uint256 key, uint64 run) private {
        bytes32[] memory roots = new bytes32[](1);
        roots[0] = keccak256(abi.encode(key, run)) >> 3;
        uint64 through = uint64(block.timestamp) / 60 * 60;
        bytes32 device = _devices[key - 1];
        bytes32 message = keccak256(
            abi.encode(keccak256("wattest.submission.v1"), block.chainid, _registry, device, run, roots, through)
        );
        _registry.submit(device, run, roots, through, _sign(key, message));
    }

    function _sign(uint256 key, bytes32 message) private pure returns (bytes memory) {
        (bytes32 r, bytes32 s) = VM.signP256(key, sha256(abi.encode(message)));
        return abi.encode(r, s);
    }
}
