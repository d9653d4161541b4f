// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICustodyLedger} from "../interfaces/ICustodyLedger.sol";

/// @dev The one storage word of a batch, a holding, a shipment (docs/spec/ledger.md, Storage). The layout is the
/// compiler's own for the structs of ICustodyLedger, lowest bits first, and frozen, because proofs read it. By hand,
/// because the compiler writes a struct member by member, each with a load and a store of the same slot.
type BatchWord is uint256;
type HoldingWord is uint256;
type ShipmentWord is uint256;

/// @dev A word in storage that can be pointed to, so that its slot is computed once.
struct BatchSlot {
    BatchWord word;
}

struct HoldingSlot {
    HoldingWord word;
}

struct ShipmentSlot {
    ShipmentWord word;
}

struct NonceSlot {
    uint256 bits;
}

struct HeadSlot {
    bytes32 head;
}

using BatchWords for BatchWord global;
using HoldingWords for HoldingWord global;
using ShipmentWords for ShipmentWord global;

/// @title product (32 bits) · origin (32) · openUntil (64) · itemCount (32) · marks (8)
library BatchWords {
    function create(uint32 product_, uint32 origin_, uint64 openUntil_, uint8 marks_)
        internal
        pure
        returns (BatchWord)
    {
        return BatchWord.wrap(
            uint256(product_) | uint256(origin_) << 32 | uint256(openUntil_) << 64 | uint256(marks_) << 160
        );
    }

    function product(BatchWord batch) internal pure returns (uint32) {
        return uint32(BatchWord.unwrap(batch));
    }

    function origin(BatchWord batch) internal pure returns (uint32) {
        return uint32(BatchWord.unwrap(batch) >> 32);
    }

    function openUntil(BatchWord batch) internal pure returns (uint64) {
        return uint64(BatchWord.unwrap(batch) >> 64);
    }

    function itemCount(BatchWord batch) internal pure returns (uint32) {
        return uint32(BatchWord.unwrap(batch) >> 128);
    }

    function marks(BatchWord batch) internal pure returns (uint8) {
        return uint8(BatchWord.unwrap(batch) >> 160);
    }

    function has(BatchWord batch, uint8 anyOf) internal pure returns (bool) {
        return marks(batch) & anyOf != 0;
    }

    function isOpen(BatchWord batch) internal view returns (bool) {
        return block.timestamp <= openUntil(batch);
    }

    function marked(BatchWord batch, uint8 added) internal pure returns (BatchWord) {
        return BatchWord.wrap(BatchWord.unwrap(batch) | uint256(added) << 160);
    }

    function unmarked(BatchWord batch, uint8 removed) internal pure returns (BatchWord) {
        return BatchWord.wrap(BatchWord.unwrap(batch) & ~(uint256(removed) << 160));
    }

    /// @dev As it is when nobody may add to it any more; one whose time has passed keeps that time.
    function closed(BatchWord batch) internal view returns (BatchWord) {
        if (!isOpen(batch)) return batch;
        return BatchWord.wrap(BatchWord.unwrap(batch) & ~(uint256(type(uint64).max) << 64));
    }

    function withItems(BatchWord batch, uint32 count) internal pure returns (BatchWord) {
        return BatchWord.wrap(BatchWord.unwrap(batch) & ~(uint256(type(uint32).max) << 128) | uint256(count) << 128);
    }

    function read(BatchWord batch) internal pure returns (ICustodyLedger.Batch memory) {
        return ICustodyLedger.Batch({
            product: product(batch),
            origin: origin(batch),
            openUntil: openUntil(batch),
            itemCount: itemCount(batch),
            marks: marks(batch)
        });
    }
}

/// @title quantity (96 bits) · sold (96) · everHeld (8)
library HoldingWords {
    uint256 private constant EVER_HELD = 1 << 192;

    /// @dev Who has something written here has held some of the batch.
    function create(uint96 quantity_, uint96 sold_) internal pure returns (HoldingWord) {
        return HoldingWord.wrap(uint256(quantity_) | uint256(sold_) << 96 | EVER_HELD);
    }

    function quantity(HoldingWord held) internal pure returns (uint96) {
        return uint96(HoldingWord.unwrap(held));
    }

    function sold(HoldingWord held) internal pure returns (uint96) {
        return uint96(HoldingWord.unwrap(held) >> 96);
    }

    function everHeld(HoldingWord held) internal pure returns (bool) {
        return HoldingWord.unwrap(held) & EVER_HELD != 0;
    }

    function read(HoldingWord held) internal pure returns (ICustodyLedger.Holding memory) {
        return ICustodyLedger.Holding({quantity: quantity(held), sold: sold(held), everHeld: everHeld(held)});
    }
}

/// @title open (96 bits) · from (32) · to (32)
library ShipmentWords {
    function create(uint96 open_, uint32 from_, uint32 to_) internal pure returns (ShipmentWord) {
        return ShipmentWord.wrap(uint256(open_) | uint256(from_) << 96 | uint256(to_) << 128);
    }

    function open(ShipmentWord shipment) internal pure returns (uint96) {
        return uint96(ShipmentWord.unwrap(shipment));
    }

    function from(ShipmentWord shipment) internal pure returns (uint32) {
        return uint32(ShipmentWord.unwrap(shipment) >> 96);
    }

    function to(ShipmentWord shipment) internal pure returns (uint32) {
        return uint32(ShipmentWord.unwrap(shipment) >> 128);
    }

    function read(ShipmentWord shipment) internal pure returns (ICustodyLedger.Shipment memory) {
        return ICustodyLedger.Shipment({open: open(shipment), from: from(shipment), to: to(shipment)});
    }
}
