// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IPartyRegistry} from "../interfaces/IPartyRegistry.sol";
import {ActingMove} from "./Body.sol";
import {Heads} from "./Heads.sol";
import {State} from "./State.sol";

/// @title Ship, Receive, Reject, Withdraw, Sell, Return, Dispose, Adjust (docs/spec/law.md, Move)
abstract contract Moving is State {
    uint8 private constant SHIP = 11;
    uint8 private constant RECEIVE = 12;
    uint8 private constant REJECT = 13;
    uint8 private constant WITHDRAW = 14;
    uint8 private constant SELL = 15;
    uint8 private constant RETURN = 16;
    uint8 private constant DISPOSE = 17;
    uint8 private constant ADJUST_UP = 18;
    uint8 private constant ADJUST_DOWN = 19;

    function _knowsMove(uint8 kind) internal pure returns (bool) {
        return kind >= SHIP && kind <= ADJUST_DOWN;
    }

    /// @dev Law 8: what a suspended party may still do; of a Ship its own rule decides.
    function _suspendedMay(uint8 kind) internal pure returns (bool) {
        return kind <= WITHDRAW || kind == DISPOSE;
    }

    function _move(Act memory act, ActingMove memory move) internal {
        uint8 kind = move.kind;
        if (move.holder != bytes32(0) && kind != SHIP && kind != ADJUST_UP) revert UnusedFieldSet("holder");
        if (move.to != bytes32(0) && kind != SHIP) revert UnusedFieldSet("to");
        if (move.target != bytes32(0) && (kind == SHIP || kind == SELL || kind == RETURN)) {
            revert UnusedFieldSet("target");
        }
        if (move.quantity == 0) revert QuantityZero();

        if (kind == RECEIVE || kind == REJECT || kind == WITHDRAW) _settle(act, move);
        else if (kind == DISPOSE && move.target != bytes32(0)) _loseOnTheWay(act, move);
        else _moveHeld(act, move);
        _advanceBatch(move.batch, kind, Heads.MOVED, act.id);
    }

    /// @dev The kinds that a holding takes part in. All but what adds to it mark the batch as moved.
    function _moveHeld(Act memory act, ActingMove memory move) private {
        (bytes32 batch, uint8 kind) = (move.batch, move.kind);
        Batch memory state = _knownBatch(batch);
        if (kind == RETURN) return _return(act, move);
        if (kind == ADJUST_UP) return _adjustUp(act, move, state);

        if (kind == SHIP) {
            _ship(act, move, state);
        } else if (kind == SELL) {
            _requireNotRecalled(batch, state);
            _take(batch, act.number, act.party, move.quantity, true);
        } else {
            if (kind == ADJUST_DOWN) {
                _requireTarget(move);
                _requireNotRecalled(batch, state);
            }
            _take(batch, act.number, act.party, move.quantity, false);
        }
        _markMoved(batch, state);
    }

    function _ship(Act memory act, ActingMove memory move, Batch memory state) private {
        IPartyRegistry.Party memory to = _knownParty(move.to);
        (bytes32 holder, uint32 from) = (act.party, act.number);
        if (move.holder != bytes32(0)) {
            (holder, from) = (move.holder, _suspendedHolder(act, move, state, to.number));
        } else if (act.status == SUSPENDED && to.number != state.origin) {
            revert PartySuspended(act.party);
        }
        if (to.number == from) revert ShipToSelf();
        if (_isRecalled(state) && !_takesRecalled(to, state)) revert BatchRecalled(move.batch);
        _take(move.batch, from, holder, move.quantity, false);
        _setShipment(act.id, move.batch, Shipment(move.quantity, from, to.number));
    }

    /// @dev An inspector brings the goods of a suspended holder back to where they came from.
    function _suspendedHolder(Act memory act, ActingMove memory move, Batch memory state, uint32 to)
        private
        view
        returns (uint32)
    {
        _requireRole(act, INSPECTOR);
        if (act.status == SUSPENDED) revert PartySuspended(act.party);
        IPartyRegistry.Party memory holder = _knownParty(move.holder);
        if (holder.status != SUSPENDED) revert HolderNotSuspended(move.holder);
        if (to != state.origin && !_standsInForOrigin(to, state)) revert NotAWayBack(move.batch, move.to);
        return holder.number;
    }

    function _standsInForOrigin(uint32 party, Batch memory state) private view returns (bool) {
        return parties.partyOf(parties.idOf(state.origin)).status == SUSPENDED
            && party == products.brandOwnerOf(state.product);
    }

    function _takesRecalled(IPartyRegistry.Party memory to, Batch memory state) private view returns (bool) {
        return to.number == state.origin || to.roles & CARRIER != 0 || to.number == products.brandOwnerOf(state.product);
    }

    /// @dev The receiver takes goods in, or one of both sends them back. What is open shrinks.
    function _settle(Act memory act, ActingMove memory move) private {
        Shipment memory shipment = _knownShipment(move);
        if (act.number != (move.kind == WITHDRAW ? shipment.from : shipment.to)) {
            revert NotNamedParty(move.target, act.party);
        }
        _takeOpen(shipment, move);
        _give(move.batch, move.kind == RECEIVE ? shipment.to : shipment.from, move.quantity);
    }

    /// @dev Goods lost on the way, which sender and receiver may both state.
    function _loseOnTheWay(Act memory act, ActingMove memory move) private {
        Shipment memory shipment = _knownShipment(move);
        if (act.number != shipment.from && act.number != shipment.to) revert NotNamedParty(move.target, act.party);
        _takeOpen(shipment, move);
    }

    /// @dev Where there is a shipment there is a batch, moved already: its state is read only to name what is missing.
    function _knownShipment(ActingMove memory move) private view returns (Shipment memory shipment) {
        shipment = _shipment(move.target, move.batch);
        if (shipment.from == 0) {
            _knownBatch(move.batch);
            revert UnknownShipment(move.target, move.batch);
        }
    }

    function _takeOpen(Shipment memory shipment, ActingMove memory move) private {
        if (move.quantity > shipment.open) revert MoreThanOpen(move.target, move.quantity, shipment.open);
        unchecked {
            shipment.open -= move.quantity;
        }
        _setShipment(move.target, move.batch, shipment);
    }

    function _return(Act memory act, ActingMove memory move) private {
        Holding memory held = _held(move.batch, act.number);
        if (move.quantity > held.sold) revert MoreThanSold(move.batch, act.party, move.quantity, held.sold);
        unchecked {
            held.sold -= move.quantity;
        }
        held.quantity = _sum(held.quantity, move.quantity);
        _setHeld(move.batch, act.number, held);
    }

    /// @dev The origin corrects a count before anything moved; afterwards an inspector, which leaves a lasting mark.
    function _adjustUp(Act memory act, ActingMove memory move, Batch memory state) private {
        (bytes32 batch, bytes32 holder) = (move.batch, move.holder);
        _requireTarget(move);
        _requireNotRecalled(batch, state);
        if (holder == bytes32(0)) {
            if (state.origin != act.number) revert NotOrigin(batch, act.party);
            if (state.marks & (HAS_MOVED | COMMISSION_ONLY) != COMMISSION_ONLY) revert AlreadyMoved(batch);
            if (!_isOpen(state)) revert BatchClosed(batch, state.openUntil);
            _give(batch, act.number, move.quantity);
            return;
        }
        _requireRole(act, INSPECTOR);
        uint32 number = _knownParty(holder).number;
        if (state.itemCount != 0) revert AdjustPacked(batch);
        if (!_held(batch, number).everHeld) revert NotHolder(batch, holder);
        _give(batch, number, move.quantity);
        state.marks |= ADJUSTED;
        _setBatch(batch, state);
    }

    function _requireTarget(ActingMove memory move) private pure {
        if (move.target == bytes32(0)) revert TargetMissing();
    }
}
