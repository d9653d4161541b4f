// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICustodyLedger} from "../src/interfaces/ICustodyLedger.sol";
import {World} from "./World.sol";

/// @notice The ways back: Reject, Withdraw, Return, and what goods and parties under suspension may still do
/// (docs/spec/law.md, Move).
contract WaysTest is World {
    bytes32 private constant NOBODY = keccak256("nobody");

    bytes32 private batch;

    function setUp() public override {
        super.setUp();
        batch = _harvest();
    }

    function test_Reject_sends_back_part_by_part() public {
        bytes32 shipment = _accept(_ship(FARM_KEY, batch, plant, 100));
        _accept(_settle(PLANT_KEY, 13, shipment, 30));
        _assertHeld(batch, farm, 999_930);
        _assertHeld(batch, plant, 0);
        assertFalse(ledger.holdingOf(batch, plant).everHeld, "never in its custody");
        assertEq(ledger.shipmentOf(shipment, batch).open, 70);
        _accept(_receive(PLANT_KEY, batch, shipment, 70));
        _refuse(_settle(PLANT_KEY, 13, shipment, 1), _moreThanOpen(shipment, 1, 0));
    }

    function test_Withdraw_takes_back_what_was_not_received() public {
        bytes32 shipment = _accept(_ship(FARM_KEY, batch, plant, 100));
        _accept(_receive(PLANT_KEY, batch, shipment, 60));
        _refuse(_settle(FARM_KEY, 14, shipment, 41), _moreThanOpen(shipment, 41, 40));
        _accept(_settle(FARM_KEY, 14, shipment, 40));
        _assertHeld(batch, farm, 999_940);
        _assertHeld(batch, plant, 60);
        assertEq(ledger.shipmentOf(shipment, batch).open, 0);
    }

    function test_Reject_and_Withdraw_UnknownBatch_UnknownShipment_NotNamedParty() public {
        bytes32 shipment = _accept(_ship(FARM_KEY, batch, plant, 100));
        bytes32 none = bytes32(uint256(1));
        for (uint8 kind = 13; kind <= 14; ++kind) {
            _refuse(
                _settle(PLANT_KEY, kind, none, 1),
                abi.encodeWithSelector(ICustodyLedger.UnknownShipment.selector, none, batch)
            );
            ICustodyLedger.Move memory move = _settle(PLANT_KEY, kind, shipment, 1);
            move.batch = none;
            _refuse(move, abi.encodeWithSelector(ICustodyLedger.UnknownBatch.selector, none));
            _refuse(_settle(SHOP_KEY, kind, shipment, 1), _notNamed(shipment, shop));
        }
        _refuse(_settle(FARM_KEY, 13, shipment, 1), _notNamed(shipment, farm));
        _refuse(_settle(PLANT_KEY, 14, shipment, 1), _notNamed(shipment, plant));
    }

    function test_Reject_QuantityOverflow() public {
        bytes32 shipment = _accept(_ship(FARM_KEY, batch, plant, 1_000_000));
        _accept(_commission(FARM_KEY, crab, "HARVEST", type(uint96).max));
        bytes memory error = abi.encodeWithSelector(ICustodyLedger.QuantityOverflow.selector);
        _refuse(_settle(PLANT_KEY, 13, shipment, 1), error);
        _refuse(_settle(FARM_KEY, 14, shipment, 1), error);
    }

    function test_Return_no_more_than_was_sold() public {
        _accept(_moveOf(FARM_KEY, 15, batch, 40));
        bytes4 law = ICustodyLedger.MoreThanSold.selector;
        _refuse(_moveOf(FARM_KEY, 16, batch, 41), abi.encodeWithSelector(law, batch, farm, 41, 40));
        _refuse(_moveOf(PLANT_KEY, 16, batch, 1), abi.encodeWithSelector(law, batch, plant, 1, 0));
        _accept(_moveOf(FARM_KEY, 16, batch, 15));
        ICustodyLedger.Holding memory held = ledger.holdingOf(batch, farm);
        assertEq(held.quantity, 999_975);
        assertEq(held.sold, 25);
        bytes32 none = bytes32(uint256(1));
        _refuse(_moveOf(FARM_KEY, 16, none, 1), abi.encodeWithSelector(ICustodyLedger.UnknownBatch.selector, none));
    }

    function test_Return_QuantityOverflow() public {
        _accept(_moveOf(FARM_KEY, 15, batch, 1_000_000));
        _accept(_commission(FARM_KEY, crab, "HARVEST", type(uint96).max));
        _refuse(_moveOf(FARM_KEY, 16, batch, 1), abi.encodeWithSelector(ICustodyLedger.QuantityOverflow.selector));
    }

    // Suspended

    function test_a_suspended_party_may_settle_dispose_void_recall_and_ship_to_the_origin() public {
        bytes32 inward = _accept(_ship(FARM_KEY, batch, plant, 500));
        _accept(_receive(PLANT_KEY, batch, inward, 300));
        bytes32 outward = _accept(_ship(PLANT_KEY, batch, shop, 100));
        partyRegistry.setStatus(plant, 2);
        partyRegistry.setStatus(farm, 2);

        _accept(_settle(PLANT_KEY, 12, inward, 10));
        _accept(_settle(PLANT_KEY, 13, inward, 10));
        _accept(_settle(PLANT_KEY, 14, outward, 10));
        _accept(_moveOf(PLANT_KEY, 17, batch, 1));
        _accept(_ship(PLANT_KEY, batch, farm, 50)); // the origin, itself suspended
        ICustodyLedger.Note memory note = _noteOf(FARM_KEY, 23);
        note.batches = new bytes32[](1);
        note.batches[0] = batch;
        _accept(note);
        note = _noteOf(PLANT_KEY, 25);
        note.target = bytes32(bytes20(vm.addr(PLANT_KEY))) | bytes32(uint256(9_999));
        _accept(note);
    }

    function test_PartySuspended_for_all_else() public {
        bytes32 inward = _accept(_ship(FARM_KEY, batch, plant, 500));
        _accept(_receive(PLANT_KEY, batch, inward, 300));
        partyRegistry.setStatus(plant, 2);
        bytes memory error = abi.encodeWithSelector(ICustodyLedger.PartySuspended.selector, plant);
        for (uint8 kind = 1; kind <= 3; ++kind) {
            _refuse(_makeOf(PLANT_KEY, kind), error);
        }
        uint8[4] memory moves = [15, 16, 18, 19];
        for (uint256 i = 0; i < 4; ++i) {
            _refuse(_moveOf(PLANT_KEY, moves[i], batch, 1), error);
        }
        uint8[3] memory notes = [21, 22, 24];
        for (uint256 i = 0; i < 3; ++i) {
            _refuse(_noteOf(PLANT_KEY, notes[i]), error);
        }
        _refuse(_ship(PLANT_KEY, batch, shop, 1), error);
        // Its own rule: the receiver and the batch are looked at first.
        _refuse(
            _ship(PLANT_KEY, batch, NOBODY, 1), abi.encodeWithSelector(ICustodyLedger.UnknownParty.selector, NOBODY)
        );
    }

    // An inspector's Ship

    function test_an_inspector_brings_a_suspended_holders_goods_back_to_the_origin() public {
        bytes32 inward = _accept(_ship(FARM_KEY, batch, plant, 500));
        _accept(_receive(PLANT_KEY, batch, inward, 300));
        partyRegistry.setStatus(plant, 2);

        bytes32 back = _accept(_bringBack(LAB_KEY, batch, plant, farm, 200));
        _assertHeld(batch, plant, 100);
        ICustodyLedger.Shipment memory shipment = ledger.shipmentOf(back, batch);
        assertEq(shipment.from, 2, "sent from the holder");
        assertEq(shipment.to, 1);
        assertEq(shipment.open, 200);
        _accept(_settle(PLANT_KEY, 14, back, 50)); // the holder is the sender
        _accept(_settle(FARM_KEY, 12, back, 150));
        _assertHeld(batch, farm, 999_650);
    }

    function test_the_brand_owner_stands_in_for_a_suspended_origin() public {
        bytes32 made = _salted(); // made by the plant, which owns the brand
        productRegistry.setMaker(salted, farm, true);
        ICustodyLedger.Make memory make = _commission(FARM_KEY, salted, "FARMS", 100);
        make.provenance = 2;
        _accept(make);
        bytes32 farms = _batchOf(salted, farm, "FARMS");
        bytes32 sent = _accept(_ship(FARM_KEY, farms, shop, 100));
        _accept(_receive(SHOP_KEY, farms, sent, 100));
        partyRegistry.setStatus(shop, 2);

        bytes4 law = ICustodyLedger.NotAWayBack.selector;
        _refuse(_bringBack(LAB_KEY, farms, shop, plant, 1), abi.encodeWithSelector(law, farms, plant));
        partyRegistry.setStatus(farm, 2);
        _accept(_bringBack(LAB_KEY, farms, shop, plant, 1));
        _accept(_bringBack(LAB_KEY, farms, shop, farm, 1));
        _refuse(_bringBack(LAB_KEY, farms, shop, lab, 1), abi.encodeWithSelector(law, farms, lab));
        assertTrue(made != farms);
    }

    function test_an_inspectors_Ship_in_the_order_of_its_laws() public {
        bytes32 inward = _accept(_ship(FARM_KEY, batch, plant, 500));
        _accept(_receive(PLANT_KEY, batch, inward, 300));
        ICustodyLedger.Move memory move = _bringBack(PLANT_KEY, batch, NOBODY, NOBODY, 1_000);
        _refuse(move, abi.encodeWithSelector(ICustodyLedger.UnknownParty.selector, NOBODY));
        move.to = lab;
        _refuse(move, abi.encodeWithSelector(ICustodyLedger.RoleMissing.selector, plant, 32));

        move = _bringBack(LAB_KEY, batch, NOBODY, lab, 1_000);
        partyRegistry.setStatus(lab, 2);
        _refuse(move, abi.encodeWithSelector(ICustodyLedger.PartySuspended.selector, lab));
        partyRegistry.setStatus(lab, 1);
        _refuse(move, abi.encodeWithSelector(ICustodyLedger.UnknownParty.selector, NOBODY));
        move.holder = plant;
        _refuse(move, abi.encodeWithSelector(ICustodyLedger.HolderNotSuspended.selector, plant));
        partyRegistry.setStatus(plant, 2);
        _refuse(move, abi.encodeWithSelector(ICustodyLedger.NotAWayBack.selector, batch, lab));
        move.to = farm;
        _refuse(move, abi.encodeWithSelector(ICustodyLedger.MoreThanHeld.selector, batch, plant, 1_000, 300));

        partyRegistry.setStatus(farm, 2);
        move = _bringBack(LAB_KEY, batch, farm, farm, 1);
        _refuse(move, abi.encodeWithSelector(ICustodyLedger.ShipToSelf.selector));
    }

    function _settle(uint256 key, uint8 kind, bytes32 shipment, uint96 quantity)
        private
        returns (ICustodyLedger.Move memory move)
    {
        move = _moveOf(key, kind, batch, quantity);
        move.target = shipment;
    }

    function _bringBack(uint256 key, bytes32 of_, bytes32 holder, bytes32 to, uint96 quantity)
        private
        returns (ICustodyLedger.Move memory move)
    {
        move = _ship(key, of_, to, quantity);
        move.holder = holder;
    }

    function _moreThanOpen(bytes32 shipment, uint256 wanted, uint256 open) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICustodyLedger.MoreThanOpen.selector, shipment, wanted, open);
    }

    function _notNamed(bytes32 shipment, bytes32 party) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICustodyLedger.NotNamedParty.selector, shipment, party);
    }
}
