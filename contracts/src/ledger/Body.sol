// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @dev The acting fields of an event word for word as they are hashed (EIP-712), and after them what some of these words
/// are hashes of. Of `content` the ledger needs hash and length alone.
struct ActingMake {
    bytes32 typeHash;
    address signer;
    uint96 nonce;
    uint64 occurredAt;
    uint8 kind;
    uint8 provenance;
    bytes32 inputsHash;
    bytes32 outputsHash;
    bytes32 itemsRoot;
    uint32 firstIndex;
    bytes32 contentHash;
    uint256 contentLength;
    ActingInput[] inputs;
    ActingOutput[] outputs;
}

struct ActingInput {
    bytes32 typeHash;
    bytes32 batch;
    uint96 quantity;
}

struct ActingOutput {
    bytes32 typeHash;
    bytes32 product;
    bytes32 lotHash;
    uint96 quantity;
    uint64 openUntil;
    bytes lot;
}

struct ActingMove {
    bytes32 typeHash;
    address signer;
    uint96 nonce;
    uint64 occurredAt;
    uint8 kind;
    bytes32 batch;
    bytes32 holder;
    bytes32 to;
    uint96 quantity;
    bytes32 target;
    bytes32 contentHash;
    uint256 contentLength;
}

struct ActingNote {
    bytes32 typeHash;
    address signer;
    uint96 nonce;
    uint64 occurredAt;
    uint8 kind;
    bytes32 batchesHash;
    bytes32 owner;
    bytes32 placeHash;
    bytes32 target;
    bytes32 contentHash;
    uint256 contentLength;
    bytes32[] batches;
    bytes place;
}

