// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICustodyLedger} from "../src/interfaces/ICustodyLedger.sol";
import {World} from "./World.sol";

/// @notice Ship, Receive, Sell and Dispose: what they do, and each of their laws broken (docs/spec/law.md, Move).
contract MovingTest is World {
    bytes32 private batch;

    function setUp() public override {
        super.setUp();
        batch = _harvest();
    }

    function test_a_handshake_moves_custody_part_by_part() public {
        bytes32 shipment = _accept(_ship(FARM_KEY, batch, plant, 600));
        _assertHeld(batch, farm, 999_400);
        _assertHeld(batch, plant, 0);
        ICustodyLedger.Shipment memory open = ledger.shipmentOf(shipment, batch);
        assertEq(open.open, 600);
        assertEq(open.from, 1);
        assertEq(open.to, 2);
        assertEq(ledger.batches(batch).marks, 2 | 4, "moved");

        _accept(_receive(PLANT_KEY, batch, shipment, 250));
        _assertHeld(batch, plant, 250);
        assertEq(ledger.shipmentOf(shipment, batch).open, 350, "the rest stays open");
        _accept(_receive(PLANT_KEY, batch, shipment, 350));
        _assertHeld(batch, plant, 600);
        _refuse(_receive(PLANT_KEY, batch, shipment, 1), _moreThanOpen(shipment, 1, 0));
    }

    function test_Move_QuantityZero_then_UnknownBatch() public {
        bytes32 none = bytes32(uint256(1));
        _refuse(_ship(FARM_KEY, none, plant, 0), abi.encodeWithSelector(ICustodyLedger.QuantityZero.selector));
        _refuse(_ship(FARM_KEY, none, plant, 1), abi.encodeWithSelector(ICustodyLedger.UnknownBatch.selector, none));
    }

    function test_Ship_UnknownParty_ShipToSelf_MoreThanHeld() public {
        bytes32 nobody = keccak256("nobody");
        _refuse(_ship(FARM_KEY, batch, nobody, 1), abi.encodeWithSelector(ICustodyLedger.UnknownParty.selector, nobody));
        _refuse(_ship(FARM_KEY, batch, bytes32(0), 1), abi.encodeWithSelector(ICustodyLedger.UnknownParty.selector, 0));
        _refuse(_ship(FARM_KEY, batch, farm, 1), abi.encodeWithSelector(ICustodyLedger.ShipToSelf.selector));
        _refuse(_ship(FARM_KEY, batch, plant, 1_000_001), _moreThanHeld(farm, 1_000_001, 1_000_000));
        _refuse(_ship(PLANT_KEY, batch, shop, 1), _moreThanHeld(plant, 1, 0));
    }

    function test_Receive_UnknownShipment_NotNamedParty_MoreThanOpen() public {
        bytes32 shipment = _accept(_ship(FARM_KEY, batch, plant, 100));
        bytes32 none = bytes32(uint256(1));
        _refuse(
            _receive(PLANT_KEY, batch, none, 1),
            abi.encodeWithSelector(ICustodyLedger.UnknownShipment.selector, none, batch)
        );
        _accept(_commission(FARM_KEY, crab, "OTHER", 1));
        bytes32 other = _batchOf(crab, farm, "OTHER");
        _refuse(
            _receive(PLANT_KEY, other, shipment, 1),
            abi.encodeWithSelector(ICustodyLedger.UnknownShipment.selector, shipment, other)
        );
        _refuse(_receive(SHOP_KEY, batch, shipment, 1), _notNamed(shipment, shop));
        _refuse(_receive(FARM_KEY, batch, shipment, 1), _notNamed(shipment, farm));
        _refuse(_receive(PLANT_KEY, batch, shipment, 101), _moreThanOpen(shipment, 101, 100));
    }

    function test_Receive_QuantityOverflow() public {
        bytes32 shipment = _accept(_ship(FARM_KEY, batch, plant, 1_000_000));
        _accept(_receive(PLANT_KEY, batch, shipment, 1_000_000));
        _accept(_commission(FARM_KEY, crab, "HARVEST", type(uint96).max));
        shipment = _accept(_ship(FARM_KEY, batch, plant, type(uint96).max));
        _refuse(
            _receive(PLANT_KEY, batch, shipment, type(uint96).max),
            abi.encodeWithSelector(ICustodyLedger.QuantityOverflow.selector)
        );
    }

    function test_Sell_counts_what_left() public {
        _accept(_moveOf(FARM_KEY, 15, batch, 40));
        _accept(_moveOf(FARM_KEY, 15, batch, 2));
        ICustodyLedger.Holding memory held = ledger.holdingOf(batch, farm);
        assertEq(held.quantity, 999_958);
        assertEq(held.sold, 42);
        _refuse(_moveOf(FARM_KEY, 15, batch, 999_959), _moreThanHeld(farm, 999_959, 999_958));
    }

    function test_Sell_QuantityOverflow() public {
        _accept(_moveOf(FARM_KEY, 15, batch, 1_000_000));
        _accept(_commission(FARM_KEY, crab, "HARVEST", type(uint96).max));
        _refuse(
            _moveOf(FARM_KEY, 15, batch, type(uint96).max),
            abi.encodeWithSelector(ICustodyLedger.QuantityOverflow.selector)
        );
    }

    function test_Dispose_of_goods_at_hand() public {
        _accept(_moveOf(FARM_KEY, 17, batch, 30));
        _assertHeld(batch, farm, 999_970);
        assertEq(ledger.holdingOf(batch, farm).sold, 0);
        _refuse(_moveOf(FARM_KEY, 17, batch, 999_971), _moreThanHeld(farm, 999_971, 999_970));
    }

    function test_Dispose_of_goods_lost_on_the_way() public {
        bytes32 shipment = _accept(_ship(FARM_KEY, batch, plant, 100));
        _accept(_lost(FARM_KEY, shipment, 10));
        _accept(_lost(PLANT_KEY, shipment, 20));
        assertEq(ledger.shipmentOf(shipment, batch).open, 70);
        _assertHeld(batch, farm, 999_900);
        _assertHeld(batch, plant, 0);
        _refuse(_lost(SHOP_KEY, shipment, 1), _notNamed(shipment, shop));
        _refuse(_lost(PLANT_KEY, shipment, 71), _moreThanOpen(shipment, 71, 70));
        bytes32 none = bytes32(uint256(1));
        _refuse(_lost(PLANT_KEY, none, 1), abi.encodeWithSelector(ICustodyLedger.UnknownShipment.selector, none, batch));
    }

    /// @dev Whatever is shipped, received and lost: holdings, what is on the way and what was lost make up the harvest.
    function testFuzz_nothing_is_made_or_lost_on_the_way(uint96 shipped, uint96 received, uint96 lost) public {
        shipped = uint96(bound(shipped, 2, 1_000_000));
        received = uint96(bound(received, 1, shipped - 1));
        lost = uint96(bound(lost, 1, shipped - received));
        bytes32 shipment = _accept(_ship(FARM_KEY, batch, plant, shipped));
        _accept(_receive(PLANT_KEY, batch, shipment, received));
        _accept(_lost(FARM_KEY, shipment, lost));
        uint256 sum = uint256(ledger.holdingOf(batch, farm).quantity) + ledger.holdingOf(batch, plant).quantity
            + ledger.shipmentOf(shipment, batch).open + lost;
        assertEq(sum, 1_000_000);
    }

    function _lost(uint256 key, bytes32 shipment, uint96 quantity) private returns (ICustodyLedger.Move memory move) {
        move = _moveOf(key, 17, batch, quantity);
        move.target = shipment;
    }

    function _moreThanHeld(bytes32 party, uint256 wanted, uint256 held) private view returns (bytes memory) {
        return abi.encodeWithSelector(ICustodyLedger.MoreThanHeld.selector, batch, party, wanted, held);
    }

    function _moreThanOpen(bytes32 shipment, uint256 wanted, uint256 open) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICustodyLedger.MoreThanOpen.selector, shipment, wanted, open);
    }

    function _notNamed(bytes32 shipment, bytes32 party) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICustodyLedger.NotNamedParty.selector, shipment, party);
    }
}
