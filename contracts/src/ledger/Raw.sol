// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IPartyRegistry} from "../interfaces/IPartyRegistry.sol";

/// @title The ledger's only assembly: call data read, hashed and logged where it lies
/// @dev The compiler's own way (decode to memory, encode again) costs more than all rules together. Each function is one
/// step, checks nothing, and allocates nothing that outlives it: what it hashes lies behind the free memory for the
/// moment. `at` is a place in call data; what lies behind its end reads as zero.
library Raw {
    /// @dev Calls this contract's `recordNext` (see CustodyLedger); the compiler would write the same call data at twice
    /// the price. A body that does not fill its last word needs no padding there.
    /// @return done whether the event was recorded; if not, see `reason`
    function recordNext(
        bytes4 selector,
        IPartyRegistry.Standing memory standing,
        uint8 shape,
        bytes calldata body,
        bytes32 r,
        bytes32 vs
    ) internal returns (bool done, bytes32 id, uint8 kind) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, selector)
            mstore(add(free, 4), mload(standing))
            mstore(add(free, 36), mload(add(standing, 32)))
            mstore(add(free, 68), mload(add(standing, 64)))
            mstore(add(free, 100), mload(add(standing, 96)))
            mstore(add(free, 132), mload(add(standing, 128)))
            mstore(add(free, 164), mload(add(standing, 160)))
            mstore(add(free, 196), shape)
            mstore(add(free, 228), 320)
            mstore(add(free, 260), r)
            mstore(add(free, 292), vs)
            mstore(add(free, 324), body.length)
            calldatacopy(add(free, 356), body.offset, body.length)
            done := call(gas(), address(), 0, free, add(body.length, 356), 0, 64)
            id := mload(0)
            kind := mload(32)
        }
    }

    /// @dev What the last call returned or reverted with.
    function reason() internal pure returns (bytes memory data) {
        assembly ("memory-safe") {
            data := mload(0x40)
            mstore(data, returndatasize())
            returndatacopy(add(data, 32), 0, returndatasize())
            mstore(0x40, add(add(data, 32), and(add(returndatasize(), 31), not(31))))
        }
    }

    /// @dev Where the bytes of `data` start in call data.
    function placeOf(bytes calldata data) internal pure returns (uint256 at) {
        assembly ("memory-safe") {
            at := data.offset
        }
    }

    /// @dev Where a struct of static members starts in call data.
    function placeOf(IPartyRegistry.Standing calldata standing) internal pure returns (uint256 at) {
        assembly ("memory-safe") {
            at := standing
        }
    }

    function bytesAt(uint256 at, uint256 length) internal pure returns (bytes calldata data) {
        assembly ("memory-safe") {
            data.offset := at
            data.length := length
        }
    }

    function word(uint256 at) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := calldataload(at)
        }
    }

    function hash(uint256 at, uint256 length) internal pure returns (bytes32 value) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, at, length)
            value := keccak256(free, length)
        }
    }

    /// @dev keccak256(first ‖ second ‖ `length` bytes at `at`).
    function hash(bytes32 first, bytes32 second, uint256 at, uint256 length) internal pure returns (bytes32 value) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, first)
            mstore(add(free, 32), second)
            calldatacopy(add(free, 64), at, length)
            value := keccak256(free, add(length, 64))
        }
    }

    /// @dev keccak256(first ‖ second, two bytes ‖ third).
    function hash(bytes32 first, uint256 second, bytes32 third) internal pure returns (bytes32 value) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, first)
            mstore(add(free, 32), shl(240, second))
            mstore(add(free, 34), third)
            value := keccak256(free, 66)
        }
    }

    /// @dev keccak256(the first `length` bytes of `prefix` ‖ first ‖ second).
    function hash(bytes32 prefix, uint256 length, bytes32 first, bytes32 second) internal pure returns (bytes32 value) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, prefix)
            mstore(add(free, length), first)
            mstore(add(free, add(length, 32)), second)
            value := keccak256(free, add(length, 64))
        }
    }

    /// @dev Memory for `count` words, the first being `first` and the `copied` next ones those at `at`.
    function words(bytes32 first, uint256 at, uint256 copied, uint256 count) internal pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := mload(0x40)
            mstore(0x40, add(pointer, shl(5, count)))
            mstore(pointer, first)
            calldatacopy(add(pointer, 32), at, shl(5, copied))
        }
    }

    function set(uint256 pointer, uint256 index, bytes32 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(pointer, shl(5, index)), value)
        }
    }

    function hashWords(uint256 pointer, uint256 count) internal pure returns (bytes32 value) {
        assembly ("memory-safe") {
            value := keccak256(pointer, shl(5, count))
        }
    }

    /// @dev Leaves the log `topic(bytes32 indexed id, struct, bytes32 r, bytes32 vs)`, whose data is `abi.encode` of the
    /// last three: the struct's offset (three words), r, vs, and the struct, given as its `length` encoded bytes.
    function log(bytes32 topic, bytes32 id, uint256 at, uint256 length, bytes32 r, bytes32 vs) internal {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, 96)
            mstore(add(free, 32), r)
            mstore(add(free, 64), vs)
            calldatacopy(add(free, 96), at, length)
            log2(free, add(length, 96), topic, id)
        }
    }
}
