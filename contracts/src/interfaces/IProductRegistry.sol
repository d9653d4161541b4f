// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IRegistry} from "./IRegistry.sol";

/// @title What may be made, by whom, and how much of it from what
/// @notice A product's id is keccak256 of its URI (docs/spec/event.md, section 1). Only the council changes anything;
/// every change advances the registry's head (section 5).
interface IProductRegistry is IRegistry {
    /// @param number given at registration, from 1 upwards; 0 means "not registered"
    /// @param unit base unit: 1 g, 2 ml, 3 pieces
    /// @param stage rank of processing; conversions lead from a lower to a higher one
    /// @param brandOwner number of the party that owns the brand
    /// @param open whether any party with the role may make it (raw goods)
    struct Product {
        uint32 number;
        uint8 unit;
        uint16 stage;
        uint32 brandOwner;
        bool open;
    }

    /// @notice Change 1.
    event ProductRegistered(
        bytes32 id, uint32 number, string uri, uint8 unit, uint16 stage, bytes32 brandOwner, bool open, string profile
    );
    /// @notice Change 2.
    event MakerSet(bytes32 product, bytes32 party, bool listed);
    /// @notice Change 3.
    event YieldSet(bytes32 input, bytes32 output, uint64 perMillion);
    /// @notice Change 4.
    event ProductProfileSet(bytes32 id, string profile);

    error UnknownProduct(bytes32 product);
    error UnknownUnit(uint8 unit);
    error StageNotRising(uint16 input, uint16 output);

    /// @notice Registers a product. Unit, stage, brand owner and openness never change.
    function register(
        string calldata uri,
        uint8 unit,
        uint16 stage,
        bytes32 brandOwner,
        bool open,
        string calldata profile
    ) external returns (uint32 number);

    /// @notice Lists a party as a maker of a product, or strikes it off.
    function setMaker(bytes32 product, bytes32 party, bool listed) external;

    /// @notice Declares the most output, in base units per million base units of input. Zero withdraws the declaration.
    function setYield(bytes32 input, bytes32 output, uint64 perMillion) external;

    /// @notice The registered facts of a product; all zero if it is not registered.
    function productOf(bytes32 id) external view returns (Product memory);

    /// @notice Number and unit of a product (zero if it is not registered), and whether the party with this number may
    /// make it: it is open, or the party is its brand owner or a listed maker.
    function mayMake(bytes32 product, uint32 party) external view returns (uint32 number, uint8 unit, bool allowed);

    /// @notice Number of the party that owns the brand of the product with this number.
    function brandOwnerOf(uint32 number) external view returns (uint32);

    /// @notice Base unit of the product with this number.
    function unitOf(uint32 number) external view returns (uint8);

    /// @notice Most output per million of input between two products by number: 1,000,000 of a product to itself, 0 if
    /// none is declared.
    function yieldFrom(uint32 input, uint32 output) external view returns (uint64);
}
