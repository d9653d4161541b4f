// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {MakeBody, OutputBody, Speaker} from "./Fields.sol";
import {Heads} from "./Heads.sol";
import {BatchSlot, BatchWord, BatchWords} from "./Slots.sol";
import {State} from "./State.sol";
import {Yields} from "./Yields.sol";

/// @title Commission, Transform, Pack (docs/spec/law.md, Make)
abstract contract Making is State, Yields {
    uint8 private constant PROVENANCE_LIMIT = 2;
    uint8 private constant PIECES = 3;
    uint256 private constant INPUT_LIMIT = 16;
    uint256 private constant OUTPUT_LIMIT = 4;
    uint256 private constant LOT_LIMIT = 64;
    uint64 private constant OPEN_LIMIT = 7 days;
    uint256 private constant ITEM_LIMIT = 2 ** 20;

    function _make(bytes32 id, Speaker by, MakeBody make) internal {
        uint8 kind = make.kind();
        if (kind == COMMISSION) _commission(id, by, make);
        else if (kind == TRANSFORM) _transform(id, by, make);
        else _pack(id, by, make);
    }

    function _commission(bytes32 id, Speaker by, MakeBody make) private {
        if (make.inputCount() != 0) revert UnusedFieldSet("inputs");
        _requireNoItems(make);
        uint8 provenance = make.provenance();
        if (provenance > PROVENANCE_LIMIT) revert UnknownProvenance(provenance);
        if (provenance == 0) _requireRole(by, PRODUCER);
        _requireOutputs(make, 1);
        (bytes32 batch, BatchWord state,,) = _output(by, make, 0);
        _write(id, by, make, 0, batch, state);
    }

    function _transform(bytes32 id, Speaker by, MakeBody make) private {
        if (make.provenance() != 0) revert UnusedFieldSet("provenance");
        _requireNoItems(make);
        _requireRole(by, PRODUCER | PROCESSOR | PACKER);
        _requireInputs(make);
        _requireOutputs(make, OUTPUT_LIMIT);
        uint32[] memory used = _inputs(id, by, make);
        Made[] memory made = new Made[](make.outputCount());
        for (uint256 i = 0; i < made.length; ++i) {
            (made[i].batch, made[i].state, made[i].number, made[i].unit) = _output(by, make, i);
        }
        _requireYields(make, used, made);
        for (uint256 i = 0; i < made.length; ++i) {
            _write(id, by, make, i, made[i].batch, made[i].state);
        }
    }

    function _pack(bytes32 id, Speaker by, MakeBody make) private {
        if (make.provenance() != 0) revert UnusedFieldSet("provenance");
        _requireRole(by, PACKER);
        _requireInputs(make);
        _requireOutputs(make, 1);
        uint32[] memory used = _inputs(id, by, make);
        (bytes32 batch, BatchWord state, uint32 number, uint8 unit) = _output(by, make, 0);
        state = _withItems(make, state, unit);
        _requireYield(make, used, 0, number);
        _write(id, by, make, 0, batch, state);
    }

    function _requireNoItems(MakeBody make) private pure {
        if (make.itemsRoot() != bytes32(0)) revert UnusedFieldSet("itemsRoot");
        if (make.firstIndex() != 0) revert UnusedFieldSet("firstIndex");
    }

    function _requireInputs(MakeBody make) private pure {
        uint256 length = make.inputCount();
        if (length == 0 || length > INPUT_LIMIT) revert InputCount(length, INPUT_LIMIT);
    }

    function _requireOutputs(MakeBody make, uint256 limit) private pure {
        uint256 length = make.outputCount();
        if (length == 0 || length > limit) revert OutputCount(length, limit);
    }

    /// @dev Items are counted with and without serials; the batch's count grows by the pieces packed.
    function _withItems(MakeBody make, BatchWord state, uint8 unit) private pure returns (BatchWord) {
        OutputBody output = make.output(0);
        if (unit != PIECES) revert NotPieces(output.product());
        (uint32 given, uint32 before) = (make.firstIndex(), state.itemCount());
        if (given != before) revert FirstIndexWrong(given, before);
        uint256 items;
        unchecked {
            items = uint256(before) + output.quantity();
        }
        if (items > ITEM_LIMIT) revert TooManyItems(items, ITEM_LIMIT);
        // Bounded by the line above.
        // forge-lint: disable-next-line(unsafe-typecast)
        return state.withItems(uint32(items));
    }

    /// @dev Checks the inputs and takes them out of the acting party's holdings.
    /// @return used number of each one's product
    function _inputs(bytes32 id, Speaker by, MakeBody make) private returns (uint32[] memory used) {
        used = new uint32[](make.inputCount());
        bytes32 last = bytes32(0);
        for (uint256 i = 0; i < used.length; ++i) {
            (bytes32 batch, uint96 quantity) = make.input(i);
            if (i > 0 && batch <= last) revert InputsNotAscending();
            last = batch;
            if (quantity == 0) revert QuantityZero();
            (BatchSlot storage slot, BatchWord state) = _knownBatch(batch);
            _requireNotRecalled(batch, state);
            _take(batch, by.number(), by.party(), quantity);
            _markMoved(slot, state);
            _advanceBatch(batch, make.kind(), Heads.INPUT, id);
            used[i] = state.product();
        }
    }

    /// @dev Checks an output and writes nothing: yields are judged before any goods come to be.
    /// @return batch id of its batch
    /// @return state of that batch as it will be
    /// @return number of its product
    /// @return unit of its product
    function _output(Speaker by, MakeBody make, uint256 i)
        private
        view
        returns (bytes32 batch, BatchWord state, uint32 number, uint8 unit)
    {
        OutputBody output = make.output(i);
        bytes32 product = output.product();
        if (output.quantity() == 0) revert QuantityZero();
        for (uint256 j = 0; j < i; ++j) {
            if (make.output(j).product() == product) revert OutputsRepeatProduct(product);
        }
        uint256 length = output.lotLength();
        if (length == 0 || length > LOT_LIMIT) revert LotLength(length);
        (number, unit) = _product(by, make, product);
        batch = output.batch(by.party());
        _requireNoInput(make, batch);
        state = _stateOf(by, make, output, batch, number);
    }

    /// @dev The product must be known, and the party one of its makers; not asked of outside stock.
    function _product(Speaker by, MakeBody make, bytes32 product) private view returns (uint32 number, uint8 unit) {
        bool allowed;
        (number, unit, allowed) = products.mayMake(product, by.number());
        if (number == 0) revert UnknownProduct(product);
        if (!allowed && make.provenance() == 0) revert NotMaker(product, by.party());
    }

    function _requireNoInput(MakeBody make, bytes32 batch) private pure {
        uint256 length = make.inputCount();
        for (uint256 i = 0; i < length; ++i) {
            (bytes32 input,) = make.input(i);
            if (input == batch) revert OutputIsInput(batch);
        }
    }

    /// @dev The batch that an output creates or adds to, as it will be.
    function _stateOf(Speaker by, MakeBody make, OutputBody output, bytes32 batch, uint32 product)
        private
        view
        returns (BatchWord state)
    {
        bool outside = make.provenance() != 0;
        state = _batches[batch].word;
        if (state.product() == 0) {
            (uint64 openUntil, uint64 latest) = (output.openUntil(), uint64(block.timestamp) + OPEN_LIMIT);
            if (openUntil > latest) revert OpenTooLong(openUntil, latest);
            state = BatchWords.create(
                product, by.number(), openUntil, outside ? COMMISSION_ONLY | OUTSIDE : COMMISSION_ONLY
            );
        } else {
            if (outside || state.has(OUTSIDE)) revert OutsideStockNotNew(batch);
            if (!state.isOpen()) revert BatchClosed(batch, state.openUntil());
        }
        if (make.kind() != COMMISSION) state = state.unmarked(COMMISSION_ONLY);
    }

    /// @dev An output comes to be in the acting party's holding.
    function _write(bytes32 id, Speaker by, MakeBody make, uint256 i, bytes32 batch, BatchWord state) private {
        _batches[batch].word = state;
        _give(batch, by.number(), make.output(i).quantity());
        _advanceBatch(batch, make.kind(), Heads.MADE, id);
    }
}
