// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IPartyRegistry} from "./interfaces/IPartyRegistry.sol";
import {Registry} from "./Registry.sol";
import {Domain} from "./ledger/Domain.sol";
import {Heads} from "./ledger/Heads.sol";

/// @title The parties of a ledger (see IPartyRegistry)
contract PartyRegistry is IPartyRegistry, Registry, Domain {
    bytes32 private constant CHANGE_TYPEHASH =
        keccak256("SignerChange(bytes32 party,address signer,uint64 from,uint64 to,uint8 custody,uint64 rotation)");

    uint8 private constant ACTIVE = 1;
    uint8 private constant SUSPENDED = 2;
    uint8 private constant ALL_ROLES = 63;
    uint8 private constant INSPECTOR = 32;
    uint8 private constant CUSTODY_LIMIT = 3;

    mapping(bytes32 id => Party) private _parties;
    mapping(address signer => Signer) private _signers;
    mapping(bytes32 id => uint64) public rotationsOf;

    constructor(address authority_, bytes32 ledgerId_)
        Registry(authority_, ledgerId_, Heads.seedOfParties(ledgerId_))
        Domain(ledgerId_)
    {}

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
        _setRoles(id, roles | (_parties[id].roles & INSPECTOR));
    }

    function setInspector(bytes32 id, bool inspector) external restricted {
        _checkKnown(id);
        uint8 others = _parties[id].roles & ~INSPECTOR;
        _setRoles(id, inspector ? others | INSPECTOR : others);
    }

    function setProfile(bytes32 id, string calldata profile) external restricted {
        _checkKnown(id);
        _keep(id, profile);
        _advance(4, abi.encode(id, profile));
        emit PartyProfileSet(id, profile);
    }

    function setSigner(bytes32 id, address signer, uint64 from, uint64 to, uint8 custody) external restricted {
        _checkKnown(id);
        _setSigner(id, signer, from, to, custody);
    }

    function rotate(SignerChange calldata change, bytes32 r, bytes32 vs) external {
        uint32 party = _validSigner(_signerOf(change, r, vs)).party;
        bytes32 id = idOf[party];
        if (id != change.party) revert NotYourParty(change.party);
        if (_parties[id].status == SUSPENDED && !_shortens(change, party)) revert PartySuspended(id);
        uint64 rotation = rotationsOf[id];
        if (change.rotation != rotation) revert RotationOutOfTurn(change.rotation, rotation);

        rotationsOf[id] = rotation + 1;
        _setSigner(id, change.signer, change.from, change.to, change.custody);
    }

    function domainSeparator() external view returns (bytes32) {
        return _domainSeparator();
    }

    function partyOf(bytes32 id) external view returns (Party memory) {
        return _parties[id];
    }

    function signerOf(address signer) external view returns (Signer memory) {
        return _signers[signer];
    }

    function standingOf(address signer) external view returns (Standing memory standing) {
        Signer storage known = _signers[signer];
        (standing.number, standing.from, standing.to) = (known.party, known.from, known.to);
        standing.party = idOf[standing.number];
        Party storage state = _parties[standing.party];
        (standing.status, standing.roles) = (state.status, state.roles);
    }

    /// @dev The address belongs to a party, and its interval holds the present.
    function _validSigner(address signer) private view returns (Signer storage known) {
        known = _signers[signer];
        (uint32 party, uint64 from, uint64 to) = (known.party, known.from, known.to);
        if (party == 0) revert UnknownSigner(signer);
        uint64 time = uint64(block.timestamp);
        if (time < from || time >= to) revert SignerNotValid(signer, from, to, time);
    }

    function _setRoles(bytes32 id, uint8 roles) private {
        _parties[id].roles = roles;
        _advance(3, abi.encode(id, roles));
        emit PartyRolesSet(id, roles);
    }

    function _setSigner(bytes32 id, address signer, uint64 from, uint64 to, uint8 custody) private {
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

    /// @dev Who signed the change. A high `s` and what cannot be recovered are refused as nobody's.
    function _signerOf(SignerChange calldata change, bytes32 r, bytes32 vs) private view returns (address recovered) {
        (recovered,,) = ECDSA.tryRecover(_digest(keccak256(abi.encode(CHANGE_TYPEHASH, change))), r, vs);
        if (recovered == address(0)) revert BadSignature(address(0), address(0));
    }

    /// @dev Whether nothing changes but that one of the party's own addresses ends earlier.
    function _shortens(SignerChange calldata change, uint32 party) private view returns (bool) {
        Signer memory present = _signers[change.signer];
        return present.party == party && present.from == change.from && present.custody == change.custody
            && change.to < present.to;
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
        if (roles & INSPECTOR != 0) revert InspectorApart(roles);
    }
}
