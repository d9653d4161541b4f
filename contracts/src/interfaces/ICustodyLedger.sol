// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title The custody ledger: every event of every product batch, signed by the party that did it
/// @notice Anyone may relay; only signatures count. What each field means is in docs/spec/event.md, what is accepted and
/// in which order it is checked in docs/spec/law.md. Each error here is a law by that name.
interface ICustodyLedger {
    struct Input {
        bytes32 batch;
        uint96 quantity;
    }

    struct Output {
        bytes32 product;
        string lot;
        uint96 quantity;
        uint64 openUntil;
    }

    /// @notice Goods come to be: Commission (1), Transform (2), Pack (3).
    struct Make {
        address signer;
        uint96 nonce;
        uint64 occurredAt;
        uint8 kind;
        uint8 provenance;
        Input[] inputs;
        Output[] outputs;
        bytes32 itemsRoot;
        uint32 firstIndex;
        string content;
    }

    /// @notice Goods change hands, leave or come back: Ship (11), Receive (12), Reject (13), Withdraw (14), Sell (15),
    /// Return (16), Dispose (17), AdjustUp (18), AdjustDown (19).
    struct Move {
        address signer;
        uint96 nonce;
        uint64 occurredAt;
        uint8 kind;
        bytes32 batch;
        bytes32 holder;
        bytes32 to;
        uint96 quantity;
        bytes32 target;
        string content;
    }

    /// @notice Something is stated: Observe (21), Correct (22), Recall (23), Lift (24), Void (25).
    struct Note {
        address signer;
        uint96 nonce;
        uint64 occurredAt;
        uint8 kind;
        bytes32[] batches;
        bytes32 owner;
        string place;
        bytes32 target;
        string content;
    }

    /// @param shape 1 Make, 2 Move, 3 Note
    /// @param body exactly `abi.encode` of that struct
    /// @param r first half of the EIP-2098 signature over the event id
    /// @param vs second half
    struct SignedEvent {
        uint8 shape;
        bytes body;
        bytes32 r;
        bytes32 vs;
    }

    /// @notice A batch's state, in one storage slot.
    /// @param product number of its product; 0 means "no such batch"
    /// @param origin number of the party that made it
    /// @param openUntil last block time at which its origin may add to it
    /// @param itemCount items packed into it so far
    /// @param marks bits: 1 not traced before here, 2 made by Commission alone, 4 moved, 8 adjusted by an inspector,
    /// recalled by 16 its origin, 32 its brand owner, 64 an inspector
    struct Batch {
        uint32 product;
        uint32 origin;
        uint64 openUntil;
        uint32 itemCount;
        uint8 marks;
    }

    /// @notice What one party has of one batch, in one storage slot.
    /// @param quantity base units in custody
    /// @param sold base units sold, net of returns
    /// @param everHeld whether the party ever had any
    struct Holding {
        uint96 quantity;
        uint96 sold;
        bool everHeld;
    }

    /// @notice What one Ship offers of one batch, in one storage slot.
    /// @param open base units neither received, sent back nor lost yet
    /// @param from number of the sender; 0 means "no such shipment"
    /// @param to number of the named receiver
    struct Shipment {
        uint96 open;
        uint32 from;
        uint32 to;
    }

    event MakeRecorded(bytes32 indexed id, Make make, bytes32 r, bytes32 vs);
    event MoveRecorded(bytes32 indexed id, Move move, bytes32 r, bytes32 vs);
    event NoteRecorded(bytes32 indexed id, Note note, bytes32 r, bytes32 vs);
    /// @notice The event at this place in the call was refused. This decides no event's fate: it may come again.
    /// @param id its event id, zero if its body is no encoding of its shape
    /// @param error the encoded custom error; empty if the body is no encoding of its shape
    event Skipped(uint256 index, bytes32 id, bytes error);

    // The call as a whole
    error OnlySelf();
    error OutOfGas();
    error PredecessorHeadDiffers(bytes32 expected, bytes32 found);

    // Every event
    error UnknownShape(uint8 shape);
    error BadSignature(address claimed, address recovered);
    error UnknownSigner(address signer);
    error SignerNotValid(address signer, uint64 from, uint64 to, uint64 blockTime);
    error UnknownKind(uint8 kind);
    error NonceUsed(address signer, uint96 nonce);
    error OccurredInFuture(uint64 occurredAt, uint64 blockTime);
    error ContentTooLong(uint256 length, uint256 limit);
    error PartySuspended(bytes32 party);
    error UnusedFieldSet(string field);
    error QuantityZero();
    error QuantityOverflow();

