// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IPartyRegistry} from "./interfaces/IPartyRegistry.sol";
import {IProductRegistry} from "./interfaces/IProductRegistry.sol";
import {Registry} from "./Registry.sol";
import {Heads} from "./ledger/Heads.sol";

/// @title The products of a ledger (see IProductRegistry)
contract ProductRegistry is IProductRegistry, Registry {
    uint8 private constant UNIT_LIMIT = 3;
    uint64 private constant PER_MILLION = 1_000_000;

    IPartyRegistry public immutable parties;

    mapping(bytes32 id => Product) private _products;
    mapping(uint32 product => mapping(uint32 party => bool)) private _listed;
    mapping(uint32 input => mapping(uint32 output => uint64)) private _yields;

    constructor(address authority_, bytes32 ledgerId_, IPartyRegistry parties_)
        Registry(authority_, ledgerId_, Heads.seedOfProducts(ledgerId_))
    {
        parties = parties_;
    }

    function register(
        string calldata uri,
        uint8 unit,
        uint16 stage,
        bytes32 brandOwner,
        bool open,
        string calldata profile
    ) external restricted returns (uint32 number) {
        bytes32 id = keccak256(bytes(uri));
        if (_products[id].number != 0) revert AlreadyRegistered(id);
        _checkUri(uri);
        uint32 owner = _party(brandOwner);
        if (unit == 0 || unit > UNIT_LIMIT) revert UnknownUnit(unit);

        number = _enter(id);
        _products[id] = Product(number, unit, stage, owner, open);
        _keep(id, profile);
        _advance(1, abi.encode(id, number, uri, unit, stage, brandOwner, open, profile));
        emit ProductRegistered(id, number, uri, unit, stage, brandOwner, open, profile);
    }

    function setMaker(bytes32 product, bytes32 party, bool listed) external restricted {
        uint32 maker = _party(party);
        _listed[_known(product).number][maker] = listed;
        _advance(2, abi.encode(product, party, listed));
        emit MakerSet(product, party, listed);
    }

    function setYield(bytes32 input, bytes32 output, uint64 perMillion) external restricted {
        Product storage from = _known(input);
        Product storage to = _known(output);
        if (to.stage <= from.stage) revert StageNotRising(from.stage, to.stage);

        _yields[from.number][to.number] = perMillion;
        _advance(3, abi.encode(input, output, perMillion));
        emit YieldSet(input, output, perMillion);
    }

    function setProfile(bytes32 id, string calldata profile) external restricted {
        _known(id);
        _keep(id, profile);
        _advance(4, abi.encode(id, profile));
        emit ProductProfileSet(id, profile);
    }

    function productOf(bytes32 id) external view returns (Product memory) {
        return _products[id];
    }

    function mayMake(bytes32 product, uint32 party) external view returns (uint32 number, uint8 unit, bool allowed) {
        Product storage known = _products[product];
        (number, unit) = (known.number, known.unit);
        allowed = known.open || known.brandOwner == party || _listed[number][party];
    }

    function brandOwnerOf(uint32 number) external view returns (uint32) {
        return _products[idOf[number]].brandOwner;
    }

    function unitOf(uint32 number) external view returns (uint8) {
        return _products[idOf[number]].unit;
    }

    function yieldFrom(uint32 input, uint32 output) external view returns (uint64) {
        return input == output ? PER_MILLION : _yields[input][output];
    }

    function _known(bytes32 id) private view returns (Product storage product) {
        product = _products[id];
        if (product.number == 0) revert UnknownProduct(id);
    }

    function _party(bytes32 id) private view returns (uint32 number) {
        number = parties.partyOf(id).number;
        if (number == 0) revert UnknownParty(id);
    }
}
