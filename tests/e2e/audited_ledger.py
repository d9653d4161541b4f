"""A data folder with rows in every table, and ways to tamper with a copy of its database behind everybody's back."""

from __future__ import annotations

import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, count
from pathlib import Path
from typing import Any

import pyotp

from gateway.auth.keys import ApiKeys
from gateway.auth.people import People
from gateway.auth.roles import PersonRole
from gateway.auth.sessions import Sessions
from gateway.auth.vault import Vault
from ledger.bindings.deployments import Deployment
from ledger.chain.transactions import sign_transaction
from ledger.events.identifiers import party_id, product_id
from ledger.events.model import Kind
from ledger.projection.follower import BLOCKS_AT_ONCE
from ledger.reconcile.auditor import Auditor, remember
from ledger.reconcile.report import Report
from ledger.reconcile.unjudged import CACHES, UNJUDGED
from ledger.recording import BatchName, MakeDraft, MoveDraft, NoteDraft, OutputDraft
from ledger.store import audit_log, drafts, lost_changes, units
from ledger.store.audit_log import KEPT
from ledger.store.rows import columns, primary_key
from tests.busy_ledger import BusyLedger
from tests.crash.ledger_parts import Parts
from tests.database_files import opened
from tests.devnet_process import CHAIN_ID
from tests.gateway_process import until

THEN = 1_700_000_000
STATES = {
    "outbox": ("accepted", "signed", "submitted", "mined", "final", "stuck", "dead"),
    "submissions": ("signed", "mined", "failed", "displaced"),
}
SCOPES = ("full", "incremental")
Row = tuple[Any, ...]


@dataclass
class Audited:
    """`parts` owns the live database; `chain` is the auditor's memory of the chain, made once."""

    parts: Parts
    chain: Path

    def auditor(self, database: Path | None = None) -> Auditor:
        parts = self.parts
        return Auditor(database or parts.store.path, self.chain, parts.node, parts.deployment, parts.keks)

    def copy(self, to: Path) -> Path:
        """The live database as one file."""
        with opened(self.parts.store.path) as source, opened(to) as target:
            source.backup(target)
        return to


def build(folder: Path, rpc: str, deployment: Deployment) -> Audited:
    """Goods of strangers and of our own parties, events in every state, keys, private fields, and two audits: the first
    good, the second not, so that batches are under review and everything is looked at again."""
    busy = BusyLedger(rpc, deployment)
    busy.round(4)
    Parts.prepare(folder / "data", deployment)
    parts = Parts(folder / "data", rpc)
    parts.populate()
    api_keys = ApiKeys(parts.store, b"pepper of the tests")
    keys = [api_keys.create(party) for party in (None, party_id(parts.name("coop")), party_id(parts.name("shop")))]
    api_keys.revoke(keys[2].split("_")[1])
    _people(parts)
    ids = []
    for lot in ("A", "B"):
        ids.append(parts.record(commission(parts, lot), key=f"made {lot}"))
        ids.append(parts.record(_ship(parts, lot), key=f"shipped {lot}"))
        ids.append(
            parts.record(NoteDraft(batch=_named(parts, lot), occurred_at=THEN, private={"price": lot, "to": "x"}))
        )
        parts.settle(*ids)
        parts.decided()
    _packed(parts)
    assert parts.renew()[1].finished
    _up_to_a_checkpoint(parts)
    with parts.store.write() as db:
        for number in range(2):
            lost_changes.queue(db, (parts.deployment.parties, bytes([number])))
    audited = Audited(parts, folder / "chain.db")
    _in_every_state(parts)
    _entered(parts)
    first = audited.auditor().run("full")
    assert not first.findings, [each.line() for each in first.findings]
    remember(parts.store, first)
    with parts.store.write() as db:
        db.execute("UPDATE holdings SET sold = sold + 1 WHERE sold > 0")
    second = audited.auditor().run("full")
    assert len(second.batches) > 1
    remember(parts.store, second)
    with parts.store.write() as db:
        db.execute("UPDATE holdings SET sold = sold - 1 WHERE sold > 0")
    return audited


