// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {State} from "./State.sol";

/// @title No quantity out of nothing (docs/spec/law.md, Yields)
abstract contract Yields is State {
    uint256 private constant PER_MILLION = 1_000_000;

    /// @dev An input that passed: number of its product, base units.
    struct Used {
        uint32 product;
        uint96 quantity;
    }

    /// @dev An output that passed, with its batch as it will be written.
    struct Made {
        bytes32 batch;
        bytes32 product;
        uint32 number; // of the product
        uint8 unit;
        uint96 quantity;
        Batch state;
    }

    /// @dev Each output within its own yield; several together within the most that any of them could be.
    function _requireYields(Used[] memory used, Made[] memory made) internal view {
        if (made.length > 1) _requireOneUnit(used, made);
        uint256[] memory largest = new uint256[](used.length);
        uint256 wanted = 0;
        for (uint256 i = 0; i < made.length; ++i) {
            uint256 sum = 0;
            for (uint256 j = 0; j < used.length; ++j) {
                uint256 perMillion = products.yieldOf(used[j].product, made[i].number);
                if (perMillion == 0) revert ConversionNotDeclared(products.idOf(used[j].product), made[i].product);
                if (perMillion > largest[j]) largest[j] = perMillion;
                sum += used[j].quantity * perMillion;
            }
            // One division after the sum: nothing is lost to rounding input by input.
            uint256 limit = sum / PER_MILLION;
            if (made[i].quantity > limit) revert AboveYield(made[i].product, made[i].quantity, limit);
            wanted += made[i].quantity;
        }
        if (made.length > 1) _requireSum(used, largest, wanted);
    }

    function _requireOneUnit(Used[] memory used, Made[] memory made) private view {
        uint8 unit = made[0].unit;
        for (uint256 i = 1; i < made.length; ++i) {
            if (made[i].unit != unit) revert MixedUnits();
        }
        for (uint256 i = 0; i < used.length; ++i) {
            if (products.unitOf(used[i].product) != unit) revert MixedUnits();
        }
    }

    function _requireSum(Used[] memory used, uint256[] memory largest, uint256 wanted) private pure {
        uint256 sum = 0;
        for (uint256 i = 0; i < used.length; ++i) {
            sum += used[i].quantity * (largest[i] > PER_MILLION ? largest[i] : PER_MILLION);
        }
        uint256 limit = sum / PER_MILLION;
        if (wanted > limit) revert AboveInputs(wanted, limit);
    }
}
