"""What a party signed lately, one line each, and what of it can be mended."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.portal.desk import Desk
from gateway.portal.ways import WORDS, written_in
from gateway.portal.words import DEEDS, said
from ledger.errors import Refusal
from ledger.projection.present import Json
from ledger.recording import MoveDraft

MOST = 5


@dataclass(frozen=True, slots=True)
class Deed:
    """`now`: what it counts as since it was corrected. `wrong`: why it is not recorded and never will be."""

    id: str
    line: str
    when: str
    now: str | None
    wrong: str | None
    mendable: bool


def lately(desk: Desk) -> list[Deed]:
    with desk.state.reader.desk() as reader:
        events = reader.recent(desk.party, MOST)
    return [_deed(desk, each) for each in events]


def _deed(desk: Desk, event: Json) -> Deed:
    parts, dead = written_in(event, corrected(desk, event)), event["state"] == "dead"
    before = written_in(event, {})
    now = None
    if [part.quantity for part in parts] != [part.quantity for part in before]:
        now = desk.language.join(desk.amount(part.quantity, part.product) for part in parts)
    return Deed(
        event["id"], line_of(desk, event), desk.language.moment(event["occurred_at"]) or "", now,
        said(Refusal(event["law"]), desk) if dead and event["law"] else None,
        bool(parts) and not dead and desk.may(WORDS[event["kind"]]),
    )  # fmt: skip


def corrected(desk: Desk, event: Json) -> dict[str, int]:
    """By batch, what corrections of it add or take away, those that wait to be signed among them."""
    with desk.state.reader.desk() as reader:
        found: dict[str, int] = reader.corrected(event, desk.party)
    for _, drafts in desk.state.waiting.of(desk.party):
        for each in drafts:
            if isinstance(each, MoveDraft) and each.mends == bytes.fromhex(event["id"][2:]) and each.batch:
                batch = "0x" + (each.batch.id or b"").hex()
                by = each.quantity if each.kind.word == "AdjustUp" else -each.quantity
                found[batch] = found.get(batch, 0) + by
    return found


def line_of(desk: Desk, event: Json) -> str:
    """`Harvest: 120 kg Mud crab, lot N2411`; of a change what came out of it, of a note what it is about."""
    made = event["outputs"] or ([event["batch_ref"] | {"quantity": event["quantity"]}] if event["batch_ref"] else [])
    told = (
        desk.language.join(_goods(desk, each) for each in made or event["batches"] if each["product"]) or event["place"]
    )
    if event["to"] is not None:
        told = desk.language.text("{what} to {receiver}", what=told, receiver=desk.words(event["to"]))
    kind = WORDS.get(event["kind"])
    deed = desk.language.text(DEEDS[kind]) if kind is not None else event["kind"]
    return desk.language.text("{deed}: {what}", deed=deed, what=told or "")


def _goods(desk: Desk, told: Json) -> str:
    product, lot = told["product"], told["lot"]
    if told.get("quantity") is None:
        return desk.language.text("{product}, lot {lot}", product=desk.words(product), lot=lot)
    amount = desk.amount(told["quantity"], product)
    return desk.language.text("{amount} {product}, lot {lot}", amount=amount, product=desk.words(product), lot=lot)
