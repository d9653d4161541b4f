"""Stories for a development ledger: what `nguon demo` posts, read from examples/ and told as events of the API.

A story has parties, products, yields, and deeds in the order in which they happened. What a deed says of another one (a
Receive of a Ship, a Lift of a Recall) is its key until that one has an id.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from ledger.cli.client import Json

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
JAR = EXAMPLES / "demo.json"
MOST = 50


@dataclass(frozen=True, slots=True)
class Deed:
    """One event, not yet posted: `needs` has the fields whose value is the id of an earlier deed, by its key.

    `voids`: the party with a nonce that is burned; its signer is known to the ledger alone. `suspends`: no event, but what
    the Union does about a party at this moment.
    """

    key: str
    event: Json = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)
    voids: str | None = None
    suspends: str | None = None


@dataclass(frozen=True, slots=True)
class Story:
    name: str
    parties: list[Json]
    products: list[Json]
    yields: list[Json]
    deeds: list[Deed]

    def keys(self) -> dict[str, str]:
        """Idempotency-Key of every event, by its deed's key. They stand as long as the story stands as it is."""
        return {
            deed.key: f"{self.name}-{number}/{place}"
            for number, group in enumerate(groups(self.deeds))
            for place, deed in enumerate(group)
            if deed.suspends is None
        }


def jar(today: date) -> Story:
    """Salted three-striped crab of Đầm Dơi, from mangrove to jar: one story with all its days written down."""
    told: Json = json.loads(JAR.read_text())
    return Story(
        "demo", told["parties"], told["products"], told["yields"], [_written(each, today) for each in told["events"]]
    )


def _written(entry: Json, today: date) -> Deed:
    event: dict[str, Any] = dict(entry["event"])
    if "open_days" in entry:
        event["outputs"] = [each | {"open_until": until(today, entry["open_days"])} for each in event["outputs"]]
    needs = {"shipment": entry["shipment_of"]} if "shipment_of" in entry else {}
    return Deed(entry["key"], event, needs)


def until(today: date, days: int) -> str:
    """The end of a day that is `days` after today, so a demo that is begun twice on one day says the same."""
    moment = datetime.combine(today, datetime.min.time(), UTC) + timedelta(days=days)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def groups(deeds: Iterable[Deed]) -> Iterator[list[Deed]]:
    """Deeds that can be posted together: none needs the id of another one of its group. One that suspends stands alone."""
    group: list[Deed] = []
    for deed in deeds:
        together = {each.key for each in group}
        if group and (deed.suspends or group[0].suspends or len(group) == MOST or together & {*deed.needs.values()}):
            yield group
            group = []
        group.append(deed)
    if group:
        yield group
