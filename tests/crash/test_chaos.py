"""Acknowledged is kept (promise 1), under everything at once: gateways, keeper and Anvil killed with -9 at labelled moments
and anywhere, on a line that loses and garbles. The harness is chaos/; its oracle only walks the chain."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from devnet.process import Process
from devnet.running import Record

from chaos.selftest import ALL
from tests.gateway_process import ROOT, until

ZEROS = ("lost", "duplicates", "nonce_gaps", "dead", "refused", "strange", "ended_alone", "troubles")


def chaos(*arguments: str) -> subprocess.Popen[str]:
    """In a process of its own, whose fork server has loaded what it forks."""
    line = [sys.executable, "-m", "chaos", "--json", *arguments]
    return subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def said(*arguments: str) -> dict[str, Any]:
    process = chaos(*arguments)
    try:
        out, err = process.communicate(timeout=290)
    finally:
        process.kill()
    assert out, err
    found: dict[str, Any] = json.loads(out) | {"err": err, "code": process.returncode}
    return found


def test_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    """The same plan each time (seed 1); when each process gets the processor is another matter."""
    found = said("--seed", "1", "--kills", "40", "--events", "800", "--data", str(tmp_path))
    assert {name: found[name] for name in ZEROS} == dict.fromkeys(ZEROS, 0), found
    assert found["kills"] >= 40
    assert found["on_chain"] >= found["acknowledged"] >= 800
    assert found["faults"] > 0, "the line did nothing"
    assert found["code"] == 0


def finds(*defects: str) -> None:
    found = said("--self-test", *defects)
    assert [each["defect"] for each in found["defects"]] == list(defects)
    assert all(each["found"] for each in found["defects"]), found
    assert found["code"] == 0


@pytest.mark.parametrize("defect", ["sign-again", "no-fence"])
def test_a_planted_mistake_is_found(defect: str) -> None:
    finds(defect)


@pytest.mark.long
@pytest.mark.parametrize("defect", [name for name in ALL if name not in ("sign-again", "no-fence")])
def test_each_planted_mistake_is_found_and_nothing_where_there_is_none(defect: str) -> None:
    finds(defect)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_nothing_outlives_the_harness(number: int, tmp_path: Path) -> None:
    harness = chaos("--kills", "1000", "--events", "100000", "--data", str(tmp_path))
    try:

        def started() -> list[Process]:
            assert harness.poll() is None, "it ended by itself"
            pids = [json.loads((tmp_path / f"{name}.json").read_text())["pid"] for name in ("a", "b")]
            record = Record.read(tmp_path / "devnet" / "devnet.json")
            pids += [record.pid, record.anvil_pid] if record else []
            found = [process for pid in pids if (process := Process.of(pid))]
            return found if len(found) == 4 else []

        family = until(started, "gateways, keeper and Anvil are up")
        harness.send_signal(number)
        harness.wait(60)
        until(lambda: not any(each.alive for each in family), "all that it started is gone")
        # whoever was started while the others died
        until(lambda: not any(_works_in(tmp_path)), "nobody works in its folder")
    finally:
        harness.kill()
        harness.communicate()


def _works_in(folder: Path) -> list[int]:
    """Processes that have a file of this folder open."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            opened = [each.readlink() for each in (process / "fd").iterdir()] if process.name.isdigit() else []
        except OSError:
            continue
        if any(str(each).startswith(f"{folder}/") for each in opened):
            found.append(int(process.name))
    return found
