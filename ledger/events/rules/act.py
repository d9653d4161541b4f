"""What a kind's own rule has in hand once the rules for every event have passed, and the steps that kinds share."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ledger.errors import Refusal
from ledger.events.model import UINT96_MAX, Role
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

    def require_batch(self, batch: bytes) -> BatchState:
        found = self.view.batch(batch)
        if found is None:
            raise Refusal("UnknownBatch", batch=batch)
        return found

    def require_held(self, batch: bytes, wanted: int) -> None:
        held = self.holding(batch).quantity
        if wanted > held:
            raise Refusal("MoreThanHeld", batch=batch, party=self.party.id, wanted=wanted, held=held)

    def require_shipment(self, shipment: bytes, batch: bytes) -> ShipmentState:
        found = self.view.shipment(shipment, batch)
        if found is None:
            raise Refusal("UnknownShipment", shipment=shipment, batch=batch)
        return found

    def holding(self, batch: bytes) -> HoldingState:
        """What the acting party holds of a batch; a zero holding if it never held any."""
        return self.view.holding(batch, self.party.id) or NEVER_HELD

    def hold(self, batch: bytes, gained: int = 0, lost: int = 0, sold: int = 0) -> None:
        """Write the acting party's new holding of a batch. A batch occurs once in an event, so nothing is lost."""
        before = self.holding(batch)
        self.changes.holdings[(batch, self.party.id)] = HoldingState(
            quantity=uint96(before.quantity + gained - lost), sold=uint96(before.sold + sold), ever_held=True
        )

    def take_from_shipment(self, shipment: ShipmentState, quantity: int) -> None:
        if quantity > shipment.open:
            raise Refusal("MoreThanOpen", shipment=shipment.id, wanted=quantity, open=shipment.open)
        self.changes.shipments[(shipment.id, shipment.batch)] = replace(shipment, open=shipment.open - quantity)


def uint96(total: int) -> int:
    """The total, as the contract can store it."""
    if total > UINT96_MAX:
        raise Refusal("QuantityOverflow")
    return total
