// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {ICustodyLedger} from "../interfaces/ICustodyLedger.sol";
import {IPartyRegistry} from "../interfaces/IPartyRegistry.sol";
import {IProductRegistry} from "../interfaces/IProductRegistry.sol";
import {Speaker} from "./Fields.sol";
import {Heads} from "./Heads.sol";
import {
    BatchSlot,
    BatchWord,
    HeadSlot,
    HoldingSlot,
    HoldingWord,
    HoldingWords,
    NonceSlot,
    ShipmentSlot
} from "./Slots.sol";

/// @title What the ledger keeps, and the steps that kinds share
/// @dev All storage is declared here and nowhere else: its layout is read by proofs. Nothing is undone by hand: a rule
/// that fails reverts the self-call in which its event is recorded, and every write goes with it.
abstract contract State is ICustodyLedger {
    // Kinds of event (docs/spec/event.md, section 2).
    uint8 internal constant COMMISSION = 1;
    uint8 internal constant TRANSFORM = 2;
    uint8 internal constant PACK = 3;
    uint8 internal constant SHIP = 11;
    uint8 internal constant RECEIVE = 12;
    uint8 internal constant REJECT = 13;
    uint8 internal constant WITHDRAW = 14;
    uint8 internal constant SELL = 15;
    uint8 internal constant RETURN = 16;
    uint8 internal constant DISPOSE = 17;
    uint8 internal constant ADJUST_UP = 18;
    uint8 internal constant ADJUST_DOWN = 19;
    uint8 internal constant OBSERVE = 21;
    uint8 internal constant CORRECT = 22;
    uint8 internal constant RECALL = 23;
    uint8 internal constant LIFT = 24;
    uint8 internal constant VOID = 25;

    uint8 internal constant OUTSIDE = 1;
    uint8 internal constant COMMISSION_ONLY = 2;
    uint8 internal constant HAS_MOVED = 4;
    uint8 internal constant ADJUSTED = 8;
    uint8 internal constant RECALLED_BY_ORIGIN = 16;
    uint8 internal constant RECALLED_BY_BRAND_OWNER = 32;
    uint8 internal constant RECALLED_BY_INSPECTORS = 64;
    uint8 internal constant RECALLED = RECALLED_BY_ORIGIN | RECALLED_BY_BRAND_OWNER | RECALLED_BY_INSPECTORS;

    uint8 internal constant PRODUCER = 1;
    uint8 internal constant PROCESSOR = 2;
    uint8 internal constant PACKER = 4;
    uint8 internal constant CARRIER = 8;
    uint8 internal constant INSPECTOR = 32;

    uint8 internal constant SUSPENDED = 2;

    uint256 internal constant URI_LIMIT = 256;

    IPartyRegistry public immutable parties;
    IProductRegistry public immutable products;

    /// @dev As `ledgerId`, which proofs read from storage; this one costs no load.
    bytes32 private immutable _ledgerId;

    bytes32 public ledgerId;
    bytes32 public ledgerHead;
    uint64 public count;
    uint64 public predecessorCount;
    bytes32 public predecessorHead;
    mapping(bytes32 subject => HeadSlot) public headOf;
    mapping(bytes32 batch => BatchSlot) internal _batches;
    mapping(bytes32 batch => mapping(uint32 party => HoldingSlot)) internal _holdings;
    mapping(bytes32 shipmentAndBatch => ShipmentSlot) internal _shipments;
    mapping(address signer => mapping(uint256 bucket => NonceSlot)) private _nonces;

    constructor(bytes32 ledgerId_, IPartyRegistry parties_, IProductRegistry products_) {
        ledgerId = _ledgerId = ledgerId_;
        parties = parties_;
        products = products_;
        ledgerHead = Heads.seedOfLedger(ledgerId_);
    }

    function batches(bytes32 batch) external view returns (Batch memory) {
        return _batches[batch].word.read();
    }

    function holdingOf(bytes32 batch, bytes32 party) external view returns (Holding memory) {
        return _holdings[batch][parties.partyOf(party).number].word.read();
    }

    function shipmentOf(bytes32 id, bytes32 batch) external view returns (Shipment memory) {
        return _shipments[_shipmentKey(id, batch)].word.read();
    }

    function nonceUsed(address signer, uint96 nonce) external view returns (bool) {
        return (_nonces[signer][nonce >> 8].bits >> (nonce & 255)) & 1 != 0;
    }

    /// @dev 256 consecutive nonces of a signer share a word.
    function _burn(address signer, uint96 nonce) internal {
        NonceSlot storage slot = _nonces[signer][nonce >> 8];
        // forge-lint: disable-next-line(incorrect-shift)
        uint256 bit = 1 << (nonce & 255);
        uint256 bits = slot.bits;
        if (bits & bit != 0) revert NonceUsed(signer, nonce);
        slot.bits = bits | bit;
    }

    function _advanceBatch(bytes32 batch, uint8 kind, uint8 role, bytes32 id) internal {
        HeadSlot storage slot = headOf[batch];
        bytes32 head = slot.head;
        if (head == bytes32(0)) head = Heads.seedOfBatch(_ledgerId, batch);
        slot.head = Heads.next(head, kind, role, id);
    }

    function _advancePlace(bytes32 place, uint8 kind, bytes32 id) internal {
        HeadSlot storage slot = headOf[place];
        bytes32 head = slot.head;
        if (head == bytes32(0)) head = Heads.seedOfPlace(_ledgerId, place);
        slot.head = Heads.next(head, kind, Heads.NOTED, id);
    }

    function _knownBatch(bytes32 batch) internal view returns (BatchSlot storage slot, BatchWord state) {
        slot = _batches[batch];
        state = slot.word;
        if (state.product() == 0) revert UnknownBatch(batch);
    }

    function _knownParty(bytes32 party) internal view returns (IPartyRegistry.Party memory known) {
        known = parties.partyOf(party);
        if (known.number == 0) revert UnknownParty(party);
    }

    function _requireNotRecalled(bytes32 batch, BatchWord state) internal pure {
        if (state.has(RECALLED)) revert BatchRecalled(batch);
    }

    /// @dev Shipped, sold, disposed of, consumed or adjusted down. Written once in a batch's life.
    function _markMoved(BatchSlot storage slot, BatchWord state) internal {
        if (!state.has(HAS_MOVED)) slot.word = state.marked(HAS_MOVED);
    }

    /// @dev Takes goods out of the holding of a party, given by number and id.
    function _take(bytes32 batch, uint32 number, bytes32 party, uint96 quantity) internal {
        HoldingSlot storage slot = _holdings[batch][number];
        HoldingWord held = slot.word;
        slot.word = HoldingWords.create(_less(batch, party, held, quantity), held.sold());
    }

    /// @dev As `_take`, and counts it as sold.
    function _sell(bytes32 batch, uint32 number, bytes32 party, uint96 quantity) internal {
        HoldingSlot storage slot = _holdings[batch][number];
        HoldingWord held = slot.word;
        uint96 rest = _less(batch, party, held, quantity);
        slot.word = HoldingWords.create(rest, _sum(held.sold(), quantity));
    }

    /// @dev Puts goods into a holding.
    function _give(bytes32 batch, uint32 number, uint96 quantity) internal {
        HoldingSlot storage slot = _holdings[batch][number];
        HoldingWord held = slot.word;
        slot.word = HoldingWords.create(_sum(held.quantity(), quantity), held.sold());
    }

    function _shipmentKey(bytes32 id, bytes32 batch) internal pure returns (bytes32) {
        return Hashes.efficientKeccak256(id, batch);
    }

    function _less(bytes32 batch, bytes32 party, HoldingWord held, uint96 quantity) private pure returns (uint96) {
        uint96 present = held.quantity();
        if (quantity > present) revert MoreThanHeld(batch, party, quantity, present);
        unchecked {
            return present - quantity;
        }
    }

    function _sum(uint96 a, uint96 b) internal pure returns (uint96) {
        uint256 sum = uint256(a) + b;
        if (sum > type(uint96).max) revert QuantityOverflow();
        // Bounded by the line above.
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint96(sum);
    }

    /// @dev Any one of the roles in `needed` suffices.
    function _requireRole(Speaker by, uint8 needed) internal pure {
        if (!by.has(needed)) revert RoleMissing(by.party(), needed);
    }
}
