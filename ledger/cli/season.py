"""A season of the province, from examples/season/: short stories with several runs each, told until yesterday evening.

A story has `runs` (one line of figures each) and `steps` (one line each), and every step happens once in every run. In a
step, `{lot}` is the run's figure of this name, `{date}` the step's day and `{date+180}` the day 180 days later; a quantity is a
number of base units, the name of a figure, or figures with `+` and `-`. Steps that would lie in the future are not told
yet, so younger runs stand where a real one would: on the way, in the tank, half sold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any

from ledger.cli.client import Json
from ledger.cli.story import EXAMPLES, Deed, Story, until

SEASON = EXAMPLES / "season"
VIETNAM = timezone(timedelta(hours=7))
_NEEDS = ("shipment", "mends", "target", "recall")


def season(today: date) -> Story:
    """All of it, as it looks on the morning of this day, in the order in which it happened."""
    return _Teller(today).story()


class _Teller:
    def __init__(self, today: date) -> None:
        self.today = today
        self.who = _read(SEASON / "parties.json")
        self.what = _read(SEASON / "products.json")
        self.says = _read(SEASON / "contents.json")

    def story(self) -> Story:
        told = [
            each for path in sorted((SEASON / "stories").glob("*.json")) for each in self._told(path.stem, _read(path))
        ]
        told.sort(key=lambda each: each[0])  # stable: what happens in one minute happens in the order of the page
        products = [
            each
            | {
                "brand_owner": self._party(each["brand_owner"]),
                "makers": [self._party(m) for m in each.get("makers", [])],
            }
            for each in self.what["products"].values()
        ]
        yields = [
            {"input": self._product(source), "output": self._product(output), "per_million": most}
            for source, output, most in self.what["yields"]
        ]
        return Story("season", list(self.who["parties"].values()), products, yields, [deed for _, deed in told])

    def _told(self, story: str, page: Json) -> Iterator[tuple[datetime, Deed]]:
        for run in page["runs"]:
            for number, step in enumerate(page["steps"]):
                if run["lot"] not in step.get("only", [run["lot"]]):
                    continue
                after, clock = step["at"].split()
                day = self.today + timedelta(days=run["day"] + int(after))
                if day < self.today:
                    at = datetime.combine(day, time.fromisoformat(clock), VIETNAM)
                    yield at, self._deed(f"{story}-{run['lot']}-", number, step, run, at)

    def _deed(self, prefix: str, number: int, step: Json, run: Json, at: datetime) -> Deed:
        key = prefix + step.get("key", str(number))
        if "suspends" in step:
            return Deed(key, suspends=self._party(step["suspends"]))
        event = {"kind": step["kind"], "party": self._party(_filled(step["by"], run)), "occurred_at": at.isoformat()}
        event |= self._acting(step, run) | self._said(step, run, at)
        needs = {name: prefix + step[name] for name in _NEEDS if name in step}
        return Deed(key, event, needs, event["party"] if step["kind"] == "Void" else None)

    def _acting(self, step: Json, run: Json) -> Json:
        """The acting fields, in the API's words."""
        found: dict[str, Any] = {}
        if "from" in step:
            found["inputs"] = [self._goods(named, much, run) for named, much in step["from"].items()]
        if "makes" in step:
            window = {"open_until": until(self.today, step["open_days"])} if "open_days" in step else {}
            found["outputs"] = [self._goods(named, much, run) | window for named, much in step["makes"].items()]
        if "goods" in step:
            ((named, quantity),) = step["goods"].items()
            found |= self._goods(named, quantity, run)
        if "of" in step:
            found |= self._batch(step["of"], run)
        if "batches" in step:
            found["batches"] = [self._batch(each, run) for each in step["batches"]]
        if "looks_at" in step:
            found["place"] = self.who["places"][_filled(step["looks_at"], run)]
        for name in ("to", "holder"):
            if name in step:
                found[name] = self._party(_filled(step[name], run))
        return found | {name: step[name] for name in ("provenance", "nonce") if name in step}

    def _said(self, step: Json, run: Json, at: datetime) -> Json:
        """Content: what its kind always says, then what the step says, then where it was."""
        content: dict[str, Any] = {}
        said = [self.says[each] if isinstance(each, str) else each for each in step.get("says", ())]
        for part in (self.says.get(step["kind"], {}), *said):
            for name, value in _filled(part, run, at).items():
                content[name] = content.get(name, {}) | value if isinstance(value, dict) else value
        if "place" in step:
            content["readPoint"] = {"id": self.who["places"][_filled(step["place"], run)]}
        private = {"private": _filled(step["private"], run, at)} if "private" in step else {}
        return {"content": content} | private

    def _goods(self, named: str, quantity: str | int, run: Json) -> Json:
        return self._batch(named, run) | {"quantity": _quantity(quantity, run)}

    def _batch(self, named: str, run: Json) -> Json:
        product, lot = named.split()
        return {"product": self._product(product), "lot": _filled(lot, run)}

    def _party(self, alias: str) -> str:
        return str(self.who["parties"][alias]["uri"])

    def _product(self, alias: str) -> str:
        return str(self.what["products"][alias]["uri"])


def _read(path: Path) -> Json:
    found: Json = json.loads(path.read_text())
    return found


def _quantity(told: str | int, run: Json) -> int:
    """Base units: `night1 + night2 - 3500`."""
    if isinstance(told, int):
        return told
    sign, total = 1, 0
    for word in told.split():
        if word in ("+", "-"):
            sign = 1 if word == "+" else -1
        else:
            total += sign * (int(word) if word.isdigit() else int(run[word]))
    return total


def _filled(value: Any, run: Json, at: datetime | None = None) -> Any:
    """The same with the run's figures and the day put into every text."""
    if isinstance(value, dict):
        return {name: _filled(each, run, at) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, run, at) for each in value]
    if not isinstance(value, str):
        return value

    def figure(found: re.Match[str]) -> str:
        if found[1] != "date":
            return str(run[found[1]])
        assert at is not None, "a day stands in contents alone"
        return (at.date() + timedelta(days=int(found[2] or 0))).isoformat()

    return re.sub(r"\{(\w+)(?:\+(\d+))?\}", figure, value)
