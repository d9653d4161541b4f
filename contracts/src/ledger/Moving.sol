// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IPartyRegistry} from "../interfaces/IPartyRegistry.sol";
import {MoveBody, Speaker} from "./Fields.sol";
import {Heads} from "./Heads.sol";
import {
    BatchSlot,
    BatchWord,
    HoldingSlot,
    HoldingWord,
    HoldingWords,
    ShipmentSlot,
    ShipmentWord,
    ShipmentWords
} from "./Slots.sol";
import {State} from "./State.sol";

/// @title Ship, Receive, Reject, Withdraw, Sell, Return, Dispose, Adjust (docs/spec/law.md, Move)
abstract contract Moving is State {
    function _move(bytes32 id, Speaker by, MoveBody move) internal {
        uint8 kind = move.kind();
        if (move.holder() != bytes32(0) && kind != SHIP && kind != ADJUST_UP) revert UnusedFieldSet("holder");
        if (move.to() != bytes32(0) && kind != SHIP) revert UnusedFieldSet("to");
        if (move.target() != bytes32(0) && (kind == SHIP || kind == SELL || kind == RETURN)) {
            revert UnusedFieldSet("target");
        }
        if (move.quantity() == 0) revert QuantityZero();

        if (kind == RECEIVE || kind == REJECT || kind == WITHDRAW) _settle(by, move);
        else if (kind == DISPOSE && move.target() != bytes32(0)) _loseOnTheWay(by, move);
        else _moveHeld(id, by, move);
        _advanceBatch(move.batch(), kind, Heads.MOVED, id);
    }

    /// @dev The kinds that a holding takes part in. All but what adds to it mark the batch as moved.
    function _moveHeld(bytes32 id, Speaker by, MoveBody move) private {
        (bytes32 batch, uint8 kind) = (move.batch(), move.kind());
        (BatchSlot storage slot, BatchWord state) = _knownBatch(batch);
        if (kind == RETURN) return _return(by, move);
        if (kind == ADJUST_UP) return _adjustUp(by, move, slot, state);

        if (kind == SHIP) {
            _ship(id, by, move, state);
        } else if (kind == SELL) {
            _requireNotRecalled(batch, state);
            _sell(batch, by.number(), by.party(), move.quantity());
        } else {
            if (kind == ADJUST_DOWN) {
                _requireTarget(move);
                _requireNotRecalled(batch, state);
            }
            _take(batch, by.number(), by.party(), move.quantity());
        }
        _markMoved(slot, state);
    }

    function _ship(bytes32 id, Speaker by, MoveBody move, BatchWord state) private {
        IPartyRegistry.Party memory to = _knownParty(move.to());
        (bytes32 holder, uint32 from) = (by.party(), by.number());
        if (move.holder() != bytes32(0)) {
            (holder, from) = (move.holder(), _suspendedHolder(by, move, state, to.number));
        } else if (by.isSuspended() && to.number != state.origin()) {
            revert PartySuspended(by.party());
        }
        if (to.number == from) revert ShipToSelf();
        if (state.has(RECALLED) && !_takesRecalled(to, state)) revert BatchRecalled(move.batch());
        _take(move.batch(), from, holder, move.quantity());
        _shipments[_shipmentKey(id, move.batch())].word = ShipmentWords.create(move.quantity(), from, to.number);
    }

    /// @dev An inspector brings the goods of a suspended holder back to where they came from.
    function _suspendedHolder(Speaker by, MoveBody move, BatchWord state, uint32 to) private view returns (uint32) {
        _requireRole(by, INSPECTOR);
        if (by.isSuspended()) revert PartySuspended(by.party());
        IPartyRegistry.Party memory holder = _knownParty(move.holder());
        if (holder.status != SUSPENDED) revert HolderNotSuspended(move.holder());
        if (to != state.origin() && !_standsInForOrigin(to, state)) revert NotAWayBack(move.batch(), move.to());
        return holder.number;
    }

    function _standsInForOrigin(uint32 party, BatchWord state) private view returns (bool) {
        return parties.partyOf(parties.idOf(state.origin())).status == SUSPENDED
            && party == products.brandOwnerOf(state.product());
    }

    function _takesRecalled(IPartyRegistry.Party memory to, BatchWord state) private view returns (bool) {
        return
            to.number == state.origin() || to.roles & CARRIER != 0
                || to.number == products.brandOwnerOf(state.product());
    }

    /// @dev The receiver takes goods in, or one of both sends them back. What is open shrinks.
    function _settle(Speaker by, MoveBody move) private {
        (ShipmentSlot storage slot, ShipmentWord shipment) = _knownShipment(move);
        (uint32 from, uint32 to) = (shipment.from(), shipment.to());
        uint8 kind = move.kind();
        if (by.number() != (kind == WITHDRAW ? from : to)) revert NotNamedParty(move.target(), by.party());
        _takeOpen(slot, shipment, move);
        _give(move.batch(), kind == RECEIVE ? to : from, move.quantity());
    }

    /// @dev Goods lost on the way, which sender and receiver may both state.
    function _loseOnTheWay(Speaker by, MoveBody move) private {
        (ShipmentSlot storage slot, ShipmentWord shipment) = _knownShipment(move);
        if (by.number() != shipment.from() && by.number() != shipment.to()) {
            revert NotNamedParty(move.target(), by.party());
        }
        _takeOpen(slot, shipment, move);
    }

    /// @dev Where there is a shipment there is a batch, moved already: its state is read only to name what is missing.
    function _knownShipment(MoveBody move) private view returns (ShipmentSlot storage slot, ShipmentWord shipment) {
        slot = _shipments[_shipmentKey(move.target(), move.batch())];
        shipment = slot.word;
        if (shipment.from() == 0) {
            _knownBatch(move.batch());
            revert UnknownShipment(move.target(), move.batch());
        }
    }

    function _takeOpen(ShipmentSlot storage slot, ShipmentWord shipment, MoveBody move) private {
        (uint96 open, uint96 quantity) = (shipment.open(), move.quantity());
        if (quantity > open) revert MoreThanOpen(move.target(), quantity, open);
        unchecked {
            slot.word = ShipmentWords.create(open - quantity, shipment.from(), shipment.to());
        }
    }

    function _return(Speaker by, MoveBody move) private {
        (bytes32 batch, uint96 quantity) = (move.batch(), move.quantity());
        HoldingSlot storage slot = _holdings[batch][by.number()];
        HoldingWord held = slot.word;
        uint96 sold = held.sold();
        if (quantity > sold) revert MoreThanSold(batch, by.party(), quantity, sold);
        unchecked {
            sold -= quantity;
        }
        slot.word = HoldingWords.create(_sum(held.quantity(), quantity), sold);
    }

    /// @dev The origin corrects a count before anything moved; afterwards an inspector, which leaves a lasting mark.
    function _adjustUp(Speaker by, MoveBody move, BatchSlot storage slot, BatchWord state) private {
        (bytes32 batch, bytes32 holder) = (move.batch(), move.holder());
        _requireTarget(move);
        _requireNotRecalled(batch, state);
        if (holder == bytes32(0)) {
            if (state.origin() != by.number()) revert NotOrigin(batch, by.party());
            if (state.has(HAS_MOVED) || !state.has(COMMISSION_ONLY)) revert AlreadyMoved(batch);
            if (!state.isOpen()) revert BatchClosed(batch, state.openUntil());
            _give(batch, by.number(), move.quantity());
            return;
        }
        _requireRole(by, INSPECTOR);
        uint32 number = _knownParty(holder).number;
        if (state.itemCount() != 0) revert AdjustPacked(batch);
        if (!_holdings[batch][number].word.everHeld()) revert NotHolder(batch, holder);
        _give(batch, number, move.quantity());
        slot.word = state.marked(ADJUSTED);
    }

    function _requireTarget(MoveBody move) private pure {
        if (move.target() == bytes32(0)) revert TargetMissing();
    }
}
