"""Promise: a stolen database holds no key, and a key opens for its own party and address only (reliability, 8.1)."""

from __future__ import annotations

import itertools
import os
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.errors import Refusal
from ledger.events.identifiers import keccak
from ledger.signing.keystore import KeyEncryptionKey, SealedKey, open_key, rewrap_key, seal_key
from ledger.signing.signer import address_of

PARTY = b"\x01" * 32
KEY, OTHER_KEY = keccak(b"nguon tests: worthless 1"), keccak(b"nguon tests: worthless 2")
KEK = KeyEncryptionKey(keccak(b"nguon tests: kek"))


def test_a_sealed_key_opens_again() -> None:
    sealed = seal_key(KEK, PARTY, KEY)
    assert open_key(KEK, sealed) == KEY
    assert (sealed.party, sealed.address) == (PARTY, address_of(KEY))


def test_nothing_stored_contains_the_key_and_no_two_seals_are_alike() -> None:
    one, two = seal_key(KEK, PARTY, KEY), seal_key(KEK, PARTY, KEY)
    for sealed in (one, two):
        assert KEY not in sealed.wrapped + sealed.sealed
    assert one.wrapped != two.wrapped
    assert one.sealed != two.sealed


SEALED = seal_key(KEK, PARTY, KEY)


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes((data[place] ^ 1,)) + data[place + 1 :]


NUMBERS = itertools.count()


@pytest.mark.parametrize(
    "altered",
    [
        replace(SEALED, party=b"\x02" * 32),
        replace(SEALED, address=address_of(OTHER_KEY)),
        replace(SEALED, version=2),
        replace(SEALED, sealed=seal_key(KEK, PARTY, KEY).sealed),
        replace(SEALED, wrapped=b""),
        replace(SEALED, sealed=SEALED.sealed[:-1]),
        *(replace(SEALED, wrapped=flipped(SEALED.wrapped, place)) for place in range(0, len(SEALED.wrapped), 7)),
        *(replace(SEALED, sealed=flipped(SEALED.sealed, place)) for place in range(0, len(SEALED.sealed), 7)),
    ],
    ids=lambda _: f"alteration-{next(NUMBERS)}",
)
def test_an_altered_or_moved_key_does_not_open(altered: SealedKey) -> None:
    with pytest.raises(Refusal) as caught:
        open_key(KEK, altered)
    assert caught.value == Refusal("SealedKeyNotOpened", address=altered.address)


def test_another_kek_does_not_open() -> None:
    with pytest.raises(Refusal, match="SealedKeyNotOpened"):
        open_key(KeyEncryptionKey(bytes(32)), SEALED)


def test_a_key_sealed_under_anothers_address_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.signing.keystore.address_of", lambda _: address_of(OTHER_KEY))
    sealed = seal_key(KEK, PARTY, KEY)  # what a keystore written by faulty code would hold
    monkeypatch.undo()
    with pytest.raises(Refusal, match="SealedKeyOfAnotherAddress"):
        open_key(KEK, sealed)


def test_rewrapping_moves_a_key_to_a_new_kek_and_touches_nothing_else() -> None:
    new = KeyEncryptionKey(keccak(b"nguon tests: new kek"))
    moved = rewrap_key(KEK, new, SEALED)
    assert open_key(new, moved) == KEY
    assert moved.sealed == SEALED.sealed
    with pytest.raises(Refusal, match="SealedKeyNotOpened"):
        open_key(KEK, moved)
    with pytest.raises(Refusal, match="SealedKeyNotOpened"):
        rewrap_key(new, KEK, SEALED)


@pytest.mark.parametrize("key", [bytes(32), b"\xff" * 32, b"short"])
def test_what_is_no_private_key_is_not_sealed(key: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        seal_key(KEK, PARTY, key)


def test_a_kek_is_created_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "kek"
    created = KeyEncryptionKey.create(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["kek"], "no temporary file is left"
    assert open_key(KeyEncryptionKey.load(path), seal_key(created, PARTY, KEY)) == KEY
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        KeyEncryptionKey.create(path)
    assert path.read_bytes() == before, "a key that seals others is never replaced"
    assert [each.name for each in tmp_path.iterdir()] == ["kek"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o660, 0o777])
def test_a_kek_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "kek"
    KeyEncryptionKey.create(path)
    path.chmod(mode)
    with pytest.raises(Refusal) as caught:
        KeyEncryptionKey.load(path)
    assert caught.value == Refusal("KeyFileOpenToOthers", path=str(path), mode=f"{mode:04o}")


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_torn_kek_is_refused(tmp_path: Path, size: int) -> None:
    path = tmp_path / "kek"
    path.write_bytes(bytes(size))
    path.chmod(0o600)
    with pytest.raises(Refusal, match="KeyFileDamaged"):
        KeyEncryptionKey.load(path)


def test_a_kek_behind_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    KeyEncryptionKey.create(tmp_path / "kek")
    (tmp_path / "link").symlink_to(tmp_path / "kek")
    with pytest.raises(OSError, match=r"."):
        KeyEncryptionKey.load(tmp_path / "link")


def test_the_file_and_then_its_directory_are_on_disk_before_create_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = os.fsync

    def watch(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        assert (tmp_path / "kek").exists() == (len(synced) > 1), "the name appears only after the bytes are on disk"
        real(descriptor)

    monkeypatch.setattr(os, "fsync", watch)
    KeyEncryptionKey.create(tmp_path / "kek")
    assert len(synced) == 2
    assert synced[1] == str(tmp_path)


def test_secrets_are_not_shown() -> None:
    assert keccak(b"nguon tests: kek").hex() not in repr(KEK)
