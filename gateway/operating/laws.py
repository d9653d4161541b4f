"""The laws that an acknowledged event can still meet on the chain, because something changed on its way, in the words of
ledger/events/laws.py. What can never have been acknowledged needs no translation: it was refused at the door."""

from __future__ import annotations

from typing import Final

from gateway.pages.languages import mark

TITLES: Final = {
    "UnknownSigner": mark("A signer belongs to a registered party."),
    "SignerNotValid": mark("A signer signs only within its interval."),
    "NonceUsed": mark("A signer uses each nonce once."),
    "OccurredInFuture": mark("An event is recorded after it occurred."),
    "PartySuspended": mark(
        "A suspended party may only receive, refuse and send goods back, dispose of them, recall and void nonces."
    ),
    "NotMaker": mark("A product is made by its brand owner and the makers it lists, unless it is open to all."),
    "RoleMissing": mark("A party acts within its roles."),
    "BatchClosed": mark("Goods are added to a batch only while it is open."),
    "OutsideStockNotNew": mark("Stock from outside is a new batch, to which nothing is added."),
    "FirstIndexWrong": mark("The items of a batch are numbered without gaps."),
    "TooManyItems": mark("A batch has at most 1,048,576 items."),
    "ConversionNotDeclared": mark("One product is made from another only with a declared yield."),
    "AboveYield": mark("Nothing yields more than its declared yield."),
    "AboveInputs": mark("All outputs together are not more than the inputs yield."),
    "UnknownBatch": mark("The batch is on the ledger."),
    "BatchRecalled": mark("Recalled goods only go back."),
    "MoreThanHeld": mark("Nobody gives away or uses more of a batch than they hold."),
    "UnknownShipment": mark("Goods on their way are those of a recorded shipment of the batch."),
    "MoreThanOpen": mark("No more comes out of a shipment than is still on its way."),
    "MoreThanSold": mark("No more of a batch comes back to a seller than the seller sold."),
    "HolderNotSuspended": mark("An inspector ships only the goods of a suspended party."),
    "NotAWayBack": mark(
        "An inspector ships goods only back to their origin, or to their brand owner while the origin is suspended."
    ),
    "NotOrigin": mark("A batch is adjusted upwards by its origin or by an inspector."),
    "AlreadyMoved": mark("An origin adjusts a batch upwards only while all of it is as it was commissioned."),
    "AdjustPacked": mark("A packed batch is not adjusted upwards."),
    "NotHolder": mark(
        "A batch is observed by who holds or held it, or by an inspector; it is adjusted where it is or was held."
    ),
    "NotEntitled": mark("A batch is recalled, and a recall lifted, by its origin, its brand owner or an inspector."),
    "NotRecalled": mark("A recall is lifted in the capacity in which it was made."),
}
KINDS: Final = {
    "Commission": mark("brought in"),
    "Transform": mark("made from others"),
    "Pack": mark("packed"),
    "Ship": mark("sent off"),
    "Receive": mark("received"),
    "Reject": mark("not accepted"),
    "Withdraw": mark("taken back on the way"),
    "Sell": mark("sold"),
    "Return": mark("returned by a buyer"),
    "Dispose": mark("lost or destroyed"),
    "AdjustUp": mark("corrected upwards"),
    "AdjustDown": mark("corrected downwards"),
    "Observe": mark("observed"),
    "Correct": mark("information corrected"),
    "Recall": mark("recalled"),
    "Lift": mark("recall lifted"),
    "Void": mark("nonce voided"),
}
