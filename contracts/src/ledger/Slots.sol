// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICustodyLedger} from "../interfaces/ICustodyLedger.sol";

/// @title One storage word for a batch, a holding, a shipment (docs/spec/ledger.md, Storage)
/// @dev The layout is the compiler's own for these structs, lowest bits first, frozen because proofs read it. Done by
/// hand because the compiler writes a struct member by member, each with a load and a store of the same slot.
library Slots {
    function pack(ICustodyLedger.Batch memory state) internal pure returns (uint256) {
        return uint256(state.product) | uint256(state.origin) << 32 | uint256(state.openUntil) << 64
            | uint256(state.itemCount) << 128 | uint256(state.marks) << 160;
    }

    function batch(uint256 word) internal pure returns (ICustodyLedger.Batch memory) {
        return ICustodyLedger.Batch({
            product: uint32(word),
            origin: uint32(word >> 32),
            openUntil: uint64(word >> 64),
            itemCount: uint32(word >> 128),
            marks: uint8(word >> 160)
        });
    }

    function pack(ICustodyLedger.Holding memory held) internal pure returns (uint256) {
        return uint256(held.quantity) | uint256(held.sold) << 96 | (held.everHeld ? uint256(1) << 192 : 0);
    }

    function holding(uint256 word) internal pure returns (ICustodyLedger.Holding memory) {
        return ICustodyLedger.Holding({quantity: uint96(word), sold: uint96(word >> 96), everHeld: word >> 192 != 0});
    }

    function pack(ICustodyLedger.Shipment memory shipment_) internal pure returns (uint256) {
        return uint256(shipment_.open) | uint256(shipment_.from) << 96 | uint256(shipment_.to) << 128;
    }

    function shipment(uint256 word) internal pure returns (ICustodyLedger.Shipment memory) {
        return ICustodyLedger.Shipment({open: uint96(word), from: uint32(word >> 96), to: uint32(word >> 128)});
    }
}
