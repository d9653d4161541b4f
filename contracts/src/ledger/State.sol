// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICustodyLedger} from "../interfaces/ICustodyLedger.sol";
import {IPartyRegistry} from "../interfaces/IPartyRegistry.sol";
import {IProductRegistry} from "../interfaces/IProductRegistry.sol";
import {Heads} from "./Heads.sol";
import {Slots} from "./Slots.sol";

/// @title What the ledger keeps, and the steps that kinds share
/// @dev All storage is declared here and nowhere else: its layout is read by proofs. Nothing is undone by hand: a rule
/// that fails reverts the self-call in which its event is recorded, and every write goes with it.
abstract contract State is ICustodyLedger {
    /// @dev Who acts, once signature and standing are known.
    struct Act {
        bytes32 id; // of the event
        bytes32 party;
        uint32 number; // of the party
        uint8 status;
        uint8 roles;
    }

    uint8 internal constant OUTSIDE = 1;
    uint8 internal constant COMMISSION_ONLY = 2;
    uint8 internal constant HAS_MOVED = 4;
    uint8 internal constant ADJUSTED = 8;
    uint8 internal constant RECALLED_BY_ORIGIN = 16;
    uint8 internal constant RECALLED_BY_BRAND_OWNER = 32;
    uint8 internal constant RECALLED_BY_INSPECTORS = 64;
    uint8 private constant RECALLED = RECALLED_BY_ORIGIN | RECALLED_BY_BRAND_OWNER | RECALLED_BY_INSPECTORS;

    uint8 internal constant PRODUCER = 1;
    uint8 internal constant PROCESSOR = 2;
    uint8 internal constant PACKER = 4;
    uint8 internal constant CARRIER = 8;
    uint8 internal constant INSPECTOR = 32;

    uint8 internal constant SUSPENDED = 2;

    uint256 internal constant URI_LIMIT = 256;

    IPartyRegistry public immutable parties;
    IProductRegistry public immutable products;

    bytes32 public ledgerId;
    bytes32 public ledgerHead;
    uint64 public count;
    uint64 public predecessorCount;
    bytes32 public predecessorHead;
    mapping(bytes32 subject => bytes32 head) public headOf;
    // Words of a batch, a holding, a shipment: see Slots.
    mapping(bytes32 batch => uint256) private _batches;
    mapping(bytes32 batch => mapping(uint32 party => uint256)) private _holdings;
    mapping(bytes32 shipmentAndBatch => uint256) private _shipments;
    mapping(address signer => mapping(uint256 bucket => uint256 bits)) private _nonces;

    constructor(bytes32 ledgerId_, IPartyRegistry parties_, IProductRegistry products_) {
        ledgerId = ledgerId_;
        parties = parties_;
        products = products_;
        ledgerHead = Heads.seed("nguon.ledger", ledgerId_, bytes32(0));
    }

    function batches(bytes32 batch) external view returns (Batch memory) {
        return _batchOf(batch);
    }

    function holdingOf(bytes32 batch, bytes32 party) external view returns (Holding memory) {
        return _held(batch, parties.partyOf(party).number);
    }

    function shipmentOf(bytes32 id, bytes32 batch) external view returns (Shipment memory) {
        return _shipment(id, batch);
    }

    function nonceUsed(address signer, uint96 nonce) external view returns (bool) {
        return (_nonces[signer][nonce >> 8] >> (nonce & 255)) & 1 != 0;
    }

    /// @dev 256 consecutive nonces of a signer share a word.
    function _burn(address signer, uint96 nonce) internal {
        mapping(uint256 bucket => uint256 bits) storage lane = _nonces[signer];
        uint256 bucket = nonce >> 8;
        // forge-lint: disable-next-line(incorrect-shift)
        uint256 bit = 1 << (nonce & 255);
        uint256 bits = lane[bucket];
        if (bits & bit != 0) revert NonceUsed(signer, nonce);
        lane[bucket] = bits | bit;
    }

    function _advanceBatch(bytes32 batch, uint8 kind, uint8 role, bytes32 id) internal {
        bytes32 head = headOf[batch];
        if (head == bytes32(0)) head = Heads.seedOfBatch(ledgerId, batch);
        headOf[batch] = Heads.next(head, kind, role, id);
    }

    function _advancePlace(bytes32 place, uint8 kind, bytes32 id) internal {
        bytes32 head = headOf[place];
        if (head == bytes32(0)) head = Heads.seed("nguon.place", ledgerId, place);
        headOf[place] = Heads.next(head, kind, Heads.NOTED, id);
    }

    function _batchOf(bytes32 batch) internal view returns (Batch memory) {
        return Slots.batch(_batches[batch]);
    }

    function _setBatch(bytes32 batch, Batch memory state) internal {
        _batches[batch] = Slots.pack(state);
    }

    function _held(bytes32 batch, uint32 party) internal view returns (Holding memory) {
        return Slots.holding(_holdings[batch][party]);
    }

    function _setHeld(bytes32 batch, uint32 party, Holding memory held) internal {
        _holdings[batch][party] = Slots.pack(held);
    }

    function _shipment(bytes32 id, bytes32 batch) internal view returns (Shipment memory) {
        return Slots.shipment(_shipments[_shipmentKey(id, batch)]);
    }

    function _setShipment(bytes32 id, bytes32 batch, Shipment memory shipment) internal {
        _shipments[_shipmentKey(id, batch)] = Slots.pack(shipment);
    }

    function _knownBatch(bytes32 batch) internal view returns (Batch memory state) {
        state = _batchOf(batch);
        if (state.product == 0) revert UnknownBatch(batch);
    }

    function _knownParty(bytes32 party) internal view returns (IPartyRegistry.Party memory known) {
        known = parties.partyOf(party);
        if (known.number == 0) revert UnknownParty(party);
    }

    function _isRecalled(Batch memory state) internal pure returns (bool) {
        return state.marks & RECALLED != 0;
    }

    function _requireNotRecalled(bytes32 batch, Batch memory state) internal pure {
        if (_isRecalled(state)) revert BatchRecalled(batch);
    }

    /// @dev Its origin may still add to it.
    function _isOpen(Batch memory state) internal view returns (bool) {
        return block.timestamp <= state.openUntil;
    }

    /// @dev Shipped, sold, disposed of, consumed or adjusted down. Written once in a batch's life.
    function _markMoved(bytes32 batch, Batch memory state) internal {
        if (state.marks & HAS_MOVED != 0) return;
        state.marks |= HAS_MOVED;
        _setBatch(batch, state);
    }

    /// @dev Takes goods out of a holding, of a party by number and id; `sold` says whether they leave as a sale.
    function _take(bytes32 batch, uint32 number, bytes32 party, uint96 quantity, bool sold) internal {
        Holding memory held = _held(batch, number);
        if (quantity > held.quantity) revert MoreThanHeld(batch, party, quantity, held.quantity);
        unchecked {
            held.quantity -= quantity;
        }
        if (sold) held.sold = _sum(held.sold, quantity);
        _setHeld(batch, number, held);
    }

    /// @dev Puts goods into a holding.
    function _give(bytes32 batch, uint32 number, uint96 quantity) internal {
        Holding memory held = _held(batch, number);
        held.quantity = _sum(held.quantity, quantity);
        held.everHeld = true;
        _setHeld(batch, number, held);
    }

    function _shipmentKey(bytes32 id, bytes32 batch) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(id, batch));
    }

    function _sum(uint96 a, uint96 b) internal pure returns (uint96) {
        uint256 sum = uint256(a) + b;
        if (sum > type(uint96).max) revert QuantityOverflow();
        // Bounded by the line above.
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint96(sum);
    }

    /// @dev Any one of the roles in `needed` suffices.
    function _requireRole(Act memory act, uint8 needed) internal pure {
        if (act.roles & needed == 0) revert RoleMissing(act.party, needed);
    }
}
