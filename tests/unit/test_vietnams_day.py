"""A party's day is Vietnam's: it ends at 17:00 UTC (ledger/projection/days.py)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from ledger.canonical.typed_data import Domain
from ledger.events.model import ZERO32, Kind, Note
from ledger.projection.days import signed_on
from ledger.signing.signer import LocalSigner
from ledger.store import outbox
from ledger.store.database import Store

PARTY, OTHER = bytes(31) + b"\x01", bytes(31) + b"\x02"
SIGNER = LocalSigner(b"\x01" * 32, Domain(31337, b"\x02" * 20, b"\x03" * 32))


def test_an_event_stands_in_the_day_of_its_acknowledgement_and_in_no_other(tmp_path: Path) -> None:
    store = Store(tmp_path / "nguon.db")
    ids: list[str] = []
    with store.write() as db:
        for nonce, (party, moment) in enumerate(
            [
                (PARTY, datetime(2026, 11, 23, 16, 59, 59, tzinfo=UTC)),
                (PARTY, datetime(2026, 11, 23, 17, 0, 0, tzinfo=UTC)),
                (OTHER, datetime(2026, 11, 24, 3, 0, 0, tzinfo=UTC)),
                (PARTY, datetime(2026, 11, 24, 16, 59, 59, tzinfo=UTC)),
                (PARTY, datetime(2026, 11, 24, 17, 0, 0, tzinfo=UTC)),
            ]
        ):
            signed = SIGNER.sign(Note(SIGNER.address, nonce, 1, Kind.OBSERVE, (), ZERO32, b"urn:a:b", ZERO32, b"{}"))
            outbox.add(db, party, signed, int(moment.timestamp()))
            ids.append("0x" + signed.id.hex())
    days = {day: [each["id"] for each in signed_on(store.read(), PARTY, date(2026, 11, day))] for day in (23, 24, 25)}
    assert days == {23: [ids[0]], 24: [ids[1], ids[3]], 25: [ids[4]]}
    assert [each["id"] for each in signed_on(store.read(), OTHER, date(2026, 11, 24))] == [ids[2]]
    store.close()
