// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Raw} from "./Raw.sol";

/// @title Hash chains (docs/spec/event.md, section 5)
library Heads {
    // The part a subject plays in an event: one byte of each link.
    uint8 internal constant RECORDED = 0;
    uint8 internal constant MADE = 1;
    uint8 internal constant INPUT = 2;
    uint8 internal constant MOVED = 3;
    uint8 internal constant NOTED = 4;
    uint8 internal constant RECALLED = 5;

    function seedOfLedger(bytes32 ledgerId) internal pure returns (bytes32) {
        return Raw.hash("nguon.ledger", 12, ledgerId, 0);
    }

    function seedOfBatch(bytes32 ledgerId, bytes32 batch) internal pure returns (bytes32) {
        return Raw.hash("nguon.batch", 11, ledgerId, batch);
    }

    function seedOfPlace(bytes32 ledgerId, bytes32 place) internal pure returns (bytes32) {
        return Raw.hash("nguon.place", 11, ledgerId, place);
    }

    function seedOfParties(bytes32 ledgerId) internal pure returns (bytes32) {
        return Raw.hash("nguon.parties", 13, ledgerId, 0);
    }

    function seedOfProducts(bytes32 ledgerId) internal pure returns (bytes32) {
        return Raw.hash("nguon.products", 14, ledgerId, 0);
    }

    function next(bytes32 head, uint8 kind, uint8 role, bytes32 id) internal pure returns (bytes32) {
        return Raw.hash(head, uint256(kind) << 8 | role, id);
    }
}
