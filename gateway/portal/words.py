"""What the law says, as a clerk would be told: what is wrong, and what to do. Numbers come with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.auth.words import said as said_elsewhere
from gateway.pages.languages import mark
from ledger.errors import Refusal
from ledger.events.model import Kind

if TYPE_CHECKING:
    from gateway.portal.desk import Desk

DEEDS: Final = {
    Kind.COMMISSION: mark("Harvest"),
    Kind.TRANSFORM: mark("Processing"),
    Kind.PACK: mark("Packing"),
    Kind.SHIP: mark("Handing over"),
    Kind.RECEIVE: mark("Receiving"),
    Kind.REJECT: mark("Sending back"),
    Kind.WITHDRAW: mark("Taking back"),
    Kind.SELL: mark("Sale"),
    Kind.RETURN: mark("Return"),
    Kind.DISPOSE: mark("Loss"),
    Kind.ADJUST_UP: mark("Correction, more"),
    Kind.ADJUST_DOWN: mark("Correction, less"),
    Kind.OBSERVE: mark("Note"),
    Kind.CORRECT: mark("Note"),
    Kind.RECALL: mark("Recall"),
    Kind.LIFT: mark("Recall lifted"),
    Kind.VOID: mark("Cancelled number"),
}

_SAID: Final = {
    "QuantityForm": mark("This is no number: {value}. Write digits, such as 120 or 12.5."),
    "QuantityZero": mark("The quantity is missing. Write how much."),
    "NotWholeBaseUnits": mark("This quantity is too fine to be counted. Write it in a smaller unit."),
    "MoreThanHeld": mark("You have not that much of it any more."),
    "MoreThanOpen": mark("Not that much is still on the way: the other side was faster. Open Today again."),
    "MoreThanSold": mark("Not that much of it was sold."),
    "QuantityOverflow": mark("This quantity is too large."),
    "UnknownUnitCode": mark("This unit is not known here. Choose one of the list."),
    "LotLength": mark("The lot needs 1 to 64 letters."),
    "LotForm": mark("The lot has letters that a label cannot carry. Take A–Z, 0–9 and hyphens."),
    "OccurredInFuture": mark("The time lies ahead. Choose when it really happened."),
    "BatchClosed": mark("This lot is closed: nothing more goes into it. Take a new lot."),
    "OpenTooLong": mark("A lot stays open for 7 days at most."),
    "OutsideStockNotNew": mark("This lot is taken. Goods from outside get a lot of their own: write another one."),
    "NotMaker": mark("Your party is not a maker of this product. The Union lists makers."),
    "RoleMissing": mark("Your party has not the role for this. The Union gives it."),
    "PartySuspended": mark(
        "Your party is suspended: it may receive, send back and dispose, nothing else. Ask the Union."
    ),
    "UnknownProduct": mark("There is no such product. Choose one of the list."),
    "InputCount": mark("At most 16 lots go in at once. Do it in two goes."),
    "OutputCount": mark("At most 4 products come out at once. Do it in two goes."),
    "MixedUnits": mark("What comes out together is weighed alike: all in kg, or all in pieces."),
    "OutputIsInput": mark("A lot cannot come out of itself. Write another lot."),
    "TooManyItems": mark("A lot has too many pieces now. Take a new lot."),
    "BatchRecalled": mark("This lot is recalled: it only goes back, or is disposed of."),
    "UnknownBatch": mark("There is no such lot. Choose one of the list."),
    "UnknownParty": mark("This receiver is not known. Choose one of the list."),
    "ShipToSelf": mark("The receiver is your own party. Choose another."),
    "NothingChosen": mark("Nothing is chosen yet. Choose from the list."),
    "UnknownShipment": mark("This handover is not there any more. Open Today again."),
    "NotNamedParty": mark("This was sent to somebody else."),
    "NotOrigin": mark("Your party did not make this lot. Only an inspector may raise its quantity: ask one."),
    "AlreadyMoved": mark("This lot has moved on. Only an inspector may raise its quantity now: ask one."),
    "AdjustPacked": mark("Packed goods have numbers: their quantity is never raised."),
    "AmbiguousLot": mark("Several lots have this name. Choose one of the list."),
    "AmbiguousShipment": mark("Several handovers fit. Choose one of the list."),
    "DraftGone": mark("This is signed already, or was taken back before. Correct it instead."),
    "DraftBuiltOn": mark("Something that you entered later needs it. Take that back first."),
    "NoKeyHere": mark("Your party's key is not kept here. Ask the Union."),
    "UnknownEvent": mark("This is not to be mended here. Open Today again."),
    "SubjectCount": mark("Choose 1 to 200 lots."),
    "UnitName": mark("Name the unit with one word, such as a basket or a crate."),
    "UnitTaken": mark("This unit is everybody's and stays as it is. Take another word."),
    "NothingToMend": mark("This is the quantity that stands there already. Write the right one."),
    "NotEntitled": mark("Only who made a lot, or whose brand it is, recalls it."),
    "NotRecalled": mark("This lot is not recalled any more."),
    "ContentTooLong": mark("There is too much text. Shorten it."),
}


def said(refusal: Refusal, desk: Desk) -> str:
    numbers = refusal.numbers
    product = _product_of(refusal, desk)
    if refusal.law in ("MoreThanHeld", "MoreThanOpen", "MoreThanSold", "AboveInputs", "AboveYield") and product:
        most = next(int(numbers[name]) for name in ("held", "open", "sold", "limit") if name in numbers)
        values = {"wanted": desk.amount(int(numbers["wanted"]), product), "most": desk.amount(most, product)}
        if refusal.law == "AboveYield":
            values["product"] = desk.words(product)
        message = {
            "MoreThanHeld": mark("You have {most} of it, not {wanted}. Write at most what you have."),
            "MoreThanOpen": mark(
                "{most} is still on the way, not {wanted}. Write at most that; more needs another handover."
            ),
            "MoreThanSold": mark("{most} of it was sold, not {wanted}."),
            "AboveInputs": mark("What goes in gives at most {most} in all, not {wanted}. Check both quantities."),
            "AboveYield": mark("What goes in gives at most {most} {product}, not {wanted}. Check both quantities."),
        }[refusal.law]
        return desk.language.text(message, **values)
    if "rows" in numbers:
        message = mark("Not a name with a quantity: {rows}. Write each as: Tu Den 12.5")
        return desk.language.text(message, rows=numbers["rows"])
    if refusal.law == "ConversionNotDeclared":
        pair = {name: desk.words(desk.product(numbers[name])) for name in ("input", "output")}
        return desk.language.text(
            mark("Nobody has declared how much {output} comes out of {input}. Ask the Union for a yield."), **pair
        )
    words = _SAID.get(refusal.law)
    return desk.language.text(words, **numbers) if words else said_elsewhere(refusal, desk.language)


def _product_of(refusal: Refusal, desk: Desk) -> dict[str, object] | None:
    """Whose unit the numbers are in."""
    numbers = refusal.numbers
    if isinstance(numbers.get("product"), bytes):
        return desk.product(numbers["product"])
    for name in ("batch", "shipment"):
        if isinstance(numbers.get(name), bytes):
            return desk.product_of(numbers[name])
    return None
