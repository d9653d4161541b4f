// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title What both registries answer
interface IRegistry {
    error AlreadyRegistered(bytes32 id);
    error UriLength(uint256 length);
    error UnknownParty(bytes32 party);
    error ProfileTooLong(uint256 length, uint256 limit);

    /// @notice Replaces the public statement about a party or product: canonical JSON of at most 8,192 bytes.
    function setProfile(bytes32 id, string calldata profile) external;

    /// @notice Id under this number; zero if there is none.
    function idOf(uint32 number) external view returns (bytes32);

    /// @notice keccak256 of the present profile.
    function profileDigest(bytes32 id) external view returns (bytes32);

    /// @notice Hash chain over all changes (docs/spec/event.md, section 5). Before the first change it is the seed.
    function head() external view returns (bytes32);

    /// @notice How many parties or products were ever registered.
    function count() external view returns (uint32);

    /// @notice The ledger this registry belongs to.
    function ledgerId() external view returns (bytes32);
}
