"""A fault at each call to the kernel that one cycle makes for files and sockets, one run each, and what must hold after it.

strace is told the name of a call, the how-manieth it is, and the fault. What has to be true afterwards is asked by a process
without any fault: of the database, and of the node.
"""

from __future__ import annotations

import multiprocessing
import re
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from devnet.keys import worthless

from ledger.bindings.abi import contract
from ledger.bindings.deployments import Deployment, deploy, new_ledger_id
from ledger.canonical.abi import decode_log
from ledger.chain.node import Node
from ledger.events.model import Kind, SignedEvent
from ledger.recording import MakeDraft, OutputDraft
from ledger.store import outbox
from tests.crash import sweep_subject
from tests.crash.ledger_parts import Parts
from tests.crash.sweep_subject import ENDED, STOPPED, subject
from tests.devnet_process import CHAIN_ID, DEADLINE, devnet
from tests.stranger import MOMENT

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.crash.sweep_subject"])

CALLS = "%file,%desc,%network"
"""strace's names for all calls with a path, a descriptor or a socket."""
FAULTS = {"KILL": "signal=KILL:when={}", "EIO": "error=EIO:when={}", "ENOSPC": "error=ENOSPC:when={}"}
STAYING = {"EIO from then on": "error=EIO:when={}+", "ENOSPC from then on": "error=ENOSPC:when={}+"}
"""Of a disk that is broken or full for good."""
WRITING = {"openat", "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "unlink", "mkdir"}
INJECTED = "(INJECTED)"
HUNG = -1_000
_FAILED_COMMIT = re.compile(r"(pwrite64|fdatasync|fsync)\(\d+<[^>]*-wal>.*= -1 EIO .*INJECTED")
_CALL = re.compile(r"^\d+ +(\w+)\(")


@dataclass(frozen=True, slots=True)
class Case:
    call: str
    nth: int
    fault: str

    def __str__(self) -> str:
        return f"{self.fault} at {self.call} {self.nth}"


@dataclass(frozen=True, slots=True)
class Result:
    """`reached`: the fault took place. `end`: how the subject ended. `wrong`: what did not hold; nothing is expected here."""

    case: Case
    reached: bool
    end: str
    acknowledged: bool
    wrong: tuple[str, ...]
    why: str


class Sweep:
    """Cases on one data folder, each beginning where the one before was brought to its end."""

    def __init__(self, folder: Path, rpc: str, deployment: Deployment, hasty: bool = False) -> None:
        self._folder = folder
        self._rpc = rpc
        self._deployment = deployment
        self._hasty = hasty
        self._numbers = count()
        self._recorded = Counter[bytes]()
        self._others: set[bytes] = set()
        self._read_to = Node(rpc).height()
        self._fresh()

    def _fresh(self) -> None:
        """Another folder on the same ledger."""
        self._others = set(self._recorded)
        self._data = self._folder / f"data-{next(self._numbers)}"
        Parts.prepare(self._data, self._deployment)
        parts = Parts(self._data, self._rpc)
        parts.populate()
        parts.store.close()

    def cases(self) -> list[Case]:
        """Every call of a cycle without a fault, with every fault that fits it; in the order of the calls."""
        result, log = self._one(None)
        assert not result.wrong, result
        found, seen, inside = [], Counter[str](), False
        for line in log.splitlines():
            if (named := _CALL.match(line)) is None:
                continue
            seen[named[1]] += 1
            if sweep_subject.END in line:
                break
            if inside:
                faults = [*FAULTS, *(STAYING if named[1] in WRITING else ())]
                found += [Case(named[1], seen[named[1]], fault) for fault in faults]
            inside = inside or sweep_subject.BEGIN in line
        assert inside, log[:2000]
        return found

    def run(self, case: Case) -> Result:
        result, _ = self._one(case)
        if result.wrong:
            self._fresh()
        return result

    def _one(self, case: Case | None) -> tuple[Result, str]:
        for name in ("acknowledged", "why"):
            (self._data / name).unlink(missing_ok=True)
        key = f"key {next(self._numbers)}"
        tag = (self._data / "tag").read_text()
        output = OutputDraft(f"urn:nguon:test:{tag}:crab", f"L{key[4:]}", 1_000, 0)
        draft = MakeDraft(kind=Kind.COMMISSION, outputs=(output,), occurred_at=MOMENT, private={"nguon:note": "x"})
        code, log = self._traced(case, draft, key)
        told = self._data / "acknowledged"
        acknowledged = told.read_bytes() if told.exists() else b""
        why = (self._data / "why").read_text("utf-8") if (self._data / "why").exists() else ""
        wrong = _odd_end(case, code, bool(acknowledged), log)
        if any(line.startswith("sqlite3.") for line in why.splitlines()[-1:]):
            wrong.append("it ended by an error of SQLite that has no name of ours")
        try:
            wrong += self._kept(draft, key, acknowledged)
        except Exception as error:  # whatever it is, this is what did not hold
            wrong.append(f"afterwards: {type(error).__name__}: {error}")
        end = {-signal.SIGKILL: "killed", ENDED: "went on", STOPPED: "stopped"}.get(code, "failed")
        reached = case is not None and (INJECTED in log or end == "killed")
        return Result(case or Case("", 0, ""), reached, end, bool(acknowledged), tuple(wrong), why), log

    def _traced(self, case: Case | None, draft: MakeDraft, key: str) -> tuple[int, str]:
        """How the subject ended, and what strace wrote."""
        told, start = FORKS.Pipe()
        child = FORKS.Process(target=subject, args=(self._data, self._rpc, draft, key, self._hasty, told))
        child.start()
        told.close()
        assert start.recv_bytes() == b"here"
        written = self._data / "strace"
        line = ["strace", "-f", "-y", "-o", str(written), "-e", f"trace={CALLS}", "-p", str(child.pid)]
        if case is not None:
            line += ["-e", f"inject={case.call}:{(FAULTS | STAYING)[case.fault].format(case.nth)}"]
        with subprocess.Popen(line, stderr=subprocess.PIPE, text=True) as tracer:
            assert tracer.stderr is not None
            attached = tracer.stderr.readline()
            assert "attached" in attached, attached
            start.send_bytes(b"go")
            start.close()
            child.join(2 * DEADLINE)
            code = child.exitcode
            if code is None:
                child.kill()
                child.join()
                code = HUNG
        child.close()
        return code, written.read_text("utf-8", "replace")

    def _kept(self, draft: MakeDraft, key: str, acknowledged: bytes) -> list[str]:
        """What does not hold, once a process without a fault has brought everything to its end."""
        parts = Parts(self._data, self._rpc)
        db = parts.store.read()
        wrong = [f"integrity: {row[0]}" for row in db.execute("PRAGMA integrity_check") if row[0] != "ok"]
        id = parts.record(draft, key=key)
        if acknowledged not in (b"", id):
            wrong.append("what was acknowledged is not what a repeat is told")
        parts.settle(*[row.id for row in outbox.pending(db)])
        parts.decided()
        parts.catch_up()
        self._read(parts)
        ours = {bytes(row["id"]) for row in db.execute("SELECT id FROM outbox")}
        if {self._recorded[each] for each in ours} != {1}:
            wrong.append("not every kept event is on the chain once")
        if acknowledged and self._recorded[acknowledged] != 1:
            wrong.append("what was acknowledged is not on the chain once")
        if self._recorded.keys() - self._others != ours:
            wrong.append("the chain has events that are not kept")
        heads = contract("CustodyLedger")
        (head,) = heads.result("ledgerHead", parts.node.call(parts.deployment.ledger, heads.call("ledgerHead")))
        if db.execute("SELECT head FROM heads WHERE subject = ?", (b"ledger",)).fetchone()["head"] != head:
            wrong.append("the heads differ")
        parts.store.close()
        return wrong

    def _read(self, parts: Parts) -> None:
        """What the node's logs have since the last look; every event here is of a folder of ours."""
        height = parts.node.height()
        for log in parts.node.logs((parts.deployment.ledger,), self._read_to + 1, height):
            if isinstance(said := decode_log(log.topics, log.data), SignedEvent):
                self._recorded[said.id] += 1
        self._read_to = height


def _odd_end(case: Case | None, code: int, acknowledged: bool, log: str) -> list[str]:
    wrong = []
    if code == HUNG:
        wrong.append(f"it still ran after {2 * DEADLINE:.0f} s")
    if code == ENDED and not acknowledged:
        wrong.append("it ended well and acknowledged nothing")
    if case is None and code != ENDED:
        wrong.append("it failed without a fault")
    if code != STOPPED and _FAILED_COMMIT.search(log.partition(sweep_subject.CLOSING)[0]):
        wrong.append("a commit failed and it did not stop")
    return wrong


@contextmanager
def ledger(folder: Path) -> Iterator[tuple[str, Deployment]]:
    """A chain with a ledger on it."""
    with devnet(folder, beat=0.02) as chain:
        council = bytes.fromhex(worthless("council", CHAIN_ID).address[2:])
        key = worthless("deployer", CHAIN_ID).private
        yield chain.rpc, deploy(Node(chain.rpc), key, council, new_ledger_id(), CHAIN_ID)
