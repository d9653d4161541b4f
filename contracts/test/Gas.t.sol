// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICustodyLedger} from "../src/interfaces/ICustodyLedger.sol";
import {World} from "./World.sol";

/// @notice Gas per event of the committed build, within the project's budgets: submissions of 100 distinct batches, 300 B
/// of content, one signer, nonces in a row on a lane as random as a device's, slots warm as a season has them.
/// @dev Each top-level call is a transaction of its own (isolate), so that slots are cold as on a chain.
/// forge-config: default.isolate = true
/// forge-config: lite.isolate = true
/// forge-config: default.evm_version = "cancun"
/// forge-config: lite.evm_version = "cancun"
contract GasTest is World {
    uint256 private constant N = 100;

    bytes32[] private raw;

    function setUp() public override {
        super.setUp();
        _nonces[vm.addr(FARM_KEY)] = uint96(0x8f3ad97c51e2b6c4) << 32;
        _nonces[vm.addr(PLANT_KEY)] = uint96(0xd14c6be93a8752f1) << 32;
        bytes32[] memory shipments = new bytes32[](N);
        for (uint256 i = 0; i < N; ++i) {
            bytes32 batch = _batchOf(crab, farm, _lot("R", i));
            raw.push(batch);
            _record(_sign(_commission(FARM_KEY, crab, _lot("R", i), 1_000_000)));
            ICustodyLedger.SignedEvent memory signed = _sign(_ship(FARM_KEY, batch, plant, 500_000));
            shipments[i] = _idOf(signed);
            _record(signed);
            _record(_sign(_receive(PLANT_KEY, batch, shipments[i], 250_000)));
        }
    }

    function _deploy() internal override {
        _deployCommitted();
    }

    function test_observe() public {
        ICustodyLedger.SignedEvent[] memory events = new ICustodyLedger.SignedEvent[](N);
        for (uint256 i = 0; i < N; ++i) {
            ICustodyLedger.Note memory note = _observe(FARM_KEY, raw[i]);
            note.content = _content();
            events[i] = _sign(note);
        }
        _measure("observe", events, 37_000);
    }

    function test_ship_and_receive() public {
        ICustodyLedger.SignedEvent[] memory shipped = new ICustodyLedger.SignedEvent[](N);
        ICustodyLedger.SignedEvent[] memory received = new ICustodyLedger.SignedEvent[](N);
        for (uint256 i = 0; i < N; ++i) {
            ICustodyLedger.Move memory move = _ship(FARM_KEY, raw[i], plant, 1_000);
            move.content = _content();
            shipped[i] = _sign(move);
            move = _receive(PLANT_KEY, raw[i], _idOf(shipped[i]), 400);
            move.content = _content();
            received[i] = _sign(move);
        }
        _measure("ship", shipped, 68_000);
        _measure("receive", received, 41_500);
    }

    function test_commission() public {
        ICustodyLedger.SignedEvent[] memory events = new ICustodyLedger.SignedEvent[](N);
        for (uint256 i = 0; i < N; ++i) {
            ICustodyLedger.Make memory make = _commission(FARM_KEY, crab, _lot("C", i), 1_000);
            make.content = _content();
            events[i] = _sign(make);
        }
        _measure("commission", events, 99_000);
    }

    function test_transform_and_pack() public {
        ICustodyLedger.SignedEvent[] memory first = new ICustodyLedger.SignedEvent[](N);
        ICustodyLedger.SignedEvent[] memory again = new ICustodyLedger.SignedEvent[](N);
        ICustodyLedger.SignedEvent[] memory packed = new ICustodyLedger.SignedEvent[](N);
        for (uint256 i = 0; i < N; ++i) {
            first[i] = _sign(_transform(i));
            again[i] = _sign(_transform(i));
            ICustodyLedger.Make memory make = _makeOf(PLANT_KEY, 3);
            make.inputs = _inputs(_batchOf(salted, plant, _lot("S", i)), 800);
            make.outputs = _outputs(jar, _lot("J", i), 4);
            make.itemsRoot = keccak256(abi.encode(i));
            make.content = _content();
            packed[i] = _sign(make);
        }
        ledger.record(first);
        _measure("transform", again, 80_000);
        _measure("pack", packed, 121_000);
    }

    function _transform(uint256 i) private returns (ICustodyLedger.Make memory make) {
        make = _makeOf(PLANT_KEY, 2);
        make.inputs = _inputs(raw[i], 1_000);
        make.outputs = _outputs(salted, _lot("S", i), 1_000);
        make.content = _content();
    }

    function _measure(string memory kind, ICustodyLedger.SignedEvent[] memory events, uint256 limit) private {
        uint64 before = ledger.count();
        ledger.record(events);
        uint256 gas = uint256(vm.lastCallGas().gasTotalUsed) / N;
        assertEq(ledger.count(), before + N, "all are recorded");
        emit log_named_uint(kind, gas);
        assertGt(gas, 20_000, "a transaction of its own");
        assertLe(gas, limit, kind);
    }

    function _content() private pure returns (string memory) {
        bytes memory text = new bytes(300);
        for (uint256 i = 0; i < 300; ++i) {
            text[i] = "x";
        }
        return string(text);
    }

    function _lot(string memory letter, uint256 i) private pure returns (string memory) {
        return string.concat(letter, "-2026-", vm.toString(1000 + i));
    }
}
