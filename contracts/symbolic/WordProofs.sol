// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {BatchWord, BatchWords, HoldingWord, HoldingWords, ShipmentWord, ShipmentWords} from "../src/ledger/Slots.sol";
import {Proofs} from "./Proofs.sol";

/// @title One word each: what goes in comes out, and no field reaches into another
contract WordProofs is Proofs {
    function setUp() public override {}

    /// @notice A batch, a holding and a shipment read back as they were created, for all values of all fields.
    function check_words_give_back_what_they_were_made_of(
        uint32 product,
        uint32 origin,
        uint64 openUntil,
        uint8 marks,
        uint96 quantity,
        uint96 sold
    ) public {
        BatchWord batch = BatchWords.create(product, origin, openUntil, marks);
        HoldingWord held = HoldingWords.create(quantity, sold);
        ShipmentWord shipment = ShipmentWords.create(quantity, product, origin);
        bool batches = _and(batch.product() == product, batch.origin() == origin, batch.openUntil() == openUntil);
        bool holdings = _and(held.quantity() == quantity, held.sold() == sold, held.everHeld());
        bool shipments = _and(shipment.open() == quantity, shipment.from() == product, shipment.to() == origin);
        _claim(_and(_and(batches, batch.marks() == marks, batch.itemCount() == 0), holdings, shipments));
    }

    /// @notice Marking, unmarking and counting items change their own field of a batch and no other.
    function check_marks_and_items_touch_no_other_field(uint256 word, uint8 flags, uint32 items) public {
        BatchWord batch = BatchWord.wrap(word);
        uint256 marks = word >> 160 & 255;
        bool marked = BatchWord.unwrap(batch.marked(flags)) == (word & ~(uint256(255) << 160) | (marks | flags) << 160);
        bool unmarked = BatchWord.unwrap(batch.unmarked(flags))
            == (word & ~(uint256(255) << 160) | (marks & ~uint256(flags)) << 160);
        BatchWord counted = batch.withItems(items);
        bool others = (BatchWord.unwrap(counted) ^ word) & ~(uint256(type(uint32).max) << 128) == 0;
        _claim(_and(marked, unmarked, counted.itemCount() == items, others));
    }
}
