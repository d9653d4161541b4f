// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Body} from "./Body.sol";
import {Domain} from "./Domain.sol";
import {State} from "./State.sol";

/// @title Event ids and signatures (docs/spec/event.md, section 3)
abstract contract Events is State, Domain {
    uint8 internal constant MAKE = 1;
    uint8 internal constant MOVE = 2;
    uint8 internal constant NOTE = 3;

    function domainSeparator() external view returns (bytes32) {
        return _domainSeparator();
    }

    function eventId(uint8 shape, bytes calldata body) external view returns (bytes32) {
        bytes32 hash;
        if (shape == MAKE) (, hash) = Body.readMake(body);
        else if (shape == MOVE) (, hash) = Body.readMove(body);
        else if (shape == NOTE) (, hash) = Body.readNote(body);
        else revert UnknownShape(shape);
        return _digest(hash);
    }

    /// @dev `BadSignature` unless `claimed` signed `id`. A high `s` and what cannot be recovered count as address zero.
    function _requireSignature(bytes32 id, address claimed, bytes32 r, bytes32 vs) internal pure {
        (address recovered,,) = ECDSA.tryRecover(id, r, vs);
        if (recovered == address(0) || recovered != claimed) revert BadSignature(claimed, recovered);
    }
}
