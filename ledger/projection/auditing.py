"""What an auditor works with: the batches of a scope, one batch with its journey and what is private in it, a scope's events.

Whether an auditor may is asked of the caller (`May`), in terms of what a thing concerns; a list is found by the scope itself.
"""

from __future__ import annotations

import sqlite3
import unicodedata
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ledger.events.lineage import Edge, Walk, upstream
from ledger.events.model import Kind
from ledger.events.rules.state import BatchState
from ledger.projection.present import Json, Presenter, timestamp
from ledger.store import audit_log, private
from ledger.store.database import Store
from ledger.store.view import batch_of, edge_of

WALK_LIMIT: Final = 500
STEPS: Final = 200
"""Events of a journey at once."""
LAST: Final = (2**62, b"")
"""Before which everything is."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Of one party, one product or one area; or everything."""

    party: bytes | None = None
    product: bytes | None = None
    area: str | None = None
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Concern:
    """What an event or a batch is about: a party, a product, and the profile of the party that made or signed it."""

    party: bytes
    product: bytes
    profile: Json = field(default_factory=dict)


May = Callable[[Concern], bool]
Place = tuple[int, bytes]
"""Of a batch in the list: number of the event that made it first, its id. Newest first."""


def is_of_area(profile: Mapping[str, Any], area: str) -> bool:
    """Whether a party is of an area. The ledger keeps no area: what stands between the commas of `address` or `region` in its
    profile is taken, whole and in any case of letters. `Năm Căn, Cà Mau` is an area of two such parts."""
    wanted = _parts(area)
    for member in ("region", "address"):
        said = profile.get(member)
        for text in said.values() if isinstance(said, Mapping) else (said,):
            parts = _parts(text) if isinstance(text, str) else []
            starts = range(len(parts) - len(wanted) + 1)
            if all(wanted) and any(parts[at : at + len(wanted)] == wanted for at in starts):
                return True
    return False


class Auditing:
    def __init__(self, store: Store) -> None:
        self._store = store

    def parties(self, area: str) -> list[Json]:
        """Those of an area, by number."""
        with self._store.snapshot() as db:
            presenter = Presenter(db)
            return [presenter.party(id) for id in _of_area(db, presenter, area)]

    def batches(self, scope: Scope, lot: str, before: Place, limit: int) -> list[tuple[Place, Json]]:
        """The batches of a scope whose lot contains `lot`, newest first; each with `quantities` and `marks`.

        A party's are those that it made or ever held, an area's those that its parties made.
        """
        with self._store.snapshot() as db:
            presenter = Presenter(db)
            sql, values = _batches(db, presenter, scope)
            found = db.execute(
                f"WITH scoped (id) AS ({sql}), found (id, first) AS MATERIALIZED ("  # noqa: S608 - of literals
                " SELECT b.id, (SELECT min(event) FROM links WHERE subject = b.id) FROM scoped s JOIN batches b ON b.id = s.id"
                " WHERE ? = '' OR instr(lower(CAST(b.lot AS TEXT)), lower(?))"
                ") SELECT id, first FROM found WHERE first < ? OR (first = ? AND id > ?) ORDER BY first DESC, id LIMIT ?",
                (*values, lot, lot, before[0], *before, limit),
            ).fetchall()
            return [((row["first"], row["id"]), _told(db, presenter, row["id"])) for row in found]

    def batch(self, id: bytes, may: May, after: int = 0) -> Json | None:
        """One batch, with its `journey` after that place in the ledger, at most STEPS events and one that says there are more.

        An event has `private`, fields and tables by name, where it is within what may be read. None: there is no such batch, or
        nothing of it may be read.
        """
        with self._store.snapshot() as db:
            presenter = Presenter(db)
            row = db.execute("SELECT * FROM batches WHERE id = ?", (id,)).fetchone()
            if row is None or not any(map(may, _concerned(db, presenter, row))):
                return None
            journey = db.execute(
                "SELECT e.* FROM (SELECT DISTINCT event FROM links WHERE subject = ? AND event > ? ORDER BY event LIMIT ?) l"
                " JOIN events e ON e.seq = l.event ORDER BY e.seq",
                (id, after, STEPS + 1),
            ).fetchall()
            return _told(db, presenter, id) | {"journey": [_step(db, presenter, each, row, may) for each in journey]}

    def looked(self, batch: bytes, actor: str) -> None:
        """Writes into the audit log that somebody was shown private fields."""
        with self._store.write() as db:
            audit_log.note(db, actor, "private fields shown", "batches/0x" + batch.hex())

    def places(self, scope: Scope, span: tuple[int, int]) -> Sequence[int]:
        """Places in the ledger of a scope's events that were recorded in a span of seconds: those on its batches, and those that
        its parties signed."""
        with self._store.snapshot() as db:
            presenter = Presenter(db)
            sql, values = _batches(db, presenter, scope)
            within = "recorded_at >= ? AND recorded_at < ?"
            if scope.everything:
                rows = db.execute(f"SELECT seq FROM events WHERE {within} ORDER BY seq", span)  # noqa: S608 - a literal
            else:
                signers = _parties(db, presenter, scope)
                rows = db.execute(
                    f"WITH scoped (id) AS ({sql}), found (seq) AS ("  # noqa: S608 - of literals
                    " SELECT l.event FROM scoped s JOIN links l ON l.subject = s.id"
                    f" UNION SELECT seq FROM events WHERE party IN ({_marks(signers)}) AND {within}"
                    f") SELECT e.seq FROM found f JOIN events e ON e.seq = f.seq WHERE {within} ORDER BY e.seq",
                    (*values, *signers, *span, *span),
                )
            return array("q", (row["seq"] for row in rows))

    def events(self, places: Sequence[int]) -> list[Json]:
        """The events at these places, as the API tells them."""
        with self._store.snapshot() as db:
            presenter = Presenter(db)
            sql = f"SELECT * FROM events WHERE seq IN ({_marks(places)}) ORDER BY seq"  # noqa: S608 - question marks
            return [presenter.event(row) for row in db.execute(sql, tuple(places))]


