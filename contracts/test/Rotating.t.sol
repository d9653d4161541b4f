// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Vm} from "forge-std/Vm.sol";
import {IPartyRegistry} from "../src/interfaces/IPartyRegistry.sol";
import {World} from "./World.sol";

/// @notice A party changes its own signing addresses, relayed by anybody; inspectors are made apart (docs/spec/law.md,
/// Governance).
contract RotatingTest is World {
    uint256 private constant NEXT_KEY = 0x77;
    uint256 private constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    address private farmer;
    address private next;

    function setUp() public override {
        super.setUp();
        farmer = vm.addr(FARM_KEY);
        next = vm.addr(NEXT_KEY);
    }

    function test_a_party_takes_a_new_key_into_use_and_ends_the_old_one() public {
        bytes32 head = partyRegistry.head();
        vm.prank(address(0xBEEF));
        _rotate(FARM_KEY, _change(next, NOW, FOREVER, 2));
        IPartyRegistry.Signer memory signer = partyRegistry.signerOf(next);
        assertEq(abi.encode(signer), abi.encode(IPartyRegistry.Signer(1, NOW, FOREVER, 2)));
        bytes32 digest = keccak256(abi.encode(farm, next, NOW, FOREVER, uint8(2)));
        head = keccak256(abi.encodePacked(head, uint8(5), uint8(0), digest));
        assertEq(partyRegistry.head(), head, "counts as change 5");
        assertEq(partyRegistry.rotationsOf(farm), 1);

        _rotate(NEXT_KEY, _change(farmer, 0, NOW + 5, 1));
        assertEq(partyRegistry.signerOf(farmer).to, NOW + 5);
        assertEq(partyRegistry.rotationsOf(farm), 2);
        vm.warp(NOW + 5);
        _refused(
            FARM_KEY,
            _change(next, NOW, NOW + 9, 2),
            abi.encodeWithSelector(IPartyRegistry.SignerNotValid.selector, farmer, 0, NOW + 5, NOW + 5)
        );
    }

    function test_it_leaves_the_log_of_the_same_change() public {
        IPartyRegistry.SignerChange memory change = _change(next, 7, FOREVER, 3);
        (bytes32 r, bytes32 vs) = _signed(FARM_KEY, change);
        vm.expectEmit(true, true, true, true, address(partyRegistry));
        emit IPartyRegistry.SignerSet(farm, next, 7, FOREVER, 3);
        partyRegistry.rotate(change, r, vs);
    }

    function test_BadSignature_when_nothing_is_recovered() public {
        IPartyRegistry.SignerChange memory change = _change(next, NOW, FOREVER, 1);
        bytes memory error = abi.encodeWithSelector(IPartyRegistry.BadSignature.selector, address(0), address(0));
        vm.expectRevert(error);
        partyRegistry.rotate(change, bytes32(0), bytes32(0));
        (bytes32 r,) = _signed(FARM_KEY, change);
        vm.expectRevert(error);
        partyRegistry.rotate(change, r, bytes32(ORDER / 2 + 1)); // a high s
    }

    function test_UnknownSigner_is_also_what_another_domain_gives() public {
        IPartyRegistry.SignerChange memory change = _change(next, NOW, FOREVER, 1);
        _refused(0x99, change, abi.encodeWithSelector(IPartyRegistry.UnknownSigner.selector, vm.addr(0x99)));
        (bytes32 r, bytes32 vs) = _signed(FARM_KEY, change);
        vm.chainId(99);
        vm.expectPartialRevert(IPartyRegistry.UnknownSigner.selector);
        partyRegistry.rotate(change, r, vs);
    }

    function test_the_domain_is_the_registrys_own_and_follows_the_chain_id() public {
        assertEq(partyRegistry.domainSeparator(), _domain());
        assertNotEq(partyRegistry.domainSeparator(), ledger.domainSeparator());
        vm.chainId(99);
        assertEq(partyRegistry.domainSeparator(), _domain());
    }

    function test_SignerNotValid_before_its_interval() public {
        partyRegistry.setSigner(farm, next, NOW + 10, NOW + 20, 1);
        _refused(
            NEXT_KEY,
            _change(farmer, 0, NOW + 1, 1),
            abi.encodeWithSelector(IPartyRegistry.SignerNotValid.selector, next, NOW + 10, NOW + 20, NOW)
        );
    }

    function test_NotYourParty_then_PartySuspended_then_RotationOutOfTurn() public {
        partyRegistry.setStatus(farm, 2);
        IPartyRegistry.SignerChange memory change = _change(next, NOW, FOREVER, 1);
        change.rotation = 7;
        change.party = plant;
        _refused(FARM_KEY, change, abi.encodeWithSelector(IPartyRegistry.NotYourParty.selector, plant));
        change.party = farm;
        _refused(FARM_KEY, change, abi.encodeWithSelector(IPartyRegistry.PartySuspended.selector, farm));
        partyRegistry.setStatus(farm, 1);
        _refused(FARM_KEY, change, abi.encodeWithSelector(IPartyRegistry.RotationOutOfTurn.selector, 7, 0));
        change.rotation = 0;
        _rotate(FARM_KEY, change);
        _refused(FARM_KEY, change, abi.encodeWithSelector(IPartyRegistry.RotationOutOfTurn.selector, 0, 1));
    }

    function test_a_suspended_party_may_only_shorten_an_interval() public {
        partyRegistry.setSigner(farm, next, 5, NOW + 100, 1);
        partyRegistry.setStatus(farm, 2);
        bytes memory error = abi.encodeWithSelector(IPartyRegistry.PartySuspended.selector, farm);
        _refused(FARM_KEY, _change(next, 5, NOW + 100, 1), error); // as it stands
        _refused(FARM_KEY, _change(next, 5, NOW + 101, 1), error); // longer
        _refused(FARM_KEY, _change(next, 6, NOW + 50, 1), error); // another start
        _refused(FARM_KEY, _change(next, 5, NOW + 50, 2), error); // another custody
        _refused(FARM_KEY, _change(vm.addr(0x99), 5, NOW + 50, 1), error); // a new address
        _refused(FARM_KEY, _change(vm.addr(PLANT_KEY), 0, NOW + 50, 1), error); // another party's
        _rotate(FARM_KEY, _change(next, 5, NOW + 50, 1));
        assertEq(partyRegistry.signerOf(next).to, NOW + 50);
    }

    function test_the_rules_of_setSigner_hold() public {
        address planter = vm.addr(PLANT_KEY);
        _refused(
            FARM_KEY,
            _change(planter, 0, FOREVER, 1),
            abi.encodeWithSelector(IPartyRegistry.SignerTaken.selector, planter)
        );
        _refused(
            FARM_KEY, _change(address(0), 0, FOREVER, 1), abi.encodeWithSelector(IPartyRegistry.ZeroSigner.selector)
        );
        _refused(FARM_KEY, _change(next, 9, 9, 1), abi.encodeWithSelector(IPartyRegistry.EmptyInterval.selector, 9, 9));
        _refused(
            FARM_KEY, _change(next, 0, FOREVER, 0), abi.encodeWithSelector(IPartyRegistry.UnknownCustody.selector, 0)
        );
        _refused(
            FARM_KEY,
            _change(farmer, 0, NOW - 1, 1),
            abi.encodeWithSelector(IPartyRegistry.IntervalInPast.selector, NOW - 1, NOW)
        );
        assertEq(partyRegistry.rotationsOf(farm), 0, "nothing is counted that did not happen");
    }

    function test_each_party_counts_its_own_rotations() public {
        _rotate(FARM_KEY, _change(next, NOW, FOREVER, 1));
        IPartyRegistry.SignerChange memory change = _change(vm.addr(0x99), NOW, FOREVER, 1);
        change.party = plant;
        change.rotation = 0;
        _rotate(PLANT_KEY, change);
        assertEq(partyRegistry.rotationsOf(plant), 1);
    }

    // Inspectors

    function test_InspectorApart() public {
        for (uint8 roles = 32; roles < 64; ++roles) {
            bytes memory error = abi.encodeWithSelector(IPartyRegistry.InspectorApart.selector, roles);
            vm.expectRevert(error);
            partyRegistry.admit("urn:nguon:party:new", roles, "{}");
            vm.expectRevert(error);
            partyRegistry.setRoles(farm, roles);
        }
        vm.expectRevert(abi.encodeWithSelector(IPartyRegistry.UnknownRoles.selector, 96));
        partyRegistry.setRoles(farm, 96);
    }

    function test_setInspector_grants_and_takes_and_setRoles_leaves_it() public {
        partyRegistry.setInspector(farm, true);
        assertEq(partyRegistry.partyOf(farm).roles, 1 | 32);
        vm.expectEmit(true, true, true, true, address(partyRegistry));
        emit IPartyRegistry.PartyRolesSet(farm, 2 | 8 | 32);
        partyRegistry.setRoles(farm, 2 | 8);
        assertEq(partyRegistry.partyOf(farm).roles, 2 | 8 | 32);
        bytes32 head = partyRegistry.head();
        vm.expectEmit(true, true, true, true, address(partyRegistry));
        emit IPartyRegistry.PartyRolesSet(farm, 2 | 8);
        partyRegistry.setInspector(farm, false);
        assertEq(partyRegistry.partyOf(farm).roles, 2 | 8);
        bytes32 digest = keccak256(abi.encode(farm, uint8(2 | 8)));
        assertEq(partyRegistry.head(), keccak256(abi.encodePacked(head, uint8(3), uint8(0), digest)));
        vm.expectRevert(abi.encodeWithSignature("UnknownParty(bytes32)", bytes32(0)));
        partyRegistry.setInspector(bytes32(0), true);
    }

    function _change(address signer, uint64 from, uint64 to, uint8 custody)
        private
        view
        returns (IPartyRegistry.SignerChange memory)
    {
        return IPartyRegistry.SignerChange(farm, signer, from, to, custody, partyRegistry.rotationsOf(farm));
    }

    function _rotate(uint256 key, IPartyRegistry.SignerChange memory change) private {
        (bytes32 r, bytes32 vs) = _signed(key, change);
        partyRegistry.rotate(change, r, vs);
    }

    function _refused(uint256 key, IPartyRegistry.SignerChange memory change, bytes memory error) private {
        (bytes32 r, bytes32 vs) = _signed(key, change);
        bytes32 head = partyRegistry.head();
        vm.expectRevert(error);
        partyRegistry.rotate(change, r, vs);
        assertEq(partyRegistry.head(), head);
    }

    /// @dev EIP-712 written out once more, as docs/spec says it.
    function _signed(uint256 key, IPartyRegistry.SignerChange memory change) private view returns (bytes32, bytes32) {
        bytes32 hash = keccak256(
            abi.encode(
                keccak256(
                    "SignerChange(bytes32 party,address signer,uint64 from,uint64 to,uint8 custody,uint64 rotation)"
                ),
                change.party,
                change.signer,
                change.from,
                change.to,
                change.custody,
                change.rotation
            )
        );
        return vm.signCompact(key, keccak256(abi.encodePacked(hex"1901", _domain(), hash)));
    }

    function _domain() private view returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)"
                ),
                keccak256("Nguon"),
                keccak256("1"),
                block.chainid,
                address(partyRegistry),
                LEDGER_ID
            )
        );
    }
}
