"""What the clients have to tell: journeys of a lot, one event depending on the one before, and single notes.

Every event bears the mark of its client's intention in its content, so that the chain itself shows which intention it is of.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
THEN = "2025-11-20T07:30:00+07:00"
ROLES = {"coop": ["producer", "processor", "packer"], "shop": ["retailer"]}
PRODUCTS = ("crab", "paste", "jar")


class Ground:
    """A cooperative and a shop of one client, and what they make: crab, paste of it, and jars."""

    def __init__(self, client: str) -> None:
        self.client = client
        self.coop, self.shop = self._name("coop"), self._name("shop")
        self.crab, self.paste, self.jar = map(self._name, PRODUCTS)

    def _name(self, word: str) -> str:
        return f"urn:nguon:chaos:{self.client}:{word}"

    def parties(self) -> list[Json]:
        return [{"uri": self._name(word), "roles": roles, "profile": {"name": word}} for word, roles in ROLES.items()]

    def products(self) -> list[Json]:
        units = ("g", "g", "pieces")
        return [
            {"uri": self._name(word), "unit": unit, "stage": stage, "brand_owner": self.coop, "profile": {}}
            for stage, (word, unit) in enumerate(zip(PRODUCTS, units, strict=True))
        ]

    def yields(self) -> list[Json]:
        pairs = ((self.crab, self.paste), (self.paste, self.jar))
        return [{"input": source, "output": output, "per_million": 1_000_000} for source, output in pairs]

    def journey(self, lot: str) -> list[Json]:
        """Twelve events of both parties. Each needs what those before it did."""
        crab = {"product": self.crab, "lot": lot, "origin": self.coop}
        paste = {"product": self.paste, "lot": lot, "origin": self.coop}
        jar = {"product": self.jar, "lot": lot, "origin": self.coop}
        return [
            _event("Commission", self.coop, outputs=[{"product": self.crab, "lot": lot, "quantity": 1_000}]),
            _event("Observe", self.coop, **crab),
            _event("Ship", self.coop, **crab, quantity=400, to=self.shop),
            _event("Receive", self.shop, **crab, quantity=300),
            _event("Reject", self.shop, **crab, quantity=100),
            _event(
                "Transform",
                self.coop,
                inputs=[{**crab, "quantity": 500}],
                outputs=[{"product": self.paste, "lot": lot, "quantity": 500}],
            ),
            _event(
                "Pack",
                self.coop,
                inputs=[{**paste, "quantity": 300}],
                outputs=[{"product": self.jar, "lot": lot, "quantity": 300}],
                items_root="0x" + "01" * 32,
            ),
            _event("Sell", self.coop, **jar, quantity=10),
            _event("Return", self.coop, **jar, quantity=2),
            _event("Dispose", self.coop, **paste, quantity=5),
            _event("Dispose", self.shop, **crab, quantity=7),
            _event("Recall", self.coop, batches=[jar]),
        ]

    def note(self, number: int) -> Json:
        """Needs nothing: allowed at all times, and so doubled by whoever signs twice."""
        return _event("Observe", self.coop, place=f"{self._name('pond')}-{number}")


def marked(event: Json, mark: str) -> Json:
    return event | {"content": {"nguon:reason": mark}}


def _event(kind: str, party: str, **more: Any) -> Json:
    return {"kind": kind, "party": party, "occurred_at": THEN, **more}