def _entered(parts: Parts) -> None:
    """Drafts that wait, one that took another's place, one that was refused, one that another party asks for; some that are
    gone; and units of trade, one of them in two versions."""
    coop, shop = party_id(parts.name("coop")), party_id(parts.name("shop"))
    for number in range(5):
        parts.waiting.keep(coop, "lan", f"{number:032x}", [commission(parts, f"KEPT{number}")])
    parts.waiting.replace(coop, "lan", f"{1:032x}", f"{11:032x}", [commission(parts, "REPLACED")])
    parts.waiting.take_back(coop, "lan", f"{4:032x}")
    parts.waiting.sign(coop, f"{0:032x}")
    parts.waiting.ask(shop, "tu", coop, f"{12:032x}", _ship(parts, "A"))
    with parts.store.write() as db:
        drafts.refuse(db, f"{3:032x}", drafts.of(db, coop)[-2].told, "PartySuspended")
        for name, factor in (("thùng", 20_000), ("thùng", 18_000), ("giạ", 20_000)):
            units.declare(db, coop, product_id(parts.name("crab")), name, factor, "lan", THEN)


def _people(parts: Parts) -> None:
    """An auditor; an operator with a second factor; a clerk who was recovered; one who was ended. Two are signed in."""
    vault = Vault(b"pepper of the tests")
    people, sessions = People(parts.store, vault), Sessions(parts.store, vault)
    coop = party_id(parts.name("coop"))
    people.invite("Jane", None, PersonRole.AUDITOR, "area Năm Căn", "operator")
    operator, code = people.invite("Việt", None, PersonRole.OPERATOR, None, "operator")
    people.accept(code, "cua biển Năm Căn 7")
    people.prove(operator.id, pyotp.TOTP(people.second_factor(operator.id)[0]).now())
    sessions.begin(operator.id, "whole", "Firefox · Linux")
    clerk, code = people.invite("Lan", coop, PersonRole.RECORDER, None, f"person/{operator.id}")
    people.accept(code, "cua biển Năm Căn 7")
    sessions.begin(clerk.id, "whole", "Chrome · Android")
    people.change(clerk.id, PersonRole.RECORDER | PersonRole.SHIPPER, None, f"person/{operator.id}")
    sessions.begin(clerk.id, "whole", "Chrome · Android")
    for name in ("Bé", "Tư"):
        other, code = people.invite(name, coop, PersonRole.PROCESSOR, None, f"person/{operator.id}")
        people.accept(code, "cua biển Năm Căn 7")
        people.recover(other.id, f"person/{operator.id}")
    people.end(other.id, f"person/{operator.id}")


def _packed(parts: Parts) -> None:
    """Jars with serials, in two lots; the shop has a label secret of its own, and has printed nothing."""
    made = []
    for crab, paste, jar, pieces in (("A", "P1", "J1", 400), ("B", "P2", "J2", 3)):
        for kind, source, output in ((Kind.TRANSFORM, "crab", "paste"), (Kind.PACK, "paste", "jar")):
            name = BatchName(product=parts.name(source), lot=crab if source == "crab" else paste)
            goods = OutputDraft(parts.name(output), paste if output == "paste" else jar, pieces)
            packs = kind is Kind.PACK
            made.append(
                parts.record(
                    MakeDraft(kind=kind, inputs=((name, pieces),), outputs=(goods,), occurred_at=THEN, items=packs)
                )
            )
    parts.settle(*made)
    parts.keyring.labels.ensure(party_id(parts.name("shop")))


