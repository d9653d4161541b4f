// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Vm} from "forge-std/Vm.sol";
import {ICustodyLedger} from "../src/interfaces/ICustodyLedger.sol";
import {World} from "./World.sol";

/// @notice A submission as a whole: neighbours of a refused event, heads, gas, and a re-anchored ledger.
contract RecordingTest is World {
    bytes32 private batch;

    function setUp() public override {
        super.setUp();
        batch = _harvest();
    }

    function test_a_hundred_events_with_bad_ones_first_in_the_middle_and_last() public {
        ICustodyLedger.SignedEvent[] memory events = new ICustodyLedger.SignedEvent[](100);
        bytes32 ledgerHead = ledger.ledgerHead();
        bytes32 batchHead = ledger.headOf(batch);
        for (uint256 i = 0; i < 100; ++i) {
            bool bad = i == 0 || i == 50 || i == 99;
            events[i] = bad ? _sign(_moveOf(FARM_KEY, 15, batch, 2_000_000)) : _sign(_moveOf(FARM_KEY, 15, batch, 3));
            if (bad) continue;
            bytes32 id = _idOf(events[i]);
            ledgerHead = keccak256(abi.encodePacked(ledgerHead, uint8(15), uint8(0), id));
            batchHead = keccak256(abi.encodePacked(batchHead, uint8(15), uint8(3), id));
        }
        vm.recordLogs();
        ledger.record(events);
        Vm.Log[] memory logs = vm.getRecordedLogs();

        assertEq(logs.length, 100);
        uint256 skips = 0;
        for (uint256 i = 0; i < 100; ++i) {
            if (logs[i].topics[0] != ICustodyLedger.Skipped.selector) continue;
            (uint256 index, bytes32 id,) = abi.decode(logs[i].data, (uint256, bytes32, bytes));
            assertEq(index, i, "the log stands at the event's place");
            assertEq(id, _idOf(events[i]));
            ++skips;
        }
        assertEq(skips, 3);
        assertEq(ledger.count(), 1 + 97);
        assertEq(ledger.ledgerHead(), ledgerHead, "the ledger's head, computed here");
        assertEq(ledger.headOf(batch), batchHead, "the batch's head, computed here");
        _assertHeld(batch, farm, 1_000_000 - 97 * 3);
    }

    /// @dev The part that a batch plays in an event is in its head: 2 what is used up, 1 what is made of it.
    function test_heads_of_what_a_pack_uses_and_makes() public {
        bytes32 source = _salted();
        bytes32 before = ledger.headOf(source);
        ICustodyLedger.Make memory make = _makeOf(PLANT_KEY, 3);
        make.inputs = _inputs(source, 200);
        make.outputs = _outputs(jar, "JARS", 1);
        bytes32 id = _accept(make);
        assertEq(ledger.headOf(source), keccak256(abi.encodePacked(before, uint8(3), uint8(2), id)));
        bytes32 jars = _batchOf(jar, plant, "JARS");
        bytes32 seed = keccak256(abi.encodePacked("nguon.batch", LEDGER_ID, jars));
        assertEq(ledger.headOf(jars), keccak256(abi.encodePacked(seed, uint8(3), uint8(1), id)));
    }

    function test_events_of_one_submission_see_each_other() public {
        ICustodyLedger.SignedEvent[] memory events = new ICustodyLedger.SignedEvent[](3);
        events[0] = _sign(_ship(FARM_KEY, batch, plant, 10));
        events[1] = _sign(_receive(PLANT_KEY, batch, _idOf(events[0]), 10));
        events[2] = events[1];
        vm.recordLogs();
        ledger.record(events);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs[2].topics[0], ICustodyLedger.Skipped.selector, "the same event twice");
        _assertHeld(batch, plant, 10);
    }

    function test_an_empty_submission_changes_nothing() public {
        bytes32 before = _picture();
        ledger.record(new ICustodyLedger.SignedEvent[](0));
        assertEq(_picture(), before);
    }

    function test_anyone_may_relay() public {
        ICustodyLedger.SignedEvent[] memory events = new ICustodyLedger.SignedEvent[](1);
        events[0] = _sign(_observe(FARM_KEY, batch));
        vm.prank(address(0xBEEF));
        ledger.record(events);
        assertEq(ledger.count(), 2);
    }

    function test_the_log_carries_the_whole_event_of_each_shape() public {
        ICustodyLedger.Make memory make = _commission(FARM_KEY, crab, "LOGGED", 5);
        ICustodyLedger.SignedEvent memory signed = _sign(make);
        vm.expectEmit(true, true, true, true, address(ledger));
        emit ICustodyLedger.MakeRecorded(_idOf(signed), make, signed.r, signed.vs);
        _record(signed);
        ICustodyLedger.Move memory move = _ship(FARM_KEY, batch, plant, 5);
        signed = _sign(move);
        vm.expectEmit(true, true, true, true, address(ledger));
        emit ICustodyLedger.MoveRecorded(_idOf(signed), move, signed.r, signed.vs);
        _record(signed);
        ICustodyLedger.Note memory note = _observe(FARM_KEY, batch);
        signed = _sign(note);
        vm.expectEmit(true, true, true, true, address(ledger));
        emit ICustodyLedger.NoteRecorded(_idOf(signed), note, signed.r, signed.vs);
        _record(signed);
    }

    /// @dev With every amount of gas the call reverts, or all events are recorded: none is skipped for want of gas.
    function test_out_of_gas_reverts_and_skips_nothing() public {
        ICustodyLedger.SignedEvent[] memory events = new ICustodyLedger.SignedEvent[](2);
        events[0] = _sign(_commission(FARM_KEY, crab, "G1", 5));
        events[1] = _sign(_ship(FARM_KEY, batch, plant, 10));
        uint256 recorded = 0;
        uint256 outOfGas = 0;
        for (uint256 gas = 40_000; recorded < 20; gas += 2_500) {
            uint256 snapshot = vm.snapshotState();
            vm.recordLogs();
            (bool done, bytes memory why) =
                address(ledger).call{gas: gas}(abi.encodeCall(ICustodyLedger.record, (events)));
            Vm.Log[] memory logs = vm.getRecordedLogs();
            if (done) {
                assertEq(ledger.count(), 3, "both are recorded");
                for (uint256 i = 0; i < logs.length; ++i) {
                    assertTrue(logs[i].topics[0] != ICustodyLedger.Skipped.selector, "skipped for want of gas");
                }
                ++recorded;
            } else if (keccak256(why) == keccak256(abi.encodePacked(ICustodyLedger.OutOfGas.selector))) {
                ++outOfGas;
            }
            vm.revertToState(snapshot);
        }
        assertGt(recorded, 0);
        assertGt(outOfGas, 0);
    }

    function test_the_first_head_is_the_seed() public {
        assertEq(_newLedger().ledgerHead(), keccak256(abi.encodePacked("nguon.ledger", LEDGER_ID, bytes32(0))));
    }

    function test_a_reanchored_ledger_must_meet_its_predecessors_head() public {
        address home = address(ledger);
        ICustodyLedger.SignedEvent[] memory events = new ICustodyLedger.SignedEvent[](2);
        events[0] = _sign(_commission(FARM_KEY, crab, "ONE", 1));
        events[1] = _sign(_commission(FARM_KEY, crab, "TWO", 2));
        bytes32 head = keccak256(abi.encodePacked("nguon.ledger", LEDGER_ID, bytes32(0)));
        for (uint256 i = 0; i < 2; ++i) {
            head = keccak256(abi.encodePacked(head, uint8(1), uint8(0), _idOf(events[i])));
        }

        deployCodeTo(
            "CustodyLedger.sol", abi.encode(LEDGER_ID, partyRegistry, productRegistry, 2, keccak256("another")), home
        );
        _clear(home);
        vm.expectRevert(
            abi.encodeWithSelector(ICustodyLedger.PredecessorHeadDiffers.selector, keccak256("another"), head)
        );
        ledger.record(events);

        deployCodeTo("CustodyLedger.sol", abi.encode(LEDGER_ID, partyRegistry, productRegistry, 2, head), home);
        _clear(home);
        ledger.record(events);
        assertEq(ledger.ledgerHead(), head);
        assertEq(ledger.predecessorCount(), 2);
        assertEq(ledger.predecessorHead(), head);
    }

    /// @dev A new ledger at the old address has no events: slots 1 and 2 hold its head and its count (low 8 bytes).
    function _clear(address home) private {
        vm.store(home, bytes32(uint256(1)), keccak256(abi.encodePacked("nguon.ledger", LEDGER_ID, bytes32(0))));
        bytes32 counts = vm.load(home, bytes32(uint256(2)));
        vm.store(home, bytes32(uint256(2)), counts & ~bytes32(uint256(type(uint64).max)));
        assertEq(ledger.count(), 0);
    }
}
