// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {NoteBody, Speaker} from "./Fields.sol";
import {Heads} from "./Heads.sol";
import {BatchSlot, BatchWord} from "./Slots.sol";
import {State} from "./State.sol";

/// @title Observe, Correct, Recall, Lift, Void (docs/spec/law.md, Note)
abstract contract Noting is State {
    uint256 private constant RECALL_LIMIT = 200;

    function _note(bytes32 id, Speaker by, NoteBody note) internal {
        uint8 kind = note.kind();
        if (kind == OBSERVE || kind == CORRECT) _state(id, by, note);
        else if (kind == VOID) _void(by, note);
        else _recallOrLift(id, by, note);
    }

    /// @dev Observe and Correct: something is stated about one batch or one place.
    function _state(bytes32 id, Speaker by, NoteBody note) private {
        if (note.target() != bytes32(0) && note.kind() == OBSERVE) revert UnusedFieldSet("target");
        uint256 subjects = note.batchCount() + (note.place().length == 0 ? 0 : 1);
        if (subjects != 1) revert SubjectCount(subjects);
        bool ofPlace = note.batchCount() == 0;
        bytes32 subject = ofPlace ? _place(by, note) : _batch(by, note);
        if (note.target() == bytes32(0) && note.kind() == CORRECT) revert TargetMissing();
        if (ofPlace) _advancePlace(subject, note.kind(), id);
        else _advanceBatch(subject, note.kind(), Heads.NOTED, id);
    }

    /// @dev Whoever holds or held it may speak of it; an inspector always, and what an inspector observes is closed.
    function _batch(Speaker by, NoteBody note) private returns (bytes32 batch) {
        if (note.owner() != bytes32(0)) revert UnusedFieldSet("owner");
        batch = note.batch(0);
        bool inspector = by.has(INSPECTOR);
        // Where something was held there is a batch: its state need not be read.
        if (!inspector && _holdings[batch][by.number()].word.everHeld()) return batch;
        (BatchSlot storage slot, BatchWord state) = _knownBatch(batch);
        if (!inspector) revert NotHolder(batch, by.party());
        if (note.kind() == OBSERVE) slot.word = state.closed();
    }

    function _place(Speaker by, NoteBody note) private view returns (bytes32) {
        uint256 length = note.place().length;
        if (length > URI_LIMIT) revert PlaceLength(length);
        bytes32 owner = note.owner() == bytes32(0) ? by.party() : note.owner();
        if (owner != by.party()) {
            _knownParty(owner);
            if (!by.has(INSPECTOR)) revert NotPlaceOwner(owner, by.party());
        }
        return keccak256(abi.encodePacked(owner, note.place()));
    }

    function _recallOrLift(bytes32 id, Speaker by, NoteBody note) private {
        if (note.owner() != bytes32(0)) revert UnusedFieldSet("owner");
        if (note.place().length != 0) revert UnusedFieldSet("place");
        uint256 length = note.batchCount();
        if (length == 0 || length > RECALL_LIMIT) revert SubjectCount(length);
        if (note.kind() == LIFT && note.target() == bytes32(0)) revert TargetMissing();

        bytes32 last = bytes32(0);
        for (uint256 i = 0; i < length; ++i) {
            bytes32 batch = note.batch(i);
            if (i > 0 && batch <= last) revert BatchesNotAscending();
            last = batch;
            if (note.kind() == RECALL) _recall(by, batch);
            else _lift(by, batch);
            _advanceBatch(batch, note.kind(), Heads.RECALLED, id);
        }
    }

    function _recall(Speaker by, bytes32 batch) private {
        (BatchSlot storage slot, BatchWord state) = _knownBatch(batch);
        uint8 flags = _capacities(by, batch, state);
        slot.word = state.marked(flags).closed();
    }

    function _lift(Speaker by, bytes32 batch) private {
        (BatchSlot storage slot, BatchWord state) = _knownBatch(batch);
        uint8 flags = _capacities(by, batch, state);
        if (!state.has(flags)) revert NotRecalled(batch);
        slot.word = state.unmarked(flags);
    }

    /// @dev The recall flags that this party may set and lift: one for each capacity in which it speaks.
    function _capacities(Speaker by, bytes32 batch, BatchWord state) private view returns (uint8 flags) {
        if (state.origin() == by.number()) flags |= RECALLED_BY_ORIGIN;
        if (products.brandOwnerOf(state.product()) == by.number()) flags |= RECALLED_BY_BRAND_OWNER;
        if (by.has(INSPECTOR)) flags |= RECALLED_BY_INSPECTORS;
        if (flags == 0) revert NotEntitled(batch, by.party());
    }

    /// @dev The Void's own nonce is burned already, so naming itself is refused as any used nonce is.
    function _void(Speaker by, NoteBody note) private {
        if (note.batchCount() != 0) revert UnusedFieldSet("batches");
        if (note.owner() != bytes32(0)) revert UnusedFieldSet("owner");
        if (note.place().length != 0) revert UnusedFieldSet("place");
        address signer = address(bytes20(note.target()));
        uint96 nonce = uint96(uint256(note.target()));
        if (parties.signerOf(signer).party != by.number()) revert VoidForeignSigner(signer);
        _burn(signer, nonce);
    }
}
