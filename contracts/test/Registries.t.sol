// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IPartyRegistry} from "../src/interfaces/IPartyRegistry.sol";
import {IProductRegistry} from "../src/interfaces/IProductRegistry.sol";
import {IRegistry} from "../src/interfaces/IRegistry.sol";
import {World} from "./World.sol";

/// @notice Both registries: what the council may change, each law broken (docs/spec/law.md, Registries), and heads.
contract RegistriesTest is World {
    bytes32 private constant NOBODY = keccak256("nobody");
    address private constant KEY = address(0xC0FFEE);

    function test_only_the_council() public {
        bytes[9] memory calls = [
            abi.encodeCall(partyRegistry.admit, ("urn:x", 1, "")),
            abi.encodeCall(partyRegistry.setStatus, (farm, 2)),
            abi.encodeCall(partyRegistry.setRoles, (farm, 1)),
            abi.encodeCall(partyRegistry.setProfile, (farm, "")),
            abi.encodeCall(partyRegistry.setSigner, (farm, KEY, 0, FOREVER, 1)),
            abi.encodeCall(productRegistry.register, ("urn:x", 1, 1, farm, true, "")),
            abi.encodeCall(productRegistry.setMaker, (salted, farm, true)),
            abi.encodeCall(productRegistry.setYield, (crab, salted, 1)),
            abi.encodeCall(productRegistry.setProfile, (crab, ""))
        ];
        for (uint256 i = 0; i < 9; ++i) {
            address registry = i < 5 ? address(partyRegistry) : address(productRegistry);
            vm.prank(KEY);
            (bool done, bytes memory why) = registry.call(calls[i]);
            assertFalse(done);
            assertEq(why, abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, KEY));
            (done,) = registry.call(calls[i]);
            assertTrue(done, "the council may");
        }
    }

    function test_a_party_as_admitted() public view {
        IPartyRegistry.Party memory party = partyRegistry.partyOf(plant);
        assertEq(party.number, 2);
        assertEq(party.status, 1);
        assertEq(party.roles, 6);
        assertEq(partyRegistry.idOf(2), plant);
        assertEq(partyRegistry.count(), 4);
        assertEq(partyRegistry.ledgerId(), LEDGER_ID);
        assertEq(partyRegistry.profileDigest(plant), keccak256("{}"));
        assertEq(
            abi.encode(partyRegistry.standingOf(vm.addr(PLANT_KEY))),
            abi.encode(IPartyRegistry.Standing(plant, 2, 0, FOREVER, 1, 6))
        );
        assertEq(abi.encode(partyRegistry.standingOf(KEY)), new bytes(6 * 32));
    }

    function test_a_product_as_registered() public view {
        IProductRegistry.Product memory product = productRegistry.productOf(jar);
        assertEq(product.number, 5);
        assertEq(product.unit, 3);
        assertEq(product.stage, 3);
        assertEq(product.brandOwner, 2);
        assertFalse(product.open);
        assertEq(productRegistry.idOf(5), jar);
        assertEq(productRegistry.yieldFrom(2, 5), 5_000);
        assertEq(productRegistry.yieldFrom(5, 5), 1_000_000);
    }

    function test_AlreadyRegistered_and_UriLength() public {
        vm.expectRevert(abi.encodeWithSelector(IRegistry.AlreadyRegistered.selector, farm));
        partyRegistry.admit("urn:nguon:party:farm", 1, "");
        vm.expectRevert(abi.encodeWithSelector(IRegistry.AlreadyRegistered.selector, crab));
        productRegistry.register("urn:nguon:product:crab", 1, 1, farm, true, "");
        vm.expectRevert(abi.encodeWithSelector(IRegistry.UriLength.selector, 0));
        partyRegistry.admit("", 1, "");
        vm.expectRevert(abi.encodeWithSelector(IRegistry.UriLength.selector, 257));
        productRegistry.register(string(new bytes(257)), 1, 1, farm, true, "");
        partyRegistry.admit(string(new bytes(256)), 1, "");
    }

    function test_UnknownParty_and_UnknownProduct() public {
        bytes memory noParty = abi.encodeWithSelector(IRegistry.UnknownParty.selector, NOBODY);
        bytes memory noProduct = abi.encodeWithSelector(IProductRegistry.UnknownProduct.selector, NOBODY);
        vm.expectRevert(noParty);
        partyRegistry.setStatus(NOBODY, 1);
        vm.expectRevert(noParty);
        partyRegistry.setRoles(NOBODY, 1);
        vm.expectRevert(noParty);
        partyRegistry.setProfile(NOBODY, "");
        vm.expectRevert(noParty);
        partyRegistry.setSigner(NOBODY, KEY, 0, FOREVER, 1);
        vm.expectRevert(noParty);
        productRegistry.register("urn:x", 1, 1, NOBODY, true, "");
        vm.expectRevert(noParty);
        productRegistry.setMaker(crab, NOBODY, true);
        vm.expectRevert(noProduct);
        productRegistry.setMaker(NOBODY, farm, true);
        vm.expectRevert(noProduct);
        productRegistry.setYield(NOBODY, crab, 1);
        vm.expectRevert(noProduct);
        productRegistry.setYield(crab, NOBODY, 1);
        vm.expectRevert(noProduct);
        productRegistry.setProfile(NOBODY, "");
    }

    function test_UnknownRoles_UnknownStatus_UnknownUnit_ProfileTooLong() public {
        vm.expectRevert(abi.encodeWithSelector(IPartyRegistry.UnknownRoles.selector, 64));
        partyRegistry.admit("urn:x", 64, "");
        vm.expectRevert(abi.encodeWithSelector(IPartyRegistry.UnknownRoles.selector, 64));
        partyRegistry.setRoles(farm, 64);
        vm.expectRevert(abi.encodeWithSelector(IPartyRegistry.UnknownStatus.selector, 0));
        partyRegistry.setStatus(farm, 0);
        vm.expectRevert(abi.encodeWithSelector(IPartyRegistry.UnknownStatus.selector, 3));
        partyRegistry.setStatus(farm, 3);
        vm.expectRevert(abi.encodeWithSelector(IProductRegistry.UnknownUnit.selector, 0));
        productRegistry.register("urn:x", 0, 1, farm, true, "");
        vm.expectRevert(abi.encodeWithSelector(IProductRegistry.UnknownUnit.selector, 4));
        productRegistry.register("urn:x", 4, 1, farm, true, "");

        string memory long = string(new bytes(8193));
        bytes memory tooLong = abi.encodeWithSelector(IRegistry.ProfileTooLong.selector, 8193, 8192);
        vm.expectRevert(tooLong);
        partyRegistry.admit("urn:x", 1, long);
        vm.expectRevert(tooLong);
        partyRegistry.setProfile(farm, long);
        vm.expectRevert(tooLong);
        productRegistry.register("urn:x", 1, 1, farm, true, long);
        vm.expectRevert(tooLong);
        productRegistry.setProfile(crab, long);
    }

    function test_SignerTaken_ZeroSigner_EmptyInterval_UnknownCustody() public {
        address farmer = vm.addr(FARM_KEY);
        vm.expectRevert(abi.encodeWithSelector(IPartyRegistry.SignerTaken.selector, farmer));
        partyRegistry.setSigner(plant, farmer, 0, FOREVER, 1);
        vm.expectRevert(IPartyRegistry.ZeroSigner.selector);
        partyRegistry.setSigner(plant, address(0), 0, FOREVER, 1);
        vm.expectRevert(abi.encodeWithSelector(IPartyRegistry.EmptyInterval.selector, NOW + 9, NOW + 9));
        partyRegistry.setSigner(plant, KEY, NOW + 9, NOW + 9, 1);
        vm.expectRevert(abi.encodeWithSelector(IPartyRegistry.UnknownCustody.selector, 0));
        partyRegistry.setSigner(plant, KEY, 0, FOREVER, 0);
        vm.expectRevert(abi.encodeWithSelector(IPartyRegistry.UnknownCustody.selector, 4));
        partyRegistry.setSigner(plant, KEY, 0, FOREVER, 4);
    }

    function test_IntervalInPast_no_accepted_event_loses_its_signer() public {
        bytes4 law = IPartyRegistry.IntervalInPast.selector;
        vm.expectRevert(abi.encodeWithSelector(law, NOW - 1, NOW));
        partyRegistry.setSigner(farm, KEY, 5, NOW - 1, 1);
        partyRegistry.setSigner(farm, KEY, 5, FOREVER, 1);
        vm.expectRevert(abi.encodeWithSelector(law, FOREVER, NOW));
        partyRegistry.setSigner(farm, KEY, 6, FOREVER, 1);
        vm.expectRevert(abi.encodeWithSelector(law, NOW - 1, NOW));
        partyRegistry.setSigner(farm, KEY, 5, NOW - 1, 1);
        partyRegistry.setSigner(farm, KEY, 5, NOW + 10, 2);
        assertEq(partyRegistry.signerOf(KEY).to, NOW + 10);
        assertEq(partyRegistry.signerOf(KEY).custody, 2);

        vm.warp(NOW + 10);
        vm.expectRevert(abi.encodeWithSelector(law, NOW + 10, NOW + 10));
        partyRegistry.setSigner(farm, KEY, 5, FOREVER, 1);
    }

    function test_StageNotRising() public {
        vm.expectRevert(abi.encodeWithSelector(IProductRegistry.StageNotRising.selector, 1, 1));
        productRegistry.setYield(crab, crab, 1_000_000);
        vm.expectRevert(abi.encodeWithSelector(IProductRegistry.StageNotRising.selector, 2, 1));
        productRegistry.setYield(salted, crab, 1);
    }

    function test_heads_run_over_every_change() public {
        bytes32 head = keccak256(abi.encodePacked("nguon.parties", LEDGER_ID, bytes32(0)));
        (bytes32[4] memory ids, uint8[4] memory roles) = ([farm, plant, shop, lab], [1, 6, 16, 32]);
        string[4] memory uris =
            ["urn:nguon:party:farm", "urn:nguon:party:plant", "urn:nguon:party:shop", "urn:nguon:party:lab"];
        for (uint32 i = 0; i < 4; ++i) {
            bool inspector = i == 3;
            head = _next(head, 1, abi.encode(ids[i], i + 1, uris[i], inspector ? 0 : roles[i], "{}"));
            if (inspector) head = _next(head, 3, abi.encode(ids[i], 32));
            head = _next(head, 5, abi.encode(ids[i], vm.addr(FARM_KEY + i), 0, FOREVER, 1));
        }
        assertEq(partyRegistry.head(), head);
        partyRegistry.setStatus(farm, 2);
        partyRegistry.setRoles(farm, 3);
        partyRegistry.setProfile(farm, '{"name":"Farm"}');
        head = _next(head, 2, abi.encode(farm, 2));
        head = _next(head, 3, abi.encode(farm, 3));
        head = _next(head, 4, abi.encode(farm, '{"name":"Farm"}'));
        assertEq(partyRegistry.head(), head);

        head = productRegistry.head();
        productRegistry.register("urn:x", 2, 7, farm, true, "{}");
        productRegistry.setMaker(crab, plant, true);
        productRegistry.setYield(crab, salted, 9);
        productRegistry.setProfile(crab, "");
        head = _next(head, 1, abi.encode(keccak256("urn:x"), 6, "urn:x", 2, 7, farm, true, "{}"));
        head = _next(head, 2, abi.encode(crab, plant, true));
        head = _next(head, 3, abi.encode(crab, salted, 9));
        head = _next(head, 4, abi.encode(crab, ""));
        assertEq(productRegistry.head(), head);
    }

    function _next(bytes32 head, uint8 change, bytes memory arguments) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(head, change, uint8(0), keccak256(arguments)));
    }
}
