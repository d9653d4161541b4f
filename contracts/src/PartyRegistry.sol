// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IPartyRegistry} from "./interfaces/IPartyRegistry.sol";
import {Registry} from "./Registry.sol";

/// @title The parties of a ledger (see IPartyRegistry)
contract PartyRegistry is IPartyRegistry, Registry {
    uint8 private constant ACTIVE = 1;
    uint8 private constant SUSPENDED = 2;
    uint8 private constant ALL_ROLES = 63;
    uint8 private constant CUSTODY_LIMIT = 3;

    mapping(bytes32 id => Party) private _parties;
    mapping(address signer => Signer) private _signers;

    constructor(address authority_, bytes32 ledgerId_) Registry(authority_, ledgerId_, "nguon.parties") {}

    function admit(string calldata uri, uint8 roles, string calldata profile)
        external
        restricted
        returns (uint32 number)
    {
        bytes32 id = keccak256(bytes(uri));
        if (_parties[id].number != 0) revert AlreadyRegistered(id);
        _checkUri(uri);
        _checkRoles(roles);

        number = _enter(id);
        _parties[id] = Party(number, ACTIVE, roles);
        _keep(id, profile);
        _advance(1, abi.encode(id, number, uri, roles, profile));
        emit PartyAdmitted(id, number, uri, roles, profile);
    }

    function setStatus(bytes32 id, uint8 status) external restricted {
        _checkKnown(id);
        if (status != ACTIVE && status != SUSPENDED) revert UnknownStatus(status);

        _parties[id].status = status;
        _advance(2, abi.encode(id, status));
        emit PartyStatusSet(id, status);
    }

    function setRoles(bytes32 id, uint8 roles) external restricted {
        _checkKnown(id);
        _checkRoles(roles);

        _parties[id].roles = roles;
        _advance(3, abi.encode(id, roles));
        emit PartyRolesSet(id, roles);
    }

    function setProfile(bytes32 id, string calldata profile) external restricted {
        _checkKnown(id);
        _keep(id, profile);
        _advance(4, abi.encode(id, profile));
        emit PartyProfileSet(id, profile);
    }

    function setSigner(bytes32 id, address signer, uint64 from, uint64 to, uint8 custody) external restricted {
        _checkKnown(id);
        uint32 party = _parties[id].number;
        Signer memory present = _signers[signer];
        if (present.party != 0 && present.party != party) revert SignerTaken(signer);
        if (signer == address(0)) revert ZeroSigner();
        if (to <= from) revert EmptyInterval(from, to);
        if (custody == 0 || custody > CUSTODY_LIMIT) revert UnknownCustody(custody);
        _checkInterval(present, from, to);

        _signers[signer] = Signer(party, from, to, custody);
        _advance(5, abi.encode(id, signer, from, to, custody));
        emit SignerSet(id, signer, from, to, custody);
    }

    function partyOf(bytes32 id) external view returns (Party memory) {
        return _parties[id];
    }

    function signerOf(address signer) external view returns (Signer memory) {
        return _signers[signer];
    }

    function standingOf(address signer)
        external
        view
        returns (bytes32 party, uint32 number, uint64 from, uint64 to, uint8 status, uint8 roles)
    {
        Signer storage known = _signers[signer];
        (number, from, to) = (known.party, known.from, known.to);
        party = idOf[number];
        Party storage state = _parties[party];
        (status, roles) = (state.status, state.roles);
    }

    /// @dev Accepted events keep their signer: `from` stays, an ended interval stays ended, and no end lies in the past.
    function _checkInterval(Signer memory present, uint64 from, uint64 to) private view {
        uint64 time = uint64(block.timestamp);
        if (to < time) revert IntervalInPast(to, time);
        if (present.party == 0) return;
        if (present.from != from || present.to <= time) revert IntervalInPast(present.to, time);
    }

    function _checkKnown(bytes32 id) private view {
        if (_parties[id].number == 0) revert UnknownParty(id);
    }

    function _checkRoles(uint8 roles) private pure {
        if (roles > ALL_ROLES) revert UnknownRoles(roles);
    }
}
