// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ActingNote} from "./Body.sol";
import {Heads} from "./Heads.sol";
import {State} from "./State.sol";

/// @title Observe, Correct, Recall, Lift, Void (docs/spec/law.md, Note)
abstract contract Noting is State {
    uint8 private constant OBSERVE = 21;
    uint8 private constant CORRECT = 22;
    uint8 private constant RECALL = 23;
    uint8 private constant LIFT = 24;
    uint8 private constant VOID = 25;

    uint256 private constant RECALL_LIMIT = 200;

    function _knowsNote(uint8 kind) internal pure returns (bool) {
        return kind >= OBSERVE && kind <= VOID;
    }

    /// @dev Law 8: what a suspended party may still state.
    function _suspendedMayNote(uint8 kind) internal pure returns (bool) {
        return kind == RECALL || kind == VOID;
    }

    function _note(Act memory act, ActingNote memory note) internal {
        uint8 kind = note.kind;
        if (kind == OBSERVE || kind == CORRECT) _state(act, note);
        else if (kind == VOID) _void(act, note);
        else _recallOrLift(act, note);
    }

    /// @dev Observe and Correct: something is stated about one batch or one place.
    function _state(Act memory act, ActingNote memory note) private {
        if (note.target != bytes32(0) && note.kind == OBSERVE) revert UnusedFieldSet("target");
        uint256 subjects = note.batches.length + (note.place.length == 0 ? 0 : 1);
        if (subjects != 1) revert SubjectCount(subjects);
        bool ofPlace = note.batches.length == 0;
        bytes32 subject = ofPlace ? _place(act, note) : _batch(act, note);
        if (note.target == bytes32(0) && note.kind == CORRECT) revert TargetMissing();
        if (ofPlace) _advancePlace(subject, note.kind, act.id);
        else _advanceBatch(subject, note.kind, Heads.NOTED, act.id);
    }

    /// @dev Whoever holds or held it may speak of it; an inspector always, and what an inspector observes is closed.
    function _batch(Act memory act, ActingNote memory note) private returns (bytes32 batch) {
        if (note.owner != bytes32(0)) revert UnusedFieldSet("owner");
        batch = note.batches[0];
        bool inspector = act.roles & INSPECTOR != 0;
        // Where something was held there is a batch: its state need not be read.
        if (!inspector && _held(batch, act.number).everHeld) return batch;
        Batch memory state = _knownBatch(batch);
        if (!inspector) revert NotHolder(batch, act.party);
        if (note.kind == OBSERVE && _isOpen(state)) {
            state.openUntil = 0;
            _setBatch(batch, state);
        }
    }

    function _place(Act memory act, ActingNote memory note) private view returns (bytes32) {
        uint256 length = note.place.length;
        if (length > URI_LIMIT) revert PlaceLength(length);
        bytes32 owner = note.owner == bytes32(0) ? act.party : note.owner;
        if (owner != act.party) {
            _knownParty(owner);
            if (act.roles & INSPECTOR == 0) revert NotPlaceOwner(owner, act.party);
        }
        return keccak256(abi.encodePacked(owner, note.place));
    }

    function _recallOrLift(Act memory act, ActingNote memory note) private {
        if (note.owner != bytes32(0)) revert UnusedFieldSet("owner");
        if (note.place.length != 0) revert UnusedFieldSet("place");
        uint256 length = note.batches.length;
        if (length == 0 || length > RECALL_LIMIT) revert SubjectCount(length);
        if (note.kind == LIFT && note.target == bytes32(0)) revert TargetMissing();

        bytes32 last = bytes32(0);
        for (uint256 i = 0; i < length; ++i) {
            bytes32 batch = note.batches[i];
            if (i > 0 && batch <= last) revert BatchesNotAscending();
            last = batch;
            if (note.kind == RECALL) _recall(act, batch);
            else _lift(act, batch);
            _advanceBatch(batch, note.kind, Heads.RECALLED, act.id);
        }
    }

    function _recall(Act memory act, bytes32 batch) private {
        Batch memory state = _knownBatch(batch);
        state.marks |= _capacities(act, batch, state);
        if (_isOpen(state)) state.openUntil = 0;
        _setBatch(batch, state);
    }

    function _lift(Act memory act, bytes32 batch) private {
        Batch memory state = _knownBatch(batch);
        uint8 flags = _capacities(act, batch, state);
        if (state.marks & flags == 0) revert NotRecalled(batch);
        state.marks &= ~flags;
        _setBatch(batch, state);
    }

    /// @dev The recall flags that this party may set and lift: one for each capacity in which it speaks.
    function _capacities(Act memory act, bytes32 batch, Batch memory state) private view returns (uint8 flags) {
        if (state.origin == act.number) flags |= RECALLED_BY_ORIGIN;
        if (products.brandOwnerOf(state.product) == act.number) flags |= RECALLED_BY_BRAND_OWNER;
        if (act.roles & INSPECTOR != 0) flags |= RECALLED_BY_INSPECTORS;
        if (flags == 0) revert NotEntitled(batch, act.party);
    }

    /// @dev The Void's own nonce is burned already, so naming itself is refused as any used nonce is.
    function _void(Act memory act, ActingNote memory note) private {
        if (note.batches.length != 0) revert UnusedFieldSet("batches");
        if (note.owner != bytes32(0)) revert UnusedFieldSet("owner");
        if (note.place.length != 0) revert UnusedFieldSet("place");
        address signer = address(bytes20(note.target));
        uint96 nonce = uint96(uint256(note.target));
        if (parties.signerOf(signer).party != act.number) revert VoidForeignSigner(signer);
        _burn(signer, nonce);
    }
}
