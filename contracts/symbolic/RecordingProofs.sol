// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICustodyLedger} from "../src/interfaces/ICustodyLedger.sol";
import {IPartyRegistry} from "../src/interfaces/IPartyRegistry.sol";
import {Proofs} from "./Proofs.sol";

/// @title What is recorded stays, is recorded once, and only by the ledger itself
contract RecordingProofs is Proofs {
    /// @notice A Move of any kind whose nonce is used is refused, whatever else it says and whoever signed it.
    function check_a_used_nonce_is_refused(IPartyRegistry.Standing memory by) public {
        ICustodyLedger.Move memory move = _anyMove(uint8(svm.createUint(8, "kind")));
        vm.assume(_nonces(move.signer, move.nonce >> 8) >> (move.nonce & 255) & 1 == 1);
        bool done = _judge(MOVE, abi.encode(move), by);
        _claim(!done);
    }

    /// @notice An accepted Sell has used its nonce and no other of anybody's, and unused none.
    function check_an_accepted_event_uses_its_nonce_alone(
        IPartyRegistry.Standing memory by,
        address signer,
        uint96 bucket
    ) public {
        ICustodyLedger.Move memory move = _anyMove(15);
        uint256 own = move.signer == signer && bucket == move.nonce >> 8 ? 1 << (move.nonce & 255) : 0;
        uint256 before = _nonces(signer, bucket);
        if (!_judge(MOVE, abi.encode(move), by)) return;
        _claim(_and(_nonces(signer, bucket) == before | own, before & own == 0));
    }

    /// @notice An event at a block time outside its signer's interval is refused, and one of an address of nobody.
    /// @custom:bounds a Void of any fields
    function check_outside_its_interval_a_signer_is_refused(IPartyRegistry.Standing memory by) public {
        ICustodyLedger.Note memory note = _anyNote(25);
        if (!_judge(NOTE, abi.encode(note), by)) return;
        _claim(_and(by.from <= block.timestamp, block.timestamp < by.to, by.number != 0));
    }

    /// @notice Nobody but the ledger itself gets an event judged past `record`.
    function check_only_the_ledger_itself_calls_recordNext(
        IPartyRegistry.Standing memory by,
        address caller,
        uint8 shape,
        bytes32 r,
        bytes32 vs
    ) public {
        vm.assume(caller != address(ledger));
        bytes memory body = abi.encode(_anyMove(15));
        vm.prank(caller);
        (bool done,) = address(ledger).call(abi.encodeCall(ledger.recordNext, (by, shape, body, r, vs)));
        _claim(!done);
    }

    /// @notice A Sell that `record` skips changes no word: not the ledger's four, and none under any key of any mapping.
    function check_a_skipped_event_changes_nothing(bytes32 key, uint32 party, address signer, uint96 bucket) public {
        ICustodyLedger.SignedEvent[] memory events = new ICustodyLedger.SignedEvent[](1);
        events[0] =
            ICustodyLedger.SignedEvent(MOVE, abi.encode(_anyMove(15)), svm.createBytes32("r"), svm.createBytes32("vs"));
        uint256[9] memory before = _words(key, party, signer, bucket);
        ledger.record(events);
        uint256[9] memory afterwards = _words(key, party, signer, bucket);
        if (uint64(afterwards[2]) != uint64(before[2])) return; // counted: it was not skipped
        uint256 changed;
        for (uint256 i = 0; i < 9; ++i) {
            changed |= before[i] ^ afterwards[i];
        }
        _claim(changed == 0);
    }

    /// @notice No Commission rewrites the product or the origin of a batch that is there.
    function check_a_commission_rewrites_no_product_and_no_origin(IPartyRegistry.Standing memory by, bytes32 batch)
        public
    {
        ICustodyLedger.Make memory make = _anyMake(1, 0, 1);
        make.provenance = uint8(svm.createUint(8, "provenance"));
        _neverRewritten(MAKE, abi.encode(make), by, batch);
    }

    /// @notice No Sell and no AdjustUp rewrites the product or the origin of a batch: each writes the batch's word in its own way.
    function check_a_move_rewrites_no_product_and_no_origin(IPartyRegistry.Standing memory by, bytes32 batch, bool up)
        public
    {
        _neverRewritten(MOVE, abi.encode(_anyMove(up ? 18 : 15)), by, batch);
    }

    /// @notice No Recall rewrites the product or the origin of a batch.
    /// @custom:bounds a Recall of one batch
    function check_a_recall_rewrites_no_product_and_no_origin(IPartyRegistry.Standing memory by, bytes32 batch) public {
        _neverRewritten(NOTE, abi.encode(_anyNote(23)), by, batch);
    }

    function _neverRewritten(uint8 shape, bytes memory body, IPartyRegistry.Standing memory by, bytes32 batch) private {
        (uint256 state, uint256 head) = (_at(batch, BATCHES), _at(batch, HEADS));
        (uint64 before, uint256 headBefore) = (uint64(_word(state)), _word(head));
        vm.assume(uint32(before) != 0 && headBefore != 0);
        if (!_judge(shape, body, by)) return;
        _claim(_and(uint64(_word(state)) == before, _word(head) != 0));
    }

    function _nonces(address signer, uint96 bucket) internal view returns (uint256) {
        return _word(_at(bytes32(uint256(bucket)), _at(bytes32(uint256(uint160(signer))), NONCES)));
    }

    function _words(bytes32 key, uint32 party, address signer, uint96 bucket)
        private
        view
        returns (uint256[9] memory words)
    {
        for (uint256 slot = 0; slot < HEADS; ++slot) {
            words[slot] = _word(slot);
        }
        words[4] = _word(_at(key, BATCHES));
        words[5] = _word(_at(bytes32(uint256(party)), _at(key, HOLDINGS)));
        words[6] = _word(_at(key, SHIPMENTS));
        words[7] = _word(_at(key, HEADS));
        words[8] = _nonces(signer, bucket);
    }
}