    // Make
    error UnknownProvenance(uint8 provenance);
    error RoleMissing(bytes32 party, uint8 needed);
    error InputCount(uint256 count, uint256 limit);
    error OutputCount(uint256 count, uint256 limit);
    error InputsNotAscending();
    error UnknownBatch(bytes32 batch);
    error BatchRecalled(bytes32 batch);
    error MoreThanHeld(bytes32 batch, bytes32 party, uint256 wanted, uint256 held);
    error OutputsRepeatProduct(bytes32 product);
    error LotLength(uint256 length);
    error UnknownProduct(bytes32 product);
    error NotMaker(bytes32 product, bytes32 party);
    error OutputIsInput(bytes32 batch);
    error OutsideStockNotNew(bytes32 batch);
    error BatchClosed(bytes32 batch, uint64 openUntil);
    error OpenTooLong(uint64 openUntil, uint64 latest);
    error NotPieces(bytes32 product);
    error FirstIndexWrong(uint32 given, uint32 expected);
    error TooManyItems(uint256 count, uint256 limit);
    error MixedUnits();
    error ConversionNotDeclared(bytes32 input, bytes32 output);
    error AboveYield(bytes32 product, uint256 wanted, uint256 limit);
    error AboveInputs(uint256 wanted, uint256 limit);

    // Move
    error UnknownParty(bytes32 party);
    error HolderNotSuspended(bytes32 holder);
    error NotAWayBack(bytes32 batch, bytes32 to);
    error ShipToSelf();
    error UnknownShipment(bytes32 shipment, bytes32 batch);
    error NotNamedParty(bytes32 shipment, bytes32 party);
    error MoreThanOpen(bytes32 shipment, uint256 wanted, uint256 open);
    error MoreThanSold(bytes32 batch, bytes32 party, uint256 wanted, uint256 sold);
    error TargetMissing();
    error NotOrigin(bytes32 batch, bytes32 party);
    error AlreadyMoved(bytes32 batch);
    error AdjustPacked(bytes32 batch);

    // Note
    error SubjectCount(uint256 count);
    error NotHolder(bytes32 batch, bytes32 party);
    error PlaceLength(uint256 length);
    error NotPlaceOwner(bytes32 owner, bytes32 party);
    error BatchesNotAscending();
    error NotEntitled(bytes32 batch, bytes32 party);
    error NotRecalled(bytes32 batch);
    error VoidForeignSigner(address signer);

    /// @notice Records each event that the law accepts, in order. A refused one leaves a `Skipped` log and nothing else;
    /// its neighbours are untouched. Reverts as a whole only when gas runs out (`OutOfGas`), when the arguments are no
    /// encoding, or when a re-anchored ledger would leave its predecessor's path (`PredecessorHeadDiffers`).
    function record(SignedEvent[] calldata events) external;

    /// @notice The signing digest of an event.
    /// @param shape 1 Make, 2 Move, 3 Note; another reverts with `UnknownShape`
    /// @param body exactly `abi.encode` of the struct; anything else reverts
    function eventId(uint8 shape, bytes calldata body) external view returns (bytes32);

    /// @notice The EIP-712 domain separator, under the chain's present id.
    function domainSeparator() external view returns (bytes32);

    /// @notice The random id of this ledger, the salt of its domain.
    function ledgerId() external view returns (bytes32);

    /// @notice Hash chain over all recorded events.
    function ledgerHead() external view returns (bytes32);

    /// @notice How many events were recorded.
    function count() external view returns (uint64);

    /// @notice How many events the ledger had that this one continues; 0 if it continues none.
    function predecessorCount() external view returns (uint64);

    /// @notice The head the ledger must have when it has recorded that many.
    function predecessorHead() external view returns (bytes32);

    /// @notice Hash chain of a batch or place; zero before its first event.
    function headOf(bytes32 subject) external view returns (bytes32);

    /// @notice State of a batch; all zero if there is none.
    function batches(bytes32 batch) external view returns (Batch memory);

    /// @notice What a party has of a batch, by their ids.
    function holdingOf(bytes32 batch, bytes32 party) external view returns (Holding memory);

    /// @notice What is open of a shipment, by the id of its Ship and the batch.
    function shipmentOf(bytes32 id, bytes32 batch) external view returns (Shipment memory);

    /// @notice Whether this nonce of this signer is burned.
    function nonceUsed(address signer, uint96 nonce) external view returns (bool);
}
