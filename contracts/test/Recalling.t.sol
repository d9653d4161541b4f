// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICustodyLedger} from "../src/interfaces/ICustodyLedger.sol";
import {World} from "./World.sol";

/// @notice Recall and Lift, and where recalled goods may still go (docs/spec/law.md, Note and Move).
contract RecallingTest is World {
    uint8 private constant BY_ORIGIN = 16;
    uint8 private constant BY_BRAND_OWNER = 32;
    uint8 private constant BY_INSPECTORS = 64;

    bytes32 private batch;

    function setUp() public override {
        super.setUp();
        batch = _harvest();
    }

    function test_each_capacity_sets_and_lifts_its_own_flags() public {
        bytes32 made = _outside(); // of the shop; the plant owns the brand
        bytes32 id = _accept(_recall(SHOP_KEY, made));
        assertEq(ledger.batches(made).marks, 1 | 2 | BY_ORIGIN);
        assertEq(ledger.batches(made).openUntil, 0, "closed");
        _accept(_recall(PLANT_KEY, made));
        _accept(_recall(LAB_KEY, made));
        assertEq(ledger.batches(made).marks, 1 | 2 | BY_ORIGIN | BY_BRAND_OWNER | BY_INSPECTORS);
        _accept(_recall(LAB_KEY, made)); // again: nothing changes

        _accept(_lift(PLANT_KEY, made, id));
        assertEq(ledger.batches(made).marks, 1 | 2 | BY_ORIGIN | BY_INSPECTORS);
        _refuse(_lift(PLANT_KEY, made, id), abi.encodeWithSelector(ICustodyLedger.NotRecalled.selector, made));
        _accept(_lift(SHOP_KEY, made, id));
        _accept(_lift(LAB_KEY, made, id));
        assertEq(ledger.batches(made).marks, 1 | 2);
        assertEq(ledger.batches(made).openUntil, 0, "a lifted batch stays closed");
    }

    function test_a_party_with_several_capacities_sets_all_of_them() public {
        _accept(_recall(FARM_KEY, batch)); // origin and brand owner
        assertEq(ledger.batches(batch).marks, 2 | BY_ORIGIN | BY_BRAND_OWNER);
        _accept(_lift(FARM_KEY, batch, bytes32(uint256(1))));
        assertEq(ledger.batches(batch).marks, 2);
        partyRegistry.setInspector(farm, true);
        _accept(_recall(FARM_KEY, batch));
        assertEq(ledger.batches(batch).marks, 2 | BY_ORIGIN | BY_BRAND_OWNER | BY_INSPECTORS);
    }

    function test_heads_of_recalled_and_lifted_batches() public {
        bytes32 head = ledger.headOf(batch);
        bytes32 id = _accept(_recall(FARM_KEY, batch));
        head = keccak256(abi.encodePacked(head, uint8(23), uint8(5), id));
        assertEq(ledger.headOf(batch), head, "role recalled");
        id = _accept(_lift(FARM_KEY, batch, id));
        assertEq(ledger.headOf(batch), keccak256(abi.encodePacked(head, uint8(24), uint8(5), id)));
    }

    function test_a_closed_batch_keeps_its_time() public {
        vm.warp(NOW + 2 days);
        _accept(_recall(FARM_KEY, batch));
        assertEq(ledger.batches(batch).openUntil, NOW + 1 days);
    }

    function test_UnusedFieldSet_SubjectCount_TargetMissing() public {
        for (uint8 kind = 23; kind <= 24; ++kind) {
            ICustodyLedger.Note memory note = _noteOf(FARM_KEY, kind);
            note.owner = farm;
            note.place = "urn:pond";
            _refuse(note, abi.encodeWithSelector(ICustodyLedger.UnusedFieldSet.selector, "owner"));
            note.owner = bytes32(0);
            _refuse(note, abi.encodeWithSelector(ICustodyLedger.UnusedFieldSet.selector, "place"));
            note.place = "";
            _refuse(note, abi.encodeWithSelector(ICustodyLedger.SubjectCount.selector, 0));
            note.batches = new bytes32[](201);
            _refuse(note, abi.encodeWithSelector(ICustodyLedger.SubjectCount.selector, 201));
            note.batches = new bytes32[](200);
            bytes memory next = kind == 24
                ? abi.encodeWithSelector(ICustodyLedger.TargetMissing.selector)
                : abi.encodeWithSelector(ICustodyLedger.UnknownBatch.selector, 0);
            _refuse(note, next);
        }
    }

    function test_BatchesNotAscending_UnknownBatch_NotEntitled() public {
        bytes32 other = _outside();
        (bytes32 low, bytes32 high) = batch < other ? (batch, other) : (other, batch);
        for (uint8 kind = 23; kind <= 24; ++kind) {
            ICustodyLedger.Note memory note = _noteOf(LAB_KEY, kind);
            note.target = bytes32(uint256(1));
            note.batches = new bytes32[](2);
            (note.batches[0], note.batches[1]) = (high, low);
            if (kind == 23) _refuse(note, abi.encodeWithSelector(ICustodyLedger.BatchesNotAscending.selector));
            (note.batches[0], note.batches[1]) = (low, low);
            if (kind == 23) _refuse(note, abi.encodeWithSelector(ICustodyLedger.BatchesNotAscending.selector));
            (note.batches[0], note.batches[1]) = (bytes32(0), bytes32(0));
            _refuse(note, abi.encodeWithSelector(ICustodyLedger.UnknownBatch.selector, 0));
        }
        bytes4 law = ICustodyLedger.NotEntitled.selector;
        _refuse(_recall(PLANT_KEY, batch), abi.encodeWithSelector(law, batch, plant));
        _refuse(_lift(PLANT_KEY, batch, bytes32(uint256(1))), abi.encodeWithSelector(law, batch, plant));
        ICustodyLedger.Note memory both = _noteOf(LAB_KEY, 23);
        both.batches = new bytes32[](2);
        (both.batches[0], both.batches[1]) = (low, high);
        _accept(both);
        assertEq(ledger.batches(low).marks & BY_INSPECTORS, BY_INSPECTORS);
        assertEq(ledger.batches(high).marks & BY_INSPECTORS, BY_INSPECTORS);
    }

    function test_two_hundred_batches_in_one_recall() public {
        bytes32[] memory batches = new bytes32[](200);
        for (uint256 i = 0; i < 200; ++i) {
            string memory lot = vm.toString(i);
            _record(_sign(_commission(FARM_KEY, crab, lot, 1)));
            batches[i] = _batchOf(crab, farm, lot);
        }
        for (uint256 i = 1; i < 200; ++i) {
            bytes32 batch_ = batches[i];
            uint256 j = i;
            for (; j > 0 && batches[j - 1] > batch_; --j) {
                batches[j] = batches[j - 1];
            }
            batches[j] = batch_;
        }
        ICustodyLedger.Note memory note = _noteOf(FARM_KEY, 23);
        note.batches = batches;
        _accept(note);
        assertEq(ledger.batches(batches[199]).marks, 2 | BY_ORIGIN | BY_BRAND_OWNER);
    }

    // What recalled goods may still do

    function test_recalled_goods_are_neither_used_nor_sold() public {
        bytes32 raw = _delivered2();
        _accept(_recall(LAB_KEY, raw));
        bytes memory error = abi.encodeWithSelector(ICustodyLedger.BatchRecalled.selector, raw);
        _refuse(_moveOf(PLANT_KEY, 15, raw, 2_000_000), error);
        ICustodyLedger.Make memory make = _makeOf(PLANT_KEY, 2);
        make.inputs = _inputs(raw, 2_000_000);
        make.outputs = _outputs(salted, "S", 1);
        _refuse(make, error);
        make.kind = 3;
        _refuse(make, error);
        _refuse(
            _commission(FARM_KEY, crab, "HARVEST", 1),
            abi.encodeWithSelector(ICustodyLedger.BatchClosed.selector, batch, 0)
        );
    }

    function test_recalled_goods_are_still_settled_returned_and_disposed_of() public {
        bytes32 raw = _delivered2();
        _accept(_moveOf(PLANT_KEY, 15, raw, 10));
        bytes32 open = _accept(_ship(PLANT_KEY, raw, shop, 90));
        _accept(_recall(LAB_KEY, raw));
        _accept(_moveOf(PLANT_KEY, 16, raw, 10));
        _accept(_moveOf(PLANT_KEY, 17, raw, 10));
        for (uint8 kind = 12; kind <= 14; ++kind) {
            ICustodyLedger.Move memory move = _moveOf(kind == 14 ? PLANT_KEY : SHOP_KEY, kind, raw, 10);
            move.target = open;
            _accept(move);
        }
        _accept(_observe(PLANT_KEY, raw));
    }

    function test_recalled_goods_are_shipped_to_origin_brand_owner_and_carriers_only() public {
        bytes32 made = _outside(); // of the shop; the plant owns the brand
        bytes32 sent = _accept(_ship(SHOP_KEY, made, farm, 100));
        _accept(_receive(FARM_KEY, made, sent, 100));
        bytes32 truck = _admit("urn:nguon:party:truck", 8, 0x7);
        _accept(_recall(PLANT_KEY, made));
        bytes32 other = _admit("urn:nguon:party:other", 1 | 2 | 4 | 16, 0x8); // every role but the carrier's
        _refuse(_ship(FARM_KEY, made, other, 1), abi.encodeWithSelector(ICustodyLedger.BatchRecalled.selector, made));
        _refuse(_ship(FARM_KEY, made, lab, 1), abi.encodeWithSelector(ICustodyLedger.BatchRecalled.selector, made));
        _accept(_ship(FARM_KEY, made, shop, 1));
        _accept(_ship(FARM_KEY, made, plant, 1));
        _accept(_ship(FARM_KEY, made, truck, 1));
        _refuse(
            _ship(FARM_KEY, made, shop, 100),
            abi.encodeWithSelector(ICustodyLedger.MoreThanHeld.selector, made, farm, 100, 97)
        );
    }

    /// @dev Some salted crab that the shop bought outside.
    function _outside() private returns (bytes32) {
        ICustodyLedger.Make memory make = _commission(SHOP_KEY, salted, "BOUGHT", 1_000);
        make.provenance = 2;
        _accept(make);
        return _batchOf(salted, shop, "BOUGHT");
    }

    /// @dev All of the harvest at the plant.
    function _delivered2() private returns (bytes32) {
        bytes32 shipment = _accept(_ship(FARM_KEY, batch, plant, 1_000_000));
        _accept(_receive(PLANT_KEY, batch, shipment, 1_000_000));
        return batch;
    }

    function _recall(uint256 key, bytes32 of_) private returns (ICustodyLedger.Note memory note) {
        note = _observe(key, of_);
        note.kind = 23;
    }

    function _lift(uint256 key, bytes32 of_, bytes32 recall) private returns (ICustodyLedger.Note memory note) {
        note = _recall(key, of_);
        note.kind = 24;
        note.target = recall;
    }
}
