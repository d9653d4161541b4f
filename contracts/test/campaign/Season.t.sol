// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IPartyRegistry} from "../../src/interfaces/IPartyRegistry.sol";
import {ICustodyLedger} from "../../src/interfaces/ICustodyLedger.sol";
import {Makers} from "./Makers.sol";
import {Movers} from "./Movers.sol";
import {Noters} from "./Noters.sol";

/// @notice All actors of a campaign, the council among them, and what must be true after every call.
contract Season is Makers, Movers, Noters {
    /// @dev An address that its party ended, and the first second at which it may sign no longer.
    struct Ended {
        uint256 key;
        uint64 to;
        uint256 actor;
    }

    Ended[] private ended;
    uint256 private calls;
    uint256 private drawn;

    /// @dev Every season starts from goods in many hands, so that each act has something to act on.
    function setUp() public override {
        super.setUp();
        bytes4[8] memory acts = [
            this.commission.selector,
            this.ship.selector,
            this.receiveGoods.selector,
            this.transform.selector,
            this.ship.selector,
            this.receiveGoods.selector,
            this.pack.selector,
            this.sell.selector
        ];
        for (uint256 i = 0; i < 64; ++i) {
            (bool done,) = address(this).call(abi.encodeWithSelector(acts[i % 8], keccak256(abi.encode(i))));
            assertTrue(done, "a season starts");
        }
        for (uint256 i = 0; i < handlers.length; ++i) {
            delete counts[handlers[i]];
        }
        delete handlers;
    }

    // The council, time, and strangers

    function suspendOrReinstate(uint256 seed) external handler("suspendOrReinstate") {
        uint256 actor = (seed >> 8) % ACTORS;
        for (uint256 i = 0; i < ACTORS; ++i) {
            if (suspended[i]) actor = i;
        }
        _setStatus(actor, suspended[actor] ? 1 : 2);
        ++counts[current].done;
    }

    /// @dev A party takes a new address into use, signs with that from then on, and ends the old one within the hour.
    function rotate(uint256 seed) external handler("rotate") {
        uint256 actor = seed % ACTORS;
        (uint256 old, uint64 from) = (keys[actor], validFrom[actor]);
        // never one that was ended: the party may take its end back until that has come
        uint256 next = 0x1000 + uint256(keccak256(abi.encode(seed, ++drawn))) % 1e12;
        if (!_rotates(actor, next, uint64(block.timestamp), FOREVER)) return;
        (keys[actor], validFrom[actor]) = (next, uint64(block.timestamp));
        // at most an hour from now
        // forge-lint: disable-next-line(unsafe-typecast)
        uint64 to = uint64(block.timestamp + 1 + seed % 1 hours);
        if (_rotates(actor, old, from, to)) ended.push(Ended(old, to, actor));
    }

    /// @dev Somebody signs with an address that was ended: taken until its last second, never after.
    function signLate(uint256 seed) external handler("signLate") {
        if (ended.length == 0 || batches.length == 0) return;
        Ended memory late = ended[seed % ended.length];
        if (suspended[late.actor]) return;
        ICustodyLedger.Note memory note = _noteOf(late.key, 21);
        note.place = "urn:nguon:place:late";
        (bool taken, bytes32 id) = _sendSigned(_sign(3, abi.encode(note), late.key), late.actor, 21);
        if (taken != block.timestamp < late.to) broken.push("every accepted event's signer was valid");
        if (!taken) {
            ++counts[current].done;
            return;
        }
        bytes32 place = keccak256(abi.encodePacked(ids[late.actor], note.place));
        if (heads[place] == bytes32(0)) places.push(place);
        _link("nguon.place", place, 21, 4, id);
        delete touched;
    }

    function _rotates(uint256 actor, uint256 key, uint64 from, uint64 to) private returns (bool) {
        IPartyRegistry.SignerChange memory change =
            IPartyRegistry.SignerChange(ids[actor], vm.addr(key), from, to, 1, partyRegistry.rotationsOf(ids[actor]));
        bytes32 hash = keccak256(
            abi.encode(
                keccak256(
                    "SignerChange(bytes32 party,address signer,uint64 from,uint64 to,uint8 custody,uint64 rotation)"
                ),
                change
            )
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", partyRegistry.domainSeparator(), hash));
        (bytes32 r, bytes32 vs) = vm.signCompact(keys[actor], digest);
        try partyRegistry.rotate(change, r, vs) {
            if (suspended[actor] && to == FOREVER) broken.push("a suspended party takes no new key");
            _change(5, abi.encode(ids[actor], change.signer, change.from, change.to, change.custody));
            ++counts[current].done;
            return true;
        } catch {
            ++counts[current].skips;
            return false;
        }
    }

    function elapse(uint256 seed) external handler("elapse") {
        vm.warp(block.timestamp + 1 + seed % 4 hours);
        ++counts[current].done;
    }

    /// @dev Strangers and actors try to change the registries, or to record without the ledger: all must fail.
    function meddle(uint256 seed) external handler("meddle") {
        address who = seed % 2 == 0 ? vm.addr(keys[seed % ACTORS]) : vm.addr(1 + seed % 1e9);
        bytes[4] memory tries = [
            abi.encodeCall(partyRegistry.setInspector, (ids[seed % ACTORS], true)),
            abi.encodeCall(partyRegistry.setStatus, (ids[seed % ACTORS], 1)),
            abi.encodeCall(productRegistry.setYield, (crab, salted, 9_000_000)),
            abi.encodeCall(productRegistry.setMaker, (jar, ids[FARM], true))
        ];
        uint256 which = (seed >> 16) % 4;
        address target = which < 2 ? address(partyRegistry) : address(productRegistry);
        vm.prank(who);
        (bool done,) = target.call(tries[which]);
        if (done) broken.push("only the council's roles change the registries");
        else ++counts[current].done;
    }

    // What must be true

    /// @dev After each call the batches it named; every batch after every twentieth, and at the end (`all`).
    function check(bool all) external {
        assertEq(broken.length, 0, broken.length == 0 ? "" : broken[0]);
        assertEq(ledger.count(), accepted, "every accepted event is counted, and no other");
        assertEq(ledger.ledgerHead(), ledgerHead, "the ledger's head runs over every accepted event");
        assertEq(partyRegistry.head(), partyHead, "only the council and a party's own rotation change the parties");
        assertEq(productRegistry.head(), productHead, "only the council changes the products");
        assertLe(potentialOut, potentialIn, "no sequence of conversions gains beyond declared yields");
        if (!all && ++calls % 20 != 0) {
            for (uint256 i = 0; i < touched.length; ++i) {
                _checkBatch(touched[i]);
            }
            return;
        }
        for (uint256 i = 0; i < batches.length; ++i) {
            _checkBatch(batches[i]);
        }
        for (uint256 i = 0; i < shipments.length; ++i) {
            _checkShipment(shipments[i]);
        }
        for (uint256 i = 0; i < places.length; ++i) {
            assertEq(ledger.headOf(places[i]), heads[places[i]], "a place's head runs over what was said of it");
        }
    }

    function _checkBatch(bytes32 batch) private {
        Tally storage sums = tally[batch];
        uint256 present = 0;
        for (uint256 j = 0; j < ACTORS; ++j) {
            ICustodyLedger.Holding memory holding = ledger.holdingOf(batch, ids[j]);
            assertEq(holding.quantity, held[batch][j], "a holding is what came and went");
            assertEq(holding.sold, sold[batch][j], "sold is net of returns");
            assertEq(holding.everHeld, everHeld[batch][j], "who ever held it stays known");
            present += uint256(holding.quantity) + holding.sold;
        }
        for (uint256 i = 0; i < shipments.length; ++i) {
            if (shipments[i].batch == batch) present += ledger.shipmentOf(shipments[i].id, batch).open;
        }
        assertEq(
            present + sums.disposed + sums.consumed + sums.down,
            sums.made + sums.up,
            "held, on the way, sold, disposed of, consumed and adjusted down is what was made and adjusted up"
        );
        assertEq(ledger.headOf(batch), heads[batch], "a batch's head runs over every event that names it");
        _checkState(batch, sums);
    }

    function _checkState(bytes32 batch, Tally storage sums) private {
        ICustodyLedger.Batch memory state = ledger.batches(batch);
        ICustodyLedger.Batch memory last = sums.last;
        assertEq(productRegistry.idOf(state.product), productOf[batch], "a batch keeps its product");
        assertEq(partyRegistry.idOf(state.origin), ids[originOf[batch]], "a batch keeps its origin");
        assertEq(state.itemCount, sums.items, "items are those of all packs");
        assertEq(state.marks & 112, sums.flags, "recall flags are those set and not lifted in the same capacity");
        assertEq(state.marks & 1 != 0, sums.outside, "outside stock is marked for ever, and nothing else");
        if (last.product != 0) {
            assertEq(state.marks & last.marks & 12, last.marks & 12, "moved and adjusted are for ever");
            assertLe(state.openUntil, last.openUntil, "what was closed stays closed");
            assertEq(state.marks & 2 & ~last.marks, 0, "made by Commission alone is never regained");
        }
        if (state.marks & 112 != 0) assertFalse(state.openUntil >= block.timestamp, "what is recalled is closed");
        sums.last = state;
    }

    function _checkShipment(Sent storage sent) private view {
        ICustodyLedger.Shipment memory shipment = ledger.shipmentOf(sent.id, sent.batch);
        assertEq(shipment.open, sent.open, "what is open is what was sent and not settled");
        assertEq(partyRegistry.idOf(shipment.from), ids[sent.from], "one sender per shipment");
        assertEq(partyRegistry.idOf(shipment.to), ids[sent.to], "one receiver per shipment");
    }

    // What the handlers came to

    function handlerCount() external view returns (uint256) {
        return handlers.length;
    }

    function countOf(uint256 i) external view returns (string memory name, Count memory count) {
        return (handlers[i], counts[handlers[i]]);
    }
}
