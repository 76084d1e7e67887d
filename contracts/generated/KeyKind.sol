// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// Generated from circuits/keys/manifest.json.

/// @dev Whether the secret behind the verifiers in this folder is public, so that anybody can forge their proofs.
bool constant DEVELOPMENT_KEYS = true;
