// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICustodyLedger} from "../src/interfaces/ICustodyLedger.sol";
import {World} from "./World.sol";

/// @notice Word by word: the ledger reads a body exactly if the compiler's own encoder would have written it so.
contract WordsTest is World {
    /// @dev The lowest and highest bit of each width that a field has, the first bits outside, and those beside a string
    /// of two bytes.
    uint8[18] private bits = [0, 5, 7, 8, 16, 31, 32, 63, 64, 95, 96, 127, 159, 160, 239, 240, 247, 255];

    function test_every_word_of_a_make() public {
        ICustodyLedger.Make memory make = _makeOf(FARM_KEY, 2);
        make.provenance = 1;
        make.itemsRoot = keccak256("items");
        make.firstIndex = 77;
        make.content = "{}";
        make.inputs = new ICustodyLedger.Input[](2);
        make.outputs = new ICustodyLedger.Output[](2);
        for (uint256 i = 0; i < 2; ++i) {
            // A small number, or the selector at the start.
            // forge-lint: disable-next-line(unsafe-typecast)
            make.inputs[i] = ICustodyLedger.Input(keccak256(abi.encode(i)), uint96(i + 1));
            make.outputs[i] = ICustodyLedger.Output(crab, i == 0 ? "AB" : "", 5, NOW);
        }
        _flipEach(1, abi.encode(make));
    }

    function test_every_word_of_a_move() public {
        ICustodyLedger.Move memory move = _ship(FARM_KEY, keccak256("batch"), plant, 5);
        (move.holder, move.target) = (shop, keccak256("target"));
        _flipEach(2, abi.encode(move));
    }

    function test_every_word_of_a_note() public {
        ICustodyLedger.Note memory note = _observe(FARM_KEY, keccak256("batch"));
        (note.owner, note.place, note.target) = (farm, "ao", keccak256("target"));
        _flipEach(3, abi.encode(note));
    }

    function test_padding_of_every_length_is_zero_from_its_first_bit_to_its_last() public {
        ICustodyLedger.Move memory move = _ship(FARM_KEY, keccak256("batch"), plant, 5);
        for (uint256 length = 0; length <= 65; ++length) {
            move.content = string(new bytes(length));
            bytes memory body = abi.encode(move);
            bytes32 id = _id(2, body);
            assertTrue(id != bytes32(0), "read");
            if (length % 32 == 0) continue;
            body[12 * 32 + length] = 0x80;
            assertEq(_id(2, body), 0, "its first bit");
            body[12 * 32 + length] = 0;
            body[body.length - 1] = 0x01;
            assertEq(_id(2, body), 0, "its last bit");
        }
    }

    /// @dev A law refuses them, not the reading: as many as a body has room for are read.
    function test_more_than_any_law_allows_is_still_read() public {
        for (uint256 count = 100; count <= 450; count += 350) {
            ICustodyLedger.Make memory make = _makeOf(PLANT_KEY, 2);
            make.content = "";
            make.inputs = new ICustodyLedger.Input[](count);
            _refuse(make, abi.encodeWithSelector(ICustodyLedger.InputCount.selector, count, 16));
            make = _makeOf(FARM_KEY, 1);
            make.content = "";
            make.outputs = new ICustodyLedger.Output[](count);
            _refuse(make, abi.encodeWithSelector(ICustodyLedger.OutputCount.selector, count, 1));
            ICustodyLedger.Note memory note = _noteOf(FARM_KEY, 23);
            note.content = "";
            note.batches = new bytes32[](count + 101);
            _refuse(note, abi.encodeWithSelector(ICustodyLedger.SubjectCount.selector, count + 101));
        }
    }

    /// @dev A relayer pays for what a body says, and a length says much in few bytes.
    function test_an_array_longer_than_its_body_is_found_out_cheaply() public {
        ICustodyLedger.Make memory make = _commission(FARM_KEY, crab, "L", 1);
        ICustodyLedger.Note memory note = _observe(FARM_KEY, keccak256("batch"));
        bytes[3] memory bodies = [abi.encode(make), abi.encode(make), abi.encode(note)];
        uint8[3] memory places = [11, 12, 10]; // words at which an array's length stands: inputs, outputs, batches
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory body = bodies[i];
            uint256 length = body.length * 32 - 1;
            uint256 at = 32 * (1 + uint256(places[i]));
            assembly ("memory-safe") {
                mstore(add(body, at), length)
            }
            ICustodyLedger.SignedEvent[] memory events = new ICustodyLedger.SignedEvent[](1);
            events[0] = ICustodyLedger.SignedEvent(i == 2 ? 3 : 1, body, bytes32(0), bytes32(0));
            vm.expectEmit(address(ledger));
            emit ICustodyLedger.Skipped(0, bytes32(0), "");
            ledger.record{gas: 500_000}(events);
        }
    }

    /// @dev The compiler's way back and forth, in a call of its own: it reverts on what it cannot read.
    function encodedAgain(uint8 shape, bytes calldata body) external pure returns (bytes memory) {
        if (shape == 1) return abi.encode(abi.decode(body, (ICustodyLedger.Make)));
        if (shape == 2) return abi.encode(abi.decode(body, (ICustodyLedger.Move)));
        return abi.encode(abi.decode(body, (ICustodyLedger.Note)));
    }

    function _flipEach(uint8 shape, bytes memory body) private {
        bytes32 id = _id(shape, body);
        assertTrue(id != bytes32(0), "read");
        uint256 outside = 0;
        for (uint256 at = 0; at < body.length; at += 32) {
            for (uint256 i = 0; i < bits.length; ++i) {
                uint256 place = at + 31 - bits[i] / 8;
                // One bit of a byte.
                // forge-lint: disable-next-line(incorrect-shift)
                bytes1 flip = bytes1(uint8(1 << (bits[i] % 8)));
                body[place] ^= flip;
                bytes32 other = _id(shape, body);
                assertTrue(other != id, "the same id from other bytes");
                assertEq(other != bytes32(0), _isCanonical(shape, body), "read exactly if it is abi.encode");
                if (other == bytes32(0)) ++outside;
                body[place] ^= flip;
            }
        }
        assertGt(outside, 100);
    }

    /// @dev Zero for what is not read.
    function _id(uint8 shape, bytes memory body) private view returns (bytes32) {
        (bool done, bytes memory answer) =
            address(ledger).staticcall(abi.encodeCall(ICustodyLedger.eventId, (shape, body)));
        return done ? abi.decode(answer, (bytes32)) : bytes32(0);
    }

    function _isCanonical(uint8 shape, bytes memory body) private view returns (bool) {
        try this.encodedAgain(shape, body) returns (bytes memory again) {
            return keccak256(again) == keccak256(body);
        } catch {
            return false;
        }
    }
}
