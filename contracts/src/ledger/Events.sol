// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Body} from "./Body.sol";
import {Domain} from "./Domain.sol";
import {EventBody} from "./Fields.sol";
import {State} from "./State.sol";

/// @title Event ids and signatures (docs/spec/event.md, section 3)
abstract contract Events is State, Domain {
    uint8 internal constant MAKE = 1;
    uint8 internal constant MOVE = 2;
    uint8 internal constant NOTE = 3;

    function domainSeparator() external view returns (bytes32) {
        return _domainSeparator();
    }

    function eventId(uint8 shape, bytes calldata body) external view returns (bytes32 id) {
        (, id,) = _read(shape, body);
    }

    /// @return event_ its fields
    /// @return id its signing digest
    /// @return contentLength bytes of its content
    function _read(uint8 shape, bytes calldata body)
        internal
        view
        returns (EventBody event_, bytes32 id, uint256 contentLength)
    {
        bytes32 hash;
        if (shape == MAKE) (event_, hash, contentLength) = Body.readMake(body);
        else if (shape == MOVE) (event_, hash, contentLength) = Body.readMove(body);
        else if (shape == NOTE) (event_, hash, contentLength) = Body.readNote(body);
        else revert UnknownShape(shape);
        id = _digest(hash);
    }

    /// @dev Law 4: kinds are numbered from 1, 11 and 21 (docs/spec/event.md, section 2).
    function _knows(uint8 shape, uint8 kind) internal pure returns (bool) {
        if (shape == MAKE) return kind >= COMMISSION && kind <= PACK;
        if (shape == MOVE) return kind >= SHIP && kind <= ADJUST_DOWN;
        return kind >= OBSERVE && kind <= VOID;
    }

    /// @dev Law 8: what a suspended party may still do. Of a Ship its own rule says when.
    function _suspendedMay(uint8 kind) internal pure returns (bool) {
        return (kind >= SHIP && kind <= WITHDRAW) || kind == DISPOSE || kind == VOID || kind == RECALL;
    }

    /// @dev `BadSignature` unless `claimed` signed `id`. A high `s` and what cannot be recovered count as address zero.
    function _requireSignature(bytes32 id, address claimed, bytes32 r, bytes32 vs) internal pure {
        (address recovered,,) = ECDSA.tryRecover(id, r, vs);
        if (recovered == address(0) || recovered != claimed) revert BadSignature(claimed, recovered);
    }
}
