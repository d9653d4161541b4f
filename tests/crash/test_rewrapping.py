"""Promise: a new key-encryption key loses no signing key, whenever the process dies, and workers that run on need not be told;
what does not belong together is told apart in one plain sentence."""

from __future__ import annotations

import io
from contextlib import redirect_stderr
from pathlib import Path

import pytest

from gateway.__main__ import main
from ledger.bindings.deployments import Deployment
from ledger.errors import Refusal, StoreError
from ledger.events.laws import in_words
from ledger.recording import KeyEncryptionKeys, Keyring
from ledger.recording.rewrapping import CURRENT, NEXT, ready, rewrap
from ledger.signing.keystore import KeyEncryptionKey
from ledger.store import audit_log
from ledger.store.backup import back_up, restore
from ledger.store.database import Store
from tests.command_line import nguon_says
from tests.crash.dying import died, dying_rewrap

ADDRESSES = [bytes([n]) * 20 for n in range(4)]
DEPLOYMENT = Deployment(b"\x07" * 32, 31337, *ADDRESSES, bytes(32), 1, bytes(32))
PARTIES = [bytes([n]) * 32 for n in range(3)]


class Folder:
    """A data folder with three sealed keys, and a worker that opened none of them yet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.secrets = path / "secrets"
        self.secrets.mkdir(parents=True)
        DEPLOYMENT.save(path / "ledger.json")
        self.store = Store(path / "nguon.db")
        self.worker = ready(self.store, self.secrets)
        keyring = Keyring(self.store, self.worker, DEPLOYMENT.domain)
        self.addresses = [keyring.address(party) for party in PARTIES]

    @property
    def files(self) -> set[str]:
        return {path.name for path in self.secrets.iterdir()}

    def in_force(self) -> bytes:
        return KeyEncryptionKeys(self.secrets).in_force(self.store.read()).id

    def opens(self, keks: KeyEncryptionKeys) -> bool:
        """Each to its own address."""
        keyring = Keyring(self.store, keks, DEPLOYMENT.domain)
        return [keyring.opened(self.store.read(), each).address for each in self.addresses] == self.addresses

    def starts(self) -> str:
        """What a gateway says that does not start."""
        with redirect_stderr(io.StringIO()) as said:
            code = main(["--data", str(self.path), "--rpc", "http://127.0.0.1:9", "--port", "0"])
        assert code == 1
        return said.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "data")


# moment of death → whether the new key is in force then, and which files there are
MOMENTS = {
    "the new key-encryption key is on disk": (False, {CURRENT, NEXT}),
    "before the rewrap commits": (False, {CURRENT, NEXT}),
    "after the rewrap commits": (True, {CURRENT, NEXT}),
    "the new key-encryption key has taken the old one's place": (True, {CURRENT}),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at(moment: str, folder: Folder) -> None:
    """What the table in ledger/recording/rewrapping.py says."""
    new, files = MOMENTS[moment]
    before = folder.in_force()
    died(dying_rewrap, folder.path, moment)
    assert (folder.in_force() != before, folder.files) == (new, files)
    assert folder.opens(folder.worker), "the worker runs on"
    assert folder.opens(ready(folder.store, folder.secrets)), "another one starts"
    assert folder.files == (files if not new else {CURRENT})
    waiting = KeyEncryptionKey.load(folder.secrets / NEXT).id if not new else None
    done = rewrap(folder.store, folder.secrets)
    assert done.id == folder.in_force() != before and done.keys == len(PARTIES)
    assert waiting in (None, done.id), "the new key that lay there is taken"
    assert folder.files == {CURRENT} and folder.opens(folder.worker) and folder.opens(KeyEncryptionKeys(folder.secrets))


def test_each_key_has_an_entry_and_the_old_key_opens_none_any_more(folder: Folder) -> None:
    old = KeyEncryptionKey.load(folder.secrets / CURRENT)
    said = nguon_says("--data", folder.path, "--json", "keys", "rewrap")
    assert said.code == 0 and said.json == {"kek": folder.in_force().hex(), "keys": len(PARTIES)}
    assert "taken the old one's place" in said.err
    entries = [each.object for each in audit_log.entries(folder.store.read()) if each.action == "key rewrapped"]
    assert sorted(entries) == sorted(f"keys/0x{address.hex()}" for address in folder.addresses)
    (folder.secrets / CURRENT).unlink()
    (folder.secrets / CURRENT).touch(0o600)
    (folder.secrets / CURRENT).write_bytes(old._secret)
    with pytest.raises(Refusal, match="KeyEncryptionKeyAway"):
        folder.opens(KeyEncryptionKeys(folder.secrets))


def test_a_wrong_or_missing_key_file_is_said_so_and_none_is_made_in_its_place(folder: Folder) -> None:
    sentence = in_words(Refusal("KeyEncryptionKeyAway"))
    assert "different sides of a rewrap" in sentence and "KeyEncryptionKeyAway" not in sentence
    kept = (folder.secrets / CURRENT).rename(folder.path / "kept")
    assert sentence in folder.starts()
    assert not (folder.secrets / CURRENT).exists()
    KeyEncryptionKey.create(folder.secrets / CURRENT)
    assert sentence in folder.starts()
    refused = nguon_says("--data", folder.path, "keys", "rewrap")
    assert (refused.code, refused.err.strip()) == (1, sentence)
    assert folder.files == {CURRENT}
    kept.replace(folder.secrets / CURRENT)
    assert folder.opens(ready(folder.store, folder.secrets))


def test_a_database_from_before_a_rewrap_does_not_go_with_the_key_after_it(folder: Folder, tmp_path: Path) -> None:
    data = folder.path
    for side in ("before", "after"):
        said = nguon_says("--data", data, "--json", "backup", tmp_path / side, "--keys", tmp_path / f"{side} keys")
        assert said.code == 0, said.err
        if side == "before":
            rewrap(folder.store, folder.secrets)
    folder.store.close()
    now = (data / "nguon.db").read_bytes()
    for arguments in (
        ["--data", data, "restore", tmp_path / "before"],
        ["--data", tmp_path / "new", "restore", tmp_path / "before", "--keys", tmp_path / "after keys"],
        ["--data", tmp_path / "new", "restore", tmp_path / "after", "--keys", tmp_path / "before keys"],
    ):
        refused = nguon_says(*arguments)
        assert refused.code == 1 and "different sides of a rewrap" in refused.err
    assert (data / "nguon.db").read_bytes() == now and not (tmp_path / "new" / "nguon.db").exists()

    restore(tmp_path / "before", data)  # past the verb: then the start says so
    assert "different sides of a rewrap" in folder.starts()
    restore(tmp_path / "after", data)
    assert folder.opens(ready(Store(data / "nguon.db"), folder.secrets))


def test_a_backup_of_the_secrets_taken_after_a_crash_has_the_key_in_force(folder: Folder, tmp_path: Path) -> None:
    died(dying_rewrap, folder.path, "after the rewrap commits")
    said = nguon_says("--data", folder.path, "--json", "backup", tmp_path / "db", "--keys", tmp_path / "keys")
    assert said.code == 0, said.err
    assert KeyEncryptionKey.load(tmp_path / "keys" / CURRENT).id == folder.in_force()
    assert back_up(folder.path, tmp_path / "again").kek == folder.in_force().hex()
    with pytest.raises(StoreError, match="is not there"):
        rewrap(folder.store, tmp_path / "nowhere")
