// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IPartyRegistry} from "./interfaces/IPartyRegistry.sol";
import {IProductRegistry} from "./interfaces/IProductRegistry.sol";
import {ActingMake, ActingMove, ActingNote, Body} from "./ledger/Body.sol";
import {Domain} from "./ledger/Domain.sol";
import {Events} from "./ledger/Events.sol";
import {Heads} from "./ledger/Heads.sol";
import {Making} from "./ledger/Making.sol";
import {Moving} from "./ledger/Moving.sol";
import {Noting} from "./ledger/Noting.sol";
import {State} from "./ledger/State.sol";

/// @title The custody ledger (see ICustodyLedger)
/// @dev Each event is recorded in a self-call of its own, so that a law is a plain `revert` and a refused event leaves
/// no trace. Nobody owns this contract and nothing in it can be changed afterwards.
contract CustodyLedger is Events, Making, Moving, Noting {
    uint256 private constant CONTENT_LIMIT = 8192;

    /// @param predecessorCount_ how many events the ledger that this one continues had; 0 if it continues none
    /// @param predecessorHead_ its head after them: reaching that count with another head reverts
    constructor(
        bytes32 ledgerId_,
        IPartyRegistry parties_,
        IProductRegistry products_,
        uint64 predecessorCount_,
        bytes32 predecessorHead_
    ) State(ledgerId_, parties_, products_) Domain(ledgerId_) {
        predecessorCount = predecessorCount_;
        predecessorHead = predecessorHead_;
    }

    function record(SignedEvent[] calldata events) external {
        bytes32 head = ledgerHead;
        (uint64 counted, uint64 meeting) = (count, predecessorCount);
        for (uint256 i = 0; i < events.length; ++i) {
            uint256 gasBefore = gasleft();
            try this.recordOne(events[i]) returns (bytes32 id, uint8 kind) {
                head = Heads.next(head, kind, Heads.RECORDED, id);
                if (++counted == meeting && head != predecessorHead) {
                    revert PredecessorHeadDiffers(predecessorHead, head);
                }
            } catch (bytes memory why) {
                _skip(i, events[i], why, gasBefore);
            }
        }
        ledgerHead = head;
        count = counted;
    }

    /// @notice Records one event or reverts with the law that forbids it. Only the ledger itself may call this.
    function recordOne(SignedEvent calldata signed) external returns (bytes32 id, uint8 kind) {
        if (msg.sender != address(this)) revert OnlySelf();
        if (signed.shape == MAKE) return _recordMake(signed);
        if (signed.shape == MOVE) return _recordMove(signed);
        if (signed.shape == NOTE) return _recordNote(signed);
        revert UnknownShape(signed.shape);
    }

    function _recordMake(SignedEvent calldata signed) private returns (bytes32 id, uint8 kind) {
        (ActingMake memory make, bytes32 hash) = Body.readMake(signed.body);
        (id, kind) = (_digest(hash), make.kind);
        Act memory act = _identify(id, make.signer, signed.r, signed.vs);
        if (!_knowsMake(kind)) revert UnknownKind(kind);
        _admit(make.signer, make.nonce, make.occurredAt, make.contentLength);
        _requireActive(act);
        _make(act, make);
        Body.log(MakeRecorded.selector, id, signed.body, signed.r, signed.vs);
    }

    function _recordMove(SignedEvent calldata signed) private returns (bytes32 id, uint8 kind) {
        (ActingMove memory move, bytes32 hash) = Body.readMove(signed.body);
        (id, kind) = (_digest(hash), move.kind);
        Act memory act = _identify(id, move.signer, signed.r, signed.vs);
        if (!_knowsMove(kind)) revert UnknownKind(kind);
        _admit(move.signer, move.nonce, move.occurredAt, move.contentLength);
        if (!_suspendedMay(kind)) _requireActive(act);
        _move(act, move);
        Body.log(MoveRecorded.selector, id, signed.body, signed.r, signed.vs);
    }

    function _recordNote(SignedEvent calldata signed) private returns (bytes32 id, uint8 kind) {
        (ActingNote memory note, bytes32 hash) = Body.readNote(signed.body);
        (id, kind) = (_digest(hash), note.kind);
        Act memory act = _identify(id, note.signer, signed.r, signed.vs);
        if (!_knowsNote(kind)) revert UnknownKind(kind);
        _admit(note.signer, note.nonce, note.occurredAt, note.contentLength);
        if (!_suspendedMayNote(kind)) _requireActive(act);
        _note(act, note);
        Body.log(NoteRecorded.selector, id, signed.body, signed.r, signed.vs);
    }

    /// @dev Laws 1 to 3: who signed, for which party, and whether the key is valid now.
    function _identify(bytes32 id, address signer, bytes32 r, bytes32 vs) private view returns (Act memory) {
        _requireSignature(id, signer, r, vs);
        (bytes32 party, uint32 number, uint64 from, uint64 to, uint8 status, uint8 roles) = parties.standingOf(signer);
        if (number == 0) revert UnknownSigner(signer);
        uint64 time = uint64(block.timestamp);
        if (time < from || time >= to) revert SignerNotValid(signer, from, to, time);
        return Act(id, party, number, status, roles);
    }

    /// @dev Laws 5 to 7. The nonce is burned here: if a later law forbids the event, that is undone with the rest.
    function _admit(address signer, uint96 nonce, uint64 occurredAt, uint256 contentLength) private {
        _burn(signer, nonce);
        if (occurredAt > block.timestamp) revert OccurredInFuture(occurredAt, uint64(block.timestamp));
        if (contentLength > CONTENT_LIMIT) revert ContentTooLong(contentLength, CONTENT_LIMIT);
    }

    /// @dev Law 8.
    function _requireActive(Act memory act) private pure {
        if (act.status == SUSPENDED) revert PartySuspended(act.party);
    }

    /// @dev Logs a refused event. A body that is no encoding of its shape has no id, and its error says nothing.
    function _skip(uint256 index, SignedEvent calldata signed, bytes memory why, uint256 gasBefore) private {
        _requireGas(why, gasBefore);
        gasBefore = gasleft();
        try this.eventId(signed.shape, signed.body) returns (bytes32 id) {
            emit Skipped(index, id, why);
        } catch (bytes memory whyNoId) {
            _requireGas(whyNoId, gasBefore);
            bool known = signed.shape == MAKE || signed.shape == MOVE || signed.shape == NOTE;
            emit Skipped(index, bytes32(0), known ? bytes("") : why);
        }
    }

    /// @dev A self-call that ran out of gas gives no reason and leaves at most a 1/64th, or twice that if a call inside
    /// it ran out. Such an event was not judged; taking that for a skip would let a relayer choose who is skipped.
    function _requireGas(bytes memory why, uint256 gasBefore) private view {
        if (why.length == 0 && gasleft() < gasBefore / 16) revert OutOfGas();
    }
}
