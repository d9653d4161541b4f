// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Heads} from "./Heads.sol";
import {State} from "./State.sol";

/// @title Observe, Void (docs/spec/law.md, Note)
abstract contract Noting is State {
    uint8 private constant OBSERVE = 21;
    uint8 internal constant VOID = 25;

    function _knowsNote(uint8 kind) internal pure returns (bool) {
        return kind == OBSERVE || kind == VOID;
    }

    function _note(Act memory act, Note memory note) internal {
        if (note.kind == OBSERVE) _observe(act, note);
        else _void(act, note);
    }

    function _observe(Act memory act, Note memory note) private {
        if (note.target != bytes32(0)) revert UnusedFieldSet("target");
        bool ofPlace = bytes(note.place).length != 0;
        uint256 subjects = note.batches.length + (ofPlace ? 1 : 0);
        if (subjects != 1) revert SubjectCount(subjects);
        if (ofPlace) _observePlace(act, note);
        else _observeBatch(act, note);
    }

    function _observeBatch(Act memory act, Note memory note) private {
        if (note.owner != bytes32(0)) revert UnusedFieldSet("owner");
        bytes32 batch = note.batches[0];
        Batch storage state = _knownBatch(batch);
        if (act.roles & INSPECTOR != 0) {
            if (state.openUntil >= block.timestamp) state.openUntil = 0;
        } else if (!_holdings[batch][act.number].everHeld) {
            revert NotHolder(batch, act.party);
        }
        _advanceBatch(batch, note.kind, Heads.NOTED, act.id);
    }

    function _observePlace(Act memory act, Note memory note) private {
        if (bytes(note.place).length > URI_LIMIT) revert PlaceLength(bytes(note.place).length);
        bytes32 owner = note.owner == bytes32(0) ? act.party : note.owner;
        if (owner != act.party) {
            if (parties.partyOf(owner).number == 0) revert UnknownParty(owner);
            if (act.roles & INSPECTOR == 0) revert NotPlaceOwner(owner, act.party);
        }
        bytes32 place = keccak256(abi.encodePacked(owner, note.place));
        _advancePlace(place, note.kind, act.id);
    }

    /// @dev The Void's own nonce is burned already, so naming itself is refused as any used nonce is.
    function _void(Act memory act, Note memory note) private {
        if (note.batches.length != 0) revert UnusedFieldSet("batches");
        if (note.owner != bytes32(0)) revert UnusedFieldSet("owner");
        if (bytes(note.place).length != 0) revert UnusedFieldSet("place");
        address signer = address(bytes20(note.target));
        uint96 nonce = uint96(uint256(note.target));
        if (parties.signerOf(signer).party != act.number) revert VoidForeignSigner(signer);
        _burn(signer, nonce);
    }
}
