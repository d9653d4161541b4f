// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICustodyLedger} from "../src/interfaces/ICustodyLedger.sol";
import {World} from "./World.sol";

/// @notice One event has one body: anything but exactly `abi.encode` is no encoding (docs/spec/event.md, section 6).
contract BodiesTest is World {
    /// @dev Whatever byte of an encoding is changed: the body is none any more, or it is another event's.
    function testFuzz_a_changed_byte_never_keeps_the_id(uint8 shape, uint256 at, uint8 flip) public {
        shape = uint8(bound(shape, 1, 3));
        bytes memory body = _bodyOf(shape);
        at = bound(at, 0, body.length - 1);
        flip = uint8(bound(flip, 1, 255));
        bytes32 id = ledger.eventId(shape, body);
        body[at] = bytes1(uint8(body[at]) ^ flip);
        (bool done, bytes memory answer) =
            address(ledger).staticcall(abi.encodeCall(ICustodyLedger.eventId, (shape, body)));
        if (!done) return;
        assertTrue(abi.decode(answer, (bytes32)) != id, "the same id from other bytes");
        assertTrue(_isCanonical(shape, body), "read although it is no abi.encode");
    }

    function testFuzz_a_body_cut_or_continued_is_none(uint8 shape, uint256 length) public {
        shape = uint8(bound(shape, 1, 3));
        bytes memory body = _bodyOf(shape);
        length = bound(length, 0, body.length + 96);
        vm.assume(length != body.length);
        bytes memory other = new bytes(length);
        for (uint256 i = 0; i < length && i < body.length; ++i) {
            other[i] = body[i];
        }
        assertFalse(_isRead(shape, other));
        _refuse(ICustodyLedger.SignedEvent(shape, other, bytes32(0), bytes32(0)), bytes32(0), "");
    }

    /// @dev The same event, its lot moved behind its content: the compiler's decoder reads it, the ledger does not.
    function test_tails_in_another_order_are_no_encoding() public {
        ICustodyLedger.Note memory note = _fullNote(1);
        bytes memory body = abi.encode(note);
        bytes memory longer = bytes.concat(body, bytes32(uint256(2)), "{}", new bytes(30));
        _put(longer, 32 + 8 * 32, body.length - 32); // the offset of content
        assertEq(keccak256(abi.encode(abi.decode(longer, (ICustodyLedger.Note)))), keccak256(body), "decodes alike");
        assertFalse(_isRead(3, longer));
    }

    function test_dirty_numbers_offsets_and_padding_are_no_encoding() public {
        bytes memory body = abi.encode(_fullMake(2, "LOT"));
        uint256[7] memory narrow = [uint256(1), 2, 3, 4, 5, 9, 13]; // signer … provenance, firstIndex, an input's quantity
        for (uint256 i = 0; i < narrow.length; ++i) {
            bytes memory dirty = bytes.concat(body);
            dirty[narrow[i] * 32] = 0x01;
            assertFalse(_isRead(1, dirty), vm.toString(narrow[i]));
        }
        bytes memory moved = bytes.concat(body);
        moved[0] = 0x01;
        assertFalse(_isRead(1, moved), "the struct's own offset");
        body[body.length - 1] = 0x01;
        assertFalse(_isRead(1, body), "padding of content");
    }

    function test_a_length_beyond_all_memory_is_no_encoding() public {
        for (uint8 shape = 1; shape <= 3; ++shape) {
            bytes memory body = _bodyOf(shape);
            for (uint256 at = 0; at < body.length; at += 32) {
                bytes memory endless = bytes.concat(body);
                _put(endless, at, type(uint256).max - 63);
                if (_isRead(shape, endless)) assertTrue(_isCanonical(shape, endless));
            }
        }
    }

    function testFuzz_lots_and_places_of_every_length(uint8 length) public {
        string memory text = string(new bytes(length));
        assertTrue(_isCanonical(1, abi.encode(_fullMake(1, text))));
        ICustodyLedger.Note memory note = _fullNote(length % 5);
        note.place = text;
        note.content = text;
        assertTrue(_isCanonical(3, abi.encode(note)));
    }

    /// @dev Read by the ledger, and exactly `abi.encode` of what the compiler decodes from it.
    function _isCanonical(uint8 shape, bytes memory body) private view returns (bool) {
        return _isRead(shape, body) && keccak256(_encodedAgain(shape, body)) == keccak256(body);
    }

    function _encodedAgain(uint8 shape, bytes memory body) private pure returns (bytes memory) {
        if (shape == 1) return abi.encode(abi.decode(body, (ICustodyLedger.Make)));
        if (shape == 2) return abi.encode(abi.decode(body, (ICustodyLedger.Move)));
        return abi.encode(abi.decode(body, (ICustodyLedger.Note)));
    }

    function _isRead(uint8 shape, bytes memory body) private view returns (bool done) {
        (done,) = address(ledger).staticcall(abi.encodeCall(ICustodyLedger.eventId, (shape, body)));
    }

    function _bodyOf(uint8 shape) private returns (bytes memory) {
        if (shape == 1) return abi.encode(_fullMake(2, "LOT-1"));
        if (shape == 2) return abi.encode(_moveOf(FARM_KEY, 11, bytes32(uint256(7)), 5));
        return abi.encode(_fullNote(2));
    }

    function _fullMake(uint256 inputs, string memory lot) private returns (ICustodyLedger.Make memory make) {
        make = _makeOf(FARM_KEY, 2);
        make.provenance = 1;
        make.itemsRoot = keccak256("items");
        make.firstIndex = 77;
        make.inputs = new ICustodyLedger.Input[](inputs);
        for (uint96 i = 0; i < inputs; ++i) {
            make.inputs[i] = ICustodyLedger.Input(keccak256(abi.encode(i)), i + 1);
        }
        make.outputs = new ICustodyLedger.Output[](2);
        make.outputs[0] = ICustodyLedger.Output(crab, lot, 5, NOW);
        make.outputs[1] = ICustodyLedger.Output(roe, "", 6, NOW + 1);
    }

    function _fullNote(uint256 batches) private returns (ICustodyLedger.Note memory note) {
        note = _noteOf(FARM_KEY, 21);
        note.batches = new bytes32[](batches);
        for (uint256 i = 0; i < batches; ++i) {
            note.batches[i] = keccak256(abi.encode(i));
        }
        note.owner = farm;
        note.place = "urn:nguon:place:pond";
        note.target = bytes32(uint256(9));
    }

    function _put(bytes memory body, uint256 at, uint256 word) private pure {
        for (uint256 i = 0; i < 32; ++i) {
            body[at + i] = bytes32(word)[i];
        }
    }
}
