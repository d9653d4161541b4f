// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICustodyLedger} from "../src/interfaces/ICustodyLedger.sol";
import {World} from "./World.sol";

/// @notice A Pack is held to the same bounds as every other Make from goods.
contract PackingTest is World {
    function test_InputCount_of_a_Pack() public {
        ICustodyLedger.Make memory make = _makeOf(PLANT_KEY, 3);
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.InputCount.selector, 0, 16));
        make.inputs = new ICustodyLedger.Input[](17);
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.InputCount.selector, 17, 16));
    }

    function test_OutputCount_of_a_Pack() public {
        ICustodyLedger.Make memory make = _makeOf(PLANT_KEY, 3);
        make.inputs = _inputs(_salted(), 1);
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.OutputCount.selector, 0, 1));
        make.outputs = new ICustodyLedger.Output[](2);
        _refuse(make, abi.encodeWithSelector(ICustodyLedger.OutputCount.selector, 2, 1));
    }
}