/// @title A body, read and logged (docs/spec/event.md, sections 2, 3 and 6)
/// @notice A body is exactly `abi.encode` of its struct: each tail stands where the one before it ends, numbers fit their
/// type, padding is zero, nothing follows. Anything else is no encoding and reverts without a reason. So an event has one
/// body, its words can be hashed as they stand, and the log carries the very bytes that were checked.
/// @dev All assembly of the ledger is here, at the end of this file, because the compiler's own decoding and encoding
/// cost more than all rules together. Reads are not checked one by one: positions only grow, no length exceeds the body,
/// and the last one must meet the body's end, so whatever was read stood inside.
library Body {
    uint256 private constant WORD = 32;
    /// @dev Where the struct starts: `abi.encode` puts its offset, one word, before it.
    uint256 private constant START = 32;

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

    /// @return make its acting fields
    /// @return hash EIP-712's hashStruct of it
    function readMake(bytes calldata body) internal pure returns (ActingMake memory make, bytes32 hash) {
        unchecked {
            uint256 words = _pointer(make);
            make.typeHash = MAKE_TYPEHASH;
            _copy(words + WORD, body, START, 10);
            _requireFits(_at(words, 1) >> 160 | _at(words, 2) >> 96 | _at(words, 3) >> 64);
            _requireFits(_at(words, 4) >> 8 | _at(words, 5) >> 8 | _at(words, 9) >> 32);
            uint256 tail = START + 10 * WORD;
            _requireOffset(body, START, 5, tail);
            (make.inputs, make.inputsHash, tail) = _inputs(body, tail);
            _requireOffset(body, START, 6, tail);
            (make.outputs, make.outputsHash, tail) = _outputs(body, tail);
            _requireOffset(body, START, 9, tail);
            (make.contentLength, make.contentHash, tail) = _string(body, tail);
            _requireEnd(body, tail);
            hash = _hash(words, 11);
        }
    }

    function readMove(bytes calldata body) internal pure returns (ActingMove memory move, bytes32 hash) {
        unchecked {
            uint256 words = _pointer(move);
            move.typeHash = MOVE_TYPEHASH;
            _copy(words + WORD, body, START, 10);
            _requireFits(_at(words, 1) >> 160 | _at(words, 2) >> 96 | _at(words, 3) >> 64);
            _requireFits(_at(words, 4) >> 8 | _at(words, 8) >> 96);
            uint256 tail = START + 10 * WORD;
            _requireOffset(body, START, 9, tail);
            (move.contentLength, move.contentHash, tail) = _string(body, tail);
            _requireEnd(body, tail);
            hash = _hash(words, 11);
        }
    }

    function readNote(bytes calldata body) internal pure returns (ActingNote memory note, bytes32 hash) {
        unchecked {
            uint256 words = _pointer(note);
            note.typeHash = NOTE_TYPEHASH;
            _copy(words + WORD, body, START, 9);
            _requireFits(_at(words, 1) >> 160 | _at(words, 2) >> 96 | _at(words, 3) >> 64 | _at(words, 4) >> 8);
            uint256 tail = START + 9 * WORD;
            _requireOffset(body, START, 4, tail);
            (note.batches, note.batchesHash, tail) = _batches(body, tail);
            _requireOffset(body, START, 6, tail);
            (note.place, note.placeHash, tail) = _text(body, tail);
            _requireOffset(body, START, 8, tail);
            (note.contentLength, note.contentHash, tail) = _string(body, tail);
            _requireEnd(body, tail);
            hash = _hash(words, 10);
        }
    }

    function _inputs(bytes calldata body, uint256 at)
        private
        pure
        returns (ActingInput[] memory inputs, bytes32 hash, uint256 end)
    {
        unchecked {
            uint256 length = _length(body, at, 2 * WORD);
            inputs = new ActingInput[](length);
            bytes32[] memory hashes = new bytes32[](length);
            end = at + WORD;
            for (uint256 i = 0; i < length; ++i) {
                ActingInput memory input = inputs[i];
                uint256 words = _pointer(input);
                input.typeHash = INPUT_TYPEHASH;
                _copy(words + WORD, body, end, 2);
                _requireFits(_at(words, 2) >> 96);
                hashes[i] = _hash(words, 3);
                end += 2 * WORD;
            }
            hash = _hash(_pointer(hashes) + WORD, length);
        }
    }

    function _outputs(bytes calldata body, uint256 at)
        private
        pure
        returns (ActingOutput[] memory outputs, bytes32 hash, uint256 end)
    {
        unchecked {
            uint256 length = _length(body, at, 6 * WORD);
            outputs = new ActingOutput[](length);
            bytes32[] memory hashes = new bytes32[](length);
            uint256 table = at + WORD;
            end = table + length * WORD;
            for (uint256 i = 0; i < length; ++i) {
                _requireOffset(body, table, i, end);
                (hashes[i], end) = _output(body, end, outputs[i]);
            }
            hash = _hash(_pointer(hashes) + WORD, length);
        }
    }

    function _output(bytes calldata body, uint256 at, ActingOutput memory output)
        private
        pure
        returns (bytes32 hash, uint256 end)
    {
        unchecked {
            uint256 words = _pointer(output);
            output.typeHash = OUTPUT_TYPEHASH;
            _copy(words + WORD, body, at, 4);
            _requireFits(_at(words, 3) >> 96 | _at(words, 4) >> 64);
            end = at + 4 * WORD;
            _requireOffset(body, at, 1, end);
            (output.lot, output.lotHash, end) = _text(body, end);
            hash = _hash(words, 5);
        }
    }

    function _batches(bytes calldata body, uint256 at)
        private
        pure
        returns (bytes32[] memory batches, bytes32 hash, uint256 end)
    {
        unchecked {
            uint256 length = _length(body, at, WORD);
            batches = new bytes32[](length);
            uint256 words = _pointer(batches) + WORD;
            _copy(words, body, at + WORD, length);
            hash = _hash(words, length);
            end = at + WORD + length * WORD;
        }
    }

    /// @dev A short string, kept.
    function _text(bytes calldata body, uint256 at)
        private
        pure
        returns (bytes memory text, bytes32 hash, uint256 end)
    {
        uint256 length;
        (length, hash, end) = _string(body, at);
        text = body[at + WORD:at + WORD + length];
    }

    /// @dev Length and hash of a string; its padding must be zero.
    function _string(bytes calldata body, uint256 at) private pure returns (uint256 length, bytes32 hash, uint256 end) {
        unchecked {
            length = _length(body, at, 1);
            end = at + WORD + length;
            hash = _hashOf(body, at + WORD, length);
            uint256 rest = length % WORD;
            if (rest != 0) {
                _requireFits(_word(body, end - rest) << (8 * rest));
                end += WORD - rest;
            }
        }
    }

    /// @dev The length of an array or string at `at`, whose elements take at least `size` bytes each.
    function _length(bytes calldata body, uint256 at, uint256 size) private pure returns (uint256 length) {
        length = _word(body, at);
        if (length > body.length / size) revert();
    }

    /// @dev The `index`th word of the tuple at `tuple` must point to `to`, counted from the tuple.
    function _requireOffset(bytes calldata body, uint256 tuple, uint256 index, uint256 to) private pure {
        unchecked {
            if (_word(body, tuple + index * WORD) != to - tuple) revert();
        }
    }

    function _requireFits(uint256 excess) private pure {
        if (excess != 0) revert();
    }

    function _requireEnd(bytes calldata body, uint256 end) private pure {
        if (end != body.length || _word(body, 0) != START) revert();
    }

    // From here on: assembly, one step each.

    /// @dev Leaves the log `topic(bytes32 indexed id, struct, bytes32 r, bytes32 vs)`. Its data is `abi.encode` of the
    /// three: the struct's offset (three words), r, vs, and the struct, which is the body without its own offset.
    function log(bytes32 topic, bytes32 id, bytes calldata body, bytes32 r, bytes32 vs) internal {
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, 96)
            mstore(add(data, 32), r)
            mstore(add(data, 64), vs)
            calldatacopy(add(data, 96), add(body.offset, 32), sub(body.length, 32))
            log2(data, add(body.length, 64), topic, id)
        }
    }

    function _word(bytes calldata body, uint256 at) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(add(body.offset, at))
        }
    }

    function _copy(uint256 to, bytes calldata body, uint256 at, uint256 words) private pure {
        assembly ("memory-safe") {
            calldatacopy(to, add(body.offset, at), shl(5, words))
        }
    }

    function _at(uint256 words, uint256 index) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(words, shl(5, index)))
        }
    }

    function _hash(uint256 words, uint256 count) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := keccak256(words, shl(5, count))
        }
    }

    function _hashOf(bytes calldata body, uint256 at, uint256 length) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let data := mload(0x40)
            calldatacopy(data, add(body.offset, at), length)
            hash := keccak256(data, length)
        }
    }

    function _pointer(ActingMake memory value) private pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := value
        }
    }

    function _pointer(ActingMove memory value) private pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := value
        }
    }

    function _pointer(ActingNote memory value) private pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := value
        }
    }

    function _pointer(ActingInput memory value) private pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := value
        }
    }

    function _pointer(ActingOutput memory value) private pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := value
        }
    }

    function _pointer(bytes32[] memory value) private pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := value
        }
    }
}
