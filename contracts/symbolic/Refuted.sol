// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICustodyLedger} from "../src/interfaces/ICustodyLedger.sol";
import {IPartyRegistry} from "../src/interfaces/IPartyRegistry.sol";
import {CouncilProofs} from "./CouncilProofs.sol";
import {MakingProofs} from "./MakingProofs.sol";
import {MovingProofs} from "./MovingProofs.sol";
import {RecordingProofs} from "./RecordingProofs.sol";
import {WordProofs} from "./WordProofs.sol";

// What halmos has to refute. First every property with `false` in the place of its claim: else the claim is never reached.

contract MakingRefuted is MakingProofs {
    function _claim(bool) internal pure override {
        assert(false);
    }

    /// @notice Planted: an output stays one below its yield.
    function check_planted_one_below_the_yield(IPartyRegistry.Standing memory by) public {
        ICustodyLedger.Make memory make = _goods(2, 1, 1);
        uint256 limit = _share(make, 0, 0) / PER_MILLION;
        if (_judge(MAKE, abi.encode(make), by)) assert(make.outputs[0].quantity < limit);
    }
}

contract MovingRefuted is MovingProofs {
    function _claim(bool) internal pure override {
        assert(false);
    }

    /// @notice Planted: a Ship leaves something in the holding.
    function check_planted_a_ship_leaves_something(IPartyRegistry.Standing memory by) public {
        ICustodyLedger.Move memory move = _anyMove(11);
        if (!_judge(MOVE, abi.encode(move), by)) return;
        (uint256 held,) = _held(move.batch, by.number);
        assert(held != 0);
    }
}

contract RecordingRefuted is RecordingProofs {
    function _claim(bool) internal pure override {
        assert(false);
    }

    /// @notice Planted: the nonce beside a used one cannot be used.
    function check_planted_a_used_nonce_spoils_its_neighbour(IPartyRegistry.Standing memory by) public {
        ICustodyLedger.Move memory move = _anyMove(15);
        vm.assume(_nonces(move.signer, move.nonce >> 8) >> ((move.nonce ^ 1) & 255) & 1 == 1);
        bool done = _judge(MOVE, abi.encode(move), by);
        assert(!done);
    }
}

contract CouncilRefuted is CouncilProofs {
    function _claim(bool) internal pure override {
        assert(false);
    }

    /// @notice Planted: nobody at all changes a role.
    function check_planted_not_even_the_council_sets_roles(bytes32 party, uint8 roles) public {
        vm.prank(MEMBER);
        (bool done,) = address(parties).call(abi.encodeCall(parties.setRoles, (party, roles)));
        assert(!done);
    }
}

contract WordRefuted is WordProofs {
    function _claim(bool) internal pure override {
        assert(false);
    }
}
