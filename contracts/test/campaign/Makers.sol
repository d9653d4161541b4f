// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICustodyLedger} from "../../src/interfaces/ICustodyLedger.sol";
import {Ghost} from "./Ghost.sol";

/// @notice Those who make: Commission, Transform, Pack.
abstract contract Makers is Ghost {
    uint256 private lots;

    function commission(uint256 seed) external handler("commission") {
        (uint256 actor, bool outside) = (seed % 2 == 0 ? FARM : COOP, (seed >> 8) % 4 == 0);
        if (outside) actor = (seed >> 16) % ACTORS;
        ICustodyLedger.Make memory make = _makeOf(keys[actor], 1);
        make.provenance = outside ? uint8(1 + (seed >> 24) % 2) : 0;
        make.outputs = _outputs(outside ? salted : crab, _lot(crab, actor, seed), _part(seed, 1e9));
        if (batches.length >= BATCH_LIMIT && outside) make.provenance = 0;
        if (_makes(make, actor)) tally[_made(make, actor, 0)].outside = outside && make.provenance != 0;
    }

    function transform(uint256 seed) external handler("transform") {
        _convert(seed, 2, crab, salted, 1_150_000, 0);
    }

    function transformToTwo(uint256 seed) external handler("transformToTwo") {
        _convert(seed, 2, crab, salted, 900_000, 150_000);
    }

    function sortOut(uint256 seed) external handler("sortOut") {
        _convert(seed, 2, salted, salted, 1_000_000, 0);
    }

    function pack(uint256 seed) external handler("pack") {
        _convert(seed, 3, salted, jar, 5_000, 0);
    }

    bytes32 private wanted;

    function _isWanted(bytes32 batch, uint256 actor) private view returns (bool) {
        bool maker = actor == PLANT || (actor == COOP && wanted != jar && productOf[batch] != jar);
        return maker && !suspended[actor] && tally[batch].flags == 0 && productOf[batch] == wanted;
    }

    /// @dev What is to be made of how much of which batch.
    struct Plan {
        uint8 kind;
        bytes32 from;
        bytes32 to;
        uint256 perMillion;
        uint256 more; // of roe, per million
        bytes32 batch;
        uint256 actor;
        uint96 quantity;
    }

    /// @dev Turns some of a holding into at most `perMillion` of a second product and `more` of roe; boldly, a little more.
    function _convert(uint256 seed, uint8 kind, bytes32 from, bytes32 to, uint256 perMillion, uint256 more) private {
        Plan memory plan = Plan(kind, from, to, perMillion, more, 0, 0, 0);
        if (!_choose(seed, plan)) return _commissionFor(seed, from);
        uint256 limit = plan.quantity * perMillion / 1e6;
        uint96 wished = uint96(_bold(seed) ? limit + 1 : limit);
        if (wished == 0) return;
        if (_makes(_planned(seed, plan, wished), plan.actor) && wished > limit && more == 0) {
            broken.push("outputs never above the inputs' yield");
        }
    }

    function _choose(uint256 seed, Plan memory plan) private returns (bool found) {
        wanted = plan.from;
        (found, plan.batch, plan.actor) = _someHolding(seed, _isWanted);
        if (!found || ((plan.kind == 3 || plan.more != 0) && plan.actor != PLANT)) {
            (found, plan.batch, plan.actor) = _fallback(plan.from);
        }
        plan.quantity = _part(seed, held[plan.batch][plan.actor]);
    }

    function _planned(uint256 seed, Plan memory plan, uint96 wished) private returns (ICustodyLedger.Make memory make) {
        make = _makeOf(keys[plan.actor], plan.kind);
        make.inputs = _inputs(plan.batch, plan.quantity);
        uint96 second = uint96(plan.quantity * plan.more / 1e6);
        make.outputs = new ICustodyLedger.Output[](second == 0 ? 1 : 2);
        make.outputs[0] = _outputs(plan.to, _lot(plan.to, plan.actor, seed), wished)[0];
        if (second != 0) make.outputs[1] = _outputs(roe, _lot(roe, plan.actor, seed), second)[0];
        if (plan.kind == 3) {
            make.firstIndex = uint32(tally[_made(make, plan.actor, 0)].items);
            make.itemsRoot = keccak256(abi.encode(seed));
        }
    }

    /// @dev The plant's own holding of the product.
    function _fallback(bytes32 product) private view returns (bool, bytes32, uint256) {
        if (suspended[PLANT]) return (false, 0, 0);
        for (uint256 i = 0; i < batches.length; ++i) {
            bytes32 batch = batches[i];
            if (productOf[batch] == product && held[batch][PLANT] != 0 && tally[batch].flags == 0) {
                return (true, batch, PLANT);
            }
        }
        return (false, 0, 0);
    }

    /// @dev Where there is nothing to convert, the plant takes some stock from outside in, so that there will be.
    function _commissionFor(uint256 seed, bytes32 product) private {
        ICustodyLedger.Make memory make = _makeOf(keys[PLANT], 1);
        make.provenance = 2;
        make.outputs = _outputs(product, string.concat("X", vm.toString(++lots)), _part(seed, 1e9));
        if (batches.length < BATCH_LIMIT && _makes(make, PLANT)) tally[_made(make, PLANT, 0)].outside = true;
    }

    function _makes(ICustodyLedger.Make memory make, uint256 actor) private returns (bool) {
        for (uint256 i = 0; i < make.inputs.length; ++i) {
            touched.push(make.inputs[i].batch);
        }
        (bool taken, bytes32 id) = _send(1, abi.encode(make), actor, make.kind);
        if (!taken) return false;
        delete touched;
        for (uint256 i = 0; i < make.inputs.length; ++i) {
            (bytes32 batch, uint96 quantity) = (make.inputs[i].batch, make.inputs[i].quantity);
            if (tally[batch].flags != 0) broken.push("nothing recalled is used");
            held[batch][actor] -= quantity;
            tally[batch].consumed += quantity;
            potentialIn += quantity * _potential(productOf[batch]);
            _link("nguon.batch", batch, make.kind, 2, id);
        }
        for (uint256 i = 0; i < make.outputs.length; ++i) {
            _come(make, actor, i, id);
        }
        return true;
    }

    function _come(ICustodyLedger.Make memory make, uint256 actor, uint256 i, bytes32 id) private {
        bytes32 batch = _made(make, actor, i);
        ICustodyLedger.Output memory output = make.outputs[i];
        Tally storage sums = tally[batch];
        if (sums.makes++ == 0) {
            batches.push(batch);
            (productOf[batch], originOf[batch]) = (output.product, actor);
        } else if (sums.outside) {
            broken.push("nothing is added to outside stock");
        }
        if (sums.flags != 0) broken.push("nothing is added to what is recalled");
        sums.made += output.quantity;
        if (make.kind == 3) sums.items += output.quantity;
        _gain(batch, actor, output.quantity);
        if (make.kind != 1) potentialOut += output.quantity * _potential(output.product);
        _link("nguon.batch", batch, make.kind, 1, id);
    }

    /// @dev What a unit weighs so that no declared conversion, alone or of several outputs, gains: see World's yields.
    function _potential(bytes32 product) private view returns (uint256) {
        if (product == crab) return 1_150;
        if (product == jar) return 200_000;
        return 1_000;
    }

    /// @dev A new lot, or one that exists, so that batches are added to and stay few.
    function _lot(bytes32 product, uint256 actor, uint256 seed) private returns (string memory) {
        if (batches.length < BATCH_LIMIT && (seed >> 32) % 3 == 0) ++lots;
        return string.concat(
            vm.toString(uint8(uint256(product))),
            "-",
            vm.toString(actor),
            "-",
            vm.toString(lots == 0 ? 0 : 1 + lots % 3)
        );
    }

    function _made(ICustodyLedger.Make memory make, uint256 actor, uint256 i) private view returns (bytes32) {
        return _batchOf(make.outputs[i].product, ids[actor], make.outputs[i].lot);
    }
}
