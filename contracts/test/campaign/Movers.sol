// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICustodyLedger} from "../../src/interfaces/ICustodyLedger.sol";
import {Ghost} from "./Ghost.sol";

/// @notice Those who move: Ship, Receive, Reject, Withdraw, Sell, Return, Dispose, Adjust.
abstract contract Movers is Ghost {
    bytes32 private constant MENDED = keccak256("the event that is mended");

    function ship(uint256 seed) external handler("ship") {
        (bool found, bytes32 batch, uint256 actor) = _someHolding(seed, _bold(seed) ? _any : _active);
        if (!found) return;
        uint256 to = (seed >> 16) % ACTORS;
        if (tally[batch].flags != 0 && !_bold(seed >> 8)) to = originOf[batch];
        if (to == actor && !_bold(seed >> 16)) to = TRUCK;
        _ships(actor, actor, to, batch, _part(seed, held[batch][actor]));
    }

    /// @dev An inspector sends a suspended holder's goods back to their origin, or, boldly, where they may not go.
    function bringBack(uint256 seed) external handler("bringBack") {
        (bool found, bytes32 batch, uint256 actor) = _someHolding(seed, _foreign);
        if (!found) {
            (found, batch, actor) = _someHolding(seed, _usable);
            if (!found || actor == TRUCK) return;
            _ships(actor, actor, TRUCK, batch, _part(seed, held[batch][actor]));
            _settleOne(shipments[shipments.length - 1], 12, TRUCK, uint96(shipments[shipments.length - 1].open));
            actor = TRUCK;
        }
        bool already = suspended[actor];
        if (!already) _setStatus(actor, 2);
        uint256 to = _bold(seed) ? (seed >> 16) % ACTORS : originOf[batch];
        _ships(LAB, actor, to, batch, _part(seed, held[batch][actor]));
        if (!already) _setStatus(actor, 1);
    }

    function receiveGoods(uint256 seed) external handler("receiveGoods") {
        _settles(seed, 12);
    }

    function reject(uint256 seed) external handler("reject") {
        _settles(seed, 13);
    }

    function withdraw(uint256 seed) external handler("withdraw") {
        _settles(seed, 14);
    }

    function loseOnTheWay(uint256 seed) external handler("loseOnTheWay") {
        _settles(seed, 17);
    }

    function sell(uint256 seed) external handler("sell") {
        (bool found, bytes32 batch, uint256 actor) = _someHolding(seed, _bold(seed) ? _any : _usable);
        if (!found) return;
        uint96 quantity = _part(seed, held[batch][actor] + (_bold(seed >> 8) ? 1 : 0));
        if (!_moves(_moveOf(keys[actor], 15, batch, quantity), actor)) return;
        if (tally[batch].flags != 0) broken.push("nothing recalled is sold");
        held[batch][actor] -= quantity;
        sold[batch][actor] += quantity;
        tally[batch].sold += quantity;
    }

    function takeBack(uint256 seed) external handler("takeBack") {
        for (uint256 i = 0; i < batches.length * ACTORS; ++i) {
            uint256 at = (seed % (batches.length * ACTORS) + i) % (batches.length * ACTORS);
            (bytes32 batch, uint256 actor) = (batches[at / ACTORS], at % ACTORS);
            if (sold[batch][actor] == 0 || suspended[actor]) continue;
            uint96 quantity = _part(seed, sold[batch][actor] + (_bold(seed) ? 1 : 0));
            if (!_moves(_moveOf(keys[actor], 16, batch, quantity), actor)) return;
            sold[batch][actor] -= quantity;
            tally[batch].sold -= quantity;
            return _gain(batch, actor, quantity);
        }
    }

    function dispose(uint256 seed) external handler("dispose") {
        (bool found, bytes32 batch, uint256 actor) = _someHolding(seed, _any);
        if (!found) return;
        uint96 quantity = _part(seed, held[batch][actor] / 8 + 1);
        if (!_moves(_moveOf(keys[actor], 17, batch, quantity), actor)) return;
        held[batch][actor] -= quantity;
        tally[batch].disposed += quantity;
    }

    function adjustDown(uint256 seed) external handler("adjustDown") {
        (bool found, bytes32 batch, uint256 actor) = _someHolding(seed, _bold(seed) ? _any : _usable);
        if (!found) return;
        uint96 quantity = _part(seed, held[batch][actor] / 8 + 1);
        ICustodyLedger.Move memory move = _moveOf(keys[actor], 19, batch, quantity);
        move.target = MENDED;
        if (!_moves(move, actor)) return;
        if (tally[batch].flags != 0) broken.push("nothing recalled is adjusted");
        held[batch][actor] -= quantity;
        tally[batch].down += quantity;
    }

    function adjustUp(uint256 seed) external handler("adjustUp") {
        for (uint256 i = 0; i < batches.length; ++i) {
            bytes32 batch = batches[(seed % batches.length + i) % batches.length];
            bool fits = ledger.batches(batch).marks & ~uint8(1) == 2
                && ledger.batches(batch).openUntil >= block.timestamp && !suspended[originOf[batch]];
            if (!fits && !_bold(seed)) continue;
            return _adjustsUp(seed, batch, originOf[batch], originOf[batch]);
        }
    }

    function inspectorsAdjustUp(uint256 seed) external handler("inspectorsAdjustUp") {
        if (batches.length == 0) return;
        for (uint256 i = 0; i < batches.length; ++i) {
            bytes32 batch = batches[(seed % batches.length + i) % batches.length];
            if (tally[batch].items != 0 || (tally[batch].flags != 0 && !_bold(seed))) continue;
            return _adjustsUp(seed, batch, LAB, originOf[batch]);
        }
    }

    function _adjustsUp(uint256 seed, bytes32 batch, uint256 actor, uint256 holder) private {
        uint96 quantity = _part(seed, 1_000);
        ICustodyLedger.Move memory move = _moveOf(keys[actor], 18, batch, quantity);
        move.target = MENDED;
        if (actor != holder || actor == LAB) move.holder = ids[holder];
        bool moved = tally[batch].last.marks & 4 != 0;
        if (!_moves(move, actor)) return;
        if (move.holder == 0 && moved) broken.push("an origin adjusts up only what has not moved");
        if (tally[batch].flags != 0) broken.push("nothing recalled is adjusted");
        if (tally[batch].items != 0) broken.push("nothing packed is adjusted up");
        tally[batch].up += quantity;
        _gain(batch, holder, quantity);
    }

    function _ships(uint256 actor, uint256 holder, uint256 to, bytes32 batch, uint96 quantity) private {
        ICustodyLedger.Move memory move = _ship(keys[actor], batch, ids[to], quantity);
        if (actor != holder) move.holder = ids[holder];
        touched.push(batch);
        (bool taken, bytes32 id) = _send(2, abi.encode(move), actor, 11);
        if (!taken) return;
        delete touched;
        uint256 owner = productOf[batch] == crab ? FARM : PLANT;
        bool back = to == originOf[batch] || to == owner || to == TRUCK;
        if (tally[batch].flags != 0 && !back) broken.push("recalled goods only go back");
        if (suspended[holder] && to != originOf[batch] && (actor == holder || to != owner)) {
            broken.push("a suspended party's goods only go back");
        }
        held[batch][holder] -= quantity;
        shipments.push(Sent(id, batch, holder, to, quantity));
        _link("nguon.batch", batch, 11, 3, id);
    }

    function _settles(uint256 seed, uint8 kind) private {
        for (uint256 i = 0; i < shipments.length; ++i) {
            Sent storage sent = shipments[(seed % shipments.length + i) % shipments.length];
            if (sent.open == 0) continue;
            uint256 actor = kind == 14 || (kind == 17 && seed % 2 == 0) ? sent.from : sent.to;
            if (_bold(seed)) actor = (seed >> 16) % ACTORS;
            uint96 quantity = _part(seed, sent.open + (_bold(seed >> 8) ? 1 : 0));
            return _settleOne(sent, kind, actor, quantity);
        }
    }

    function _settleOne(Sent storage sent, uint8 kind, uint256 actor, uint96 quantity) private {
        ICustodyLedger.Move memory move = _moveOf(keys[actor], kind, sent.batch, quantity);
        move.target = sent.id;
        if (!_moves(move, actor)) return;
        bool named = kind == 14 ? actor == sent.from : actor == sent.to || (kind == 17 && actor == sent.from);
        if (!named) broken.push("only the named parties settle a shipment");
        sent.open -= quantity;
        if (kind == 17) tally[sent.batch].disposed += quantity;
        else _gain(sent.batch, kind == 12 ? sent.to : sent.from, quantity);
    }

    function _moves(ICustodyLedger.Move memory move, uint256 actor) private returns (bool) {
        touched.push(move.batch);
        (bool taken, bytes32 id) = _send(2, abi.encode(move), actor, move.kind);
        delete touched;
        if (taken) _link("nguon.batch", move.batch, move.kind, 3, id);
        return taken;
    }
}
