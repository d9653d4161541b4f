// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Test} from "forge-std/Test.sol";
import {console} from "forge-std/console.sol";
import {Ghost} from "./campaign/Ghost.sol";
import {Season} from "./campaign/Season.t.sol";

/// @notice Seasons of random acts by six parties, a council and strangers, with everything that must always be true
/// looked at after every act (see Season). The everyday campaign is `[invariant]` of foundry.toml; a million calls are
/// `./scripts/campaign invariants`.
contract InvariantsTest is Test {
    /// @dev A handler is judged once it was called this often over all runs.
    uint256 private constant ENOUGH = 200;

    Season private season;

    function setUp() public {
        season = new Season();
        season.setUp();
        targetContract(address(season));
        bytes4[] memory acts = new bytes4[](30);
        acts[0] = season.commission.selector;
        acts[1] = season.transform.selector;
        acts[2] = season.transformToTwo.selector;
        acts[3] = season.sortOut.selector;
        acts[4] = season.pack.selector;
        acts[5] = season.ship.selector;
        acts[6] = season.bringBack.selector;
        acts[7] = season.receiveGoods.selector;
        acts[8] = season.reject.selector;
        acts[9] = season.withdraw.selector;
        acts[10] = season.loseOnTheWay.selector;
        acts[11] = season.sell.selector;
        acts[12] = season.takeBack.selector;
        acts[13] = season.dispose.selector;
        acts[14] = season.adjustDown.selector;
        acts[15] = season.adjustUp.selector;
        acts[16] = season.inspectorsAdjustUp.selector;
        acts[17] = season.observe.selector;
        acts[18] = season.correct.selector;
        acts[19] = season.observePlace.selector;
        acts[20] = season.recall.selector;
        acts[21] = season.lift.selector;
        acts[22] = season.voidNonce.selector;
        acts[23] = season.sendAgain.selector;
        acts[24] = season.forge.selector;
        acts[25] = season.suspendOrReinstate.selector;
        acts[26] = season.rotate.selector;
        acts[27] = season.meddle.selector;
        acts[29] = season.elapse.selector;
        acts[28] = season.signLate.selector;
        targetSelector(FuzzSelector(address(season), acts));
    }

    function invariant_all_that_must_always_be_true() public {
        season.check(false);
    }

    /// @dev State is thrown away between runs, so totals are carried in this process's environment.
    function afterInvariant() public {
        season.check(true);
        console.log("handler                calls  done  skipped (all runs so far)");
        for (uint256 i = 0; i < season.handlerCount(); ++i) {
            (string memory name, Ghost.Count memory count) = season.countOf(i);
            uint256 calls = _total(name, "CALLS", count.calls);
            uint256 done = _total(name, "DONE", count.done);
            uint256 skips = _total(name, "SKIPS", count.skips);
            console.log(string.concat(name, ": ", vm.toString(calls)), done, skips);
            if (calls >= ENOUGH) assertGe(done * 10, calls, string.concat(name, " succeeds in less than a tenth"));
        }
    }

    function _total(string memory handler, string memory what, uint256 more) private returns (uint256 total) {
        string memory name = string.concat("NGUON_CAMPAIGN_", handler, "_", what);
        total = vm.envOr(name, uint256(0)) + more;
        vm.setEnv(name, vm.toString(total));
    }
}
