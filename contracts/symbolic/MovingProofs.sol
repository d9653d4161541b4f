// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICustodyLedger} from "../src/interfaces/ICustodyLedger.sol";
import {IPartyRegistry} from "../src/interfaces/IPartyRegistry.sol";
import {Proofs} from "./Proofs.sol";

/// @title Goods that move are as many afterwards as before
/// @dev Sums are of 256 bits: a quantity that wrapped would break them.
contract MovingProofs is Proofs {
    /// @notice What a Ship takes out of its sender's holding is exactly what its shipment holds open.
    function check_ship_conserves(IPartyRegistry.Standing memory by) public {
        ICustodyLedger.Move memory move = _anyMove(11);
        uint32 from = move.holder == 0 ? by.number : parties.partyOf(move.holder).number;
        bytes memory body = abi.encode(move);
        (uint256 held, uint256 sold) = _held(move.batch, from);
        if (!_judge(MOVE, body, by)) return;
        (uint256 heldAfter, uint256 soldAfter) = _held(move.batch, from);
        (uint256 open, uint32 sender,) = _shipment(ledger.eventId(MOVE, body), move.batch);
        _claim(_and(heldAfter + open == held, open == move.quantity, soldAfter == sold, sender == from));
    }

    /// @notice What a Receive adds to its receiver's holding is exactly what leaves the shipment; only the named receiver may.
    function check_receive_conserves(IPartyRegistry.Standing memory by) public {
        ICustodyLedger.Move memory move = _anyMove(12);
        (uint256 open,, uint32 to) = _shipment(move.target, move.batch);
        _settle(move, by, open, to, to);
    }

    /// @notice What a Reject or Withdraw gives back to the sender is exactly what leaves the shipment; only the receiver rejects, only the sender withdraws.
    function check_reject_and_withdraw_conserve(IPartyRegistry.Standing memory by, bool withdraw) public {
        ICustodyLedger.Move memory move = _anyMove(withdraw ? 14 : 13);
        (uint256 open, uint32 from, uint32 to) = _shipment(move.target, move.batch);
        _settle(move, by, open, withdraw ? from : to, from);
    }

    /// @notice Held and sold of a holding add up to the same after a Sell or a Return, and no more comes back than was sold.
    function check_sell_and_return_conserve(IPartyRegistry.Standing memory by, bool back) public {
        ICustodyLedger.Move memory move = _anyMove(back ? 16 : 15);
        (uint256 held, uint256 sold) = _held(move.batch, by.number);
        if (!_judge(MOVE, abi.encode(move), by)) return;
        (uint256 heldAfter, uint256 soldAfter) = _held(move.batch, by.number);
        uint256 quantity = move.quantity;
        (uint256 less, uint256 more) = back ? (soldAfter, sold) : (sold, soldAfter);
        _claim(_and(heldAfter + soldAfter == held + sold, less + quantity == more, quantity != 0));
    }

    /// @notice A Dispose or AdjustDown takes exactly its quantity out of a holding or an open shipment, and never more than is there.
    function check_what_is_lost_was_there(IPartyRegistry.Standing memory by, bool disposed) public {
        ICustodyLedger.Move memory move = _anyMove(disposed ? 17 : 19);
        bool underWay = disposed && move.target != 0;
        uint256 before = _present(move, by, underWay);
        if (!_judge(MOVE, abi.encode(move), by)) return;
        _claim(_present(move, by, underWay) + move.quantity == before);
    }

    function _settle(
        ICustodyLedger.Move memory move,
        IPartyRegistry.Standing memory by,
        uint256 open,
        uint32 entitled,
        uint32 taker
    ) private {
        (uint256 held, uint256 sold) = _held(move.batch, taker);
        if (!_judge(MOVE, abi.encode(move), by)) return;
        (uint256 heldAfter, uint256 soldAfter) = _held(move.batch, taker);
        (uint256 openAfter,,) = _shipment(move.target, move.batch);
        bool conserved = _and(heldAfter + openAfter == held + open, heldAfter == held + move.quantity);
        _claim(_and(conserved, soldAfter == sold, by.number == entitled));
    }

    function _present(ICustodyLedger.Move memory move, IPartyRegistry.Standing memory by, bool underWay)
        private
        view
        returns (uint256 quantity)
    {
        if (underWay) (quantity,,) = _shipment(move.target, move.batch);
        else (quantity,) = _held(move.batch, by.number);
    }
}
