// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICustodyLedger} from "../src/interfaces/ICustodyLedger.sol";
import {World} from "./World.sol";

/// @notice Commission, Transform and Pack: what they do, and each of their laws broken (docs/spec/law.md, Make).
contract MakingTest is World {
    function test_Commission_creates_a_batch_and_adds_to_it_while_open() public {
        bytes32 batch = _batchOf(crab, farm, "HARVEST");
        assertEq(ledger.headOf(batch), bytes32(0), "no head before the first event");
        _accept(_commission(FARM_KEY, crab, "HARVEST", 700));
        vm.warp(NOW + 1 days);
        ICustodyLedger.Make memory more = _commission(FARM_KEY, crab, "HARVEST", 300);
        more.outputs[0].openUntil = FOREVER; // read only when the event creates the batch
        _accept(more);

        _assertHeld(batch, farm, 1_000);
        ICustodyLedger.Batch memory state = ledger.batches(batch);
        assertEq(state.product, 1);
        assertEq(state.origin, 1);
        assertEq(state.openUntil, NOW + 1 days);
        assertEq(state.itemCount, 0);
        assertEq(state.marks, 2, "made by Commission alone");
        assertTrue(ledger.holdingOf(batch, farm).everHeld);
    }

    function test_Commission_of_outside_stock_needs_no_role_and_marks_the_batch() public {
        for (uint8 provenance = 1; provenance <= 2; ++provenance) {
            ICustodyLedger.Make memory make = _commission(SHOP_KEY, salted, provenance == 1 ? "OLD" : "BOUGHT", 5);
            make.provenance = provenance;
            _accept(make);
            bytes32 batch = _batchOf(salted, shop, make.outputs[0].lot);
            assertEq(ledger.batches(batch).marks, 1 | 2, "not traced before here");
            _assertHeld(batch, shop, 5);
        }
    }

    function test_the_same_lot_of_another_origin_is_another_batch() public {
        bytes32 other = _admit("urn:nguon:party:other", 1, 0x99);
        _harvest();
        ICustodyLedger.Make memory make = _commission(0x99, crab, "HARVEST", 5);
        _accept(_sign(1, abi.encode(make), 0x99));
        _assertHeld(_batchOf(crab, other, "HARVEST"), other, 5);
        _assertHeld(_batchOf(crab, farm, "HARVEST"), farm, 1_000_000);
    }

    function test_UnknownProvenance() public {
        ICustodyLedger.Make memory make = _commission(FARM_KEY, crab, "L", 1);
        make.provenance = 3;
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.UnknownProvenance.selector, 3));
    }

    function test_RoleMissing_per_kind() public {
        bytes4 law = ICustodyLedger.RoleMissing.selector;
        _refuse(_commission(PLANT_KEY, crab, "L", 1), abi.encodeWithSelector(law, plant, 1));
        _refuse(_makeOf(SHOP_KEY, 2), abi.encodeWithSelector(law, shop, 7));
        _refuse(_makeOf(FARM_KEY, 3), abi.encodeWithSelector(law, farm, 4));
    }

    function test_OutputCount_and_InputCount() public {
        ICustodyLedger.Make memory make = _makeOf(FARM_KEY, 1);
        _refuse(make, _outputCount(0, 1));
        make.outputs = new ICustodyLedger.Output[](2);
        _refuse(make, _outputCount(2, 1));

        make = _makeOf(PLANT_KEY, 2);
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.InputCount.selector, 0, 16));
        make.inputs = new ICustodyLedger.Input[](17);
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.InputCount.selector, 17, 16));
        make.inputs = _inputs(_delivered(), 1);
        _refuse(make, _outputCount(0, 4));
        make.outputs = new ICustodyLedger.Output[](5);
        _refuse(make, _outputCount(5, 4));

        make.kind = 3;
        make.outputs = new ICustodyLedger.Output[](2);
        _refuse(make, _outputCount(2, 1));
    }

    function test_outputs_QuantityZero_LotLength_UnknownProduct_NotMaker() public {
        _refuse(_commission(FARM_KEY, crab, "L", 0), abi.encodeWithSelector(ICustodyLedger.QuantityZero.selector));
        _refuse(_commission(FARM_KEY, crab, "", 1), abi.encodeWithSelector(ICustodyLedger.LotLength.selector, 0));
        string memory long = "12345678901234567890123456789012345678901234567890123456789012345";
        _refuse(_commission(FARM_KEY, crab, long, 1), abi.encodeWithSelector(ICustodyLedger.LotLength.selector, 65));
        _refuse(
            _commission(FARM_KEY, bytes32(uint256(1)), "L", 1),
            abi.encodeWithSelector(ICustodyLedger.UnknownProduct.selector, 1)
        );
        _refuse(
            _commission(FARM_KEY, salted, "L", 1),
            abi.encodeWithSelector(ICustodyLedger.NotMaker.selector, salted, farm)
        );
        productRegistry.setMaker(salted, farm, true);
        _accept(_commission(FARM_KEY, salted, "L", 1));
        productRegistry.setMaker(salted, farm, false);
        _refuse(
            _commission(FARM_KEY, salted, "L", 1),
            abi.encodeWithSelector(ICustodyLedger.NotMaker.selector, salted, farm)
        );
    }

    function test_OutsideStockNotNew_both_ways() public {
        bytes32 batch = _harvest();
        ICustodyLedger.Make memory make = _commission(FARM_KEY, crab, "HARVEST", 1);
        make.provenance = 1;
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.OutsideStockNotNew.selector, batch));

        make = _commission(FARM_KEY, crab, "OLD", 1);
        make.provenance = 2;
        _accept(make);
        _refuse(
            _commission(FARM_KEY, crab, "OLD", 1),
            abi.encodeWithSelector(ICustodyLedger.OutsideStockNotNew.selector, _batchOf(crab, farm, "OLD"))
        );
    }

    function test_BatchClosed_after_its_time() public {
        bytes32 batch = _harvest();
        vm.warp(NOW + 1 days + 1);
        _refuse(
            _commission(FARM_KEY, crab, "HARVEST", 1),
            abi.encodeWithSelector(ICustodyLedger.BatchClosed.selector, batch, NOW + 1 days)
        );
    }

    function test_BatchClosed_after_an_inspector_observed_it() public {
        bytes32 batch = _harvest();
        _accept(_observe(LAB_KEY, batch));
        _refuse(
            _commission(FARM_KEY, crab, "HARVEST", 1),
            abi.encodeWithSelector(ICustodyLedger.BatchClosed.selector, batch, 0)
        );
    }

    function test_OpenTooLong() public {
        ICustodyLedger.Make memory make = _commission(FARM_KEY, crab, "L", 1);
        make.outputs[0].openUntil = NOW + 7 days + 1;
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.OpenTooLong.selector, NOW + 7 days + 1, NOW + 7 days));
        make.outputs[0].openUntil = NOW + 7 days;
        _accept(make);
    }

    function test_QuantityOverflow_of_a_holding() public {
        _accept(_commission(FARM_KEY, crab, "L", type(uint96).max));
        _refuse(_commission(FARM_KEY, crab, "L", 1), abi.encodeWithSelector(ICustodyLedger.QuantityOverflow.selector));
    }

    function test_Transform_turns_inputs_into_outputs() public {
        bytes32 raw = _delivered();
        ICustodyLedger.Make memory make = _makeOf(PLANT_KEY, 2);
        make.inputs = _inputs(raw, 400_000);
        make.outputs = _outputs(salted, "S1", 460_000); // exactly 115 %
        bytes32 id = _accept(make);

        bytes32 made = _batchOf(salted, plant, "S1");
        _assertHeld(raw, plant, 600_000);
        _assertHeld(made, plant, 460_000);
        assertEq(ledger.batches(made).marks, 0, "not made by Commission alone");
        bytes32 seed = keccak256(abi.encodePacked("nguon.batch", LEDGER_ID, made));
        assertEq(ledger.headOf(made), keccak256(abi.encodePacked(seed, uint8(2), uint8(1), id)), "role made");
    }

    function test_Transform_that_adds_to_a_commissioned_batch_takes_its_mark() public {
        bytes32 raw = _delivered();
        productRegistry.setMaker(crab, plant, true);
        partyRegistry.setRoles(plant, 7);
        _accept(_commission(PLANT_KEY, crab, "MIX", 10));
        bytes32 mix = _batchOf(crab, plant, "MIX");
        assertEq(ledger.batches(mix).marks, 2);
        ICustodyLedger.Make memory make = _makeOf(PLANT_KEY, 2);
        make.inputs = _inputs(raw, 5);
        make.outputs = _outputs(crab, "MIX", 5); // the same product: at most 100 %
        _accept(make);
        assertEq(ledger.batches(mix).marks, 0);
        assertEq(ledger.batches(raw).marks & 4, 4, "moved");
    }

    function test_InputsNotAscending() public {
        bytes32 raw = _delivered();
        ICustodyLedger.Make memory make = _makeOf(PLANT_KEY, 2);
        make.outputs = _outputs(salted, "S", 1);
        make.inputs = new ICustodyLedger.Input[](2);
        make.inputs[0] = ICustodyLedger.Input(raw, 1);
        make.inputs[1] = ICustodyLedger.Input(raw, 1);
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.InputsNotAscending.selector));
        make.inputs[1].batch = bytes32(uint256(raw) - 1);
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.InputsNotAscending.selector));
    }

    function test_inputs_QuantityZero_UnknownBatch_MoreThanHeld() public {
        bytes32 raw = _delivered();
        ICustodyLedger.Make memory make = _makeOf(PLANT_KEY, 2);
        make.outputs = _outputs(salted, "S", 1);
        make.inputs = _inputs(raw, 0);
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.QuantityZero.selector));
        make.inputs = _inputs(bytes32(uint256(1)), 1);
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.UnknownBatch.selector, 1));
        make.inputs = _inputs(raw, 1_000_001);
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.MoreThanHeld.selector, raw, plant, 1_000_001, 1_000_000));
    }

    function test_OutputsRepeatProduct_before_its_lot_is_looked_at() public {
        ICustodyLedger.Make memory make = _two(_delivered(), salted, 1, salted, 1);
        make.outputs[1].lot = "";
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.OutputsRepeatProduct.selector, salted));
    }

    function test_OutputIsInput() public {
        bytes32 batch = _harvest();
        ICustodyLedger.Make memory make = _makeOf(FARM_KEY, 2);
        make.inputs = _inputs(batch, 1);
        make.outputs = _outputs(crab, "HARVEST", 1);
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.OutputIsInput.selector, batch));
    }

    function test_ConversionNotDeclared_and_AboveYield() public {
        bytes32 raw = _delivered();
        ICustodyLedger.Make memory make = _makeOf(PLANT_KEY, 2);
        make.inputs = _inputs(raw, 100);
        make.outputs = _outputs(jar, "J", 1);
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.ConversionNotDeclared.selector, crab, jar));
        make.outputs = _outputs(salted, "S", 116);
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.AboveYield.selector, salted, 116, 115));
        productRegistry.setYield(crab, salted, 0);
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.ConversionNotDeclared.selector, crab, salted));
        make = _makeOf(PLANT_KEY, 2);
        productRegistry.setMaker(crab, plant, true);
        make.inputs = _inputs(raw, 100);
        make.outputs = _outputs(crab, "SORTED", 101);
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.AboveYield.selector, crab, 101, 100));
    }

    function test_yields_are_rounded_down_once_after_the_sum() public {
        bytes32 raw = _delivered();
        _accept(_commission(FARM_KEY, crab, "SECOND", 3));
        bytes32 second = _batchOf(crab, farm, "SECOND");
        bytes32 shipment = _accept(_ship(FARM_KEY, second, plant, 3));
        _accept(_receive(PLANT_KEY, second, shipment, 3));
        ICustodyLedger.Make memory make = _makeOf(PLANT_KEY, 2);
        make.inputs = new ICustodyLedger.Input[](2);
        (bytes32 low, bytes32 high) = raw < second ? (raw, second) : (second, raw);
        make.inputs[0] = ICustodyLedger.Input(low, 3);
        make.inputs[1] = ICustodyLedger.Input(high, 3);
        make.outputs = _outputs(roe, "R", 2); // ⌊0.6 + 0.6⌋ = 1
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.AboveYield.selector, roe, 2, 1));
        make.outputs[0].quantity = 1;
        _accept(make);
    }

    function test_several_outputs_MixedUnits_and_AboveInputs() public {
        bytes32 raw = _delivered();
        _refuse(_two(raw, salted, 1, brine, 1), abi.encodeWithSelector(ICustodyLedger.MixedUnits.selector));
        // Each within its own yield (1,150 and 200 of 1,000), together above the larger of 100 % and 115 %.
        _refuse(
            _two(raw, salted, 1_000, roe, 151),
            abi.encodeWithSelector(ICustodyLedger.AboveInputs.selector, 1_151, 1_150)
        );
        _accept(_two(raw, salted, 1_000, roe, 150));
        _assertHeld(_batchOf(salted, plant, "A"), plant, 1_000);
        _assertHeld(_batchOf(roe, plant, "B"), plant, 150);
        _assertHeld(raw, plant, 999_000);
    }

    function test_MixedUnits_of_an_input() public {
        bytes32 washed = _register("urn:nguon:product:washed", 1, 5, plant, false);
        bytes32 boiled = _register("urn:nguon:product:boiled", 1, 5, plant, false);
        ICustodyLedger.Make memory make = _makeOf(PLANT_KEY, 2);
        make.inputs = _inputs(_delivered(), 100);
        make.outputs = _outputs(brine, "B", 50);
        _accept(make);
        make = _two(_batchOf(brine, plant, "B"), washed, 1, boiled, 1);
        make.inputs[0].quantity = 10;
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.MixedUnits.selector));
    }

    function test_Pack_counts_items_through_all_packs_of_a_batch() public {
        bytes32 source = _salted();
        bytes32 packed = _batchOf(jar, plant, "JARS");
        ICustodyLedger.Make memory make = _pack(source, 400_000, 2_000, 0);
        make.itemsRoot = keccak256("a tree of items");
        _accept(make);
        assertEq(ledger.batches(packed).itemCount, 2_000);
        _accept(_pack(source, 20_000, 100, 2_000)); // without serials
        assertEq(ledger.batches(packed).itemCount, 2_100);
        _assertHeld(packed, plant, 2_100);
        _assertHeld(source, plant, 580_000);
    }

    function test_NotPieces_FirstIndexWrong_TooManyItems() public {
        bytes32 raw = _delivered();
        ICustodyLedger.Make memory make = _makeOf(PLANT_KEY, 3);
        make.inputs = _inputs(raw, 100);
        make.outputs = _outputs(salted, "S", 1);
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.NotPieces.selector, salted));
        make.kind = 2;
        _accept(make);

        bytes32 source = _batchOf(salted, plant, "S");
        _refuse(_pack(source, 1, 1, 7), abi.encodeWithSelector(ICustodyLedger.FirstIndexWrong.selector, 7, 0));
        _refuse(
            _pack(source, 1, 1_048_577, 0),
            abi.encodeWithSelector(ICustodyLedger.TooManyItems.selector, 1_048_577, 1_048_576)
        );
        _refuse(
            _pack(source, 1, 1_048_576, 0),
            abi.encodeWithSelector(ICustodyLedger.AboveYield.selector, jar, 1_048_576, 0)
        );
    }

    function _pack(bytes32 source, uint96 grams, uint96 pieces, uint32 firstIndex)
        private
        returns (ICustodyLedger.Make memory make)
    {
        make = _makeOf(PLANT_KEY, 3);
        make.inputs = _inputs(source, grams);
        make.outputs = _outputs(jar, "JARS", pieces);
        make.firstIndex = firstIndex;
    }

    function _two(bytes32 source, bytes32 first, uint96 ofFirst, bytes32 second, uint96 ofSecond)
        private
        returns (ICustodyLedger.Make memory make)
    {
        make = _makeOf(PLANT_KEY, 2);
        make.inputs = _inputs(source, 1_000);
        make.outputs = new ICustodyLedger.Output[](2);
        make.outputs[0] = _outputs(first, "A", ofFirst)[0];
        make.outputs[1] = _outputs(second, "B", ofSecond)[0];
    }

    function _outputCount(uint256 count, uint256 limit) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICustodyLedger.OutputCount.selector, count, limit);
    }
}
