// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IRegistry} from "./IRegistry.sol";

/// @title Who may act: the organisations known to the ledger, their roles and their signing addresses
/// @notice A party is an organisation, never a natural person. Its id is keccak256 of its URI (docs/spec/event.md,
/// section 1). Only the council changes anything; every change advances the registry's head (section 5).
interface IPartyRegistry is IRegistry {
    /// @param number given at admission, from 1 upwards; 0 means "not registered"
    /// @param status 1 active, 2 suspended
    /// @param roles bits: 1 producer, 2 processor, 4 packer, 8 carrier, 16 retailer, 32 inspector
    struct Party {
        uint32 number;
        uint8 status;
        uint8 roles;
    }

    /// @param party number of the party the address speaks for, for ever; 0 means "no party"
    /// @param from first second (block time) at which the address may sign
    /// @param to first second at which it may no longer; 2^64-1 means open-ended
    /// @param custody who holds the key: 1 gateway, 2 external, 3 hardware
    struct Signer {
        uint32 party;
        uint64 from;
        uint64 to;
        uint8 custody;
    }

    /// @notice An address, the party it speaks for, and whether it may.
    /// @param party id of the party
    /// @param number of the party; 0 means "belongs to nobody"
    /// @param from first second (block time) at which the address may sign
    /// @param to first second at which it may no longer
    /// @param status of the party
    /// @param roles of the party
    struct Standing {
        bytes32 party;
        uint32 number;
        uint64 from;
        uint64 to;
        uint8 status;
        uint8 roles;
    }

    /// @notice A party's own change of one of its signing addresses, as it is signed (EIP-712).
    /// @param rotation how many rotations the party had before
    struct SignerChange {
        bytes32 party;
        address signer;
        uint64 from;
        uint64 to;
        uint8 custody;
        uint64 rotation;
    }

    /// @notice Change 1.
    event PartyAdmitted(bytes32 id, uint32 number, string uri, uint8 roles, string profile);
    /// @notice Change 2.
    event PartyStatusSet(bytes32 id, uint8 status);
    /// @notice Change 3.
    event PartyRolesSet(bytes32 id, uint8 roles);
    /// @notice Change 4.
    event PartyProfileSet(bytes32 id, string profile);
    /// @notice Change 5.
    event SignerSet(bytes32 id, address signer, uint64 from, uint64 to, uint8 custody);

    error UnknownRoles(uint8 roles);
    error InspectorApart(uint8 roles);
    error UnknownStatus(uint8 status);
    error SignerTaken(address signer);
    error ZeroSigner();
    error EmptyInterval(uint64 from, uint64 to);
    error UnknownCustody(uint8 custody);
    error IntervalInPast(uint64 to, uint64 blockTime);

    // Who speaks
    error BadSignature(address claimed, address recovered);
    error UnknownSigner(address signer);
    error SignerNotValid(address signer, uint64 from, uint64 to, uint64 blockTime);
    error NotYourParty(bytes32 party);
    error PartySuspended(bytes32 party);
    error RotationOutOfTurn(uint64 given, uint64 expected);

    /// @notice Admits a party, active from now on.
    /// @param uri canonical URI of 1 to 256 bytes; its hash becomes the party's id
    /// @param roles without the inspector's, which `setInspector` alone grants
    /// @param profile public statement about the party, canonical JSON of at most 8,192 bytes
    function admit(string calldata uri, uint8 roles, string calldata profile) external returns (uint32 number);

    /// @notice Suspends a party (2) or lets it act again (1).
    function setStatus(bytes32 id, uint8 status) external;

    /// @notice Sets all roles but the inspector's, which stays as it is. The log names the roles as they then are.
    function setRoles(bytes32 id, uint8 roles) external;

    /// @notice Grants or takes the inspector's role, and leaves the log of change 3 with all roles as they then are.
    function setInspector(bytes32 id, bool inspector) external;

    /// @notice Gives an address to a party, or moves the end of its interval.
    /// @dev `from` may lie in the past only when the address is first set. Afterwards neither its party nor `from` can
    /// change, `to` cannot be moved before the present, and an interval that has ended stays ended: no accepted event
    /// loses its signer, and no event that was given up can rise again.
    function setSigner(bytes32 id, address signer, uint64 from, uint64 to, uint8 custody) external;

    /// @notice As `setSigner`, by the party itself: a signer of it that is valid now signed `change` (EIP-712, this
    /// contract's domain; `r` and `vs` by EIP-2098). Anyone may relay. A suspended party may only shorten an interval.
    function rotate(SignerChange calldata change, bytes32 r, bytes32 vs) external;

    /// @notice How many rotations the party had: the number that its next one must name.
    function rotationsOf(bytes32 id) external view returns (uint64);

    /// @notice The EIP-712 domain separator of rotations, under the chain's present id.
    function domainSeparator() external view returns (bytes32);

    /// @notice Number, status and roles of a party; all zero if it is not registered.
    function partyOf(bytes32 id) external view returns (Party memory);

    /// @notice The interval and party of an address; all zero if it belongs to nobody.
    function signerOf(address signer) external view returns (Signer memory);

    /// @notice All that the ledger asks about an address. All zero if it belongs to nobody.
    function standingOf(address signer) external view returns (Standing memory);
}
