// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IPartyRegistry} from "./interfaces/IPartyRegistry.sol";
import {IProductRegistry} from "./interfaces/IProductRegistry.sol";
import {Domain} from "./ledger/Domain.sol";
import {Events} from "./ledger/Events.sol";
import {Body} from "./ledger/Body.sol";
import {EventBody, Speaker} from "./ledger/Fields.sol";
import {Heads} from "./ledger/Heads.sol";
import {Making} from "./ledger/Making.sol";
import {Moving} from "./ledger/Moving.sol";
import {Noting} from "./ledger/Noting.sol";
import {Raw} from "./ledger/Raw.sol";
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
        // The registry is asked once for each run of events that claim the same signer: nothing here can change it.
        address signer = address(0);
        IPartyRegistry.Standing memory standing;
        for (uint256 i = 0; i < events.length; ++i) {
            uint256 gasBefore = gasleft();
            SignedEvent calldata signed = events[i];
            bytes calldata body = signed.body;
            address claimed = Body.claimedSigner(body);
            if (claimed != signer) (signer, standing) = (claimed, parties.standingOf(claimed));
            (bool done, bytes32 id, uint8 kind) =
                Raw.recordNext(this.recordNext.selector, standing, signed.shape, body, signed.r, signed.vs);
            if (!done) {
                _skip(i, signed, Raw.reason(), gasBefore);
                continue;
            }
            head = Heads.next(head, kind, Heads.RECORDED, id);
            if (++counted == meeting && head != predecessorHead) revert PredecessorHeadDiffers(predecessorHead, head);
        }
        ledgerHead = head;
        count = counted;
    }

    /// @notice Records one event or reverts with the law that forbids it. Only the ledger itself may call this.
    /// @param standing of the address that the body names as its signer
    function recordNext(
        IPartyRegistry.Standing calldata standing,
        uint8 shape,
        bytes calldata body,
        bytes32 r,
        bytes32 vs
    ) external returns (bytes32 id, uint8 kind) {
        if (msg.sender != address(this)) revert OnlySelf();
        EventBody event_;
        uint256 contentLength;
        (event_, id, contentLength) = _read(shape, body);
        kind = event_.kind();
        _requireSignature(id, event_.signer(), r, vs);
        Speaker by = Speaker.wrap(Raw.placeOf(standing));
        _requireValid(event_.signer(), by);
        if (!_knows(shape, kind)) revert UnknownKind(kind);
        _admit(event_, contentLength);
        if (by.isSuspended() && !_suspendedMay(kind)) revert PartySuspended(by.party());
        bytes32 topic = _apply(shape, id, by, event_);
        Raw.log(topic, id, EventBody.unwrap(event_), body.length - 32, r, vs);
    }

    /// @dev Laws 2 and 3: whether the address speaks for a party, and may now.
    function _requireValid(address signer, Speaker by) private view {
        if (by.number() == 0) revert UnknownSigner(signer);
        (uint64 from, uint64 to, uint64 time) = (by.from(), by.to(), uint64(block.timestamp));
        if (time < from || time >= to) revert SignerNotValid(signer, from, to, time);
    }

    /// @dev The kind's own rules.
    /// @return topic of the log that the event leaves
    function _apply(uint8 shape, bytes32 id, Speaker by, EventBody event_) private returns (bytes32 topic) {
        if (shape == MAKE) {
            _make(id, by, event_.asMake());
            return MakeRecorded.selector;
        }
        if (shape == MOVE) {
            _move(id, by, event_.asMove());
            return MoveRecorded.selector;
        }
        _note(id, by, event_.asNote());
        return NoteRecorded.selector;
    }

    /// @dev Laws 5 to 7. The nonce is burned here: if a later law forbids the event, that is undone with the rest.
    function _admit(EventBody event_, uint256 contentLength) private {
        _burn(event_.signer(), event_.nonce());
        uint64 occurredAt = event_.occurredAt();
        if (occurredAt > block.timestamp) revert OccurredInFuture(occurredAt, uint64(block.timestamp));
        if (contentLength > CONTENT_LIMIT) revert ContentTooLong(contentLength, CONTENT_LIMIT);
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
