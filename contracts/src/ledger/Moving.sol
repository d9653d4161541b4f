// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Heads} from "./Heads.sol";
import {State} from "./State.sol";

/// @title Ship, Receive, Sell, Dispose (docs/spec/law.md, Move)
abstract contract Moving is State {
    uint8 private constant SHIP = 11;
    uint8 internal constant RECEIVE = 12;
    uint8 private constant SELL = 15;
    uint8 internal constant DISPOSE = 17;

    function _knowsMove(uint8 kind) internal pure returns (bool) {
        return kind == SHIP || kind == RECEIVE || kind == SELL || kind == DISPOSE;
    }

    function _move(Act memory act, Move memory move) internal {
        if (move.holder != bytes32(0)) revert UnusedFieldSet("holder");
        if (move.to != bytes32(0) && move.kind != SHIP) revert UnusedFieldSet("to");
        if (move.target != bytes32(0) && move.kind != RECEIVE && move.kind != DISPOSE) revert UnusedFieldSet("target");
        if (move.quantity == 0) revert QuantityZero();
        Batch storage state = _knownBatch(move.batch);

        if (move.kind == SHIP) _ship(act, move);
        else if (move.kind == RECEIVE) _receive(act, move);
        else if (move.kind == SELL) _take(act, move.batch, move.quantity, true);
        else _dispose(act, move);

        if (move.kind != RECEIVE) _markMoved(state);
        _advanceBatch(move.batch, move.kind, Heads.MOVED, act.id);
    }

    function _ship(Act memory act, Move memory move) private {
        uint32 to = parties.partyOf(move.to).number;
        if (to == 0) revert UnknownParty(move.to);
        if (to == act.number) revert ShipToSelf();
        _take(act, move.batch, move.quantity, false);
        _shipments[_shipmentKey(act.id, move.batch)] = Shipment(move.quantity, act.number, to);
    }

    function _receive(Act memory act, Move memory move) private {
        Shipment storage shipment = _knownShipment(move);
        if (shipment.to != act.number) revert NotNamedParty(move.target, act.party);
        _takeOpen(shipment, move);
        _give(act, move.batch, move.quantity);
    }

    /// @dev Either goods at hand, or goods lost on the way, which sender and receiver may both state.
    function _dispose(Act memory act, Move memory move) private {
        if (move.target == bytes32(0)) {
            _take(act, move.batch, move.quantity, false);
            return;
        }
        Shipment storage shipment = _knownShipment(move);
        if (shipment.from != act.number && shipment.to != act.number) revert NotNamedParty(move.target, act.party);
        _takeOpen(shipment, move);
    }

    function _knownShipment(Move memory move) private view returns (Shipment storage shipment) {
        shipment = _shipments[_shipmentKey(move.target, move.batch)];
        if (shipment.from == 0) revert UnknownShipment(move.target, move.batch);
    }

    function _takeOpen(Shipment storage shipment, Move memory move) private {
        uint96 open = shipment.open;
        if (move.quantity > open) revert MoreThanOpen(move.target, move.quantity, open);
        shipment.open = open - move.quantity;
    }
}
