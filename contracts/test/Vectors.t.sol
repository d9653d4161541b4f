// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Test} from "forge-std/Test.sol";
import {ICustodyLedger} from "../src/interfaces/ICustodyLedger.sol";

/// @notice The shared vectors (tests/vectors/events.json): every implementation gives the same event ids and signers.
contract VectorsTest is Test {
    string private json;
    ICustodyLedger private ledger;

    /// @dev A ledger at the vectors' own address and chain, so that its domain is theirs. It needs no registries.
    function setUp() public {
        json = vm.readFile("tests/vectors/events.json");
        vm.chainId(vm.parseJsonUint(json, ".domain.chainId"));
        address home = vm.parseJsonAddress(json, ".domain.verifyingContract");
        bytes32 ledgerId = vm.parseJsonBytes32(json, ".domain.salt");
        deployCodeTo("CustodyLedger.sol", abi.encode(ledgerId, address(0), address(0), 0, bytes32(0)), home);
        ledger = ICustodyLedger(home);
    }

    function test_every_vector_has_the_id_and_the_signer_it_names() public view {
        uint256 shapes = 0;
        uint256 i = 0;
        for (; vm.keyExistsJson(json, _at(i, "")); ++i) {
            string memory name = vm.parseJsonString(json, _at(i, ".name"));
            uint8 shape = uint8(vm.parseJsonUint(json, _at(i, ".shape")));
            bytes32 id = ledger.eventId(shape, vm.parseJsonBytes(json, _at(i, ".body")));
            assertEq(id, vm.parseJsonBytes32(json, _at(i, ".id")), string.concat("id of ", name));
            assertEq(_signer(id, i), vm.parseJsonAddress(json, _at(i, ".signer")), string.concat("signer of ", name));
            shapes |= 2 ** shape;
        }
        assertGt(i, 0, "there are vectors");
        assertEq(shapes, 14, "of every shape");
    }

    function _signer(bytes32 id, uint256 i) private view returns (address signer) {
        (bytes32 r, bytes32 vs) = abi.decode(vm.parseJsonBytes(json, _at(i, ".signature")), (bytes32, bytes32));
        (signer,,) = ECDSA.tryRecover(id, r, vs);
    }

    function _at(uint256 i, string memory member) private pure returns (string memory) {
        return string.concat(".events[", vm.toString(i), "]", member);
    }
}
