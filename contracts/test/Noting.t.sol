// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICustodyLedger} from "../src/interfaces/ICustodyLedger.sol";
import {World} from "./World.sol";

/// @notice Observe and Void: what they do, and each of their laws broken (docs/spec/law.md, Note).
contract NotingTest is World {
    string private constant POND = "urn:nguon:place:pond-1";

    bytes32 private batch;

    function setUp() public override {
        super.setUp();
        batch = _harvest();
    }

    function test_Observe_by_a_present_and_a_past_holder() public {
        bytes32 before = ledger.headOf(batch);
        bytes32 id = _accept(_observe(FARM_KEY, batch));
        assertEq(ledger.headOf(batch), keccak256(abi.encodePacked(before, uint8(21), uint8(4), id)), "role noted");
        assertEq(ledger.batches(batch).openUntil, NOW + 1 days, "still open");
        _accept(_moveOf(FARM_KEY, 15, batch, 1_000_000));
        _accept(_observe(FARM_KEY, batch));
    }

    function test_an_inspector_closes_an_open_batch_and_only_that() public {
        _accept(_observe(LAB_KEY, batch));
        assertEq(ledger.batches(batch).openUntil, 0);

        _accept(_commission(FARM_KEY, crab, "LATE", 1));
        vm.warp(NOW + 2 days);
        bytes32 late = _batchOf(crab, farm, "LATE");
        _accept(_observe(LAB_KEY, late));
        assertEq(ledger.batches(late).openUntil, NOW + 1 days, "closed by its time already");
    }

    function test_SubjectCount() public {
        ICustodyLedger.Note memory note = _noteOf(FARM_KEY, 21);
        _refuse(note, abi.encodeWithSelector(ICustodyLedger.SubjectCount.selector, 0));
        note.batches = new bytes32[](2);
        _refuse(note, abi.encodeWithSelector(ICustodyLedger.SubjectCount.selector, 2));
        note = _observe(FARM_KEY, batch);
        note.place = POND;
        _refuse(note, abi.encodeWithSelector(ICustodyLedger.SubjectCount.selector, 2));
    }

    function test_UnknownBatch_and_NotHolder() public {
        bytes32 none = bytes32(uint256(1));
        _refuse(_observe(FARM_KEY, none), abi.encodeWithSelector(ICustodyLedger.UnknownBatch.selector, none));
        _refuse(_observe(LAB_KEY, none), abi.encodeWithSelector(ICustodyLedger.UnknownBatch.selector, none));
        _refuse(_observe(PLANT_KEY, batch), abi.encodeWithSelector(ICustodyLedger.NotHolder.selector, batch, plant));
        _accept(_ship(FARM_KEY, batch, plant, 1));
        _refuse(_observe(PLANT_KEY, batch), abi.encodeWithSelector(ICustodyLedger.NotHolder.selector, batch, plant));
    }

    function test_Observe_of_a_place_by_its_owner_named_or_not() public {
        bytes32 place = keccak256(abi.encodePacked(farm, POND));
        bytes32 first = _accept(_observePlace(FARM_KEY, bytes32(0), POND));
        bytes32 second = _accept(_observePlace(FARM_KEY, farm, POND));
        bytes32 third = _accept(_observePlace(LAB_KEY, farm, POND));
        bytes32 head = keccak256(abi.encodePacked("nguon.place", LEDGER_ID, place));
        head = keccak256(abi.encodePacked(head, uint8(21), uint8(4), first));
        head = keccak256(abi.encodePacked(head, uint8(21), uint8(4), second));
        assertEq(ledger.headOf(place), keccak256(abi.encodePacked(head, uint8(21), uint8(4), third)));
    }

    function test_PlaceLength_UnknownParty_NotPlaceOwner() public {
        string memory long = string(new bytes(257));
        _refuse(
            _observePlace(FARM_KEY, bytes32(0), long), abi.encodeWithSelector(ICustodyLedger.PlaceLength.selector, 257)
        );
        bytes32 nobody = keccak256("nobody");
        _refuse(
            _observePlace(LAB_KEY, nobody, POND), abi.encodeWithSelector(ICustodyLedger.UnknownParty.selector, nobody)
        );
        _refuse(
            _observePlace(FARM_KEY, nobody, POND), abi.encodeWithSelector(ICustodyLedger.UnknownParty.selector, nobody)
        );
        _refuse(
            _observePlace(PLANT_KEY, farm, POND),
            abi.encodeWithSelector(ICustodyLedger.NotPlaceOwner.selector, farm, plant)
        );
        _accept(_observePlace(FARM_KEY, bytes32(0), string(new bytes(256))));
    }

    function test_Void_burns_a_nonce_of_a_signer_of_the_same_party() public {
        address older = vm.addr(0x77);
        partyRegistry.setSigner(farm, older, 0, NOW + 1, 1);
        ICustodyLedger.Note memory observed = _observe(0x77, batch);
        ICustodyLedger.SignedEvent memory late = _sign(3, abi.encode(observed), 0x77);
        bytes32 head = ledger.headOf(batch);

        _accept(_void(FARM_KEY, older, observed.nonce));
        assertTrue(ledger.nonceUsed(older, observed.nonce));
        assertEq(ledger.headOf(batch), head, "only the ledger's head advances");
        _refuse(late, abi.encodeWithSelector(ICustodyLedger.NonceUsed.selector, older, observed.nonce));
    }

    function test_VoidForeignSigner() public {
        address foreign = vm.addr(PLANT_KEY);
        _refuse(_void(FARM_KEY, foreign, 5), abi.encodeWithSelector(ICustodyLedger.VoidForeignSigner.selector, foreign));
        _refuse(
            _void(FARM_KEY, address(7), 5),
            abi.encodeWithSelector(ICustodyLedger.VoidForeignSigner.selector, address(7))
        );
        assertFalse(ledger.nonceUsed(foreign, 5));
    }

    function test_Void_NonceUsed_for_a_burned_nonce_and_for_its_own() public {
        address signer = vm.addr(FARM_KEY);
        _refuse(_void(FARM_KEY, signer, 0), abi.encodeWithSelector(ICustodyLedger.NonceUsed.selector, signer, 0));
        ICustodyLedger.Note memory note = _void(FARM_KEY, signer, 0);
        note.target = bytes32(bytes20(signer)) | bytes32(uint256(note.nonce));
        _refuse(note, abi.encodeWithSelector(ICustodyLedger.NonceUsed.selector, signer, note.nonce));
        assertFalse(ledger.nonceUsed(signer, note.nonce));
    }

    function _observePlace(uint256 key, bytes32 owner, string memory place)
        private
        returns (ICustodyLedger.Note memory note)
    {
        note = _noteOf(key, 21);
        note.owner = owner;
        note.place = place;
    }

    function _void(uint256 key, address signer, uint96 nonce) private returns (ICustodyLedger.Note memory note) {
        note = _noteOf(key, 25);
        note.target = bytes32(bytes20(signer)) | bytes32(uint256(nonce));
    }
}
