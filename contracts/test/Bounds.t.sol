// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Vm} from "forge-std/Vm.sol";
import {ICustodyLedger} from "../src/interfaces/ICustodyLedger.sol";
import {World} from "./World.sol";

/// @notice What a law still allows, to the second, the byte and the gram; and that it looks at all of several.
contract BoundsTest is World {
    uint256 private constant NEW_KEY = 0xE1;

    function test_an_address_signs_from_its_first_second() public {
        bytes32 batch = _harvest();
        partyRegistry.setSigner(farm, vm.addr(NEW_KEY), NOW + 100, NOW + 200, 2);
        ICustodyLedger.Note memory note = _observe(NEW_KEY, batch);
        vm.warp(NOW + 100);
        _accept(_sign(3, abi.encode(note), NEW_KEY));
    }

    function test_a_nonce_is_used_and_its_neighbours_in_other_words_are_not() public {
        ICustodyLedger.Note memory note = _observe(FARM_KEY, _harvest());
        note.nonce = uint96(9) << 32 | 256 * 3 + 7;
        _accept(note);
        assertTrue(ledger.nonceUsed(note.signer, note.nonce));
        for (uint96 shift = 1; shift < 1 << 40; shift <<= 1) {
            assertFalse(ledger.nonceUsed(note.signer, note.nonce ^ shift));
        }
    }

    function test_BadSignature_of_the_zero_address() public {
        ICustodyLedger.Note memory note = _observe(FARM_KEY, _harvest());
        note.signer = address(0);
        _refuse(
            ICustodyLedger.SignedEvent(3, abi.encode(note), bytes32(0), bytes32(0)),
            abi.encodeWithSelector(ICustodyLedger.BadSignature.selector, address(0), address(0))
        );
    }

    function test_a_batch_is_open_through_its_last_second() public {
        bytes32 batch = _harvest();
        vm.warp(NOW + 1 days);
        _accept(_commission(FARM_KEY, crab, "HARVEST", 1));
        ICustodyLedger.Move memory move = _moveOf(FARM_KEY, 18, batch, 1);
        move.target = keccak256("what is mended");
        _accept(move);
        _accept(_observe(LAB_KEY, batch));
        assertEq(ledger.batches(batch).openUntil, 0, "closed by the inspector in that second");
    }

    function test_a_lot_of_64_bytes() public {
        _accept(_commission(FARM_KEY, crab, "1234567890123456789012345678901234567890123456789012345678901234", 1));
    }

    function test_sixteen_inputs() public {
        ICustodyLedger.Make memory make = _makeOf(FARM_KEY, 2);
        productRegistry.setMaker(salted, farm, true);
        make.inputs = new ICustodyLedger.Input[](16);
        for (uint256 i = 0; i < 16; ++i) {
            string memory lot = vm.toString(i);
            _accept(_commission(FARM_KEY, crab, lot, 7));
            make.inputs[i] = ICustodyLedger.Input(_batchOf(crab, farm, lot), 7);
        }
        _sort(make.inputs);
        make.outputs = _outputs(salted, "S", 128); // ⌊16 · 7 · 1.15⌋
        _accept(make);
        for (uint256 i = 0; i < 16; ++i) {
            _assertHeld(make.inputs[i].batch, farm, 0);
        }
    }

    function test_four_outputs_and_the_same_product_as_any_before() public {
        bytes32 raw = _delivered();
        bytes32[4] memory products = [salted, roe, _grams("legs"), _grams("claws")];
        ICustodyLedger.Make memory make = _makeOf(PLANT_KEY, 2);
        make.inputs = _inputs(raw, 1_000);
        make.outputs = new ICustodyLedger.Output[](4);
        for (uint256 i = 0; i < 4; ++i) {
            // A small number, or the selector at the start.
            // forge-lint: disable-next-line(unsafe-typecast)
            make.outputs[i] = _outputs(products[i], vm.toString(i), uint96(10 + i))[0];
        }
        for (uint256 i = 1; i < 4; ++i) {
            make.outputs[i].product = salted;
            _refuse(make, abi.encodeWithSelector(ICustodyLedger.OutputsRepeatProduct.selector, salted));
            make.outputs[i].product = products[i];
            make.outputs[i].quantity = 0;
            _refuse(make, abi.encodeWithSelector(ICustodyLedger.QuantityZero.selector));
            make.outputs[i].quantity = 1_151;
            uint256 limit = i == 1 ? 200 : 1_000;
            _refuse(make, abi.encodeWithSelector(ICustodyLedger.AboveYield.selector, products[i], 1_151, limit));
            // A small number, or the selector at the start.
            // forge-lint: disable-next-line(unsafe-typecast)
            make.outputs[i].quantity = uint96(10 + i);
        }
        _accept(make);
        for (uint256 i = 0; i < 4; ++i) {
            // A small number, or the selector at the start.
            // forge-lint: disable-next-line(unsafe-typecast)
            _assertHeld(_batchOf(products[i], plant, vm.toString(i)), plant, uint96(10 + i));
        }
    }

    function test_MixedUnits_of_the_last_and_first_output_and_of_the_last_input() public {
        bytes32 raw = _delivered();
        ICustodyLedger.Make memory make = _makeOf(PLANT_KEY, 2);
        make.inputs = _inputs(raw, 1_000);
        make.outputs = new ICustodyLedger.Output[](3);
        make.outputs[0] = _outputs(salted, "A", 1)[0];
        make.outputs[1] = _outputs(roe, "B", 1)[0];
        make.outputs[2] = _outputs(brine, "C", 1)[0];
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.MixedUnits.selector));

        (make.outputs[0], make.outputs[2]) = (make.outputs[2], make.outputs[0]);
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.MixedUnits.selector));

        ICustodyLedger.Make memory wet = _makeOf(PLANT_KEY, 2);
        wet.inputs = _inputs(raw, 1_000);
        wet.outputs = _outputs(brine, "WET", 400);
        _accept(wet);
        make.inputs = new ICustodyLedger.Input[](2);
        make.inputs[0] = ICustodyLedger.Input(raw, 100);
        make.inputs[1] = ICustodyLedger.Input(_batchOf(brine, plant, "WET"), 100);
        _sort(make.inputs);
        make.outputs = new ICustodyLedger.Output[](2);
        make.outputs[0] = _outputs(_grams("legs"), "A", 1)[0];
        make.outputs[1] = _outputs(_grams("claws"), "B", 1)[0];
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.MixedUnits.selector));
        make.outputs = _outputs(salted, "S", 1);
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.ConversionNotDeclared.selector, brine, salted));
    }

    function test_a_yield_is_reached_by_a_whole_millionth_and_not_by_less() public {
        bytes32 raw = _delivered();
        bytes32 pearl = _register("urn:nguon:product:pearl", 1, 2, plant, false);
        productRegistry.setYield(crab, pearl, 1);
        ICustodyLedger.Make memory make = _makeOf(PLANT_KEY, 2);
        make.inputs = _inputs(raw, 999_999);
        make.outputs = _outputs(pearl, "P", 1);
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.AboveYield.selector, pearl, 1, 0));
        make.inputs[0].quantity = 1_000_000;
        _accept(make);
    }

    function test_several_outputs_reach_the_most_that_one_could_be_and_not_more() public {
        bytes32 raw = _delivered();
        (bytes32 legs, bytes32 claws) = (_grams("legs"), _grams("claws"));
        productRegistry.setYield(crab, legs, 1_000_001);
        productRegistry.setYield(crab, claws, 900_000);
        ICustodyLedger.Make memory make = _makeOf(PLANT_KEY, 2);
        make.inputs = _inputs(raw, 999_999); // times 1.000001 is one millionth below a million
        make.outputs = new ICustodyLedger.Output[](2);
        make.outputs[0] = _outputs(claws, "A", 500_000)[0];
        make.outputs[1] = _outputs(legs, "B", 500_000)[0];
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.AboveInputs.selector, 1_000_000, 999_999));
        make.outputs[1].quantity = 499_999;
        _accept(make);
    }

    /// @dev Where no output could be more than its input, together they may be as much as that.
    function test_several_outputs_are_together_no_more_than_their_inputs() public {
        bytes32 raw = _delivered();
        (bytes32 legs, bytes32 claws) = (_grams("legs"), _grams("claws"));
        productRegistry.setYield(crab, legs, 900_000);
        productRegistry.setYield(crab, claws, 900_000);
        ICustodyLedger.Make memory make = _makeOf(PLANT_KEY, 2);
        make.inputs = _inputs(raw, 1_000);
        make.outputs = new ICustodyLedger.Output[](2);
        make.outputs[0] = _outputs(claws, "A", 500)[0];
        make.outputs[1] = _outputs(legs, "B", 501)[0];
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.AboveInputs.selector, 1_001, 1_000));
        make.outputs[1].quantity = 500;
        _accept(make);
    }

    function test_an_output_is_none_of_several_inputs() public {
        _accept(_commission(FARM_KEY, crab, "OTHER", 5));
        ICustodyLedger.Make memory make = _makeOf(FARM_KEY, 2);
        make.inputs = new ICustodyLedger.Input[](2);
        make.inputs[0] = ICustodyLedger.Input(_harvest(), 1);
        make.inputs[1] = ICustodyLedger.Input(_batchOf(crab, farm, "OTHER"), 1);
        _sort(make.inputs);
        string[2] memory lots = ["HARVEST", "OTHER"];
        for (uint256 i = 0; i < 2; ++i) {
            make.outputs = _outputs(crab, lots[i], 1);
            _refuse(make, abi.encodeWithSelector(ICustodyLedger.OutputIsInput.selector, _batchOf(crab, farm, lots[i])));
        }
    }

    function test_batch_zero_is_unknown_wherever_it_stands() public {
        bytes memory unknown = abi.encodeWithSelector(ICustodyLedger.UnknownBatch.selector, 0);
        ICustodyLedger.Make memory make = _makeOf(PLANT_KEY, 2);
        make.inputs = _inputs(bytes32(0), 1);
        make.outputs = _outputs(salted, "S", 1);
        _refuse(make, unknown);
        ICustodyLedger.Note memory note = _noteOf(FARM_KEY, 23);
        note.batches = new bytes32[](2);
        note.batches[1] = _harvest();
        _refuse(note, unknown);
    }

    function test_items_up_to_their_limit() public {
        bytes32 source = _salted();
        productRegistry.setYield(salted, jar, 1_000_000);
        for (uint32 packed = 0; packed < 1_048_576; packed += 524_288) {
            ICustodyLedger.Make memory make = _makeOf(PLANT_KEY, 3);
            if (packed > 0) {
                _accept(_more(source));
                source = _batchOf(salted, plant, "MORE");
            }
            make.inputs = _inputs(source, 524_288);
            make.outputs = _outputs(jar, "JARS", 524_288);
            make.firstIndex = packed;
            _accept(make);
        }
        bytes32 jars = _batchOf(jar, plant, "JARS");
        assertEq(ledger.batches(jars).itemCount, 1_048_576);
        ICustodyLedger.Make memory one = _makeOf(PLANT_KEY, 3);
        one.inputs = _inputs(source, 1);
        one.outputs = _outputs(jar, "JARS", 1);
        one.firstIndex = 1_048_576;
        _refuse(one, abi.encodeWithSelector(ICustodyLedger.TooManyItems.selector, 1_048_577, 1_048_576));
    }

    function test_each_pack_counts_on_from_the_last() public {
        bytes32 source = _salted();
        bytes32 jars = _batchOf(jar, plant, "JARS");
        for (uint32 packed = 0; packed < 5; ++packed) {
            ICustodyLedger.Make memory make = _makeOf(PLANT_KEY, 3);
            make.inputs = _inputs(source, 200);
            make.outputs = _outputs(jar, "JARS", 1);
            make.firstIndex = packed;
            _accept(make);
            assertEq(ledger.batches(jars).itemCount, packed + 1);
        }
        _accept(_observe(LAB_KEY, jars));
        assertEq(ledger.batches(jars).itemCount, 5, "closing it leaves all else");
        assertEq(ledger.batches(jars).openUntil, 0);
    }

    function test_an_inspector_that_held_some_of_it_closes_a_batch_too() public {
        bytes32 batch = _harvest();
        bytes32 shipment = _accept(_ship(FARM_KEY, batch, lab, 1));
        _accept(_receive(LAB_KEY, batch, shipment, 1));
        _accept(_observe(LAB_KEY, batch));
        assertEq(ledger.batches(batch).openUntil, 0);
    }

    function test_closing_takes_away_the_whole_time() public {
        ICustodyLedger.Make memory make = _commission(FARM_KEY, crab, "ODD", 1);
        make.outputs[0].openUntil = NOW + 1;
        _accept(make);
        bytes32 batch = _batchOf(crab, farm, "ODD");
        _accept(_observe(LAB_KEY, batch));
        assertEq(ledger.batches(batch).openUntil, 0);
    }

    /// @dev An event whose judging takes long: with every amount of gas it is skipped under its own id, or the call reverts.
    function test_a_refused_event_keeps_its_id_whatever_the_gas() public {
        ICustodyLedger.Note memory note = _observe(FARM_KEY, _harvest());
        note.content = string(new bytes(350_000));
        ICustodyLedger.SignedEvent[] memory events = new ICustodyLedger.SignedEvent[](1);
        events[0] = _sign(note);
        bytes memory expected = abi.encode(
            uint256(0), _idOf(events[0]), abi.encodeWithSelector(ICustodyLedger.ContentTooLong.selector, 350_000, 8_192)
        );
        bytes memory call = abi.encodeCall(ICustodyLedger.record, (events));
        uint256 skipped = 0;
        uint256 outOfGas = 0;
        for (uint256 gas = 900_000; gas < 2_700_000; gas += 100_000) {
            vm.recordLogs();
            (bool done, bytes memory why) = address(ledger).call{gas: gas}(call);
            Vm.Log[] memory logs = vm.getRecordedLogs();
            if (done) {
                assertEq(logs[0].data, expected);
                ++skipped;
                // A small number, or the selector at the start.
                // forge-lint: disable-next-line(unsafe-typecast)
            } else if (bytes4(why) == ICustodyLedger.OutOfGas.selector) {
                ++outOfGas;
            }
        }
        assertGt(skipped, 0);
        assertGt(outOfGas, 0);
    }

    /// @dev A product in grams, from the same weight of crab.
    function _grams(string memory name) private returns (bytes32 product) {
        product = _register(string.concat("urn:nguon:product:", name), 1, 2, plant, false);
        productRegistry.setYield(crab, product, 1_000_000);
    }

    /// @dev Another batch of salted crab for which the crab that was delivered is enough.
    function _more(bytes32 first) private returns (ICustodyLedger.Make memory make) {
        productRegistry.setMaker(salted, plant, true);
        make = _commission(PLANT_KEY, salted, "MORE", 600_000);
        make.provenance = 1;
        assertTrue(first != _batchOf(salted, plant, "MORE"));
    }

    function _sort(ICustodyLedger.Input[] memory inputs) private pure {
        for (uint256 i = 1; i < inputs.length; ++i) {
            for (uint256 j = i; j > 0 && inputs[j - 1].batch > inputs[j].batch; --j) {
                (inputs[j - 1], inputs[j]) = (inputs[j], inputs[j - 1]);
            }
        }
    }
}
