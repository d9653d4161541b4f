// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICustodyLedger} from "../src/interfaces/ICustodyLedger.sol";
import {IPartyRegistry} from "../src/interfaces/IPartyRegistry.sol";
import {IProductRegistry} from "../src/interfaces/IProductRegistry.sol";

interface Vm {
    function assume(bool) external;
    function prank(address) external;
    function warp(uint256) external;
    function load(address, bytes32) external view returns (bytes32);
    function store(address, bytes32, bytes32) external;
    function getCode(string memory path) external view returns (bytes memory);
}

interface Svm {
    function createUint(uint256 bits, string memory name) external returns (uint256);
    function createBytes32(string memory name) external returns (bytes32);
    function createAddress(string memory name) external returns (address);
    function createCalldata(string memory name) external returns (bytes memory);
    function enableSymbolicStorage(address) external;
}

interface ILedger is ICustodyLedger {
    function recordNext(
        IPartyRegistry.Standing calldata standing,
        uint8 shape,
        bytes calldata body,
        bytes32 r,
        bytes32 vs
    ) external returns (bytes32 id, uint8 kind);
}

/// @title What all proofs start from: the deployed code in any state at all, at any time, and any signature
/// @dev Every word that the contracts keep is a symbol, so a proof holds in each state, reachable or not. So is what
/// `ecrecover` gives: the paths on which a signature is good are all walked, whoever made it.
abstract contract Proofs {
    uint8 internal constant MAKE = 1;
    uint8 internal constant MOVE = 2;
    uint8 internal constant NOTE = 3;

    // Places in the ledger's storage (docs/spec/ledger.md, section 3): four words, then the mappings.
    uint256 internal constant HEADS = 4;
    uint256 internal constant BATCHES = 5;
    uint256 internal constant HOLDINGS = 6;
    uint256 internal constant SHIPMENTS = 7;
    uint256 internal constant NONCES = 8;

    address internal constant COUNCIL = address(0xC0C1);
    bytes32 internal constant LEDGER_ID = keccak256("a ledger for proofs");
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    Svm internal constant svm = Svm(address(uint160(uint256(keccak256("svm cheat code")))));

    IPartyRegistry internal parties;
    IProductRegistry internal products;
    ILedger internal ledger;

    function setUp() public virtual {
        parties = IPartyRegistry(_deploy("PartyRegistry", abi.encode(COUNCIL, LEDGER_ID)));
        products = IProductRegistry(_deploy("ProductRegistry", abi.encode(COUNCIL, LEDGER_ID, parties)));
        ledger = ILedger(_deploy("CustodyLedger", abi.encode(LEDGER_ID, parties, products, 0, bytes32(0))));
        for (uint256 slot = 0; slot < HEADS; ++slot) {
            vm.store(address(ledger), bytes32(slot), svm.createBytes32("kept"));
        }
        svm.enableSymbolicStorage(address(ledger));
        svm.enableSymbolicStorage(address(parties));
        svm.enableSymbolicStorage(address(products));
        vm.warp(svm.createUint(64, "now"));
    }

    /// @dev Code as this profile builds it; the campaign compares it with the committed build first.
    function _deploy(string memory name, bytes memory arguments) internal returns (address created) {
        bytes memory code = vm.getCode(string.concat("out/symbolic/", name, ".sol/", name, ".json"));
        code = bytes.concat(code, arguments);
        assembly ("memory-safe") {
            created := create(0, add(code, 32), mload(code))
        }
        require(created != address(0), "deployed");
    }

    /// @dev The claim of a property. Refuted.sol puts `false` in its place to see that it is reached.
    function _claim(bool holds) internal virtual {
        assert(holds);
    }

    /// @dev The ledger judges one event of a signer with this standing, as `record` makes it do.
    function _judge(uint8 shape, bytes memory body, IPartyRegistry.Standing memory by) internal returns (bool done) {
        bytes memory call =
            abi.encodeCall(ledger.recordNext, (by, shape, body, svm.createBytes32("r"), svm.createBytes32("vs")));
        vm.prank(address(ledger));
        (done,) = address(ledger).call(call);
    }

    // Any event: all fields in full width, but content of 2 bytes, and no more elements than asked for

    function _anyMove(uint8 kind) internal returns (ICustodyLedger.Move memory) {
        return ICustodyLedger.Move({
            signer: svm.createAddress("signer"),
            nonce: _quantity("nonce"),
            occurredAt: uint64(svm.createUint(64, "occurredAt")),
            kind: kind,
            batch: svm.createBytes32("batch"),
            holder: svm.createBytes32("holder"),
            to: svm.createBytes32("to"),
            quantity: _quantity("quantity"),
            target: svm.createBytes32("target"),
            content: "{}"
        });
    }

    /// @dev Lots are A, B, …
    function _anyMake(uint8 kind, uint256 inputs, uint256 outputs) internal returns (ICustodyLedger.Make memory make) {
        make.signer = svm.createAddress("signer");
        make.nonce = _quantity("nonce");
        make.occurredAt = uint64(svm.createUint(64, "occurredAt"));
        make.kind = kind;
        make.inputs = new ICustodyLedger.Input[](inputs);
        for (uint256 i = 0; i < inputs; ++i) {
            make.inputs[i] = ICustodyLedger.Input(svm.createBytes32("input"), _quantity("used"));
        }
        make.outputs = new ICustodyLedger.Output[](outputs);
        for (uint256 i = 0; i < outputs; ++i) {
            make.outputs[i] = ICustodyLedger.Output(
                svm.createBytes32("product"),
                string(abi.encodePacked(bytes1(uint8(0x41 + i)))),
                _quantity("made"),
                uint64(svm.createUint(64, "openUntil"))
            );
        }
        make.content = "{}";
    }

    function _anyNote(uint8 kind) internal returns (ICustodyLedger.Note memory note) {
        note.signer = svm.createAddress("signer");
        note.nonce = _quantity("nonce");
        note.occurredAt = uint64(svm.createUint(64, "occurredAt"));
        note.kind = kind;
        note.batches = new bytes32[](kind == 25 ? 0 : 1);
        if (kind != 25) note.batches[0] = svm.createBytes32("noted");
        note.owner = svm.createBytes32("owner");
        note.target = svm.createBytes32("target");
        note.content = "{}";
    }

    function _quantity(string memory name) internal returns (uint96) {
        return uint96(svm.createUint(96, name));
    }

    // What the ledger keeps

    function _word(uint256 place) internal view returns (uint256) {
        return uint256(vm.load(address(ledger), bytes32(place)));
    }

    function _at(bytes32 key, uint256 mapping_) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(key, mapping_)));
    }

    function _held(bytes32 batch, uint32 party) internal view returns (uint256 quantity, uint256 sold) {
        uint256 word = _word(_at(bytes32(uint256(party)), _at(batch, HOLDINGS)));
        return (uint96(word), uint96(word >> 96));
    }

    function _shipment(bytes32 id, bytes32 batch) internal view returns (uint256 open, uint32 from, uint32 to) {
        uint256 word = _word(_at(keccak256(abi.encode(id, batch)), SHIPMENTS));
        return (uint96(word), uint32(word >> 96), uint32(word >> 128));
    }

    /// @dev Both, without a path for each: `&&` would branch.
    function _and(bool a, bool b) internal pure returns (bool both) {
        assembly ("memory-safe") {
            both := and(a, b)
        }
    }

    function _or(bool a, bool b) internal pure returns (bool either) {
        assembly ("memory-safe") {
            either := or(a, b)
        }
    }

    function _and(bool a, bool b, bool c) internal pure returns (bool) {
        return _and(a, _and(b, c));
    }

    function _and(bool a, bool b, bool c, bool d) internal pure returns (bool) {
        return _and(_and(a, b), _and(c, d));
    }
}
