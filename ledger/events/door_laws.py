"""The words of what the doors refuse, as data: who may ask, which batch is meant, whether a file can be read.

These are found where a request or a file comes in. Arguments are bare names; a `reason` is a phrase made by the reader.
"""

from __future__ import annotations

from ledger.events.law_table import Law

DOOR_LAWS = (
    Law("ReceiptForm", "reason", "A receipt is whole and signed.", "this is no receipt: {reason}", None, None),
    Law("NotAuthenticated", "", "Who asks must show a key.", "no valid key was shown", "a key", None),
    Law("OperatorOnly", "", "Only the operator may do this.", "this is for the operator alone", "the operator", None),
    Law("PartyNotNamed", "", "The operator says for which party it acts.", "no party is named", "a party", None),
    Law(
        "NotYourSigner",
        "signer",
        "An event is handed in by the party of its signer.",
        "{signer:name} is not a signer of this party",
        "a signer of the party",
        "{signer:name}",
    ),
    Law(
        "NoKeyHere",
        "party",
        "The gateway signs only for parties whose key it keeps.",
        "no key of {party:name} is kept here",
        "a kept key, or an event signed elsewhere",
        None,
    ),
    Law(
        "IdempotencyKeyReused",
        "key",
        "An idempotency key stands for one request.",
        "the key {key} was used for another request",
        "a new key",
        "{key}",
    ),
    Law(
        "AmbiguousLot",
        "product, lot, batches",
        "Product and lot name one batch.",
        "lot {lot} of {product} names {batches} batches: say whose",
        "one batch",
        "{batches}",
    ),
    Law(
        "AmbiguousShipment",
        "shipments",
        "What is received is one shipment.",
        "{shipments} shipments fit: say which",
        "one shipment",
        "{shipments}",
    ),
    Law(
        "NotAnEpcisDocument",
        "reason",
        "The file is an EPCIS 2.0 document.",
        "this is no EPCIS document: {reason}",
        "an EPCIS 2.0 document",
        None,
    ),
    Law(
        "MalformedEvent",
        "reason",
        "An EPCIS event has the form of the standard.",
        "the event is malformed: {reason}",
        None,
        None,
    ),
    Law(
        "EventTime",
        "reason",
        "An event says when it occurred, with an offset.",
        "the event's time cannot be read: {reason}",
        "a date and time with an offset",
        None,
    ),
    Law(
        "LotMismatch", "reason", "A lot is said once, or the same everywhere.", "the lots differ: {reason}", None, None
    ),
    Law(
        "WrongUnit",
        "reason",
        "A quantity is given in a unit of its product.",
        "the unit does not fit: {reason}",
        None,
        None,
    ),
    Law(
        "UnknownUom",
        "reason",
        "A unit of measure is one that can be converted.",
        "the unit is not known: {reason}",
        None,
        None,
    ),
)
