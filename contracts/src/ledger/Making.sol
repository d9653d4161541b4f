// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ActingInput, ActingMake, ActingOutput} from "./Body.sol";
import {Heads} from "./Heads.sol";
import {State} from "./State.sol";
import {Yields} from "./Yields.sol";

/// @title Commission, Transform, Pack (docs/spec/law.md, Make)
abstract contract Making is State, Yields {
    uint8 private constant COMMISSION = 1;
    uint8 private constant TRANSFORM = 2;
    uint8 private constant PACK = 3;

    uint8 private constant PROVENANCE_LIMIT = 2;
    uint8 private constant PIECES = 3;
    uint256 private constant INPUT_LIMIT = 16;
    uint256 private constant OUTPUT_LIMIT = 4;
    uint256 private constant LOT_LIMIT = 64;
    uint64 private constant OPEN_LIMIT = 7 days;
    uint256 private constant ITEM_LIMIT = 2 ** 20;

    function _knowsMake(uint8 kind) internal pure returns (bool) {
        return kind == COMMISSION || kind == TRANSFORM || kind == PACK;
    }

    function _make(Act memory act, ActingMake memory make) internal {
        if (make.kind == COMMISSION) _commission(act, make);
        else if (make.kind == TRANSFORM) _transform(act, make);
        else _pack(act, make);
    }

    function _commission(Act memory act, ActingMake memory make) private {
        if (make.inputs.length != 0) revert UnusedFieldSet("inputs");
        if (make.itemsRoot != bytes32(0)) revert UnusedFieldSet("itemsRoot");
        if (make.firstIndex != 0) revert UnusedFieldSet("firstIndex");
        if (make.provenance > PROVENANCE_LIMIT) revert UnknownProvenance(make.provenance);
        if (make.provenance == 0) _requireRole(act, PRODUCER);
        _requireOutputs(make, 1);
        _write(act, make, _outputs(act, make));
    }

    function _transform(Act memory act, ActingMake memory make) private {
        if (make.provenance != 0) revert UnusedFieldSet("provenance");
        if (make.itemsRoot != bytes32(0)) revert UnusedFieldSet("itemsRoot");
        if (make.firstIndex != 0) revert UnusedFieldSet("firstIndex");
        _requireRole(act, PRODUCER | PROCESSOR | PACKER);
        _requireInputs(make);
        _requireOutputs(make, OUTPUT_LIMIT);
        Used[] memory used = _inputs(act, make);
        Made[] memory made = _outputs(act, make);
        _requireYields(used, made);
        _write(act, make, made);
    }

    function _pack(Act memory act, ActingMake memory make) private {
        if (make.provenance != 0) revert UnusedFieldSet("provenance");
        _requireRole(act, PACKER);
        _requireInputs(make);
        _requireOutputs(make, 1);
        Used[] memory used = _inputs(act, make);
        Made[] memory made = _outputs(act, make);
        _requireItems(make, made[0]);
        _requireYields(used, made);
        _write(act, make, made);
    }

    function _requireInputs(ActingMake memory make) private pure {
        uint256 length = make.inputs.length;
        if (length == 0 || length > INPUT_LIMIT) revert InputCount(length, INPUT_LIMIT);
    }

    function _requireOutputs(ActingMake memory make, uint256 limit) private pure {
        uint256 length = make.outputs.length;
        if (length == 0 || length > limit) revert OutputCount(length, limit);
    }

    /// @dev Items are counted with and without serials; the batch's count grows by the pieces packed.
    function _requireItems(ActingMake memory make, Made memory packed) private pure {
        if (packed.unit != PIECES) revert NotPieces(packed.product);
        uint32 before = packed.state.itemCount;
        if (make.firstIndex != before) revert FirstIndexWrong(make.firstIndex, before);
        uint256 items = uint256(before) + packed.quantity;
        if (items > ITEM_LIMIT) revert TooManyItems(items, ITEM_LIMIT);
        // Bounded by the line above.
        // forge-lint: disable-next-line(unsafe-typecast)
        packed.state.itemCount = uint32(items);
    }

    /// @dev Checks the inputs and takes them out of the acting party's holdings.
    function _inputs(Act memory act, ActingMake memory make) private returns (Used[] memory used) {
        used = new Used[](make.inputs.length);
        bytes32 last = bytes32(0);
        for (uint256 i = 0; i < used.length; ++i) {
            ActingInput memory input = make.inputs[i];
            bytes32 batch = input.batch;
            if (i > 0 && batch <= last) revert InputsNotAscending();
            last = batch;
            if (input.quantity == 0) revert QuantityZero();
            Batch memory state = _knownBatch(batch);
            _requireNotRecalled(batch, state);
            _take(batch, act.number, act.party, input.quantity, false);
            _markMoved(batch, state);
            _advanceBatch(batch, make.kind, Heads.INPUT, act.id);
            used[i] = Used(state.product, input.quantity);
        }
    }

    /// @dev Checks the outputs and writes nothing: yields are judged before any goods come to be.
    function _outputs(Act memory act, ActingMake memory make) private view returns (Made[] memory made) {
        made = new Made[](make.outputs.length);
        for (uint256 i = 0; i < made.length; ++i) {
            ActingOutput memory output = make.outputs[i];
            if (output.quantity == 0) revert QuantityZero();
            for (uint256 j = 0; j < i; ++j) {
                if (make.outputs[j].product == output.product) revert OutputsRepeatProduct(output.product);
            }
            uint256 length = output.lot.length;
            if (length == 0 || length > LOT_LIMIT) revert LotLength(length);
            made[i] = _output(act, make, output);
        }
    }

    function _output(Act memory act, ActingMake memory make, ActingOutput memory output)
        private
        view
        returns (Made memory)
    {
        bool outside = make.provenance != 0;
        (uint32 number, uint8 unit, bool allowed) = products.makingOf(output.product, act.number);
        if (number == 0) revert UnknownProduct(output.product);
        if (!outside && !allowed) revert NotMaker(output.product, act.party);
        bytes32 batch = keccak256(abi.encodePacked(output.product, act.party, output.lot));
        for (uint256 i = 0; i < make.inputs.length; ++i) {
            if (make.inputs[i].batch == batch) revert OutputIsInput(batch);
        }

        Batch memory state = _batchOf(batch);
        if (state.product == 0) {
            uint64 latest = uint64(block.timestamp) + OPEN_LIMIT;
            if (output.openUntil > latest) revert OpenTooLong(output.openUntil, latest);
            state = Batch(number, act.number, output.openUntil, 0, COMMISSION_ONLY | (outside ? OUTSIDE : 0));
        } else {
            if (outside || state.marks & OUTSIDE != 0) revert OutsideStockNotNew(batch);
            if (!_isOpen(state)) revert BatchClosed(batch, state.openUntil);
        }
        if (make.kind != COMMISSION) state.marks &= ~COMMISSION_ONLY;
        return Made(batch, output.product, number, unit, output.quantity, state);
    }

    /// @dev Outputs come to be in the acting party's holding.
    function _write(Act memory act, ActingMake memory make, Made[] memory made) private {
        for (uint256 i = 0; i < made.length; ++i) {
            Made memory output = made[i];
            _setBatch(output.batch, output.state);
            _give(output.batch, act.number, output.quantity);
            _advanceBatch(output.batch, make.kind, Heads.MADE, act.id);
        }
    }
}
