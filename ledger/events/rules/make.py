"""Commission, Transform and Pack (docs/spec/law.md, Make)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ledger.errors import Refusal
from ledger.events.identifiers import batch_id
from ledger.events.lineage import Edge
from ledger.events.model import (
    INPUT_LIMIT,
    ITEM_LIMIT,
    LOT_LIMIT,
    OPEN_LIMIT,
    OUTPUT_LIMIT,
    PER_MILLION,
    Input,
    Kind,
    LinkRole,
    Make,
    Output,
    Provenance,
    Role,
    Unit,
)
from ledger.events.rules.act import Act
from ledger.events.rules.state import BatchState, ProductState


@dataclass(frozen=True, slots=True)
class _Used:
    """An input that passed."""

    input: Input
    batch: BatchState
    product: ProductState


@dataclass(frozen=True, slots=True)
class _Made:
    """An output that passed, with the batch as it is before the event (zero when new)."""

    output: Output
    batch: BatchState
    product: ProductState


def check_make(act: Act, event: Make) -> None:
    if event.kind == Kind.COMMISSION:
        _commission(act, event)
    elif event.kind == Kind.TRANSFORM:
        _transform(act, event)
    else:
        _pack(act, event)


def _commission(act: Act, event: Make) -> None:
    if event.provenance > max(Provenance):
        raise Refusal("UnknownProvenance", provenance=event.provenance)
    if event.provenance == Provenance.MADE_HERE:
        act.require_role(Role.PRODUCER)
    _require_outputs(event, 1)
    _write(act, event, [], _outputs(act, event))


def _transform(act: Act, event: Make) -> None:
    act.require_role(Role.PRODUCER | Role.PROCESSOR | Role.PACKER)
    _require_inputs(event)
    _require_outputs(event, OUTPUT_LIMIT)
    used = _inputs(act, event)
    made = _outputs(act, event)
    _require_yields(act, used, made)
    _write(act, event, used, made)


def _pack(act: Act, event: Make) -> None:
    act.require_role(Role.PACKER)
    _require_inputs(event)
    _require_outputs(event, 1)
    used = _inputs(act, event)
    made = _outputs(act, event)
    packed = made[0]
    if packed.product.unit != Unit.PIECE:
        raise Refusal("NotPieces", product=packed.product.id)
    if event.first_index != packed.batch.items:
        raise Refusal("FirstIndexWrong", given=event.first_index, expected=packed.batch.items)
    count = packed.batch.items + packed.output.quantity
    if count > ITEM_LIMIT:
        raise Refusal("TooManyItems", count=count, limit=ITEM_LIMIT)
    _require_yields(act, used, made)
    _write(act, event, used, made)


def _require_inputs(event: Make) -> None:
    if not 1 <= len(event.inputs) <= INPUT_LIMIT:
        raise Refusal("InputCount", count=len(event.inputs), limit=INPUT_LIMIT)


def _require_outputs(event: Make, limit: int) -> None:
    if not 1 <= len(event.outputs) <= limit:
        raise Refusal("OutputCount", count=len(event.outputs), limit=limit)


def _inputs(act: Act, event: Make) -> list[_Used]:
    used: list[_Used] = []
    for entry in event.inputs:
        if used and entry.batch <= used[-1].input.batch:
            raise Refusal("InputsNotAscending")
        if entry.quantity == 0:
            raise Refusal("QuantityZero")
        batch = act.require_batch(entry.batch)
        act.require_not_recalled(batch)
        act.require_held(entry.batch, entry.quantity)
        used.append(_Used(entry, batch, _product(act, batch.product)))
    return used


def _outputs(act: Act, event: Make) -> list[_Made]:
    made: list[_Made] = []
    outside = event.provenance != Provenance.MADE_HERE
    inputs = {entry.batch for entry in event.inputs}
    for output in event.outputs:
        if output.quantity == 0:
            raise Refusal("QuantityZero")
        if any(output.product == earlier.output.product for earlier in made):
            raise Refusal("OutputsRepeatProduct", product=output.product)
        if not 1 <= len(output.lot) <= LOT_LIMIT:
            raise Refusal("LotLength", length=len(output.lot))
        product = _product(act, output.product)
        if not (outside or _may_make(act, product)):
            raise Refusal("NotMaker", product=product.id, party=act.party.id)
        id = batch_id(product.id, act.party.id, output.lot)
        if id in inputs:
            raise Refusal("OutputIsInput", batch=id)
        made.append(_Made(output, _batch_for(act, id, output, outside), product))
    return made


def _product(act: Act, id: bytes) -> ProductState:
    found = act.view.product(id)
    if found is None:
        raise Refusal("UnknownProduct", product=id)
    return found


def _may_make(act: Act, product: ProductState) -> bool:
    return product.open or product.brand_owner == act.party.id or act.view.is_maker(product.id, act.party.id)


def _batch_for(act: Act, id: bytes, output: Output, outside: bool) -> BatchState:
    """The batch an output goes into: an open one of the same origin, or a new and still empty one."""
    found = act.view.batch(id)
    if found is None:
        latest = act.block_time + OPEN_LIMIT
        if output.open_until > latest:
            raise Refusal("OpenTooLong", openUntil=output.open_until, latest=latest)
        return BatchState(id, output.product, act.party.id, output.lot, output.open_until, outside)
    if outside or found.outside:
        raise Refusal("OutsideStockNotNew", batch=id)
    act.require_open(found)
    return found


def _yield(act: Act, used: _Used, made: _Made) -> int:
    """Output base units per million of input."""
    if used.product.id == made.product.id:
        return PER_MILLION
    declared = act.view.yield_per_million(used.product.id, made.product.id)
    if not declared:
        raise Refusal("ConversionNotDeclared", input=used.product.id, output=made.product.id)
    return declared


def _require_yields(act: Act, used: list[_Used], made: list[_Made]) -> None:
    several = len(made) > 1
    if several and len({line.product.unit for line in used} | {line.product.unit for line in made}) > 1:
        raise Refusal("MixedUnits")
    largest = [PER_MILLION] * len(used)
    for result in made:
        yields = [_yield(act, source, result) for source in used]
        limit = _floor_sum(used, yields)
        if result.output.quantity > limit:
            raise Refusal("AboveYield", product=result.product.id, wanted=result.output.quantity, limit=limit)
        largest = [max(pair) for pair in zip(largest, yields, strict=True)]
    wanted = sum(result.output.quantity for result in made)
    limit = _floor_sum(used, largest)
    if several and wanted > limit:
        raise Refusal("AboveInputs", wanted=wanted, limit=limit)


def _floor_sum(used: list[_Used], yields: list[int]) -> int:
    """One division after the sum: nothing is lost to rounding input by input."""
    return sum(line.input.quantity * per_million for line, per_million in zip(used, yields, strict=True)) // PER_MILLION


def _write(act: Act, event: Make, used: list[_Used], made: list[_Made]) -> None:
    for line in used:
        quantity = line.input.quantity
        consumed = line.batch.consumed + quantity
        act.hold(line.batch.id, lost=quantity)
        act.changes.batches[line.batch.id] = replace(line.batch, consumed=consumed, moved=True)
        act.changes.links.append(("batch", line.batch.id, LinkRole.INPUT))
    for result in made:
        batch, quantity = result.batch, result.output.quantity
        act.hold(batch.id, gained=quantity)
        act.changes.batches[batch.id] = replace(
            batch,
            made=batch.made + quantity,
            items=batch.items + (quantity if event.kind == Kind.PACK else 0),
            commission_only=batch.commission_only and event.kind == Kind.COMMISSION,
        )
        act.changes.links.append(("batch", batch.id, LinkRole.MADE))
        act.changes.edges += [Edge(line.batch.id, line.input.quantity, batch.id) for line in used]
