// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Raw} from "./Raw.sol";

/// @dev A struct of docs/spec/event.md, section 2, as the place in call data where it starts. Only `Body` hands these
/// out, after it checked that the struct stands there canonically: so each field is the word at its own place.
type EventBody is uint256;
type MakeBody is uint256;
type OutputBody is uint256;
type MoveBody is uint256;
type NoteBody is uint256;

/// @dev Who acts: the place in call data of the signer's IPartyRegistry.Standing, which the ledger itself put there.
type Speaker is uint256;

using EventFields for EventBody global;
using MakeFields for MakeBody global;
using OutputFields for OutputBody global;
using MoveFields for MoveBody global;
using NoteFields for NoteBody global;
using SpeakerFields for Speaker global;

/// @title What the three shapes begin with
library EventFields {
    function signer(EventBody event_) internal pure returns (address) {
        return address(uint160(_word(event_, 0)));
    }

    function nonce(EventBody event_) internal pure returns (uint96) {
        return uint96(_word(event_, 1));
    }

    function occurredAt(EventBody event_) internal pure returns (uint64) {
        return uint64(_word(event_, 2));
    }

    function kind(EventBody event_) internal pure returns (uint8) {
        return uint8(_word(event_, 3));
    }

    function asMake(EventBody event_) internal pure returns (MakeBody) {
        return MakeBody.wrap(EventBody.unwrap(event_));
    }

    function asMove(EventBody event_) internal pure returns (MoveBody) {
        return MoveBody.wrap(EventBody.unwrap(event_));
    }

    function asNote(EventBody event_) internal pure returns (NoteBody) {
        return NoteBody.wrap(EventBody.unwrap(event_));
    }

    function _word(EventBody event_, uint256 index) private pure returns (uint256) {
        unchecked {
            return Raw.word(EventBody.unwrap(event_) + index * 32);
        }
    }
}

library MakeFields {
    function kind(MakeBody make) internal pure returns (uint8) {
        return uint8(_word(make, 3));
    }

    function provenance(MakeBody make) internal pure returns (uint8) {
        return uint8(_word(make, 4));
    }

    function itemsRoot(MakeBody make) internal pure returns (bytes32) {
        return bytes32(_word(make, 7));
    }

    function firstIndex(MakeBody make) internal pure returns (uint32) {
        return uint32(_word(make, 8));
    }

    function inputCount(MakeBody make) internal pure returns (uint256) {
        return _word(make, 10);
    }

    function input(MakeBody make, uint256 i) internal pure returns (bytes32 batch, uint96 quantity) {
        unchecked {
            return (bytes32(_word(make, 11 + 2 * i)), uint96(_word(make, 12 + 2 * i)));
        }
    }

    function outputCount(MakeBody make) internal pure returns (uint256) {
        return Raw.word(_outputs(make));
    }

    function output(MakeBody make, uint256 i) internal pure returns (OutputBody) {
        unchecked {
            uint256 table = _outputs(make) + 32;
            return OutputBody.wrap(table + Raw.word(table + i * 32));
        }
    }

    function _outputs(MakeBody make) private pure returns (uint256) {
        unchecked {
            return MakeBody.unwrap(make) + _word(make, 6);
        }
    }

    function _word(MakeBody make, uint256 index) private pure returns (uint256) {
        unchecked {
            return Raw.word(MakeBody.unwrap(make) + index * 32);
        }
    }
}

library OutputFields {
    function product(OutputBody output) internal pure returns (bytes32) {
        return bytes32(_word(output, 0));
    }

    function quantity(OutputBody output) internal pure returns (uint96) {
        return uint96(_word(output, 2));
    }

    function openUntil(OutputBody output) internal pure returns (uint64) {
        return uint64(_word(output, 3));
    }

    function lotLength(OutputBody output) internal pure returns (uint256) {
        return _word(output, 4);
    }

    /// @dev The id of this lot of its product, made by `origin`.
    function batch(OutputBody output, bytes32 origin) internal pure returns (bytes32) {
        unchecked {
            return Raw.hash(product(output), origin, OutputBody.unwrap(output) + 5 * 32, lotLength(output));
        }
    }

    function _word(OutputBody output, uint256 index) private pure returns (uint256) {
        unchecked {
            return Raw.word(OutputBody.unwrap(output) + index * 32);
        }
    }
}

library MoveFields {
    function kind(MoveBody move) internal pure returns (uint8) {
        return uint8(_word(move, 3));
    }

    function batch(MoveBody move) internal pure returns (bytes32) {
        return bytes32(_word(move, 4));
    }

    function holder(MoveBody move) internal pure returns (bytes32) {
        return bytes32(_word(move, 5));
    }

    function to(MoveBody move) internal pure returns (bytes32) {
        return bytes32(_word(move, 6));
    }

    function quantity(MoveBody move) internal pure returns (uint96) {
        return uint96(_word(move, 7));
    }

    function target(MoveBody move) internal pure returns (bytes32) {
        return bytes32(_word(move, 8));
    }

    function _word(MoveBody move, uint256 index) private pure returns (uint256) {
        unchecked {
            return Raw.word(MoveBody.unwrap(move) + index * 32);
        }
    }
}

library NoteFields {
    function kind(NoteBody note) internal pure returns (uint8) {
        return uint8(_word(note, 3));
    }

    function owner(NoteBody note) internal pure returns (bytes32) {
        return bytes32(_word(note, 5));
    }

    function target(NoteBody note) internal pure returns (bytes32) {
        return bytes32(_word(note, 7));
    }

    function batchCount(NoteBody note) internal pure returns (uint256) {
        return _word(note, 9);
    }

    function batch(NoteBody note, uint256 i) internal pure returns (bytes32) {
        unchecked {
            return bytes32(_word(note, 10 + i));
        }
    }

    function place(NoteBody note) internal pure returns (bytes calldata) {
        unchecked {
            uint256 at = NoteBody.unwrap(note) + _word(note, 6);
            return Raw.bytesAt(at + 32, Raw.word(at));
        }
    }

    function _word(NoteBody note, uint256 index) private pure returns (uint256) {
        unchecked {
            return Raw.word(NoteBody.unwrap(note) + index * 32);
        }
    }
}

library SpeakerFields {
    function party(Speaker by) internal pure returns (bytes32) {
        return bytes32(_word(by, 0));
    }

    /// @dev Of the party.
    function number(Speaker by) internal pure returns (uint32) {
        return uint32(_word(by, 1));
    }

    function from(Speaker by) internal pure returns (uint64) {
        return uint64(_word(by, 2));
    }

    function to(Speaker by) internal pure returns (uint64) {
        return uint64(_word(by, 3));
    }

    function isSuspended(Speaker by) internal pure returns (bool) {
        return _word(by, 4) == 2;
    }

    function has(Speaker by, uint8 anyOf) internal pure returns (bool) {
        return _word(by, 5) & anyOf != 0;
    }

    function _word(Speaker by, uint256 index) private pure returns (uint256) {
        unchecked {
            return Raw.word(Speaker.unwrap(by) + index * 32);
        }
    }
}
