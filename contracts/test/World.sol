// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {Test} from "forge-std/Test.sol";
import {Vm} from "forge-std/Vm.sol";
import {CustodyLedger} from "../src/CustodyLedger.sol";
import {PartyRegistry} from "../src/PartyRegistry.sol";
import {ProductRegistry} from "../src/ProductRegistry.sol";
import {ICustodyLedger} from "../src/interfaces/ICustodyLedger.sol";

/// @notice A small world: a farm, a plant, a shop and an inspecting lab; raw crab, salted crab, roe, jars and brine.
/// This contract is the council.
abstract contract World is Test {
    uint64 internal constant NOW = 1_800_000_000;
    uint64 internal constant FOREVER = type(uint64).max;
    bytes32 internal constant LEDGER_ID = keccak256("a ledger for tests");

    uint256 internal constant FARM_KEY = 0xF1;
    uint256 internal constant PLANT_KEY = 0xF2;
    uint256 internal constant SHOP_KEY = 0xF3;
    uint256 internal constant LAB_KEY = 0xF4;

    bytes32 internal farm;
    bytes32 internal plant;
    bytes32 internal shop;
    bytes32 internal lab;

    bytes32 internal crab; // g, open to any producer
    bytes32 internal salted; // g, up to 115 % of crab
    bytes32 internal roe; // g, up to 20 % of crab
    bytes32 internal jar; // pieces, five from 1,000 g of salted crab
    bytes32 internal brine; // ml, half of crab

    AccessManager internal council;
    PartyRegistry internal partyRegistry;
    ProductRegistry internal productRegistry;
    CustodyLedger internal ledger;

    mapping(address signer => uint96) internal _nonces;
    bytes32[] private _watchedBatches;
    bytes32[] private _watchedShipments;

    function setUp() public virtual {
        vm.warp(NOW);
        council = new AccessManager(address(this));
        _deploy();

        farm = _admit("urn:nguon:party:farm", 1, FARM_KEY);
        plant = _admit("urn:nguon:party:plant", 2 | 4, PLANT_KEY);
        shop = _admit("urn:nguon:party:shop", 16, SHOP_KEY);
        lab = _admit("urn:nguon:party:lab", 32, LAB_KEY);

        crab = _register("urn:nguon:product:crab", 1, 1, farm, true);
        salted = _register("urn:nguon:product:salted", 1, 2, plant, false);
        roe = _register("urn:nguon:product:roe", 1, 2, plant, false);
        brine = _register("urn:nguon:product:brine", 2, 2, plant, false);
        jar = _register("urn:nguon:product:jar", 3, 3, plant, false);
        productRegistry.setYield(crab, salted, 1_150_000);
        productRegistry.setYield(crab, roe, 200_000);
        productRegistry.setYield(crab, brine, 500_000);
        productRegistry.setYield(salted, jar, 5_000);
    }

    function _deploy() internal virtual {
        partyRegistry = new PartyRegistry(address(council), LEDGER_ID);
        productRegistry = new ProductRegistry(address(council), LEDGER_ID, partyRegistry);
        ledger = _newLedger();
    }

    /// @dev From its compiled file and not by `new`, so that campaigns/mutation can put another one in its place.
    function _newLedger() internal returns (CustodyLedger) {
        return CustodyLedger(
            deployCode("CustodyLedger.sol", abi.encode(LEDGER_ID, partyRegistry, productRegistry, 0, bytes32(0)))
        );
    }

    /// @dev The build that is deployed (contracts/abi); the everyday build of tests is not optimized.
    function _deployCommitted() internal {
        partyRegistry = PartyRegistry(_create("PartyRegistry", abi.encode(council, LEDGER_ID)));
        productRegistry = ProductRegistry(_create("ProductRegistry", abi.encode(council, LEDGER_ID, partyRegistry)));
        ledger = CustodyLedger(
            _create("CustodyLedger", abi.encode(LEDGER_ID, partyRegistry, productRegistry, 0, bytes32(0)))
        );
    }

    function _create(string memory name, bytes memory arguments) private returns (address created) {
        string memory file = vm.readFile(string.concat("contracts/abi/", name, ".json"));
        bytes memory code = bytes.concat(vm.parseJsonBytes(file, ".bytecode"), arguments);
        assembly ("memory-safe") {
            created := create(0, add(code, 0x20), mload(code))
        }
        assertTrue(created != address(0), "deployed");
    }

    function _admit(string memory uri, uint8 roles, uint256 key) internal returns (bytes32 id) {
        partyRegistry.admit(uri, roles & ~uint8(32), "{}");
        id = keccak256(bytes(uri));
        if (roles & 32 != 0) partyRegistry.setInspector(id, true);
        partyRegistry.setSigner(id, vm.addr(key), 0, FOREVER, 1);
    }

    function _register(string memory uri, uint8 unit, uint16 stage, bytes32 owner, bool open)
        internal
        returns (bytes32 id)
    {
        productRegistry.register(uri, unit, stage, owner, open, "{}");
        return keccak256(bytes(uri));
    }

    // What events say

    function _makeOf(uint256 key, uint8 kind) internal returns (ICustodyLedger.Make memory make) {
        make.signer = vm.addr(key);
        make.nonce = _nonces[make.signer]++;
        make.occurredAt = uint64(block.timestamp) - 60;
        make.kind = kind;
        make.content = '{"bizStep":"commissioning"}';
    }

    function _moveOf(uint256 key, uint8 kind, bytes32 batch, uint96 quantity)
        internal
        returns (ICustodyLedger.Move memory move)
    {
        move.signer = vm.addr(key);
        move.nonce = _nonces[move.signer]++;
        move.occurredAt = uint64(block.timestamp) - 60;
        move.kind = kind;
        move.batch = batch;
        move.quantity = quantity;
        move.content = "{}";
    }

    function _noteOf(uint256 key, uint8 kind) internal returns (ICustodyLedger.Note memory note) {
        note.signer = vm.addr(key);
        note.nonce = _nonces[note.signer]++;
        note.occurredAt = uint64(block.timestamp) - 60;
        note.kind = kind;
        note.content = "{}";
    }

    function _outputs(bytes32 product, string memory lot, uint96 quantity)
        internal
        view
        returns (ICustodyLedger.Output[] memory outputs)
    {
        outputs = new ICustodyLedger.Output[](1);
        outputs[0] = ICustodyLedger.Output(product, lot, quantity, uint64(block.timestamp) + 1 days);
    }

    function _inputs(bytes32 batch, uint96 quantity) internal pure returns (ICustodyLedger.Input[] memory inputs) {
        inputs = new ICustodyLedger.Input[](1);
        inputs[0] = ICustodyLedger.Input(batch, quantity);
    }

    function _commission(uint256 key, bytes32 product, string memory lot, uint96 quantity)
        internal
        returns (ICustodyLedger.Make memory make)
    {
        make = _makeOf(key, 1);
        make.outputs = _outputs(product, lot, quantity);
    }

    function _ship(uint256 key, bytes32 batch, bytes32 to, uint96 quantity)
        internal
        returns (ICustodyLedger.Move memory move)
    {
        move = _moveOf(key, 11, batch, quantity);
        move.to = to;
    }

    function _receive(uint256 key, bytes32 batch, bytes32 shipment, uint96 quantity)
        internal
        returns (ICustodyLedger.Move memory move)
    {
        move = _moveOf(key, 12, batch, quantity);
        move.target = shipment;
    }

    function _observe(uint256 key, bytes32 batch) internal returns (ICustodyLedger.Note memory note) {
        note = _noteOf(key, 21);
        note.batches = new bytes32[](1);
        note.batches[0] = batch;
    }

    // Signing: the key is the one of the world whose address is the event's signer

    function _sign(ICustodyLedger.Make memory make) internal view returns (ICustodyLedger.SignedEvent memory) {
        return _sign(1, abi.encode(make), _keyOf(make.signer));
    }

    function _sign(ICustodyLedger.Move memory move) internal view returns (ICustodyLedger.SignedEvent memory) {
        return _sign(2, abi.encode(move), _keyOf(move.signer));
    }

    function _sign(ICustodyLedger.Note memory note) internal view returns (ICustodyLedger.SignedEvent memory) {
        return _sign(3, abi.encode(note), _keyOf(note.signer));
    }

    function _sign(uint8 shape, bytes memory body, uint256 key)
        internal
        view
        returns (ICustodyLedger.SignedEvent memory)
    {
        (bytes32 r, bytes32 vs) = vm.signCompact(key, ledger.eventId(shape, body));
        return ICustodyLedger.SignedEvent(shape, body, r, vs);
    }

    function _keyOf(address signer) private pure returns (uint256 key) {
        for (key = FARM_KEY; key <= LAB_KEY; ++key) {
            if (vm.addr(key) == signer) return key;
        }
        revert("not a key of this world");
    }

    function _idOf(ICustodyLedger.SignedEvent memory signed) internal view returns (bytes32) {
        return ledger.eventId(signed.shape, signed.body);
    }

    function _batchOf(bytes32 product, bytes32 origin, string memory lot) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(product, origin, lot));
    }

    // Recording

    function _record(ICustodyLedger.SignedEvent memory signed) internal {
        ICustodyLedger.SignedEvent[] memory events = new ICustodyLedger.SignedEvent[](1);
        events[0] = signed;
        ledger.record(events);
    }

    /// @dev Records one event and asserts that it was: one more, its id in the one log, the ledger's head moved on.
    function _accept(ICustodyLedger.SignedEvent memory signed) internal returns (bytes32 id) {
        id = _idOf(signed);
        uint64 before = ledger.count();
        vm.recordLogs();
        _record(signed);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] == ICustodyLedger.Skipped.selector) {
                (,, bytes memory why) = abi.decode(logs[i].data, (uint256, bytes32, bytes));
                assertEq(why, "", "refused");
            }
        }
        assertEq(logs.length, 1, "one log per event");
        assertEq(logs[0].topics[1], id, "the log names the event");
        assertEq(ledger.count(), before + 1, "one more event");
    }

    function _accept(ICustodyLedger.Make memory make) internal returns (bytes32) {
        for (uint256 i = 0; i < make.outputs.length; ++i) {
            bytes32 origin = partyRegistry.idOf(partyRegistry.signerOf(make.signer).party);
            _watchedBatches.push(_batchOf(make.outputs[i].product, origin, make.outputs[i].lot));
        }
        return _accept(_sign(make));
    }

    function _accept(ICustodyLedger.Move memory move) internal returns (bytes32 id) {
        id = _accept(_sign(move));
        if (move.kind == 11) _watchedShipments.push(id);
    }

    function _accept(ICustodyLedger.Note memory note) internal returns (bytes32) {
        return _accept(_sign(note));
    }

    /// @dev Records one event and asserts that it was skipped with exactly this error and left nothing behind.
    function _refuse(ICustodyLedger.SignedEvent memory signed, bytes memory error) internal {
        _refuse(signed, _idOf(signed), error);
    }

    function _refuse(ICustodyLedger.SignedEvent memory signed, bytes32 id, bytes memory error) internal {
        bytes32 before = _picture();
        vm.recordLogs();
        _record(signed);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 1, "one log");
        assertEq(logs[0].topics[0], ICustodyLedger.Skipped.selector, "the log is Skipped");
        assertEq(logs[0].data, abi.encode(uint256(0), id, error), "index, id, error");
        assertEq(_picture(), before, "heads, batches, holdings, shipments as before");
    }

    function _refuse(ICustodyLedger.Make memory make, bytes memory error) internal {
        _refuseUnburned(_sign(make), make.signer, make.nonce, error);
    }

    function _refuse(ICustodyLedger.Move memory move, bytes memory error) internal {
        _refuseUnburned(_sign(move), move.signer, move.nonce, error);
    }

    function _refuse(ICustodyLedger.Note memory note, bytes memory error) internal {
        _refuseUnburned(_sign(note), note.signer, note.nonce, error);
    }

    function _refuseUnburned(ICustodyLedger.SignedEvent memory signed, address signer, uint96 nonce, bytes memory error)
        private
    {
        bool before = ledger.nonceUsed(signer, nonce);
        _refuse(signed, error);
        assertEq(ledger.nonceUsed(signer, nonce), before, "the nonce is as before");
    }

    /// @dev A digest of all that this world's events can have changed, but nonces.
    function _picture() internal view returns (bytes32 digest) {
        digest = keccak256(abi.encode(ledger.ledgerHead(), ledger.count()));
        bytes32[4] memory everyone = [farm, plant, shop, lab];
        for (uint256 i = 0; i < _watchedBatches.length; ++i) {
            bytes32 batch = _watchedBatches[i];
            digest = keccak256(abi.encode(digest, ledger.batches(batch), ledger.headOf(batch)));
            for (uint256 j = 0; j < 4; ++j) {
                digest = keccak256(abi.encode(digest, ledger.holdingOf(batch, everyone[j])));
            }
            for (uint256 j = 0; j < _watchedShipments.length; ++j) {
                digest = keccak256(abi.encode(digest, ledger.shipmentOf(_watchedShipments[j], batch)));
            }
        }
    }

    // Goods to start from

    /// @dev 1,000 kg of crab at the farm.
    function _harvest() internal returns (bytes32 batch) {
        _accept(_commission(FARM_KEY, crab, "HARVEST", 1_000_000));
        return _batchOf(crab, farm, "HARVEST");
    }

    /// @dev 1,000 kg of the farm's crab at the plant.
    function _delivered() internal returns (bytes32 batch) {
        batch = _harvest();
        bytes32 shipment = _accept(_ship(FARM_KEY, batch, plant, 1_000_000));
        _accept(_receive(PLANT_KEY, batch, shipment, 1_000_000));
    }

    /// @dev 1,000 kg of salted crab at the plant.
    function _salted() internal returns (bytes32 batch) {
        bytes32 raw = _delivered();
        ICustodyLedger.Make memory make = _makeOf(PLANT_KEY, 2);
        make.inputs = _inputs(raw, 900_000);
        make.outputs = _outputs(salted, "SALTED", 1_000_000);
        _accept(make);
        return _batchOf(salted, plant, "SALTED");
    }

    function _assertHeld(bytes32 batch, bytes32 party, uint96 quantity) internal view {
        assertEq(ledger.holdingOf(batch, party).quantity, quantity, "held");
    }
}
