"""Promise: what was done here is written down with it, in a chain of hashes that nobody shortens or edits unseen
(docs/spec/audit.md, sections 1 and 2)."""

from __future__ import annotations

import sqlite3
from hashlib import sha256
from pathlib import Path

import pytest

from gateway.auth.keys import ApiKeys
from ledger.store import audit_log, rows
from ledger.store.database import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "nguon.db")


def log(store: Store) -> list[sqlite3.Row]:
    return store.read().execute("SELECT * FROM audit_log ORDER BY seq").fetchall()


def test_each_entry_is_bound_to_the_one_before_as_the_page_says(store: Store) -> None:
    with store.write() as db:
        for number in range(3):
            audit_log.note(db, "gateway", "audit", f"audits/{number}", "good", b"\1\2")
    before = bytes(32)
    for seq, row in enumerate(log(store), 1):
        told = b"".join(
            kind + str(len(data)).encode() + b":" + data
            for kind, data in (
                (b"i", str(seq).encode()), (b"i", str(row["time"]).encode()), (b"t", b"gateway"), (b"t", b"audit"),
                (b"t", f"audits/{seq - 1}".encode()), (b"t", b"good"), (b"b", b"\1\2"),
            )
        )  # fmt: skip
        assert (row["seq"], row["previous"], row["hash"]) == (seq, before, sha256(before + told).digest())
        before = row["hash"]


def test_no_two_rows_have_the_same_bytes() -> None:
    told = [
        (), (None,), (None, None), (0,), (1,), (1.0,), ("1",), (b"1",), ("",), (b"",), ("1", "2"), ("12",), (12,), (1, 2),
        ("b1:x",), (b"t1:x",), ("x", None), (None, "x"), ("đ",), ("đ".encode(),), (-1,), ("\udc80",), (b"\x80",),
    ]  # fmt: skip
    assert len({rows.encode(each) for each in told}) == len(told)


def test_an_entry_is_there_with_what_it_tells_of_or_not_at_all(store: Store) -> None:
    keys = ApiKeys(store, b"pepper")
    keys.create(None)
    before = len(log(store))
    with pytest.raises(RuntimeError, match="in the middle"), store.write() as db:
        db.execute("INSERT INTO api_keys (id, mac, created_at) VALUES ('lost', x'00', 1)")
        audit_log.keep(db, "api_keys", ("lost",), "operator", "API key created")
        raise RuntimeError("in the middle")
    assert len(log(store)) == before
    # The other way round: where the entry cannot be written, the key is not made.
    store.read().execute("CREATE TRIGGER full BEFORE INSERT ON audit_log BEGIN SELECT RAISE(ABORT, 'full'); END")
    with pytest.raises(sqlite3.IntegrityError, match="full"):
        keys.create(None)
    assert store.read().execute("SELECT count(*) FROM api_keys").fetchone()[0] == 1


@pytest.mark.parametrize("sql", ["UPDATE audit_log SET actor = 'nobody'", "DELETE FROM audit_log WHERE seq = 1"])
def test_the_log_is_neither_edited_nor_shortened(store: Store, sql: str) -> None:
    ApiKeys(store, b"pepper").create(None)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        store.read().execute(sql)


def test_no_key_and_nothing_of_a_key_stands_in_the_log(store: Store) -> None:
    keys = ApiKeys(store, b"pepper")
    identifier, secret = keys.create(None).removeprefix("pk_").split("_", 1)
    keys.revoke(identifier)
    keys.revoke(identifier)
    keys.revoke("nobodys")
    assert [(row["action"], row["object"]) for row in log(store)] == [
        ("API key created", f"api_keys/{identifier}"), ("API key revoked", f"api_keys/{identifier}"),
    ]  # fmt: skip
    mac = store.read().execute("SELECT mac FROM api_keys").fetchone()["mac"]
    told = b"".join(rows.encode(tuple(row)) for row in log(store))
    assert secret.encode() not in told and mac not in told


def test_a_row_that_is_gone_is_said_to_be(store: Store) -> None:
    """As a private field that is erased on somebody's demand, with the ground."""
    with store.write() as db:
        db.execute("INSERT INTO disclosures VALUES (x'01', 'digest', 'salt and value')")
        audit_log.keep(db, "disclosures", (b"\1", "digest"), "gateway", "private field kept")
        db.execute("DELETE FROM disclosures")
        audit_log.keep(
            db, "disclosures", (b"\1", "digest"), "operator", "private field erased", "asked for by its subject"
        )
    kept, gone = log(store)
    assert (len(kept["digests"]), gone["digests"]) == (3 * audit_log.DIGEST_LENGTH, b"")
    assert audit_log.last_digests(store.read(), kept["object"]) == b""
