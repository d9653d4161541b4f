// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Test} from "forge-std/Test.sol";
import {PartyRegistry} from "../src/PartyRegistry.sol";
import {ProductRegistry} from "../src/ProductRegistry.sol";

/// @notice Who may change the registries, and after which delay: the calls that set a council up (docs/spec/ledger.md,
/// Council), each role held to its own, and the two steps of a delayed one.
contract CouncilTest is Test {
    uint64 private constant ADMITTING = 1;
    uint64 private constant SUSPENDING = 2;
    uint64 private constant YIELDS = 3;
    uint64 private constant INSPECTORS = 4;
    uint32 private constant DAY = 1 days;

    address private constant CLERK = address(0xA1);
    address private constant WARDEN = address(0xA2);
    address private constant BOARD = address(0xA3);
    address private constant PROVINCE = address(0xA4);

    AccessManager private council;
    PartyRegistry private parties;
    ProductRegistry private products;
    bytes32 private party;
    bytes32 private raw;
    bytes32 private made;

    function setUp() public {
        vm.warp(1_800_000_000);
        council = new AccessManager(address(this));
        parties = new PartyRegistry(address(council), bytes32(uint256(1)));
        products = new ProductRegistry(address(council), bytes32(uint256(1)), parties);
        (address[] memory targets, bytes[] memory calls) = _setUpCalls();
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool done,) = targets[i].call(calls[i]);
            assertTrue(done, vm.toString(i));
        }
        vm.startPrank(CLERK);
        parties.admit("urn:nguon:party:one", 1, "{}");
        party = keccak256("urn:nguon:party:one");
        products.register("urn:nguon:product:raw", 1, 1, party, true, "{}");
        products.register("urn:nguon:product:made", 1, 2, party, true, "{}");
        vm.stopPrank();
        (raw, made) = (keccak256("urn:nguon:product:raw"), keccak256("urn:nguon:product:made"));
    }

    /// @dev The pure list of calls, all to the AccessManager, that its first administrator sends. Admitting and suspending
    /// act at once (a suspension must not wait), yields and inspectors after a day.
    function _setUpCalls() private view returns (address[] memory targets, bytes[] memory calls) {
        calls = new bytes[](13);
        targets = new address[](13);
        for (uint256 i = 0; i < 13; ++i) {
            targets[i] = address(council);
        }
        calls[0] = abi.encodeCall(council.labelRole, (ADMITTING, "ADMITTING"));
        calls[1] = abi.encodeCall(council.labelRole, (SUSPENDING, "SUSPENDING"));
        calls[2] = abi.encodeCall(council.labelRole, (YIELDS, "YIELDS"));
        calls[3] = abi.encodeCall(council.labelRole, (INSPECTORS, "INSPECTORS"));
        calls[4] = _may(address(parties), ADMITTING, _admitting());
        calls[5] = _may(address(products), ADMITTING, _registering());
        calls[6] = _may(address(parties), SUSPENDING, _one(parties.setStatus.selector));
        calls[7] = _may(address(products), YIELDS, _one(products.setYield.selector));
        calls[8] = _may(address(parties), INSPECTORS, _one(parties.setInspector.selector));
        calls[9] = abi.encodeCall(council.grantRole, (ADMITTING, CLERK, 0));
        calls[10] = abi.encodeCall(council.grantRole, (SUSPENDING, WARDEN, 0));
        calls[11] = abi.encodeCall(council.grantRole, (YIELDS, BOARD, DAY));
        calls[12] = abi.encodeCall(council.grantRole, (INSPECTORS, PROVINCE, DAY));
    }

    function test_each_role_may_do_its_own_and_nothing_else() public {
        bytes[10] memory calls = _everyChange();
        address[4] memory members = [CLERK, WARDEN, BOARD, PROVINCE];
        for (uint256 i = 0; i < calls.length; ++i) {
            address target = i < 6 ? address(parties) : address(products);
            uint256 owner = i == 4 ? 1 : i == 5 ? 3 : i == 8 ? 2 : 0;
            for (uint256 j = 0; j < 4; ++j) {
                bool delayed = j >= 2;
                vm.prank(members[j]);
                (bool done, bytes memory why) = target.call(calls[i]);
                if (j == owner && !delayed) {
                    assertTrue(done, "its own, at once");
                } else if (j == owner) {
                    // an error begins with its selector
                    // forge-lint: disable-next-line(unsafe-typecast)
                    assertEq(bytes4(why), IAccessManager.AccessManagerNotScheduled.selector, "its own, only scheduled");
                } else {
                    bytes4 law = IAccessManaged.AccessManagedUnauthorized.selector;
                    assertEq(why, abi.encodeWithSelector(law, members[j]), "another's");
                    vm.prank(members[j]);
                    vm.expectPartialRevert(IAccessManager.AccessManagerUnauthorizedCall.selector);
                    council.schedule(target, calls[i], 0);
                }
            }
        }
    }

    function test_a_delayed_change_is_scheduled_waits_and_is_executed() public {
        bytes memory call = abi.encodeCall(products.setYield, (raw, made, 900_000));
        vm.startPrank(BOARD);
        bytes32 operation = council.hashOperation(BOARD, address(products), call);
        vm.expectRevert(abi.encodeWithSelector(IAccessManager.AccessManagerNotScheduled.selector, operation));
        council.execute(address(products), call);

        council.schedule(address(products), call, 0);
        vm.warp(block.timestamp + DAY - 1);
        vm.expectRevert(abi.encodeWithSelector(IAccessManager.AccessManagerNotReady.selector, operation));
        council.execute(address(products), call);
        assertEq(products.yieldFrom(1, 2), 0);

        vm.warp(block.timestamp + 1);
        council.execute(address(products), call);
        assertEq(products.yieldFrom(1, 2), 900_000);
        vm.expectRevert(abi.encodeWithSelector(IAccessManager.AccessManagerNotScheduled.selector, operation));
        council.execute(address(products), call);
        vm.stopPrank();
    }

    function test_an_inspector_is_made_only_after_the_delay() public {
        bytes memory call = abi.encodeCall(parties.setInspector, (party, true));
        vm.startPrank(PROVINCE);
        council.schedule(address(parties), call, 0);
        vm.expectPartialRevert(IAccessManager.AccessManagerNotReady.selector);
        council.execute(address(parties), call);
        vm.warp(block.timestamp + DAY);
        council.execute(address(parties), call);
        vm.stopPrank();
        assertEq(parties.partyOf(party).roles, 1 | 32);
    }

    function test_a_scheduled_change_may_be_cancelled_by_the_administrator() public {
        bytes memory call = abi.encodeCall(parties.setInspector, (party, true));
        vm.prank(PROVINCE);
        council.schedule(address(parties), call, 0);
        council.cancel(PROVINCE, address(parties), call);
        vm.warp(block.timestamp + DAY);
        vm.prank(PROVINCE);
        vm.expectPartialRevert(IAccessManager.AccessManagerNotScheduled.selector);
        council.execute(address(parties), call);
    }

    function test_the_administrator_holds_no_role_of_its_own() public {
        bytes[10] memory calls = _everyChange();
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool done,) = (i < 6 ? address(parties) : address(products)).call(calls[i]);
            assertFalse(done, vm.toString(i));
        }
    }

    function _everyChange() private view returns (bytes[10] memory) {
        return [
            abi.encodeCall(parties.admit, ("urn:nguon:party:two", 1, "{}")),
            abi.encodeCall(parties.setRoles, (party, 3)),
            abi.encodeCall(parties.setProfile, (party, "{}")),
            abi.encodeCall(parties.setSigner, (party, address(0xC0FFEE), 0, type(uint64).max, 1)),
            abi.encodeCall(parties.setStatus, (party, 2)),
            abi.encodeCall(parties.setInspector, (party, true)),
            abi.encodeCall(products.register, ("urn:nguon:product:two", 1, 1, party, true, "{}")),
            abi.encodeCall(products.setMaker, (raw, party, true)),
            abi.encodeCall(products.setYield, (raw, made, 1)),
            abi.encodeCall(products.setProfile, (raw, "{}"))
        ];
    }

    function _admitting() private view returns (bytes4[] memory selectors) {
        selectors = new bytes4[](4);
        selectors[0] = parties.admit.selector;
        selectors[1] = parties.setRoles.selector;
        selectors[2] = parties.setProfile.selector;
        selectors[3] = parties.setSigner.selector;
    }

    function _registering() private view returns (bytes4[] memory selectors) {
        selectors = new bytes4[](3);
        selectors[0] = products.register.selector;
        selectors[1] = products.setMaker.selector;
        selectors[2] = products.setProfile.selector;
    }

    function _one(bytes4 selector) private pure returns (bytes4[] memory selectors) {
        selectors = new bytes4[](1);
        selectors[0] = selector;
    }

    function _may(address target, uint64 role, bytes4[] memory selectors) private view returns (bytes memory) {
        return abi.encodeCall(council.setTargetFunctionRole, (target, selectors, role));
    }
}