def _up_to_a_checkpoint(parts: Parts) -> None:
    """Blocks in which nothing happens to us."""
    key = secrets.token_bytes(32)
    for nonce in count():
        raw = sign_transaction(key, CHAIN_ID, nonce, bytes(20), b"")
        before = parts.node.height()
        if before >= BLOCKS_AT_ONCE:
            break
        parts.node.send(raw.raw)
        until(lambda before=before: parts.node.height() > before, "a block was made")
    parts.catch_up()


def _in_every_state(parts: Parts) -> None:
    """Two events each: dead, sent to a node that is deaf (in two submissions), and accepted."""
    dead = [parts.record(commission(parts, f"DEAD{i}")) for i in range(2)]
    with parts.store.write() as db:
        for id in dead:
            db.execute("UPDATE outbox SET state = 'dead', law = 'NotAMaker' WHERE id = ?", (id,))
            audit_log.keep(db, "outbox", (id,), audit_log.GATEWAY, "event dead", "NotAMaker")
    parts.node.deaf = True
    for i in range(2):
        parts.record(commission(parts, f"SENT{i}"))
        parts.submitter.step()
    for i in range(2):
        parts.record(commission(parts, f"NEW{i}"), key=f"NEW{i}")


def commission(parts: Parts, lot: str) -> MakeDraft:
    households = [{"household": "Hộ Tư Đen", "quantity": 400}, {"household": "Hộ Út Mười", "quantity": 600}]
    return MakeDraft(
        kind=Kind.COMMISSION, outputs=(OutputDraft(parts.name("crab"), lot, 1_000, 0),), occurred_at=THEN,
        private_tables={"households": households},
    )  # fmt: skip


def _ship(parts: Parts, lot: str) -> MoveDraft:
    return MoveDraft(
        kind=Kind.SHIP, batch=_named(parts, lot), quantity=10, to=parts.name("shop"), occurred_at=THEN
    )  # fmt: skip


def _named(parts: Parts, lot: str) -> BatchName:
    return BatchName(product=parts.name("crab"), lot=lot)


# ── tampering ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Tampering:
    """One change, as SQL statements. `told` is what it does, for whom a test failed; `column` the one that an edit changes,
    unless it is part of the row's key."""

    told: str
    table: str
    statements: tuple[tuple[str, Row], ...]
    column: str | None = None

    def on(self, database: Path) -> None:
        """Whoever does this knows SQLite: no constraint, trigger or reference stops them, and they leave no trace."""
        db = sqlite3.connect(database, isolation_level=None)
        try:
            db.execute("PRAGMA ignore_check_constraints=ON")
            triggers = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            db.execute("BEGIN")
            for name, _ in triggers:
                db.execute(f"DROP TRIGGER {name}")
            for sql, values in self.statements:
                db.execute(sql, values)
            for _, sql in triggers:
                db.execute(sql)
            db.execute("COMMIT")
        finally:
            db.close()


