// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {EventBody} from "./Fields.sol";
import {Raw} from "./Raw.sol";

/// @title A body, checked and hashed (docs/spec/event.md, sections 2, 3 and 6)
/// @notice A body is exactly `abi.encode` of its struct: each tail stands where the one before it ends, numbers fit their
/// type, padding is zero, nothing follows. Anything else is no encoding and reverts without a reason. So an event has one
/// body, fields are read by their place, and the log carries the very bytes that were checked.
/// @dev Reads are not checked one by one: places only grow, no length exceeds the body's, and the last place must be the
/// body's end, so all that was read stood inside.
library Body {
    bytes32 private constant INPUT_TYPEHASH = keccak256("Input(bytes32 batch,uint96 quantity)");
    bytes32 private constant OUTPUT_TYPEHASH =
        keccak256("Output(bytes32 product,string lot,uint96 quantity,uint64 openUntil)");
    bytes32 private constant MAKE_TYPEHASH = keccak256(
        "Make(address signer,uint96 nonce,uint64 occurredAt,uint8 kind,uint8 provenance,Input[] inputs,Output[] outputs,bytes32 itemsRoot,uint32 firstIndex,string content)Input(bytes32 batch,uint96 quantity)Output(bytes32 product,string lot,uint96 quantity,uint64 openUntil)"
    );
    bytes32 private constant MOVE_TYPEHASH = keccak256(
        "Move(address signer,uint96 nonce,uint64 occurredAt,uint8 kind,bytes32 batch,bytes32 holder,bytes32 to,uint96 quantity,bytes32 target,string content)"
    );
    bytes32 private constant NOTE_TYPEHASH = keccak256(
        "Note(address signer,uint96 nonce,uint64 occurredAt,uint8 kind,bytes32[] batches,bytes32 owner,string place,bytes32 target,string content)"
    );

    /// @dev Whom an unread body names as its signer. Any bytes give some address.
    function claimedSigner(bytes calldata body) internal pure returns (address) {
        unchecked {
            return EventBody.wrap(Raw.placeOf(body) + 32).signer();
        }
    }

    /// @return event_ its fields
    /// @return hash EIP-712's hashStruct
    /// @return contentLength bytes of its content
    function readMake(bytes calldata body)
        internal
        pure
        returns (EventBody event_, bytes32 hash, uint256 contentLength)
    {
        unchecked {
            (uint256 start, uint256 end) = _open(body);
            event_ = EventBody.wrap(start);
            _requireFits(_header(start) | Raw.word(start + 4 * 32) >> 8 | Raw.word(start + 8 * 32) >> 32);
            uint256 at = start + 10 * 32;
            _requirePointer(start, 5, at);
            bytes32 inputs;
            (inputs, at) = _inputs(at, body.length);
            _requirePointer(start, 6, at);
            bytes32 outputs;
            (outputs, at) = _outputs(at, body.length);
            _requirePointer(start, 9, at);
            (hash, contentLength, at) = _string(at, body.length);
            _requireEnd(at, end);
            uint256 words = Raw.words(MAKE_TYPEHASH, start, 10, 11);
            Raw.set(words, 6, inputs);
            Raw.set(words, 7, outputs);
            Raw.set(words, 10, hash);
            hash = Raw.hashWords(words, 11);
        }
    }

    function readMove(bytes calldata body)
        internal
        pure
        returns (EventBody event_, bytes32 hash, uint256 contentLength)
    {
        unchecked {
            (uint256 start, uint256 end) = _open(body);
            event_ = EventBody.wrap(start);
            _requireFits(_header(start) | Raw.word(start + 7 * 32) >> 96);
            uint256 at = start + 10 * 32;
            _requirePointer(start, 9, at);
            (hash, contentLength, at) = _string(at, body.length);
            _requireEnd(at, end);
            uint256 words = Raw.words(MOVE_TYPEHASH, start, 9, 11);
            Raw.set(words, 10, hash);
            hash = Raw.hashWords(words, 11);
        }
    }

    function readNote(bytes calldata body)
        internal
        pure
        returns (EventBody event_, bytes32 hash, uint256 contentLength)
    {
        unchecked {
            (uint256 start, uint256 end) = _open(body);
            event_ = EventBody.wrap(start);
            _requireFits(_header(start));
            uint256 at = start + 9 * 32;
            _requirePointer(start, 4, at);
            uint256 length = _length(at, body.length / 32);
            bytes32 batches = Raw.hash(at + 32, length * 32);
            at += 32 + length * 32;
            _requirePointer(start, 6, at);
            bytes32 place;
            (place,, at) = _string(at, body.length);
            _requirePointer(start, 8, at);
            (hash, contentLength, at) = _string(at, body.length);
            _requireEnd(at, end);
            uint256 words = Raw.words(NOTE_TYPEHASH, start, 9, 10);
            Raw.set(words, 5, batches);
            Raw.set(words, 7, place);
            Raw.set(words, 9, hash);
            hash = Raw.hashWords(words, 10);
        }
    }

    /// @dev Where the struct starts and ends. `abi.encode` puts its offset, one word, before it.
    function _open(bytes calldata body) private pure returns (uint256 start, uint256 end) {
        unchecked {
            uint256 at = Raw.placeOf(body);
            (start, end) = (at + 32, at + body.length);
            if (Raw.word(at) != 32) revert();
        }
    }

    /// @dev What is too much in the words that all shapes begin with: signer, nonce, time, kind.
    function _header(uint256 start) private pure returns (uint256 excess) {
        unchecked {
            return Raw.word(start) >> 160 | Raw.word(start + 32) >> 96 | Raw.word(start + 64) >> 64
                | Raw.word(start + 96) >> 8;
        }
    }

    function _inputs(uint256 at, uint256 limit) private pure returns (bytes32 hash, uint256 end) {
        unchecked {
            uint256 length = _length(at, limit / (2 * 32));
            end = at + 32;
            if (length == 0) return (keccak256(""), end);
            uint256 hashes = Raw.words(0, 0, 0, length);
            for (uint256 i = 0; i < length; ++i) {
                _requireFits(Raw.word(end + 32) >> 96);
                Raw.set(hashes, i, Raw.hashWords(Raw.words(INPUT_TYPEHASH, end, 2, 3), 3));
                end += 2 * 32;
            }
            hash = Raw.hashWords(hashes, length);
        }
    }

    function _outputs(uint256 at, uint256 limit) private pure returns (bytes32 hash, uint256 end) {
        unchecked {
            uint256 length = _length(at, limit / (6 * 32));
            uint256 table = at + 32;
            end = table + length * 32;
            if (length == 0) return (keccak256(""), end);
            uint256 hashes = Raw.words(0, 0, 0, length);
            for (uint256 i = 0; i < length; ++i) {
                _requirePointer(table, i, end);
                bytes32 one;
                (one, end) = _output(end, limit);
                Raw.set(hashes, i, one);
            }
            hash = Raw.hashWords(hashes, length);
        }
    }

    function _output(uint256 start, uint256 limit) private pure returns (bytes32 hash, uint256 end) {
        unchecked {
            _requireFits(Raw.word(start + 2 * 32) >> 96 | Raw.word(start + 3 * 32) >> 64);
            end = start + 4 * 32;
            _requirePointer(start, 1, end);
            (hash,, end) = _string(end, limit);
            uint256 words = Raw.words(OUTPUT_TYPEHASH, start, 4, 5);
            Raw.set(words, 2, hash);
            hash = Raw.hashWords(words, 5);
        }
    }

    /// @dev A string at `at`; its padding must be zero.
    function _string(uint256 at, uint256 limit) private pure returns (bytes32 hash, uint256 length, uint256 end) {
        unchecked {
            length = _length(at, limit);
            hash = Raw.hash(at + 32, length);
            end = at + 32 + length;
            uint256 rest = length % 32;
            if (rest != 0) {
                _requireFits(Raw.word(end - rest) << (8 * rest));
                end += 32 - rest;
            }
        }
    }

    /// @dev The length at `at` of a string or array, of which the body has room for `most` bytes or elements.
    function _length(uint256 at, uint256 most) private pure returns (uint256 length) {
        length = Raw.word(at);
        if (length > most) revert();
    }

    /// @dev The `index`th word of the tuple that starts at `tuple` must point to `to`, counted from there.
    function _requirePointer(uint256 tuple, uint256 index, uint256 to) private pure {
        unchecked {
            if (Raw.word(tuple + index * 32) != to - tuple) revert();
        }
    }

    function _requireFits(uint256 excess) private pure {
        if (excess != 0) revert();
    }

    function _requireEnd(uint256 at, uint256 end) private pure {
        if (at != end) revert();
    }
}
