"""What a kind's own rule has in hand once the rules for every event have passed, and the steps that kinds share."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ledger.errors import Refusal
from ledger.events.model import UINT96_MAX, ZERO32, Move, Note, Role, Status
from ledger.events.rules.state import BatchState, Changes, HoldingState, PartyState, ShipmentState, View

NEVER_HELD = HoldingState()


@dataclass(frozen=True, slots=True)
class Act:
    """An event about to be judged by its kind's own rules, with the changes it has earned so far."""

    view: View
    event_id: bytes
    party: PartyState
    block_time: int
    changes: Changes

    def require_role(self, needed: Role) -> None:
        """Any one of the roles in `needed` suffices."""
        if not self.party.roles & needed:
            raise Refusal("RoleMissing", party=self.party.id, needed=int(needed))

    def require_active(self) -> None:
        if self.party.status != Status.ACTIVE:
            raise Refusal("PartySuspended", party=self.party.id)

    def require_party(self, party: bytes) -> PartyState:
        found = self.view.party(party)
        if found is None:
            raise Refusal("UnknownParty", party=party)
        return found

    def require_batch(self, batch: bytes) -> BatchState:
        found = self.view.batch(batch)
        if found is None:
            raise Refusal("UnknownBatch", batch=batch)
        return found

    def require_open(self, batch: BatchState) -> None:
        if self.block_time > batch.open_until:
            raise Refusal("BatchClosed", batch=batch.id, openUntil=batch.open_until)

    def require_not_recalled(self, batch: BatchState) -> None:
        """None of the three flags is set."""
        if batch.recalled:
            raise Refusal("BatchRecalled", batch=batch.id)

    def require_held(self, batch: bytes, wanted: int, holder: bytes | None = None) -> None:
        holder = holder or self.party.id
        held = self.holding(batch, holder).quantity
        if wanted > held:
            raise Refusal("MoreThanHeld", batch=batch, party=holder, wanted=wanted, held=held)

    def require_shipment(self, shipment: bytes, batch: bytes) -> ShipmentState:
        found = self.view.shipment(shipment, batch)
        if found is None:
            raise Refusal("UnknownShipment", shipment=shipment, batch=batch)
        return found

    def brand_owner(self, batch: BatchState) -> bytes:
        """Party id of the brand owner of the batch's product."""
        product = self.view.product(batch.product)
        if product is None:  # registered when the batch was made, and nothing unregisters
            raise Refusal("UnknownProduct", product=batch.product)
        return product.brand_owner

    def holding(self, batch: bytes, holder: bytes | None = None) -> HoldingState:
        """What the acting party, or `holder`, holds of a batch; a zero holding if it never held any."""
        return self.view.holding(batch, holder or self.party.id) or NEVER_HELD

    def hold(self, batch: bytes, gained: int = 0, lost: int = 0, sold: int = 0, holder: bytes | None = None) -> None:
        """Write the new holding of the acting party, or of `holder`. An event writes each holding once.

        `sold` may be negative: what came back.
        """
        holder = holder or self.party.id
        before = self.holding(batch, holder)
        self.changes.holdings[(batch, holder)] = HoldingState(
            quantity=uint96(before.quantity + gained - lost), sold=uint96(before.sold + sold), ever_held=True
        )

    def close(self, batch: BatchState) -> BatchState:
        """The batch closed to its origin; one whose time is over keeps the time at which it closed."""
        return replace(batch, open_until=0) if self.block_time <= batch.open_until else batch

    def require_target(self, event: Move | Note) -> None:
        """That what it names exists is for readers to see."""
        if event.target == ZERO32:
            raise Refusal("TargetMissing")

    def take_from_shipment(self, shipment: ShipmentState, quantity: int) -> None:
        if quantity > shipment.open:
            raise Refusal("MoreThanOpen", shipment=shipment.id, wanted=quantity, open=shipment.open)
        self.changes.shipments[(shipment.id, shipment.batch)] = replace(shipment, open=shipment.open - quantity)


def uint96(total: int) -> int:
    """The total, as the contract can store it."""
    if total > UINT96_MAX:
        raise Refusal("QuantityOverflow")
    return total
