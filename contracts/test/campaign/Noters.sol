// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICustodyLedger} from "../../src/interfaces/ICustodyLedger.sol";
import {Ghost} from "./Ghost.sol";

/// @notice Those who state: Observe, Correct, Recall, Lift, Void; and those who send again or forge.
abstract contract Noters is Ghost {
    uint96 private voids;

    function observe(uint256 seed) external handler("observe") {
        _states(seed, 21);
    }

    function correct(uint256 seed) external handler("correct") {
        _states(seed, 22);
    }

    function observePlace(uint256 seed) external handler("observePlace") {
        uint256 actor = seed % ACTORS;
        ICustodyLedger.Note memory note = _noteOf(keys[actor], 21);
        note.place = string.concat("urn:nguon:place:", vm.toString((seed >> 8) % 3));
        uint256 owner = actor == LAB || _bold(seed) ? (seed >> 16) % ACTORS : actor;
        note.owner = ids[owner];
        (bool taken, bytes32 id) = _send(3, abi.encode(note), actor, 21);
        if (!taken) return;
        if (owner != actor && actor != LAB) broken.push("a place is spoken of by its owner or an inspector");
        bytes32 place = keccak256(abi.encodePacked(ids[owner], note.place));
        if (heads[place] == bytes32(0)) places.push(place);
        _link("nguon.place", place, 21, 4, id);
        delete touched;
    }

    function recall(uint256 seed) external handler("recall") {
        (uint256 actor, bytes32 batch, uint8 flags) = _entitled(seed, false);
        if (batch != 0) _recalls(seed, 23, actor, batch, flags);
    }

    function lift(uint256 seed) external handler("lift") {
        (uint256 actor, bytes32 batch, uint8 flags) = _entitled(seed, true);
        if (batch == 0 && batches.length != 0) {
            // Nothing is recalled that an active party could lift: something is recalled first.
            batch = batches[seed % batches.length];
            (actor, flags) = (LAB, _capacities(batch, LAB));
            _recalls(seed, 23, actor, batch, flags);
        }
        if (batch != 0) _recalls(seed, 24, actor, batch, flags);
    }

    function voidNonce(uint256 seed) external handler("voidNonce") {
        (uint256 actor, uint256 other) = (seed % ACTORS, _bold(seed) ? (seed >> 8) % ACTORS : seed % ACTORS);
        ICustodyLedger.Note memory note = _noteOf(keys[actor], 25);
        uint96 named = uint96(1) << 64 | ++voids;
        note.target = bytes32(bytes20(vm.addr(keys[other]))) | bytes32(uint256(named));
        (bool taken,) = _send(3, abi.encode(note), actor, 25);
        if (!taken) return;
        if (other != actor) broken.push("a party voids only its own nonces");
        // The voided nonce never works.
        note = _noteOf(keys[actor], 25);
        note.nonce = named;
        note.target = bytes32(bytes20(vm.addr(keys[actor]))) | bytes32(uint256(uint96(1) << 64 | ++voids));
        (taken,) = _send(3, abi.encode(note), actor, 25);
        if (taken) broken.push("a voided nonce never works");
    }

    /// @dev Done is what must happen: the event is skipped.
    function sendAgain(uint256 seed) external handler("sendAgain") {
        if (kept.length == 0) return;
        (bool taken,) = _sendSigned(kept[seed % kept.length], 0, 0);
        if (taken) broken.push("a nonce works once");
        else ++counts["sendAgain"].done;
    }

    function forge(uint256 seed) external handler("forge") {
        (bool found, bytes32 batch, uint256 actor) = _someHolding(seed, _any);
        if (!found) return;
        touched.push(batch);
        ICustodyLedger.Move memory move = _moveOf(keys[actor], 15, batch, 1);
        uint256 thief = keys[(actor + 1 + (seed >> 8) % (ACTORS - 1)) % ACTORS];
        (bool taken,) = _sendSigned(_sign(2, abi.encode(move), thief), 0, 0);
        if (taken) broken.push("nobody signs for another");
        else ++counts["forge"].done;
    }

    function _states(uint256 seed, uint8 kind) private {
        if (batches.length == 0) return;
        (uint256 actor, bytes32 batch) = ((seed >> 8) % ACTORS, batches[seed % batches.length]);
        if (!_bold(seed) && actor != LAB && !everHeld[batch][actor]) actor = originOf[batch];
        ICustodyLedger.Note memory note = _observe(keys[actor], batch);
        note.kind = kind;
        if (kind == 22) note.target = keccak256("the event that is corrected");
        touched.push(batch);
        (bool taken, bytes32 id) = _send(3, abi.encode(note), actor, kind);
        if (!taken) return;
        delete touched;
        if (actor != LAB && !everHeld[batch][actor]) broken.push("who never held it does not speak of it");
        _link("nguon.batch", batch, kind, 4, id);
    }

    /// @dev Someone who may recall some batch, or, `lifting`, who set a flag on it; boldly anybody.
    function _entitled(uint256 seed, bool lifting) private view returns (uint256 actor, bytes32 batch, uint8 flags) {
        for (uint256 i = 0; i < batches.length; ++i) {
            batch = batches[(seed % batches.length + i) % batches.length];
            uint256[3] memory may = [originOf[batch], _owner(batch), LAB];
            for (uint256 j = 0; j < 3; ++j) {
                actor = may[((seed >> 8) % 3 + j) % 3];
                if (_bold(seed)) actor = (seed >> 16) % ACTORS;
                flags = _capacities(batch, actor);
                bool fits = lifting ? tally[batch].flags & flags != 0 && !suspended[actor] : (seed >> 24) % 3 == 0;
                if (fits || _bold(seed)) return (actor, batch, flags);
            }
        }
        if (!lifting && batches.length != 0) {
            return (LAB, batches[seed % batches.length], _capacities(batches[seed % batches.length], LAB));
        }
        return (0, 0, 0);
    }

    function _recalls(uint256 seed, uint8 kind, uint256 actor, bytes32 batch, uint8 flags) private {
        ICustodyLedger.Note memory note = _observe(keys[actor], batch);
        note.kind = kind;
        if (kind == 24) note.target = bytes32(1 + seed % 7);
        touched.push(batch);
        (bool taken, bytes32 id) = _send(3, abi.encode(note), actor, kind);
        if (!taken) return;
        delete touched;
        if (flags == 0) broken.push("only origin, brand owner and inspectors recall");
        if (kind == 23) tally[batch].flags |= flags;
        else tally[batch].flags &= ~flags;
        _link("nguon.batch", batch, kind, 5, id);
    }

    function _owner(bytes32 batch) private view returns (uint256) {
        return productOf[batch] == crab ? FARM : PLANT;
    }

    function _capacities(bytes32 batch, uint256 actor) private view returns (uint8 flags) {
        if (originOf[batch] == actor) flags |= 16;
        if (_owner(batch) == actor) flags |= 32;
        if (actor == LAB) flags |= 64;
    }
}