def _parts(text: str) -> list[str]:
    return [" ".join(unicodedata.normalize("NFC", part).casefold().split()) for part in text.split(",")]


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _of_area(db: sqlite3.Connection, presenter: Presenter, area: str) -> list[bytes]:
    rows = db.execute("SELECT id FROM parties ORDER BY number").fetchall()
    return [row["id"] for row in rows if is_of_area(presenter.party(row["id"])["profile"], area)]


def _parties(db: sqlite3.Connection, presenter: Presenter, scope: Scope) -> list[bytes]:
    if scope.area is not None:
        return _of_area(db, presenter, scope.area)
    return [] if scope.party is None else [scope.party]


def _batches(db: sqlite3.Connection, presenter: Presenter, scope: Scope) -> tuple[str, list[bytes]]:
    """A SELECT of their ids, and its values."""
    if scope.party is not None:
        held = "SELECT batch FROM holdings WHERE party = ? AND ever_held"
        return f"SELECT id FROM batches WHERE origin = ? UNION {held}", [scope.party] * 2  # noqa: S608 - a literal
    if scope.product is not None:
        return "SELECT id FROM batches WHERE product = ?", [scope.product]
    if scope.area is not None:
        makers = _of_area(db, presenter, scope.area)
        return f"SELECT id FROM batches WHERE origin IN ({_marks(makers)})", makers  # noqa: S608 - question marks
    return "SELECT id FROM batches" if scope.everything else "SELECT id FROM batches WHERE 0", []


def _concerned(db: sqlite3.Connection, presenter: Presenter, batch: sqlite3.Row) -> Iterator[Concern]:
    yield Concern(batch["origin"], batch["product"], presenter.party(batch["origin"])["profile"])
    sql = "SELECT party FROM holdings WHERE batch = ? AND ever_held"
    for row in db.execute(sql, (batch["id"],)).fetchall():
        yield Concern(row["party"], batch["product"])


def _step(db: sqlite3.Connection, presenter: Presenter, row: sqlite3.Row, batch: sqlite3.Row, may: May) -> Json:
    signed = Concern(row["party"], batch["product"], presenter.party(row["party"])["profile"])
    kept: Json = {}
    if may(signed):
        names = db.execute("SELECT DISTINCT name FROM private_rows WHERE event = ?", (row["id"],)).fetchall()
        kept = private.fields_of(db, row["id"]) | {
            each["name"]: private.rows_of(db, row["id"], each["name"]) for each in names
        }
    return presenter.event(row) | {"private": kept}


def _told(db: sqlite3.Connection, presenter: Presenter, id: bytes) -> Json:
    batch = batch_of(db.execute("SELECT * FROM batches WHERE id = ?", (id,)).fetchone())
    held = sum(int(row[0]) for row in db.execute("SELECT quantity FROM holdings WHERE batch = ?", (id,)))
    moving = sum(int(row[0]) for row in db.execute("SELECT open FROM shipments WHERE batch = ?", (id,)))
    return presenter.batch(id) | {
        "quantities": {
            "made": batch.made, "adjusted_up": batch.adjusted_up, "adjusted_down": batch.adjusted_down,
            "held": held, "on_the_way": moving, "sold": batch.sold, "consumed": batch.consumed, "disposed": batch.disposed,
        },
        "marks": _marked(db, batch),
    }  # fmt: skip


def _marked(db: sqlite3.Connection, batch: BatchState) -> Json:
    """`recalled`, `recalled_ingredient`, `not_traced`: of it or of what it was made of; `all_known`: no walk was cut short."""
    walk = upstream(batch.id, lambda id: _made_of(db, id), WALK_LIMIT)
    rows = [row for id in walk.others if (row := _state(db, id)) is not None]
    review = _review(db, walk)
    return {
        "recalled": bool(batch.recalled),
        "recalled_ingredient": any(row["recalled"] for row in rows),
        "corrected": bool(batch.adjusted_up or batch.adjusted_down) or _was_corrected(db, batch.id),
        "under_review": review,
        "not_traced": batch.outside or any(row["outside"] for row in rows),
        "all_known": not walk.truncated,
    }


def _made_of(db: sqlite3.Connection, id: bytes) -> Iterable[Edge]:
    return [edge_of(row) for row in db.execute("SELECT * FROM edges WHERE output = ? ORDER BY event", (id,))]


def _state(db: sqlite3.Connection, id: bytes) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute("SELECT recalled, outside FROM batches WHERE id = ?", (id,)).fetchone()
    return row


def _was_corrected(db: sqlite3.Connection, id: bytes) -> bool:
    sql = "SELECT 1 FROM links l JOIN events e ON e.seq = l.event WHERE l.subject = ? AND e.kind = ? LIMIT 1"
    return db.execute(sql, (id, Kind.CORRECT)).fetchone() is not None


def _review(db: sqlite3.Connection, walk: Walk) -> Json | None:
    """The earliest review of it, or of what it was made of; None if there is none."""
    if db.execute("SELECT 1 FROM reviews LIMIT 1").fetchone() is None:
        return None
    found = [
        (row["since"], row["why"])
        for id in walk.depths
        if (row := db.execute("SELECT since, why FROM reviews WHERE batch = ?", (id,)).fetchone())
    ]
    since, why = min(found, default=(None, None))
    return None if since is None else {"since": timestamp(since), "check": why}
