// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAnchorRegistry} from "./IAnchorRegistry.sol";
import {Checkpoints} from "./lib/Checkpoints.sol";

/// @title Books of the registry
/// @dev docs/contracts.md has the slot of each value, verifiers prove some of them.
abstract contract AnchorRegistryStorage is IAnchorRegistry {
    uint64 internal constant MINUTE = 60;
    uint8 internal constant ED25519 = 1;
    uint8 internal constant P256_SHA256 = 2;
    /// @dev A time that does not come: `since` of a vouch that holds
    uint64 internal constant NEVER = type(uint64).max;
    /// @dev `runs` of a device that is not retired
    uint40 internal constant UNLIMITED = type(uint40).max;

    /* STORAGE */

    struct VouchState {
        address operator;
        uint64 since;
        uint32 suspicion; // 1 + index in the ledger of the interval that the withdrawal made; 0: none
        bytes32 evidence;
    }

    /// @dev A submission reads the first two words alone.
    struct DeviceState {
        bytes32 ledger;
        address table;
        uint40 nextRun;
        uint40 latest; // checkpoint of its last submission, if nextRun > 0
        uint8 scheme;
        bool ended; // retired or withdrawn: what is still taken must be looked up
        uint40 runs; // in all
        uint40 enrolledAt;
        uint40 retiredAt; // block time of the retirement
        uint8 boundary;
        bytes32 x; // of a P-256 key
        bytes32 y;
    }

    struct LedgerState {
        uint40 length;
        uint40 checkpointCount;
        uint40 deviceCount;
        uint40 vouchedCount;
        uint40 suspicionCount;
        address operator;
        address voucher;
    }

    mapping(bytes32 device => mapping(address voucher => VouchState)) internal _vouches;
    mapping(bytes32 device => DeviceState) internal _devices;
    mapping(bytes32 device => mapping(uint256 run => bytes32 root)) internal _roots;
    mapping(bytes32 ledger => LedgerState) internal _ledgers;
    mapping(bytes32 ledger => mapping(uint256 index => bytes32 device)) internal _members;
    mapping(bytes32 ledger => mapping(uint256 index => Checkpoints.Checkpoint)) internal _checkpoints;
    mapping(bytes32 ledger => mapping(uint256 index => Suspicion)) internal _suspicions;
    mapping(bytes32 ledger => mapping(uint8 boundary => uint256)) internal _deviceCounts;
    mapping(address operator => bytes32[] ledgers) internal _ledgersOf;
}
