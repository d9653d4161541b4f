// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICustodyLedger} from "../src/interfaces/ICustodyLedger.sol";
import {World} from "./World.sol";

/// @notice Where proofs look (docs/spec/ledger.md, Storage): frozen, because a bundle of today must be checked in years.
/// @dev Every slot is computed here from its number and read raw.
contract StorageTest is World {
    address private home;
    bytes32 private batch;
    bytes32 private shipment;

    function setUp() public override {
        super.setUp();
        home = address(ledger);
        batch = _harvest();
        shipment = _accept(_ship(FARM_KEY, batch, plant, 600));
        _accept(_receive(PLANT_KEY, batch, shipment, 250));
        _accept(_moveOf(FARM_KEY, 15, batch, 42));
        ICustodyLedger.Note memory note = _observe(FARM_KEY, batch);
        note.kind = 23;
        _accept(note);
    }

    function test_ledger_identity_head_and_counts() public {
        assertEq(vm.load(home, bytes32(uint256(0))), LEDGER_ID);
        assertEq(vm.load(home, bytes32(uint256(1))), ledger.ledgerHead());
        assertEq(uint256(vm.load(home, bytes32(uint256(2)))), ledger.count(), "count in the low 64 bits");
        assertEq(ledger.count(), 5);
        assertEq(vm.load(home, bytes32(uint256(3))), bytes32(0));

        vm.store(home, bytes32(uint256(2)), bytes32(uint256(77) << 64 | 5));
        vm.store(home, bytes32(uint256(3)), keccak256("head"));
        assertEq(ledger.predecessorCount(), 77, "predecessor's count above it");
        assertEq(ledger.predecessorHead(), keccak256("head"));
    }

    function test_head_of_a_batch() public view {
        assertEq(vm.load(home, _at(batch, 4)), ledger.headOf(batch));
        assertTrue(ledger.headOf(batch) != bytes32(0));
    }

    /// @dev product 32 · origin 32 · openUntil 64 · itemCount 32 · marks 8, from the lowest bit.
    function test_state_of_a_batch() public {
        uint256 marks = 2 | 4 | 16 | 32;
        assertEq(uint256(vm.load(home, _at(batch, 5))), 1 | 1 << 32 | marks << 160);
        _accept(_commission(FARM_KEY, crab, "OPEN", 1));
        bytes32 open = _batchOf(crab, farm, "OPEN");
        assertEq(uint256(vm.load(home, _at(open, 5))), 1 | 1 << 32 | uint256(NOW + 1 days) << 64 | 2 << 160);
    }

    function test_item_count_of_a_batch() public {
        bytes32 packed = _batchOf(jar, plant, "JARS");
        vm.store(home, _at(packed, 5), bytes32(uint256(5 | 2 << 32) | uint256(1_234) << 128));
        assertEq(abi.encode(ledger.batches(packed)), abi.encode(ICustodyLedger.Batch(5, 2, 0, 1_234, 0)));
    }

    /// @dev quantity 96 · sold 96 · everHeld 8.
    function test_holdings() public view {
        assertEq(uint256(vm.load(home, _at2(batch, 1, 6))), (1_000_000 - 642) | uint256(42) << 96 | 1 << 192);
        assertEq(uint256(vm.load(home, _at2(batch, 2, 6))), 250 | 1 << 192);
        assertEq(uint256(vm.load(home, _at2(batch, 3, 6))), 0);
    }

    /// @dev open 96 · from 32 · to 32.
    function test_shipments() public view {
        bytes32 key = keccak256(abi.encodePacked(shipment, batch));
        assertEq(uint256(vm.load(home, _at(key, 7))), 350 | uint256(1) << 96 | uint256(2) << 128);
    }

    function test_nonces() public {
        bytes32 signer = bytes32(uint256(uint160(vm.addr(FARM_KEY))));
        assertEq(uint256(vm.load(home, _at2(signer, 0, 8))), 15, "four in a row");
        ICustodyLedger.Note memory note = _observe(FARM_KEY, batch);
        note.nonce = uint96(9) << 32 | 256 * 3 + 7;
        _accept(note);
        assertEq(uint256(vm.load(home, _at2(signer, note.nonce >> 8, 8))), 1 << 7);
    }

    function test_registries_head_count_numbers_and_profiles() public {
        address[2] memory registries = [address(partyRegistry), address(productRegistry)];
        bytes32[2] memory third = [shop, roe];
        bytes32[2] memory heads = [partyRegistry.head(), productRegistry.head()];
        uint32[2] memory counts = [partyRegistry.count(), productRegistry.count()];
        partyRegistry.setProfile(shop, '{"name":"Shop"}');
        productRegistry.setProfile(roe, '{"name":"Roe"}');
        heads = [partyRegistry.head(), productRegistry.head()];
        for (uint256 i = 0; i < 2; ++i) {
            assertEq(vm.load(registries[i], bytes32(uint256(1))), heads[i]);
            assertEq(uint256(vm.load(registries[i], bytes32(uint256(2)))), counts[i]);
            assertEq(vm.load(registries[i], _at(bytes32(uint256(3)), 3)), third[i]);
        }
        assertEq(vm.load(registries[0], _at(shop, 4)), keccak256('{"name":"Shop"}'));
        assertEq(vm.load(registries[1], _at(roe, 4)), keccak256('{"name":"Roe"}'));
    }

    /// @dev Party: number 32 · status 8 · roles 8. Signer: party 32 · from 64 · to 64 · custody 8. Rotations: 64.
    function test_parties_signers_and_rotations() public {
        address registry = address(partyRegistry);
        partyRegistry.setStatus(plant, 2);
        assertEq(uint256(vm.load(registry, _at(plant, 5))), 2 | 2 << 32 | 6 << 40);
        address signer = address(0xC0FFEE);
        partyRegistry.setSigner(farm, signer, 7, NOW + 9, 3);
        uint256 word = 1 | uint256(7) << 32 | uint256(NOW + 9) << 96 | 3 << 160;
        assertEq(uint256(vm.load(registry, _at(bytes32(uint256(uint160(signer))), 6))), word);
        vm.store(registry, _at(farm, 7), bytes32(uint256(5)));
        assertEq(partyRegistry.rotationsOf(farm), 5);
    }

    /// @dev Product: number 32 · unit 8 · stage 16 · brandOwner 32 · open 8.
    function test_products_makers_and_yields() public {
        address registry = address(productRegistry);
        assertEq(uint256(vm.load(registry, _at(crab, 5))), 1 | 1 << 32 | 1 << 40 | 1 << 56 | 1 << 88);
        assertEq(uint256(vm.load(registry, _at(jar, 5))), 5 | 3 << 32 | 3 << 40 | 2 << 56);
        productRegistry.setMaker(salted, shop, true);
        assertEq(uint256(vm.load(registry, _at2(bytes32(uint256(2)), 3, 6))), 1);
        assertEq(uint256(vm.load(registry, _at2(bytes32(uint256(1)), 2, 7))), 1_150_000);
    }

    /// @dev The value of a mapping in this slot under this key.
    function _at(bytes32 key, uint256 slot) private pure returns (bytes32) {
        return keccak256(abi.encode(key, slot));
    }

    function _at2(bytes32 key, uint256 inner, uint256 slot) private pure returns (bytes32) {
        return keccak256(abi.encode(inner, _at(key, slot)));
    }
}
