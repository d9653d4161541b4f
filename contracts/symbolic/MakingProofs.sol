// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICustodyLedger} from "../src/interfaces/ICustodyLedger.sol";
import {IPartyRegistry} from "../src/interfaces/IPartyRegistry.sol";
import {Proofs} from "./Proofs.sol";

/// @title No quantity out of nothing
/// @dev Yields are any numbers of 64 bits. Products are open to every maker and inputs have a head: neither bears on
/// quantities, and each would double the paths. The most that may come out is the whole part of input × yield / 10⁶.
contract MakingProofs is Proofs {
    uint256 internal constant PER_MILLION = 1_000_000;
    uint256 private constant PRODUCTS = 5;

    /// @notice A Transform of one input makes no more than the input times the declared yield, and exactly the input leaves its holding.
    function check_transform_stays_within_the_yield(IPartyRegistry.Standing memory by) public {
        ICustodyLedger.Make memory make = _goods(2, 1, 1);
        (uint256 held,) = _held(make.inputs[0].batch, by.number);
        uint256 limit = _share(make, 0, 0) / PER_MILLION;
        if (!_judge(MAKE, abi.encode(make), by)) return;
        (uint256 heldAfter,) = _held(make.inputs[0].batch, by.number);
        unchecked {
            _claim(_and(make.outputs[0].quantity <= limit, heldAfter + make.inputs[0].quantity == held));
        }
    }

    /// @notice A Pack makes no more pieces than the yield allows, and counts exactly as many items as pieces.
    function check_pack_stays_within_the_yield(IPartyRegistry.Standing memory by) public {
        ICustodyLedger.Make memory make = _goods(3, 1, 1);
        make.itemsRoot = svm.createBytes32("itemsRoot");
        make.firstIndex = uint32(svm.createUint(32, "firstIndex"));
        uint256 limit = _share(make, 0, 0) / PER_MILLION;
        uint256 place = _at(_made(make, by), BATCHES);
        if (!_judge(MAKE, abi.encode(make), by)) return;
        unchecked {
            bool counted = uint32(_word(place) >> 128) == uint256(make.firstIndex) + make.outputs[0].quantity;
            _claim(_and(make.outputs[0].quantity <= limit, counted));
        }
    }

    /// @notice A Commission adds exactly its quantity to its maker's holding.
    function check_commission_adds_what_it_says(IPartyRegistry.Standing memory by) public {
        ICustodyLedger.Make memory make = _goods(1, 0, 1);
        make.provenance = uint8(svm.createUint(8, "provenance"));
        bytes32 batch = _made(make, by);
        (uint256 held, uint256 sold) = _held(batch, by.number);
        if (!_judge(MAKE, abi.encode(make), by)) return;
        (uint256 heldAfter, uint256 soldAfter) = _held(batch, by.number);
        unchecked {
            _claim(_and(heldAfter == held + make.outputs[0].quantity, soldAfter == sold));
        }
    }

    /// @dev Any Make of so many inputs and outputs.
    function _goods(uint8 kind, uint256 inputs, uint256 outputs) internal returns (ICustodyLedger.Make memory make) {
        make = _anyMake(kind, inputs, outputs);
        for (uint256 i = 0; i < inputs; ++i) {
            vm.store(address(ledger), bytes32(_at(make.inputs[i].batch, HEADS)), bytes32(uint256(1)));
        }
        for (uint256 i = 0; i < outputs; ++i) {
            uint256 numberAndUnit = svm.createUint(40, "product");
            vm.store(
                address(products), bytes32(_at(make.outputs[i].product, PRODUCTS)), bytes32(numberAndUnit | 1 << 88)
            );
        }
    }

    /// @dev The input's quantity times its yield, in millionths of the output's unit: at most 160 bits.
    function _share(ICustodyLedger.Make memory make, uint256 input, uint256 output) internal view returns (uint256) {
        uint32 from = uint32(_word(_at(make.inputs[input].batch, BATCHES)));
        uint64 perMillion = products.yieldFrom(from, products.productOf(make.outputs[output].product).number);
        unchecked {
            return perMillion * uint256(make.inputs[input].quantity);
        }
    }

    function _made(ICustodyLedger.Make memory make, IPartyRegistry.Standing memory by) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(make.outputs[0].product, by.party, make.outputs[0].lot));
    }
}
