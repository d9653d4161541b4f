// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Raw} from "./Raw.sol";

/// @title The EIP-712 domain of a ledger's contracts (docs/spec/event.md, section 3)
/// @dev Own code, because the ledger id is the domain's salt, which OpenZeppelin's EIP712 has no room for.
abstract contract Domain {
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)");

    bytes32 private immutable _salt;
    bytes32 private immutable _separator;
    uint256 private immutable _separatorChainId;

    constructor(bytes32 ledgerId_) {
        _salt = ledgerId_;
        _separator = _separatorOf(ledgerId_);
        _separatorChainId = block.chainid;
    }

    /// @dev Rebuilt when the chain's id has changed since deployment, so that no signature is good on both sides of a fork.
    function _domainSeparator() internal view returns (bytes32) {
        return block.chainid == _separatorChainId ? _separator : _separatorOf(_salt);
    }

    /// @dev What is signed: the digest of a struct's hash in this domain.
    function _digest(bytes32 structHash) internal view returns (bytes32) {
        return Raw.hash(hex"1901", 2, _domainSeparator(), structHash);
    }

    function _separatorOf(bytes32 salt) private view returns (bytes32) {
        return
            keccak256(
                abi.encode(DOMAIN_TYPEHASH, keccak256("Nguon"), keccak256("1"), block.chainid, address(this), salt)
            );
    }
}
