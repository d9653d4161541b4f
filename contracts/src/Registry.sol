// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IRegistry} from "./interfaces/IRegistry.sol";
import {Heads} from "./ledger/Heads.sol";

/// @title What both registries have: a council, numbers, profiles and a head over their changes
abstract contract Registry is IRegistry, AccessManaged {
    uint256 internal constant URI_LIMIT = 256;
    uint256 internal constant PROFILE_LIMIT = 8192;

    bytes32 public immutable ledgerId;
    bytes32 public head;
    uint32 public count;
    mapping(uint32 number => bytes32 id) public idOf;
    mapping(bytes32 id => bytes32 digest) public profileDigest;

    constructor(address authority_, bytes32 ledgerId_, bytes32 seed) AccessManaged(authority_) {
        ledgerId = ledgerId_;
        head = seed;
    }

    /// @dev `arguments` is `abi.encode` of the change's log arguments.
    function _advance(uint8 change, bytes memory arguments) internal {
        head = Heads.next(head, change, Heads.RECORDED, keccak256(arguments));
    }

    /// @dev The next number, for an id that has none yet.
    function _enter(bytes32 id) internal returns (uint32 number) {
        number = ++count;
        idOf[number] = id;
    }

    function _keep(bytes32 id, string calldata profile) internal {
        uint256 length = bytes(profile).length;
        if (length > PROFILE_LIMIT) revert ProfileTooLong(length, PROFILE_LIMIT);
        profileDigest[id] = keccak256(bytes(profile));
    }

    function _checkUri(string calldata uri) internal pure {
        uint256 length = bytes(uri).length;
        if (length == 0 || length > URI_LIMIT) revert UriLength(length);
    }
}
