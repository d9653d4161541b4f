"""Promise: a label that was printed once is known for ever: through new signing keys, a new key-encryption key, a lost database
and a backup that is older than the Pack."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger.errors import Refusal
from ledger.items.serial import serial
from ledger.recording.label_keys import LabelKeys
from ledger.recording.rewrapping import ready, rewrap, settled
from ledger.store.backup import back_up, back_up_secrets, restore
from ledger.store.database import Store

PARTY, OTHER, BATCH = b"p" * 32, b"o" * 32, b"b" * 32


class Data:
    """A data folder as a gateway has it, without a chain."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.secrets = folder, folder / "secrets"
        self.secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.store = Store(folder / "nguon.db")

    def labels(self) -> LabelKeys:
        """As a process has them that has just started."""
        return LabelKeys(self.store, ready(self.store, self.secrets))

    def key(self, party: bytes = PARTY, batch: bytes = BATCH) -> bytes:
        found = self.labels().find(self.store.read(), party, batch)
        assert found is not None
        return found


@pytest.fixture
def data(tmp_path: Path) -> Data:
    made = Data(tmp_path / "data")
    (made.folder / "ledger.json").write_text(json.dumps({"ledger_id": "0x" + "1" * 64}))
    made.labels().ensure(PARTY)
    return made


def test_every_batch_and_every_party_has_a_key_of_its_own(data: Data) -> None:
    data.labels().ensure(OTHER)
    keys = {data.key(party, batch) for party in (PARTY, OTHER) for batch in (BATCH, bytes(32))}
    assert len(keys) == 4 and len({serial(key, 7)[4:] for key in keys}) == 4


def test_a_secret_is_drawn_once(data: Data) -> None:
    before = data.key()
    data.labels().ensure(PARTY)
    assert data.key() == before


def test_a_party_whose_labels_are_made_elsewhere_has_no_key_here(data: Data) -> None:
    assert data.labels().find(data.store.read(), OTHER, BATCH) is None


def test_it_is_sealed_and_a_new_key_encryption_key_changes_no_label(data: Data) -> None:
    before, running = data.key(), data.labels()
    sealed = data.store.read().execute("SELECT sealed FROM label_secrets").fetchone()[0]
    rewrap(data.store, data.secrets)
    assert data.store.read().execute("SELECT sealed FROM label_secrets").fetchone()[0] != sealed
    assert data.key() == before == running.find(data.store.read(), PARTY, BATCH)


def test_under_another_partys_name_or_another_key_it_does_not_open(data: Data) -> None:
    with data.store.write() as db:
        db.execute("INSERT INTO label_secrets SELECT ?, version, sealed, created_at FROM label_secrets", (OTHER,))
    with pytest.raises(Refusal, match="LabelSecretNotOpened"):
        data.key(OTHER)
    with data.store.write() as db:
        db.execute("DELETE FROM label_secrets WHERE party = ?", (OTHER,))
        db.execute("UPDATE label_secrets SET sealed = zeroblob(60)")
    with pytest.raises(Refusal, match="LabelSecretNotOpened"):
        data.key()
    with pytest.raises(Refusal, match="LabelSecretNotOpened"):
        rewrap(data.store, data.secrets)


def test_a_backup_older_than_a_batch_opens_its_labels(data: Data, tmp_path: Path) -> None:
    back_up(data.folder, tmp_path / "backup")
    with settled(data.folder / "nguon.db", data.secrets) as kek:
        back_up_secrets(data.folder, tmp_path / "secrets", kek)
    later = data.key(batch=b"packed after the backup".ljust(32))
    restore(tmp_path / "backup", tmp_path / "new", tmp_path / "secrets")
    assert Data(tmp_path / "new").key(batch=b"packed after the backup".ljust(32)) == later
