// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IPartyRegistry} from "../src/interfaces/IPartyRegistry.sol";
import {Proofs} from "./Proofs.sol";

/// @dev A council that lets one address do everything, and nobody else anything: as an AccessManager answers.
contract Council {
    function canCall(address caller, address, bytes4) external pure returns (bool immediate, uint32 delay) {
        return (caller == address(0xADD1), 0);
    }
}

/// @title Nobody but the council changes a registry
contract CouncilProofs is Proofs {
    address internal constant MEMBER = address(0xADD1);

    address internal council;

    function setUp() public override {
        super.setUp();
        council = address(new Council());
        vm.store(address(parties), 0, bytes32(uint256(uint160(council))));
        vm.store(address(products), 0, bytes32(uint256(uint160(council))));
    }

    /// @notice Every call that changes the PartyRegistry is refused to who is not the council; a party's own `rotate` is another property.
    /// @custom:bounds every selector and any other, strings of 0, 65 or 1,024 bytes
    function check_only_the_council_changes_parties(address caller) public {
        vm.assume(caller != MEMBER && caller != council);
        bytes memory call = svm.createCalldata("PartyRegistry");
        vm.assume(bytes4(call) != IPartyRegistry.rotate.selector);
        vm.prank(caller);
        (bool done,) = address(parties).call(call);
        _claim(!done);
    }

    /// @notice Every call that changes the ProductRegistry is refused to who is not the council.
    /// @custom:bounds every selector and any other, strings of 0, 65 or 1,024 bytes
    function check_only_the_council_changes_products(address caller) public {
        vm.assume(caller != MEMBER && caller != council);
        bytes memory call = svm.createCalldata("ProductRegistry");
        vm.prank(caller);
        (bool done,) = address(products).call(call);
        _claim(!done);
    }

    /// @notice Whatever `rotate` is given, the roles, status and number of no party change.
    function check_a_rotation_changes_no_role(IPartyRegistry.SignerChange memory change, bytes32 party) public {
        bytes32 place = keccak256(abi.encode(party, uint256(5)));
        bytes32 before = vm.load(address(parties), place);
        (bool done,) = address(parties)
            .call(abi.encodeCall(parties.rotate, (change, svm.createBytes32("r"), svm.createBytes32("vs"))));
        if (!done) return;
        _claim(vm.load(address(parties), place) == before);
    }

    /// @notice Every call of the ledger that could change something is refused to everybody, `record` alone excepted.
    /// @custom:bounds every selector and any other, a body of 0, 65 or 1,024 bytes
    function check_only_record_changes_the_ledger(address caller) public {
        bytes memory call = svm.createCalldata("CustodyLedger");
        vm.assume(bytes4(call) != ledger.record.selector && caller != address(ledger));
        vm.prank(caller);
        (bool done,) = address(ledger).call(call);
        _claim(!done);
    }
}
