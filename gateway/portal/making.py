"""What a party can make of what it has: the lots that may go in, the products that may come out, and how much at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.auth.forms import Form
from gateway.portal.desk import Desk, Goods
from ledger.errors import Refusal
from ledger.events.model import INPUT_LIMIT, PER_MILLION, Kind, Role
from ledger.projection.present import Json
from ledger.recording import BatchName

NEEDS: Final = {Kind.TRANSFORM: Role.PRODUCER | Role.PROCESSOR | Role.PACKER, Kind.PACK: Role.PACKER}
"""Any of these roles of the party."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """`per_million`: most output in base units per million of input, as the Union declared it."""

    input: str
    output: Json
    per_million: int


@dataclass(frozen=True, slots=True)
class Row:
    """A lot that goes in, as it stands in the form: `used{number}` has what was typed."""

    number: int
    batch: str
    typed: str = ""
    unit: str = ""
    whole: bool = False


def recipes(desk: Desk, kind: Kind) -> list[Recipe]:
    """Of products that the party may make. What is counted in pieces is packed, where the party is a packer."""
    with desk.state.reader.desk() as reader:
        makes = {each["id"]: each for each in reader.makes(desk.party)}
        declared = [(source, makes[output], most) for source, output, most in reader.yields() if output in makes]
    packs = bool(desk.roles & Role.PACKER)
    pieces = {Kind.PACK: (True,), Kind.TRANSFORM: (False,) if packs else (False, True)}[kind]
    return [Recipe(*each) for each in declared if (each[1]["unit"] == "pieces") in pieces and each[2]]


def lots_for(desk: Desk, inputs: set[str], unit: str | None = None) -> list[Goods]:
    """What the party has of these products, in one base unit, and may use."""
    held = [each for each in desk.stock() if each.product["id"] in inputs and not each.recalled]
    return [each for each in held if unit in (None, each.product["unit"])]


def most_of(desk: Desk, recipe: Recipe) -> str:
    """`From 100 kg Mud crab at most 55 kg`."""
    source = desk.product_called(recipe.input)
    hundred = 100 * desk.units(source)[0].factor
    return desk.language.text(
        "From {amount} {input} at most {most}",
        amount=desk.amount(hundred, source),
        input=desk.words(source),
        most=desk.amount(hundred * recipe.per_million // PER_MILLION, recipe.output),
    )


def rows_shown(form: Form | None, lots: Sequence[Goods], batch: str) -> list[Row]:
    """As many as were there, one more where it was asked for; the first holds the lot that was chosen before, or the first."""
    if form is None:
        known = batch if batch in [each.batch for each in lots] else lots[0].batch
        return [Row(1, known)]
    rows = [
        Row(n, form.one(f"batch{n}"), form.one(f"used{n}"), form.one(f"used{n}_unit"), bool(form.one(f"whole{n}")))
        for n in _numbers(form)
    ]
    taken = {row.batch for row in rows}
    left = next((each.batch for each in lots if each.batch not in taken), None)
    if form.one("more") and left and len(rows) < INPUT_LIMIT:
        rows.append(Row(len(rows) + 1, left))
    return rows


def used(desk: Desk, form: Form) -> tuple[tuple[BatchName, int], ...]:
    """The lots that go in, with their quantities in base units. Raises Refusal."""
    found: dict[bytes, int] = {}
    for n in _numbers(form):
        typed, whole = form.one(f"used{n}").strip(), form.one(f"whole{n}")
        if not (typed or whole):
            continue
        batch = batch_called(form.one(f"batch{n}"))
        product = desk.product_of(batch)
        if product is None:
            raise Refusal("UnknownBatch", batch=batch)
        amount = desk.quantity(form, product, f"used{n}")[0] if typed else _held(desk, batch)
        found[batch] = found.get(batch, 0) + amount
    if not found:
        raise Refusal("QuantityZero")
    return tuple((BatchName(id=batch), amount) for batch, amount in found.items())


def batch_called(text: str) -> bytes:
    """The id in an address or a form. Raises `UnknownBatch`."""
    try:
        id = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        id = b""
    if len(id) != 32:
        raise Refusal("UnknownBatch", batch=bytes(32))
    return id


def _held(desk: Desk, batch: bytes) -> int:
    return sum(each.quantity for each in desk.trial.stock(desk.party) if each.batch.id == batch)


def _numbers(form: Form) -> range:
    """Rows are numbered from 1."""
    told = form.one("rows")
    return range(1, min(int(told) if told.isascii() and told.isdigit() else 1, INPUT_LIMIT) + 1)
