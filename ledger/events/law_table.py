"""The words of the laws for every event and of Make, as data (docs/spec/law.md). `laws.py` fills in the numbers.

Names and arguments are those of the custom errors; so in `custody_laws.py` and `registry_laws.py`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Law:
    """`title` says what must be; `sentence`, `expected` and `found` are templates over `arguments` (see `Words`).

    `arguments` are those of the custom error with their Solidity types, or, of a law of form, bare names.
    """

    name: str
    arguments: str
    title: str
    sentence: str
    expected: str | None = None
    found: str | None = None


EVERY_EVENT_LAWS = (
    Law(
        "UnknownShape",
        "uint8 shape",
        "An event is a Make, a Move or a Note.",
        "shape {shape} is none of the three shapes of event",
        "1, 2 or 3",
        "{shape}",
    ),
    Law(
        "BadSignature",
        "address claimed, address recovered",
        "An event is signed by the signer it names, for this ledger.",
        "the signature is not that of {claimed:name} on this ledger",
        "{claimed:name}",
        "{recovered:name}",
    ),
    Law(
        "UnknownSigner",
        "address signer",
        "A signer belongs to a registered party.",
        "{signer:name} belongs to no registered party",
        "a registered signer",
        "{signer:name}",
    ),
    Law(
        "SignerNotValid",
        "address signer, uint64 from, uint64 to, uint64 blockTime",
        "A signer signs only within its interval.",
        "{signer:name} may sign from {from:time} to {to:time}, not at {blockTime:time}",
        "from {from:time} to {to:time}",
        "{blockTime:time}",
    ),
    Law(
        "UnknownKind",
        "uint8 kind",
        "The kind is one that this ledger records.",
        "kind {kind:kind} is not recorded by this ledger",
        None,
        "{kind:kind}",
    ),
    Law(
        "NonceUsed",
        "address signer, uint96 nonce",
        "A signer uses each nonce once.",
        "nonce {nonce} of {signer:name} was used before",
        "an unused nonce",
        "{nonce}",
    ),
    Law(
        "OccurredInFuture",
        "uint64 occurredAt, uint64 blockTime",
        "An event is recorded after it occurred.",
        "said to occur at {occurredAt:time}, but it is only {blockTime:time}",
        "at latest {blockTime:time}",
        "{occurredAt:time}",
    ),
    Law(
        "ContentTooLong",
        "uint256 length, uint256 limit",
        "The content of an event has a limited length.",
        "content of {length} bytes, {length-limit} too many",
        "at most {limit} bytes",
        "{length} bytes",
    ),
    Law(
        "PartySuspended",
        "bytes32 party",
        "A suspended party may only receive, refuse and send goods back, dispose of them, recall and void nonces.",
        "{party:name} is suspended",
        "an active party",
        "suspended",
    ),
    Law(
        "UnusedFieldSet",
        "string field",
        "A field that the kind does not use stays empty.",
        "this kind of event does not use {field}",
        "{field} empty",
        "{field} set",
    ),
    Law("QuantityZero", "", "A quantity is above zero.", "a quantity is zero", "above zero", "0"),
    Law(
        "QuantityOverflow",
        "",
        "A quantity fits into 96 bits.",
        "a sum of quantities is larger than the ledger can hold",
        "below 2^96",
    ),
)

MAKE_LAWS = (
    Law(
        "LotLength",
        "uint256 length",
        "A lot has 1 to 64 characters.",
        "a lot of {length} bytes",
        "1 to 64 bytes",
        "{length} bytes",
    ),
    Law(
        "UnknownProduct",
        "bytes32 product",
        "The product is registered.",
        "product {product:name} is not registered",
        "a registered product",
        "{product:name}",
    ),
    Law(
        "NotMaker",
        "bytes32 product, bytes32 party",
        "A product is made by its brand owner and the makers it lists, unless it is open to all.",
        "{party:name} is not a maker of {product:name}",
        "the brand owner or a listed maker",
        "{party:name}",
    ),
    Law(
        "OutsideStockNotNew",
        "bytes32 batch",
        "Stock from outside is a new batch, to which nothing is added.",
        "batch {batch:name} exists already, and stock from outside cannot be mixed with it",
        "a new lot",
        "{batch:name}",
    ),
    Law(
        "BatchClosed",
        "bytes32 batch, uint64 openUntil",
        "Goods are added to a batch only while it is open.",
        "batch {batch:name} is closed; it was open until {openUntil:time}",
        "an open batch or a new lot",
        "open until {openUntil:time}",
    ),
    Law(
        "OpenTooLong",
        "uint64 openUntil, uint64 latest",
        "A batch stays open for at most 7 days.",
        "open until {openUntil:time}, later than {latest:time}",
        "at latest {latest:time}",
        "{openUntil:time}",
    ),
    Law(
        "UnknownProvenance",
        "uint8 provenance",
        "Goods are made here, opening stock, or bought outside.",
        "provenance {provenance} is none of the three",
        "0, 1 or 2",
        "{provenance}",
    ),
    Law(
        "RoleMissing",
        "bytes32 party, uint8 needed",
        "A party acts within its roles.",
        "{party:name} lacks the role {needed:roles}",
        "{needed:roles}",
    ),
    Law(
        "OutputCount",
        "uint256 count, uint256 limit",
        "An event makes at least one batch, and no more than its kind allows.",
        "{count} outputs, where 1 to {limit} are allowed",
        "1 to {limit}",
        "{count}",
    ),
    Law(
        "InputCount",
        "uint256 count, uint256 limit",
        "Goods are made from at least one batch and from a limited number at once.",
        "{count} inputs, where 1 to {limit} are allowed",
        "1 to {limit}",
        "{count}",
    ),
    Law(
        "NotPieces",
        "bytes32 product",
        "Only a product counted in pieces is packed.",
        "{product:name} is not counted in pieces",
        "a product counted in pieces",
        "{product:name}",
    ),
    Law(
        "FirstIndexWrong",
        "uint32 given, uint32 expected",
        "The items of a batch are numbered without gaps.",
        "items numbered from {given}, but the next item of this batch is {expected}",
        "{expected}",
        "{given}",
    ),
    Law(
        "TooManyItems",
        "uint256 count, uint256 limit",
        "A batch has at most 1,048,576 items.",
        "{count} items in one batch, {count-limit} too many",
        "at most {limit}",
        "{count}",
    ),
    Law(
        "InputsNotAscending",
        "",
        "The inputs of an event are listed once each, in ascending order.",
        "an input is listed twice or out of order",
        "ascending batch ids",
    ),
    Law(
        "OutputsRepeatProduct",
        "bytes32 product",
        "The outputs of one event are different products.",
        "{product:name} is an output twice",
        "each product once",
        "{product:name}",
    ),
    Law(
        "OutputIsInput",
        "bytes32 batch",
        "A batch is not made from itself.",
        "batch {batch:name} is both input and output",
        "another lot",
        "{batch:name}",
    ),
    Law(
        "ConversionNotDeclared",
        "bytes32 input, bytes32 output",
        "One product is made from another only with a declared yield.",
        "no yield is declared for making {output:name} from {input:name}",
        "a declared yield",
        "{input:name} → {output:name}",
    ),
    Law(
        "AboveYield",
        "bytes32 product, uint256 wanted, uint256 limit",
        "Nothing yields more than its declared yield.",
        "wanted {wanted:quantity} of {product:name}, the inputs yield {limit:quantity}: "
        "{wanted-limit:quantity} out of nothing",
        "at most {limit:quantity}",
        "{wanted:quantity}",
    ),
    Law(
        "MixedUnits",
        "",
        "Several outputs of one event are measured, like its inputs, in one unit.",
        "the inputs and outputs are not all in one unit",
        "one unit",
        "several units",
    ),
    Law(
        "AboveInputs",
        "uint256 wanted, uint256 limit",
        "All outputs together are not more than the inputs yield.",
        "wanted {wanted:quantity} in all, the inputs yield {limit:quantity}: {wanted-limit:quantity} out of nothing",
        "at most {limit:quantity} in all",
        "{wanted:quantity}",
    ),
)
