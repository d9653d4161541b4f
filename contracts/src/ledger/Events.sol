// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {State} from "./State.sol";

/// @title An event in bytes (docs/spec/event.md, sections 2 and 3): EIP-712 hashes, the domain and signatures
abstract contract Events is State {
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)");
    bytes32 private constant INPUT_TYPEHASH = keccak256("Input(bytes32 batch,uint96 quantity)");
    bytes32 private constant OUTPUT_TYPEHASH =
        keccak256("Output(bytes32 product,string lot,uint96 quantity,uint64 openUntil)");
    bytes32 private constant MAKE_TYPEHASH = keccak256(
        "Make(address signer,uint96 nonce,uint64 occurredAt,uint8 kind,uint8 provenance,Input[] inputs,Output[] outputs,bytes32 itemsRoot,uint32 firstIndex,string content)Input(bytes32 batch,uint96 quantity)Output(bytes32 product,string lot,uint96 quantity,uint64 openUntil)"
    );
    bytes32 private constant MOVE_TYPEHASH = keccak256(
        "Move(address signer,uint96 nonce,uint64 occurredAt,uint8 kind,bytes32 batch,bytes32 holder,bytes32 to,uint96 quantity,bytes32 target,string content)"
    );
    bytes32 private constant NOTE_TYPEHASH = keccak256(
        "Note(address signer,uint96 nonce,uint64 occurredAt,uint8 kind,bytes32[] batches,bytes32 owner,string place,bytes32 target,string content)"
    );

    uint8 internal constant MAKE = 1;
    uint8 internal constant MOVE = 2;
    uint8 internal constant NOTE = 3;

    bytes32 private immutable _separator;
    uint256 private immutable _separatorChainId;

    constructor() {
        _separator = _separatorNow();
        _separatorChainId = block.chainid;
    }

    /// @dev Rebuilt when the chain's id has changed since deployment, so that no signature is good on both sides of a fork.
    function domainSeparator() public view returns (bytes32) {
        return block.chainid == _separatorChainId ? _separator : _separatorNow();
    }

    function eventId(uint8 shape, bytes calldata body) external view returns (bytes32) {
        if (shape == MAKE) return _idOf(abi.decode(body, (Make)));
        if (shape == MOVE) return _idOf(abi.decode(body, (Move)));
        if (shape == NOTE) return _idOf(abi.decode(body, (Note)));
        revert UnknownShape(shape);
    }

    function _idOf(Make memory make) internal view returns (bytes32) {
        bytes32 hash = keccak256(
            abi.encode(
                MAKE_TYPEHASH,
                make.signer,
                make.nonce,
                make.occurredAt,
                make.kind,
                make.provenance,
                _hash(make.inputs),
                _hash(make.outputs),
                make.itemsRoot,
                make.firstIndex,
                keccak256(bytes(make.content))
            )
        );
        return _digest(hash);
    }

    function _idOf(Move memory move) internal view returns (bytes32) {
        bytes32 hash = keccak256(
            abi.encode(
                MOVE_TYPEHASH,
                move.signer,
                move.nonce,
                move.occurredAt,
                move.kind,
                move.batch,
                move.holder,
                move.to,
                move.quantity,
                move.target,
                keccak256(bytes(move.content))
            )
        );
        return _digest(hash);
    }

    function _idOf(Note memory note) internal view returns (bytes32) {
        bytes32 hash = keccak256(
            abi.encode(
                NOTE_TYPEHASH,
                note.signer,
                note.nonce,
                note.occurredAt,
                note.kind,
                keccak256(abi.encodePacked(note.batches)),
                note.owner,
                keccak256(bytes(note.place)),
                note.target,
                keccak256(bytes(note.content))
            )
        );
        return _digest(hash);
    }

    /// @dev `BadSignature` unless `claimed` signed `id`. A high `s` and what cannot be recovered count as address zero.
    function _requireSignature(bytes32 id, address claimed, bytes32 r, bytes32 vs) internal pure {
        (address recovered,,) = ECDSA.tryRecover(id, r, vs);
        if (recovered == address(0) || recovered != claimed) revert BadSignature(claimed, recovered);
    }

    function _digest(bytes32 hash) private view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domainSeparator(), hash));
    }

    function _hash(Input[] memory inputs) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](inputs.length);
        for (uint256 i = 0; i < inputs.length; ++i) {
            hashes[i] = keccak256(abi.encode(INPUT_TYPEHASH, inputs[i].batch, inputs[i].quantity));
        }
        return keccak256(abi.encodePacked(hashes));
    }

    function _hash(Output[] memory outputs) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](outputs.length);
        for (uint256 i = 0; i < outputs.length; ++i) {
            Output memory output = outputs[i];
            hashes[i] = keccak256(
                abi.encode(
                    OUTPUT_TYPEHASH, output.product, keccak256(bytes(output.lot)), output.quantity, output.openUntil
                )
            );
        }
        return keccak256(abi.encodePacked(hashes));
    }

    function _separatorNow() private view returns (bytes32) {
        return keccak256(
            abi.encode(DOMAIN_TYPEHASH, keccak256("Nguon"), keccak256("1"), block.chainid, address(this), ledgerId)
        );
    }
}
