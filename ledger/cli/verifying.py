"""`nguon verify FILE`: a bundle checked offline. Without a file: the whole ledger recomputed from the chain's logs.

Neither trusts a gateway or an index. With a file it asks nobody anything.
"""

from __future__ import annotations

import sys
import time
import traceback
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from ledger.cli.client import Client
from ledger.proof import trust as trust_files
from ledger.proof.form import FormError
from ledger.proof.verify import Verdict
from ledger.proof.verify import verify as check

ACCEPTED, REFUSED, UNREADABLE, FAULT = 0, 1, 2, 70


class _Unread(Exception):
    """One plain sentence."""


@click.command()
@click.argument("file", required=False, type=click.Path())
@click.option("--trust", type=click.Path(), help="The trust file, had from elsewhere than the bundle.")
@click.option("--at", help="Check as of this time: RFC 3339, or seconds since 1970. Now without.")
@click.option("--json", "as_json", is_flag=True, help="The verdict as one JSON document.")
@click.pass_obj
def verify(client: Client, file: str | None, trust: str | None, at: str | None, as_json: bool) -> None:
    """Check a bundle offline; without FILE, recompute the whole ledger from the chain and compare with its storage.

    Of a bundle, exit code 0: accepted (also when nobody sealed the chain, and that is said), 1: refused, 2: it or the trust file
    cannot be read, 70: a fault of this program.
    """
    client.as_json = client.as_json or as_json
    if file is None:
        if trust or at:
            raise click.UsageError("--trust and --at go with a FILE.")
        import_module("ledger.cli.whole_ledger").verify_ledger(client)  # it needs the chain, a bundle does not
        return
    if trust is None:
        raise click.UsageError("A bundle is checked against a trust file: give --trust FILE.")
    sys.exit(_bundle(client, Path(file), Path(trust), at))


def _bundle(client: Client, file: Path, trust: Path, at: str | None) -> int:
    try:
        verdict = check(_read(file), _ledgers(trust), _time(at))
    except _Unread as unread:
        client.result({"accepted": False, "failed_step": None, "steps": []})
        click.echo(str(unread), err=True)
        return UNREADABLE
    except Exception:
        traceback.print_exc()
        click.echo("This program has a fault. Nothing is said about the bundle.", err=True)
        return FAULT
    client.result(verdict.document(), _told(verdict))
    return ACCEPTED if verdict.accepted else UNREADABLE if verdict.unreadable else REFUSED


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _Unread(f"{path} cannot be read: {error.strerror}") from error


def _ledgers(path: Path) -> tuple[trust_files.TrustedLedger, ...]:
    try:
        return trust_files.read(_read(path))
    except FormError as error:
        raise _Unread(f"{path} is no trust file: {error}") from error


def _time(at: str | None) -> int:
    if at is None:
        return int(time.time())
    if at.isascii() and at.isdigit():
        return int(at)
    try:
        found = datetime.fromisoformat(at)
    except ValueError as error:
        raise _Unread(f"--at {at}: neither RFC 3339 nor seconds since 1970") from error
    if found.tzinfo is None:
        raise _Unread(f"--at {at}: a time needs its offset, such as Z")
    return int(found.timestamp())


def _told(verdict: Verdict) -> list[str]:
    lines = [
        f"{number:2} {'ok    ' if step['ok'] else 'FAILED'} {step['step']:<10} {_plain(step['found'])}"
        for number, step in enumerate(verdict.steps, 1)
    ]
    if verdict.answers is None:
        return [*lines, f"REFUSED at step {verdict.failed_step}."]
    return [*lines, *(_plain(line) for line in _answers(verdict.answers))]


def _answers(found: dict[str, Any]) -> list[str]:
    content, recorded, standing = found["content"], found["recorded"], found["standing"]
    batch = standing["batch"]
    bare = sum(content["links_without_event"].values())
    who = sorted({f"{each['party']} ({each['custody']} keeps the key)" for each in found["signed"]})
    state = [
        f"recalled by {', '.join(batch['recalled_by'])}" if batch["recalled_by"] else "not recalled",
        *(["contains recalled ingredients"] if standing["recalled_ingredients"] else []),
        *(["goods not traced before a point"] if standing["not_traced_before"] else []),
        *(["adjusted by an inspector"] if batch["adjusted"] else []),
        *standing["remarks"],
    ]
    return [
        f"ACCEPTED: {batch['product']} lot {batch['lot']} of {batch['origin']}",
        f"content   intact: {content['events']} events"
        + (f", {bare} shown by their ids alone" if bare else "")
        + (f", {odd} with content not canonical" if (odd := content["contents_not_canonical"]) else ""),
        *(f"signed    by {each}" for each in who),
        f"recorded  by block {recorded['by_block']}: {recorded['seal']}",
        f"standing  as of block {standing['as_of_block']}: {'; '.join(state)}",
    ]


def _plain(text: str) -> str:
    """What a stranger wrote must not steer a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