def tamperings(db: sqlite3.Connection, table: str, rows_each: int) -> Iterator[Tampering]:
    """Every column edited and swapped, rows deleted and inserted: `rows_each` rows of each, spread over the table."""
    names = columns(db, table) or ["name", "seq"]
    key = primary_key(db, table) or ["name"]
    everything = db.execute(f"SELECT {', '.join(names)} FROM {table} ORDER BY {', '.join(key)}").fetchall()
    assert everything, f"the world has no row in {table}"
    rows = everything[:: max(1, len(everything) // rows_each)][:rows_each]
    judged = [name for name in names if (table, name) not in UNJUDGED]
    for row in rows:
        one = dict(zip(names, row, strict=True))
        where, at = _where(key), tuple(one[name] for name in key)
        named = KEPT[table].key if table in KEPT else ()  # by what the audit log names it
        for name in judged:
            column = {each[names.index(name)] for each in everything}
            for value in _others(table, name, one[name], column):
                yield Tampering(
                    f"{table}.{name}: {one[name]!r} → {value!r}", table,
                    ((f"UPDATE {table} SET {name} = ? WHERE {where}", (value, *at)),),
                    None if name in key or name in named else name,
                )  # fmt: skip
        yield Tampering(f"{table}: {at!r} deleted", table, ((f"DELETE FROM {table} WHERE {where}", at),))
        yield _inserted(table, names, key, one, everything)
    for name in judged:
        yield from _swapped(table, name, names, key, everything, rows_each)


def _where(key: list[str]) -> str:
    return " AND ".join(f"{name} = ?" for name in key)


def _others(table: str, name: str, value: Any, column: set[Any]) -> Iterator[Any]:
    """Other values that a column could have: one that no row has, or of states all the others."""
    if name == "state" and table in STATES:
        for state in STATES[table]:
            if state != value and not {state, value} <= CACHES:
                yield state
    elif name == "scope":
        yield next(each for each in SCOPES if each != value)
    else:
        while (value := _other(name, value)) in column:
            pass
        yield value


def _other(name: str, value: Any) -> Any:
    if value is None:
        return b"\1" * 32 if name == "party" else "Unknown" if name == "law" else 1
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, bytes):
        return ((int.from_bytes(value, "big") + 1) % 256 ** len(value)).to_bytes(len(value), "big") if value else b"\1"
    return str(int(value) + 1) if value.isdigit() else value + "x"


def _inserted(table: str, names: list[str], key: list[str], row: dict[str, Any], everything: list[Row]) -> Tampering:
    """A copy of a row under a key that nobody has; what else must be unlike is changed with it."""
    new = dict(row)
    for name in dict.fromkeys((*key, *(n for n in ("id", "hash", "mac", "sign_in") if n in names))):
        column = [each[names.index(name)] for each in everything]
        new[name] = max(column) + 1 if isinstance(row[name], int) else _other(name, max(column))
    marks = ", ".join("?" for _ in names)
    sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"
    return Tampering(f"{table}: a row like {row!r} inserted", table, ((sql, tuple(new.values())),))


def _swapped(
    table: str, name: str, names: list[str], key: list[str], everything: list[Row], pairs: int
) -> Iterator[Tampering]:
    """The values of two rows exchanged, where that makes a difference and two rows may have them."""
    place, places = names.index(name), [names.index(k) for k in key]
    held = {tuple(row[p] for p in places) for row in everything}
    given = 0
    for one, other in combinations(everything[:40], 2):
        if one[place] == other[place] or (name == "state" and {one[place], other[place]} <= CACHES):
            continue
        exchanged = {_with(one, place, other[place]), _with(other, place, one[place])}
        if exchanged == {one, other}:
            continue
        at = [tuple(row[p] for p in places) for row in (one, other)]
        if name in key and len(key) > 1 and {tuple(row[p] for p in places) for row in exchanged} & held:
            continue
        where, aside = _where(key), _other(name, max(row[place] for row in everything if row[place] is not None))
        moved = [tuple(aside if k == name else v for k, v in zip(key, at[0], strict=True)), at[1]]
        yield Tampering(
            f"{table}.{name}: {one[place]!r} and {other[place]!r} swapped", table,
            (
                (f"UPDATE {table} SET {name} = ? WHERE {where}", (aside, *at[0])),
                (f"UPDATE {table} SET {name} = ? WHERE {where}", (one[place], *moved[1])),
                (f"UPDATE {table} SET {name} = ? WHERE {where}", (other[place], *moved[0])),
            ),
        )  # fmt: skip
        given += 1
        if given == pairs:
            return


def _with(row: Row, place: int, value: Any) -> Row:
    return (*row[:place], value, *row[place + 1 :])


def audit_after(world: Audited, tampering: Tampering | None, clean: Path, folder: Path) -> Report:
    """What an audit says of a copy of the clean database after this."""
    database = folder / "tampered.db"
    for end in ("", "-wal", "-shm"):
        database.with_name(database.name + end).unlink(missing_ok=True)
    shutil.copyfile(clean, database)
    if tampering is not None:
        tampering.on(database)
    return world.auditor(database).run("incremental")
