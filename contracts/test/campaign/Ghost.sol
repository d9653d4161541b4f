// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Vm} from "forge-std/Vm.sol";
import {ICustodyLedger} from "../../src/interfaces/ICustodyLedger.sol";
import {World} from "../World.sol";

/// @notice What the season of a campaign should have come to, kept beside the ledger by other means: sums, heads,
/// holdings, shipments. Nothing here reads the ledger to know what to expect.
abstract contract Ghost is World {
    /// @dev Sums over a batch's accepted events, and what it was when last looked at.
    struct Tally {
        uint256 made;
        uint256 up;
        uint256 down;
        uint256 disposed;
        uint256 consumed;
        uint256 sold; // net of returns
        uint256 makes; // events that made some of it
        uint256 items;
        uint8 flags; // recall flags as they should be
        bool outside;
        ICustodyLedger.Batch last;
    }

    struct Sent {
        bytes32 id;
        bytes32 batch;
        uint256 from; // actor
        uint256 to; // actor
        uint256 open;
    }

    /// @dev Of one handler: times called, events the ledger took, events it skipped.
    struct Count {
        uint256 calls;
        uint256 done;
        uint256 skips;
    }

    uint256 internal constant ACTORS = 6;
    uint256 internal constant FARM = 0;
    uint256 internal constant PLANT = 1;
    uint256 internal constant SHOP = 2;
    uint256 internal constant LAB = 3;
    uint256 internal constant COOP = 4;
    uint256 internal constant TRUCK = 5;
    uint256 internal constant BATCH_LIMIT = 14;

    bytes32[ACTORS] internal ids;
    uint256[ACTORS] internal keys;
    uint64[ACTORS] internal validFrom;
    bool[ACTORS] internal suspended;

    bytes32[] internal batches;
    mapping(bytes32 batch => Tally) internal tally;
    mapping(bytes32 batch => bytes32) internal productOf;
    mapping(bytes32 batch => uint256 actor) internal originOf;
    mapping(bytes32 batch => mapping(uint256 actor => uint256)) internal held;
    mapping(bytes32 batch => mapping(uint256 actor => uint256)) internal sold;
    mapping(bytes32 batch => mapping(uint256 actor => bool)) internal everHeld;
    mapping(bytes32 subject => bytes32) internal heads;
    bytes32[] internal places;
    Sent[] internal shipments;
    ICustodyLedger.SignedEvent[] internal kept; // accepted ones, to be sent again

    bytes32 internal ledgerHead;
    bytes32 internal partyHead;
    bytes32 internal productHead;
    uint256 internal accepted;
    uint256 internal potentialIn; // of what conversions consumed
    uint256 internal potentialOut; // of what they made
    string[] internal broken; // promises seen broken while acting

    bytes32[] internal touched; // batches of the last call

    string[] internal handlers;
    mapping(string handler => Count) internal counts;
    string internal current;

    /// @dev Counts the call, and starts it with no batch touched.
    modifier handler(string memory name) {
        if (counts[name].calls++ == 0) handlers.push(name);
        current = name;
        delete touched;
        _;
    }

    function setUp() public virtual override {
        super.setUp();
        ids = [
            farm,
            plant,
            shop,
            lab,
            _admit("urn:nguon:party:coop", 1 | 2, 0xF5),
            _admit("urn:nguon:party:truck", 8, 0xF6)
        ];
        for (uint256 i = 0; i < ACTORS; ++i) {
            keys[i] = 0xF1 + i;
        }
        productRegistry.setMaker(salted, ids[COOP], true);
        ledgerHead = keccak256(abi.encodePacked("nguon.ledger", LEDGER_ID, bytes32(0)));
        partyHead = partyRegistry.head();
        productHead = productRegistry.head();
    }

    function _deploy() internal override {
        _deployCommitted();
    }

    function _setStatus(uint256 actor, uint8 status) internal {
        partyRegistry.setStatus(ids[actor], status);
        suspended[actor] = status == 2;
        _change(2, abi.encode(ids[actor], status));
    }

    /// @dev A change of the parties that should have happened.
    function _change(uint8 change, bytes memory arguments) internal {
        partyHead = keccak256(abi.encodePacked(partyHead, change, uint8(0), keccak256(arguments)));
    }

    /// @dev Sends one event; what must hold of every event is looked at here.
    function _send(uint8 shape, bytes memory body, uint256 actor, uint8 kind) internal returns (bool, bytes32) {
        return _sendSigned(_sign(shape, body, keys[actor]), actor, kind);
    }

    function _sendSigned(ICustodyLedger.SignedEvent memory signed, uint256 actor, uint8 kind)
        internal
        returns (bool taken, bytes32 id)
    {
        bytes32 before = _state();
        id = _idOf(signed);
        vm.recordLogs();
        _record(signed);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        taken = logs[0].topics[0] != ICustodyLedger.Skipped.selector;
        if (logs.length != 1) broken.push("one log per event");
        if (!taken) {
            ++counts[current].skips;
            if (_state() != before) broken.push("a skipped event changes nothing");
            return (false, id);
        }
        ++counts[current].done;
        ++accepted;
        ledgerHead = keccak256(abi.encodePacked(ledgerHead, kind, uint8(0), id));
        if (block.timestamp < validFrom[actor]) broken.push("every accepted event's signer was valid");
        bool always = (kind >= 11 && kind <= 14) || kind == 17 || kind == 23 || kind == 25;
        if (suspended[actor] && !always) broken.push("a suspended party only finishes");
        if (kept.length < 8) kept.push(signed);
    }

    function _link(string memory tag, bytes32 subject, uint8 kind, uint8 role, bytes32 id) internal {
        bytes32 head = heads[subject];
        if (head == bytes32(0)) head = keccak256(abi.encodePacked(tag, LEDGER_ID, subject));
        heads[subject] = keccak256(abi.encodePacked(head, kind, role, id));
        touched.push(subject);
    }

    function _gain(bytes32 batch, uint256 actor, uint256 quantity) internal {
        held[batch][actor] += quantity;
        everHeld[batch][actor] = true;
    }

    /// @dev A holding above zero, looked for from `seed` on; its actor and batch.
    function _someHolding(uint256 seed, function(bytes32, uint256) view returns (bool) fits)
        internal
        view
        returns (bool found, bytes32 batch, uint256 actor)
    {
        uint256 all = batches.length * ACTORS;
        if (all == 0) return (false, 0, 0);
        for (uint256 i = 0; i < all; ++i) {
            uint256 at = (seed % all + i) % all;
            (batch, actor) = (batches[at / ACTORS], at % ACTORS);
            if (held[batch][actor] != 0 && fits(batch, actor)) return (true, batch, actor);
        }
        return (false, 0, 0);
    }

    function _any(bytes32, uint256) internal pure returns (bool) {
        return true;
    }

    function _active(bytes32, uint256 actor) internal view returns (bool) {
        return !suspended[actor];
    }

    function _usable(bytes32 batch, uint256 actor) internal view returns (bool) {
        return !suspended[actor] && tally[batch].flags == 0;
    }

    function _foreign(bytes32 batch, uint256 actor) internal view returns (bool) {
        return actor != LAB && actor != originOf[batch];
    }

    /// @dev One call in eight tries what may be forbidden.
    function _bold(uint256 seed) internal pure returns (bool) {
        return (seed >> 128) % 8 == 0;
    }

    function _part(uint256 seed, uint256 whole) internal pure returns (uint96) {
        return uint96(1 + (seed >> 64) % (whole == 0 ? 1 : whole));
    }

    /// @dev A digest of all that an event can change, but nonces of others.
    function _state() private view returns (bytes32 digest) {
        digest =
            keccak256(abi.encode(ledger.ledgerHead(), ledger.count(), partyRegistry.head(), productRegistry.head()));
        for (uint256 i = 0; i < touched.length; ++i) {
            bytes32 batch = touched[i];
            digest = keccak256(abi.encode(digest, ledger.batches(batch), ledger.headOf(batch)));
            for (uint256 j = 0; j < ACTORS; ++j) {
                digest = keccak256(abi.encode(digest, ledger.holdingOf(batch, ids[j])));
            }
        }
    }
}
