// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICustodyLedger} from "../src/interfaces/ICustodyLedger.sol";
import {World} from "./World.sol";

/// @notice AdjustUp, AdjustDown and Correct: what they do, and each of their laws broken (docs/spec/law.md).
contract MendingTest is World {
    bytes32 private constant MENDED = keccak256("the event that is mended");
    bytes32 private constant NOBODY = keccak256("nobody");

    bytes32 private batch;

    function setUp() public override {
        super.setUp();
        batch = _harvest();
    }

    function test_AdjustDown_by_the_holder_moves_the_batch() public {
        _accept(_adjust(FARM_KEY, 19, 30));
        _assertHeld(batch, farm, 999_970);
        assertEq(ledger.holdingOf(batch, farm).sold, 0);
        assertEq(ledger.batches(batch).marks, 2 | 4, "moved, not adjusted by an inspector");
        _refuse(
            _adjust(FARM_KEY, 19, 999_971),
            abi.encodeWithSelector(ICustodyLedger.MoreThanHeld.selector, batch, farm, 999_971, 999_970)
        );
        _refuse(
            _adjust(PLANT_KEY, 19, 1), abi.encodeWithSelector(ICustodyLedger.MoreThanHeld.selector, batch, plant, 1, 0)
        );
    }

    function test_TargetMissing_then_BatchRecalled() public {
        ICustodyLedger.Note memory note = _noteOf(FARM_KEY, 23);
        note.batches = new bytes32[](1);
        note.batches[0] = batch;
        _accept(note);
        for (uint8 kind = 18; kind <= 19; ++kind) {
            ICustodyLedger.Move memory move = _adjust(FARM_KEY, kind, 2_000_000);
            move.target = bytes32(0);
            _refuse(move, abi.encodeWithSelector(ICustodyLedger.TargetMissing.selector));
            move.target = MENDED;
            _refuse(move, abi.encodeWithSelector(ICustodyLedger.BatchRecalled.selector, batch));
        }
    }

    function test_AdjustUp_by_the_origin_before_anything_moved() public {
        _accept(_adjust(FARM_KEY, 18, 7));
        _assertHeld(batch, farm, 1_000_007);
        assertEq(ledger.batches(batch).marks, 2, "no lasting mark");
        _refuse(_adjust(PLANT_KEY, 18, 1), abi.encodeWithSelector(ICustodyLedger.NotOrigin.selector, batch, plant));
        vm.warp(NOW + 1 days + 1);
        _refuse(
            _adjust(FARM_KEY, 18, 1), abi.encodeWithSelector(ICustodyLedger.BatchClosed.selector, batch, NOW + 1 days)
        );
    }

    function test_AdjustUp_AlreadyMoved_by_each_way_to_move() public {
        bytes memory error = abi.encodeWithSelector(ICustodyLedger.AlreadyMoved.selector, batch);
        uint8[3] memory kinds = [15, 17, 19];
        for (uint256 i = 0; i < 3; ++i) {
            uint256 snapshot = vm.snapshotState();
            ICustodyLedger.Move memory move = _moveOf(FARM_KEY, kinds[i], batch, 1);
            if (kinds[i] == 19) move.target = MENDED;
            _accept(move);
            _refuse(_adjust(FARM_KEY, 18, 1), error);
            assertTrue(vm.revertToState(snapshot));
        }
        uint256 before = vm.snapshotState();
        _accept(_ship(FARM_KEY, batch, plant, 1));
        _refuse(_adjust(FARM_KEY, 18, 1), error);
        assertTrue(vm.revertToState(before));
        ICustodyLedger.Make memory make = _makeOf(FARM_KEY, 2);
        make.inputs = _inputs(batch, 1);
        make.outputs = _outputs(crab, "SORTED", 1);
        _accept(make);
        _refuse(_adjust(FARM_KEY, 18, 1), error);
        ICustodyLedger.Move memory up = _adjust(FARM_KEY, 18, 1);
        up.batch = _batchOf(crab, farm, "SORTED");
        _refuse(up, abi.encodeWithSelector(ICustodyLedger.AlreadyMoved.selector, up.batch)); // not made by Commission
    }

    function test_AdjustUp_by_an_inspector_leaves_a_lasting_mark() public {
        _accept(_moveOf(FARM_KEY, 17, batch, 1_000_000));
        _accept(_inspectors(batch, farm, 5));
        _assertHeld(batch, farm, 5);
        assertEq(ledger.batches(batch).marks, 2 | 4 | 8, "adjusted");
        assertEq(ledger.batches(batch).openUntil, NOW + 1 days, "nothing closes");
    }

    function test_AdjustUp_by_an_inspector_RoleMissing_UnknownParty_NotHolder() public {
        ICustodyLedger.Move memory move = _adjust(FARM_KEY, 18, 1);
        move.holder = NOBODY;
        _refuse(move, abi.encodeWithSelector(ICustodyLedger.RoleMissing.selector, farm, 32));
        _refuse(_inspectors(batch, NOBODY, 1), abi.encodeWithSelector(ICustodyLedger.UnknownParty.selector, NOBODY));
        _refuse(_inspectors(batch, plant, 1), abi.encodeWithSelector(ICustodyLedger.NotHolder.selector, batch, plant));
    }

    function test_AdjustPacked() public {
        bytes32 source = _salted();
        ICustodyLedger.Make memory make = _makeOf(PLANT_KEY, 3);
        make.inputs = _inputs(source, 1_000);
        make.outputs = _outputs(jar, "JARS", 5);
        _accept(make);
        bytes32 jars = _batchOf(jar, plant, "JARS");
        _refuse(_inspectors(jars, shop, 1), abi.encodeWithSelector(ICustodyLedger.AdjustPacked.selector, jars));
        ICustodyLedger.Move memory down = _adjust(PLANT_KEY, 19, 1);
        down.batch = jars;
        _accept(down);
    }

    function test_AdjustUp_QuantityOverflow() public {
        bytes memory error = abi.encodeWithSelector(ICustodyLedger.QuantityOverflow.selector);
        _refuse(_adjust(FARM_KEY, 18, type(uint96).max), error);
        _refuse(_inspectors(batch, farm, type(uint96).max), error);
    }

    // Correct

    function test_Correct_by_whoever_may_observe_and_nothing_closes() public {
        bytes32 head = ledger.headOf(batch);
        bytes32 id = _accept(_correct(FARM_KEY, batch));
        head = keccak256(abi.encodePacked(head, uint8(22), uint8(4), id));
        assertEq(ledger.headOf(batch), head, "role noted");
        id = _accept(_correct(LAB_KEY, batch));
        assertEq(ledger.headOf(batch), keccak256(abi.encodePacked(head, uint8(22), uint8(4), id)));
        assertEq(ledger.batches(batch).openUntil, NOW + 1 days, "an inspector's Correct closes nothing");

        ICustodyLedger.Note memory note = _noteOf(FARM_KEY, 22);
        note.place = "urn:nguon:place:pond-1";
        note.target = MENDED;
        id = _accept(note);
        bytes32 place = keccak256(abi.encodePacked(farm, note.place));
        bytes32 seed = keccak256(abi.encodePacked("nguon.place", LEDGER_ID, place));
        assertEq(ledger.headOf(place), keccak256(abi.encodePacked(seed, uint8(22), uint8(4), id)));
    }

    function test_Correct_in_the_order_of_its_laws() public {
        ICustodyLedger.Note memory note = _noteOf(PLANT_KEY, 22);
        _refuse(note, abi.encodeWithSelector(ICustodyLedger.SubjectCount.selector, 0));
        note.batches = new bytes32[](1);
        note.batches[0] = bytes32(uint256(1));
        note.owner = farm;
        _refuse(note, abi.encodeWithSelector(ICustodyLedger.UnusedFieldSet.selector, "owner"));
        note.owner = bytes32(0);
        _refuse(note, abi.encodeWithSelector(ICustodyLedger.UnknownBatch.selector, 1));
        note.batches[0] = batch;
        _refuse(note, abi.encodeWithSelector(ICustodyLedger.NotHolder.selector, batch, plant));
        note = _correct(FARM_KEY, batch);
        note.target = bytes32(0);
        _refuse(note, abi.encodeWithSelector(ICustodyLedger.TargetMissing.selector));

        note = _noteOf(PLANT_KEY, 22);
        note.place = string(new bytes(257));
        note.owner = NOBODY;
        _refuse(note, abi.encodeWithSelector(ICustodyLedger.PlaceLength.selector, 257));
        note.place = "urn:pond";
        _refuse(note, abi.encodeWithSelector(ICustodyLedger.UnknownParty.selector, NOBODY));
        note.owner = farm;
        _refuse(note, abi.encodeWithSelector(ICustodyLedger.NotPlaceOwner.selector, farm, plant));
        note.owner = plant;
        _refuse(note, abi.encodeWithSelector(ICustodyLedger.TargetMissing.selector));
    }

    function _adjust(uint256 key, uint8 kind, uint96 quantity) private returns (ICustodyLedger.Move memory move) {
        move = _moveOf(key, kind, batch, quantity);
        move.target = MENDED;
    }

    function _inspectors(bytes32 of_, bytes32 holder, uint96 quantity)
        private
        returns (ICustodyLedger.Move memory move)
    {
        move = _adjust(LAB_KEY, 18, quantity);
        move.batch = of_;
        move.holder = holder;
    }

    function _correct(uint256 key, bytes32 of_) private returns (ICustodyLedger.Note memory note) {
        note = _observe(key, of_);
        note.kind = 22;
        note.target = MENDED;
    }
}
