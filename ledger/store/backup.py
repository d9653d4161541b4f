"""A backup of what no chain knows: the database as of one moment and which ledger it is of, while the gateway runs; the
secrets apart from it, because both together can sign for every party (docs/spec/audit.md, section 4).

| the process dies | what is true after it |
|---|---|
| while a backup is made | a folder with `.unfinished` at its end, which is no backup; the next one removes it |
| while one is restored | the database is the old one or the restored one, whole; restoring again is harmless |
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from ledger.errors import StoreError
from ledger.store import audit_log, meta
from ledger.store.database import Store
from ledger.store.files import attached, copy, fsync, take_place

DATABASE: Final = "nguon.db"
IDENTITY: Final = "ledger.json"
MANIFEST: Final = "manifest.json"
SECRETS: Final = ("key-encryption-key", "pepper", "operator-api-key")


@dataclass(frozen=True, slots=True)
class Manifest:
    """`block`: up to which the index in the backup went; `kek`: the id of the key-encryption key in force, as hex;
    `files`: SHA-256 of each, by name."""

    made_at: int
    ledger_id: str
    block: int | None
    kek: str | None
    files: dict[str, str]

    def document(self) -> dict[str, Any]:
        return asdict(self)


def back_up(data: Path, to: Path) -> Manifest:
    """The database and the ledger's identity of a data folder, in a new folder. Raises StoreError, also when it is there."""
    identity = _identity(data / IDENTITY)
    store = Store(_required(data / DATABASE))
    with store.write() as db:
        audit_log.note(db, "operator", "backup", f"backup/{to.name}", "intent")
    store.close()
    unfinished = _begin(to)
    copy(data / DATABASE, unfinished / DATABASE)
    shutil.copyfile(data / IDENTITY, unfinished / IDENTITY)
    with attached(unfinished / DATABASE) as read:
        row = read.execute("SELECT block FROM cursor").fetchone()
        kek = meta.get(read, meta.KEK)
    return _finish(
        unfinished, to, Manifest(_now(), identity, row[0] if row else None, _hex(kek), {}), (DATABASE, IDENTITY)
    )


def back_up_secrets(data: Path, to: Path, kek: bytes | None) -> Manifest:
    """The key-encryption key, whose id is `kek`, the pepper and the operator's API key, readable by their owner alone."""
    names = [name for name in SECRETS if (data / "secrets" / name).exists()]
    if not names:
        raise StoreError(f"{data / 'secrets'} holds no secret")
    identity = _identity(data / IDENTITY)
    unfinished = _begin(to)
    for name in names:
        _copy_secret(data / "secrets" / name, unfinished / name)
    return _finish(unfinished, to, Manifest(_now(), identity, None, _hex(kek), {}), names)


def restore(
    source: Path, data: Path, secrets: Path | None = None, kek: bytes | None = None
) -> tuple[Manifest, Path | None]:
    """Puts a backup's database in place, and what `secrets` holds; answers also where the database before it is now.
    `kek`: the id of the key-encryption key that is in the data folder, if there is one.

    No gateway may run. Raises StoreError, and changes nothing, when a file is not what the manifest says, when the data
    folder is another ledger's, when it holds other secrets, or when database and secrets are from different sides of a rewrap.
    """
    manifest = check(source)
    kept = _of_this_ledger(secrets, manifest) if secrets else None
    for where, other in ((secrets, kept.kek if kept else None), (data / "secrets", _hex(kek))):
        if None not in (other, manifest.kek) and other != manifest.kek:
            raise StoreError(
                f"the keys in {source} are sealed under another key-encryption key than the one in {where}: they are from "
                "different sides of a rewrap. Restore it with the secrets that were backed up with it"
            )
    if (data / IDENTITY).exists() and _identity(data / IDENTITY) != manifest.ledger_id:
        raise StoreError(f"{data} is the folder of another ledger")
    (data / "secrets").mkdir(mode=0o700, parents=True, exist_ok=True)
    there = {name: data / "secrets" / name for name in (kept.files if kept else ())}
    for name, path in there.items():
        if path.exists() and kept and _digest(path) != kept.files[name]:
            raise StoreError(f"{path} is there already, and another one: move it away first")
    for name, path in there.items():
        if secrets and not path.exists():
            _copy_secret(secrets / name, path)
    fsync(data / "secrets")
    if not (data / IDENTITY).exists():
        _place(source / IDENTITY, data / IDENTITY)
    new = data / f"{DATABASE}.restored"
    shutil.copyfile(source / DATABASE, new)
    fsync(new)
    old = take_place(data / DATABASE, new)
    store = Store(data / DATABASE)
    with store.write() as db:
        audit_log.note(db, "operator", "restored", f"backup/{source.name}")
    store.close()
    return manifest, old


def check(folder: Path) -> Manifest:
    """The manifest of a backup whose files are as it says. Raises StoreError."""
    try:
        told = json.loads(_required(folder / MANIFEST).read_text())
        manifest = Manifest(told["made_at"], told["ledger_id"], told["block"], told["kek"], told["files"])
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{folder / MANIFEST} is no manifest") from error
    for name, digest in manifest.files.items():
        if Path(name).name != name or _digest(_required(folder / name)) != digest:
            raise StoreError(f"{folder / name} is not the file that was backed up")
    return manifest


def _of_this_ledger(secrets: Path, manifest: Manifest) -> Manifest:
    kept = check(secrets)
    if kept.ledger_id != manifest.ledger_id:
        raise StoreError(f"{secrets} holds the secrets of another ledger")
    return kept


def _begin(to: Path) -> Path:
    if to.exists():
        raise StoreError(f"{to} is there already: a backup goes into a new folder")
    unfinished = to.with_name(to.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700, parents=True)
    return unfinished


def _finish(unfinished: Path, to: Path, begun: Manifest, names: Sequence[str]) -> Manifest:
    manifest = replace(begun, files={name: _digest(unfinished / name) for name in names})
    (unfinished / MANIFEST).write_text(json.dumps(manifest.document(), indent=2))
    for name in (*names, MANIFEST):
        fsync(unfinished / name)
    fsync(unfinished)
    unfinished.rename(to)
    fsync(to.parent)
    return manifest


def _now() -> int:
    return int(time.time())


def _hex(kek: bytes | None) -> str | None:
    return kek.hex() if kek is not None else None


def _place(source: Path, to: Path) -> None:
    new = to.with_name(to.name + ".new")
    shutil.copyfile(source, new)
    fsync(new)
    new.replace(to)
    fsync(to.parent)


def _copy_secret(source: Path, to: Path) -> None:
    new = to.with_name(to.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(source.read_bytes())
        file.flush()
        os.fsync(file.fileno())
    new.replace(to)


def _identity(path: Path) -> str:
    try:
        return str(json.loads(_required(path).read_text())["ledger_id"])
    except (ValueError, KeyError) as error:
        raise StoreError(f"{path} does not say which ledger this is") from error


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _required(path: Path) -> Path:
    if not path.exists():
        raise StoreError(f"{path} is not there")
    return path
