// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {MakeBody, OutputBody} from "./Fields.sol";
import {BatchWord} from "./Slots.sol";
import {State} from "./State.sol";

/// @title No quantity out of nothing (docs/spec/law.md, Yields)
abstract contract Yields is State {
    uint256 private constant PER_MILLION = 1_000_000;

    /// @dev An output that passed: its batch, that batch as it will be written, number and unit of its product.
    struct Made {
        bytes32 batch;
        BatchWord state;
        uint32 number;
        uint8 unit;
    }

    /// @dev Each output within its own yield; several together within the most that any of them could be.
    /// @param used numbers of the inputs' products
    function _requireYields(MakeBody make, uint32[] memory used, Made[] memory made) internal view {
        if (made.length > 1) _requireOneUnit(used, made);
        for (uint256 i = 0; i < made.length; ++i) {
            _requireYield(make, used, i, made[i].number);
        }
        if (made.length > 1) _requireSum(make, used, made);
    }

    /// @dev The `i`th output, whose product has this number, within its yield.
    function _requireYield(MakeBody make, uint32[] memory used, uint256 i, uint32 number) internal view {
        OutputBody output = make.output(i);
        uint256 sum = 0;
        for (uint256 j = 0; j < used.length; ++j) {
            (, uint96 quantity) = make.input(j);
            uint64 perMillion = products.yieldFrom(used[j], number);
            if (perMillion == 0) revert ConversionNotDeclared(products.idOf(used[j]), output.product());
            unchecked {
                sum += uint256(quantity) * perMillion; // at most 16 of 160 bits
            }
        }
        // One division after the sum: nothing is lost to rounding input by input.
        uint256 limit = sum / PER_MILLION;
        if (output.quantity() > limit) revert AboveYield(output.product(), output.quantity(), limit);
    }

    function _requireOneUnit(uint32[] memory used, Made[] memory made) private view {
        uint8 unit = made[0].unit;
        for (uint256 i = 1; i < made.length; ++i) {
            if (made[i].unit != unit) revert MixedUnits();
        }
        for (uint256 i = 0; i < used.length; ++i) {
            if (products.unitOf(used[i]) != unit) revert MixedUnits();
        }
    }

    function _requireSum(MakeBody make, uint32[] memory used, Made[] memory made) private view {
        uint256 wanted = 0;
        for (uint256 i = 0; i < made.length; ++i) {
            wanted += make.output(i).quantity();
        }
        uint256 sum = 0;
        for (uint256 j = 0; j < used.length; ++j) {
            uint256 largest = PER_MILLION;
            for (uint256 i = 0; i < made.length; ++i) {
                uint256 perMillion = products.yieldFrom(used[j], made[i].number);
                if (perMillion > largest) largest = perMillion;
            }
            (, uint96 quantity) = make.input(j);
            sum += quantity * largest;
        }
        uint256 limit = sum / PER_MILLION;
        if (wanted > limit) revert AboveInputs(wanted, limit);
    }
}
