// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Hash chains (docs/spec/event.md, section 5)
library Heads {
    // The part a subject plays in an event: one byte of each link.
    uint8 internal constant RECORDED = 0;
    uint8 internal constant MADE = 1;
    uint8 internal constant INPUT = 2;
    uint8 internal constant MOVED = 3;
    uint8 internal constant NOTED = 4;
    uint8 internal constant RECALLED = 5;

    function seed(string memory tag, bytes32 ledgerId, bytes32 subject) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(tag, ledgerId, subject));
    }

    /// @dev As `seed`, without a string in memory: it is part of every new batch's price.
    function seedOfBatch(bytes32 ledgerId, bytes32 batch) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked("nguon.batch", ledgerId, batch));
    }

    function next(bytes32 head, uint8 kind, uint8 role, bytes32 id) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(head, kind, role, id));
    }
}
