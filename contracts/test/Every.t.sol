// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICustodyLedger} from "../src/interfaces/ICustodyLedger.sol";
import {IPartyRegistry} from "../src/interfaces/IPartyRegistry.sol";
import {World} from "./World.sol";

/// @notice The laws for every event (docs/spec/law.md, 0 to 9), each one broken.
contract EveryTest is World {
    uint256 private constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    uint256 private constant STRANGER_KEY = 0x57;

    bytes32 private batch;

    function setUp() public override {
        super.setUp();
        batch = _harvest();
    }

    function test_UnknownShape() public {
        ICustodyLedger.SignedEvent memory signed = _sign(_observe(FARM_KEY, batch));
        signed.shape = 4;
        _refuse(signed, bytes32(0), abi.encodeWithSelector(ICustodyLedger.UnknownShape.selector, 4));
        signed.shape = 0;
        _refuse(signed, bytes32(0), abi.encodeWithSelector(ICustodyLedger.UnknownShape.selector, 0));
    }

    function test_a_body_of_another_shape_is_skipped_without_a_reason() public {
        ICustodyLedger.SignedEvent memory signed = _sign(_observe(FARM_KEY, batch));
        signed.body = hex"";
        _refuse(signed, bytes32(0), "");
        signed.body = hex"ff";
        _refuse(signed, bytes32(0), "");
        signed.body = abi.encode(uint256(32), type(uint256).max);
        _refuse(signed, bytes32(0), "");
        signed = _sign(_observe(FARM_KEY, batch));
        signed.shape = 1;
        _refuse(signed, bytes32(0), "");
    }

    function test_a_body_with_an_endless_array_is_skipped_without_a_reason() public {
        ICustodyLedger.Make memory make = _commission(FARM_KEY, crab, "L", 1);
        ICustodyLedger.SignedEvent memory signed = _sign(make);
        // The sixth word of the struct points to the inputs; let it point to a length no memory could hold.
        bytes memory body = signed.body;
        uint256 endless = body.length;
        body = bytes.concat(body, bytes32(uint256(1) << 200));
        uint256 offset = endless - 32;
        for (uint256 i = 0; i < 32; ++i) {
            body[32 + 5 * 32 + i] = bytes32(offset)[i];
        }
        signed.body = body;
        _refuse(signed, bytes32(0), "");
    }

    function test_BadSignature_by_another_key() public {
        ICustodyLedger.Note memory note = _observe(FARM_KEY, batch);
        ICustodyLedger.SignedEvent memory signed = _sign(3, abi.encode(note), STRANGER_KEY);
        _refuse(
            signed,
            abi.encodeWithSelector(ICustodyLedger.BadSignature.selector, vm.addr(FARM_KEY), vm.addr(STRANGER_KEY))
        );
    }

    /// @dev In 64 bytes the mirror image (n − s) of a signature loses its top bit to the parity; what still fits above
    /// half of the order is refused unseen.
    function test_BadSignature_high_s_and_flipped_parity() public {
        ICustodyLedger.SignedEvent memory signed = _sign(_observe(FARM_KEY, batch));
        bytes32 parity = bytes32(uint256(1) << 255);
        bytes32 vs = signed.vs;
        signed.vs = bytes32(ORDER / 2 + 1);
        _refuse(signed, abi.encodeWithSelector(ICustodyLedger.BadSignature.selector, vm.addr(FARM_KEY), address(0)));
        signed.vs = vs ^ parity;
        assertEq(_refusedWith(signed), ICustodyLedger.BadSignature.selector);
        signed.vs = bytes32(ORDER - uint256(vs & ~parity)) ^ (vs & parity) ^ parity;
        assertEq(_refusedWith(signed), ICustodyLedger.BadSignature.selector);
        signed.vs = vs;
        _accept(signed);
    }

    function test_BadSignature_unrecoverable_is_not_the_zero_address() public {
        ICustodyLedger.Note memory note = _observe(FARM_KEY, batch);
        note.signer = address(0);
        ICustodyLedger.SignedEvent memory signed =
            ICustodyLedger.SignedEvent(3, abi.encode(note), bytes32(0), bytes32(0));
        _refuse(signed, abi.encodeWithSelector(ICustodyLedger.BadSignature.selector, address(0), address(0)));
        note.signer = vm.addr(FARM_KEY);
        signed.body = abi.encode(note);
        _refuse(signed, abi.encodeWithSelector(ICustodyLedger.BadSignature.selector, note.signer, address(0)));
    }

    function test_BadSignature_over_any_foreign_domain() public {
        ICustodyLedger.Note memory note = _observe(FARM_KEY, batch);
        bytes memory body = abi.encode(note);
        bytes32 hash = keccak256(
            abi.encode(
                keccak256(
                    "Note(address signer,uint96 nonce,uint64 occurredAt,uint8 kind,bytes32[] batches,bytes32 owner,string place,bytes32 target,string content)"
                ),
                note.signer,
                note.nonce,
                note.occurredAt,
                note.kind,
                keccak256(abi.encodePacked(note.batches)),
                note.owner,
                keccak256(""),
                note.target,
                keccak256("{}")
            )
        );
        bytes32 home = _domain("Nguon", "1", block.chainid, address(ledger), LEDGER_ID);
        assertEq(ledger.domainSeparator(), home, "the domain is the spec's");
        bytes32[5] memory foreign = [
            _domain("Nguo", "1", block.chainid, address(ledger), LEDGER_ID),
            _domain("Nguon", "2", block.chainid, address(ledger), LEDGER_ID),
            _domain("Nguon", "1", block.chainid + 1, address(ledger), LEDGER_ID),
            _domain("Nguon", "1", block.chainid, address(this), LEDGER_ID),
            _domain("Nguon", "1", block.chainid, address(ledger), bytes32(uint256(1)))
        ];
        for (uint256 i = 0; i < 5; ++i) {
            bytes32 digest = keccak256(abi.encodePacked(hex"1901", foreign[i], hash));
            (bytes32 r, bytes32 vs) = vm.signCompact(FARM_KEY, digest);
            assertEq(_refusedWith(ICustodyLedger.SignedEvent(3, body, r, vs)), ICustodyLedger.BadSignature.selector);
        }
        (bytes32 r0, bytes32 vs0) = vm.signCompact(FARM_KEY, keccak256(abi.encodePacked(hex"1901", home, hash)));
        _accept(ICustodyLedger.SignedEvent(3, body, r0, vs0));
    }

    function test_domain_follows_the_chain_id() public {
        vm.chainId(99);
        assertEq(ledger.domainSeparator(), _domain("Nguon", "1", 99, address(ledger), LEDGER_ID));
    }

    function test_UnknownSigner() public {
        ICustodyLedger.Note memory note = _observe(STRANGER_KEY, batch);
        _refuse(
            _sign(3, abi.encode(note), STRANGER_KEY),
            abi.encodeWithSelector(ICustodyLedger.UnknownSigner.selector, note.signer)
        );
    }

    function test_SignerNotValid_before_and_after_its_interval() public {
        address signer = vm.addr(STRANGER_KEY);
        partyRegistry.setSigner(farm, signer, NOW + 100, NOW + 200, 2);
        ICustodyLedger.Note memory note = _observe(STRANGER_KEY, batch);
        ICustodyLedger.SignedEvent memory signed = _sign(3, abi.encode(note), STRANGER_KEY);

        vm.warp(NOW + 99);
        _refuse(signed, _notValid(signer, NOW + 99));
        vm.warp(NOW + 200);
        _refuse(signed, _notValid(signer, NOW + 200));
        vm.warp(NOW + 199);
        _accept(signed);
    }

    function _notValid(address signer, uint64 time) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICustodyLedger.SignerNotValid.selector, signer, NOW + 100, NOW + 200, time);
    }

    function test_UnknownKind_of_each_shape() public {
        uint8[15] memory kinds = [0, 1, 3, 4, 10, 11, 14, 15, 19, 20, 21, 22, 25, 26, 255];
        for (uint256 i = 0; i < kinds.length; ++i) {
            uint8 kind = kinds[i];
            bytes memory error = abi.encodeWithSelector(ICustodyLedger.UnknownKind.selector, kind);
            if (kind < 1 || kind > 3) _refuse(_makeOf(FARM_KEY, kind), error);
            if (kind < 11 || kind > 19) _refuse(_moveOf(FARM_KEY, kind, batch, 1), error);
            if (kind < 21 || kind > 25) _refuse(_noteOf(FARM_KEY, kind), error);
        }
    }

    function test_NonceUsed_on_replay() public {
        ICustodyLedger.Note memory note = _observe(FARM_KEY, batch);
        _accept(note);
        assertTrue(ledger.nonceUsed(note.signer, note.nonce));
        _refuse(note, abi.encodeWithSelector(ICustodyLedger.NonceUsed.selector, note.signer, note.nonce));
    }

    function test_nonces_of_other_lanes_and_signers_are_free() public {
        ICustodyLedger.Note memory note = _observe(FARM_KEY, batch);
        note.nonce = type(uint96).max;
        _accept(note);
        note.nonce = type(uint96).max - 1;
        _accept(note);
        note.nonce = uint96(7) << 32;
        _accept(note);
        note = _observe(LAB_KEY, batch);
        note.nonce = type(uint96).max;
        _accept(note);
    }

    function test_a_refused_event_may_come_again() public {
        ICustodyLedger.Move memory move = _moveOf(FARM_KEY, 15, batch, 1_000_001);
        ICustodyLedger.SignedEvent memory signed = _sign(move);
        _refuse(
            signed,
            abi.encodeWithSelector(ICustodyLedger.MoreThanHeld.selector, batch, farm, uint256(1_000_001), 1_000_000)
        );
        _accept(_commission(FARM_KEY, crab, "HARVEST", 1));
        _accept(signed);
    }

    function test_OccurredInFuture() public {
        ICustodyLedger.Note memory note = _observe(FARM_KEY, batch);
        note.occurredAt = NOW + 1;
        _refuse(note, abi.encodeWithSelector(ICustodyLedger.OccurredInFuture.selector, NOW + 1, NOW));
        note.occurredAt = NOW;
        _accept(note);
    }

    function test_ContentTooLong() public {
        ICustodyLedger.Note memory note = _observe(FARM_KEY, batch);
        note.content = string(new bytes(8193));
        _refuse(note, abi.encodeWithSelector(ICustodyLedger.ContentTooLong.selector, 8193, 8192));
        note.content = string(new bytes(8192));
        _accept(note);
    }

    function test_PartySuspended_but_for_what_it_may_still_do() public {
        bytes32 raw = batch;
        bytes32 shipment = _accept(_ship(FARM_KEY, raw, plant, 500));
        bytes memory error = abi.encodeWithSelector(ICustodyLedger.PartySuspended.selector, plant);
        partyRegistry.setStatus(plant, 2);

        _refuse(_commission(PLANT_KEY, salted, "X", 1), error);
        _refuse(_makeOf(PLANT_KEY, 2), error);
        _refuse(_makeOf(PLANT_KEY, 3), error);
        _refuse(_ship(PLANT_KEY, raw, shop, 1), error);
        _refuse(_moveOf(PLANT_KEY, 15, raw, 1), error);
        _refuse(_observe(PLANT_KEY, raw), error);

        _accept(_receive(PLANT_KEY, raw, shipment, 300));
        _accept(_moveOf(PLANT_KEY, 17, raw, 1));
        ICustodyLedger.Note memory note = _noteOf(PLANT_KEY, 25);
        note.target = _named(vm.addr(PLANT_KEY), 1_000);
        _accept(note);

        partyRegistry.setStatus(plant, 1);
        _accept(_observe(PLANT_KEY, raw));
    }

    function test_UnusedFieldSet_in_the_order_of_the_type() public {
        ICustodyLedger.Make memory make = _commission(FARM_KEY, crab, "L", 1);
        make.inputs = _inputs(batch, 1);
        make.itemsRoot = bytes32(uint256(1));
        make.firstIndex = 1;
        _refuse(make, _unused("inputs"));
        make.inputs = new ICustodyLedger.Input[](0);
        _refuse(make, _unused("itemsRoot"));
        make.itemsRoot = bytes32(0);
        _refuse(make, _unused("firstIndex"));

        make = _makeOf(PLANT_KEY, 2);
        make.provenance = 1;
        make.itemsRoot = bytes32(uint256(1));
        make.firstIndex = 1;
        _refuse(make, _unused("provenance"));
        make.provenance = 0;
        _refuse(make, _unused("itemsRoot"));
        make.itemsRoot = bytes32(0);
        _refuse(make, _unused("firstIndex"));

        make = _makeOf(PLANT_KEY, 3);
        make.provenance = 1;
        _refuse(make, _unused("provenance"));
    }

    function test_UnusedFieldSet_of_a_move() public {
        for (uint8 kind = 11; kind <= 19; ++kind) {
            ICustodyLedger.Move memory move = _moveOf(FARM_KEY, kind, batch, 1);
            move.holder = farm;
            move.to = plant;
            move.target = bytes32(uint256(1));
            if (kind != 11 && kind != 18) _refuse(move, _unused("holder"));
            if (kind != 11 && kind != 18) move.holder = bytes32(0);
            if (kind != 11) _refuse(move, _unused("to"));
            if (kind != 11) move.to = bytes32(0);
            if (kind == 11 || kind == 15 || kind == 16) _refuse(move, _unused("target"));
        }
    }

    function test_UnusedFieldSet_of_a_note() public {
        ICustodyLedger.Note memory note = _observe(FARM_KEY, batch);
        note.target = bytes32(uint256(1));
        note.owner = farm;
        _refuse(note, _unused("target"));
        note.target = bytes32(0);
        _refuse(note, _unused("owner"));

        note = _observe(FARM_KEY, batch);
        note.kind = 25;
        note.owner = farm;
        note.place = "urn:pond";
        _refuse(note, _unused("batches"));
        note.batches = new bytes32[](0);
        _refuse(note, _unused("owner"));
        note.owner = bytes32(0);
        _refuse(note, _unused("place"));
    }

    function test_only_the_ledger_calls_recordNext() public {
        ICustodyLedger.SignedEvent memory signed = _sign(_observe(FARM_KEY, batch));
        IPartyRegistry.Standing memory standing = partyRegistry.standingOf(vm.addr(FARM_KEY));
        vm.expectRevert(ICustodyLedger.OnlySelf.selector);
        ledger.recordNext(standing, signed.shape, signed.body, signed.r, signed.vs);
    }

    function _unused(string memory field) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICustodyLedger.UnusedFieldSet.selector, field);
    }

    function _named(address signer, uint96 nonce) private pure returns (bytes32) {
        return bytes32(bytes20(signer)) | bytes32(uint256(nonce));
    }

    function _refusedWith(ICustodyLedger.SignedEvent memory signed) private returns (bytes4) {
        bytes32 before = _picture();
        vm.recordLogs();
        _record(signed);
        (,, bytes memory why) = abi.decode(vm.getRecordedLogs()[0].data, (uint256, bytes32, bytes));
        assertEq(_picture(), before);
        // an error begins with its selector
        // forge-lint: disable-next-line(unsafe-typecast)
        return bytes4(why);
    }

    function _domain(string memory name, string memory version, uint256 chainId, address at_, bytes32 salt)
        private
        pure
        returns (bytes32)
    {
        return keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)"
                ),
                keccak256(bytes(name)),
                keccak256(bytes(version)),
                chainId,
                at_,
                salt
            )
        );
    }
}
