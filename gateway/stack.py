"""`scripts/start` and `scripts/stop`: the whole of Nguon on one machine, as one process tree that is written down.

DATA/stack.json names what was started: gateway, rpc, pids with their start times, links. Starting again what runs says so
and shows the same; stopping ends exactly these processes, by pid and start time, and nothing else.
"""

from __future__ import annotations

import argparse
import fcntl
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from devnet.process import Process
from devnet.running import Record

ROOT = Path(__file__).resolve().parents[1]
HOST = "127.0.0.1"
DEADLINE = 180.0
LOOK = 0.02
SURELY = 3.0  # seconds: until its first look at the chain a gateway says what it knew when it ended
Json = dict[str, Any]


class CannotStart(Exception):
    """One plain sentence."""


class Stack:
    def __init__(self, data: Path) -> None:
        self.data = data.resolve()
        self.record = self.data / "stack.json"
        self.logs = self.data / "logs"

    def read(self) -> Json | None:
        try:
            found: Json = json.loads(self.record.read_text())
        except (FileNotFoundError, ValueError):
            return None
        return found

    def running(self) -> Json | None:
        """What stack.json names, if all of it is alive and answered once."""
        found = self.read()
        if found and found["gateway"] and all(_alive(each) for each in found["processes"].values()):
            return found
        return None

    def write(self, document: Json) -> None:
        temporary = self.record.with_suffix(".tmp")
        temporary.write_text(json.dumps(document, indent=2))
        temporary.replace(self.record)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One start of a data folder at a time; the next one waits, and then finds the stack up."""
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.data / "stack.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def stop(self) -> str:
        """Ends what was started, gateway first. Twice is harmless."""
        found = self.read()
        ended = []
        for name in ("gateway", "devnet"):
            process = (found or {}).get("processes", {}).get(name)
            if process and _end(process):
                ended.append(f"{name} {process['pid']}")
        self.record.unlink(missing_ok=True)
        return "Stopped " + " and ".join(ended) + "." if ended else "Nothing of this data folder was running."

    def start(self, port: int) -> Json:
        """Devnet and gateway up and ready. Raises CannotStart. Killed in the middle, the next start or stop ends the rest."""
        self.stop()  # one half of an earlier stack may have been killed
        if not _is_free(port):
            raise CannotStart(f"Port {port} is in use: choose another with --port, or stop what uses it.")
        processes: Json = {}
        document: Json = {"gateway": None, "rpc": None, "processes": processes, "links": {}}
        devnet = self.data / "devnet"
        started = {}
        for name, arguments in (
            ("devnet", ["-m", "devnet", "up", "--data", devnet, "--json"]),
            # It loads while the chain comes up, and waits for it.
            ("gateway", ["-m", "gateway", "--data", self.data, "--devnet", devnet, "--port", port]),
        ):
            started[name] = self._spawn(name, [str(each) for each in arguments])
            processes[name] = _described(started[name])
            self.write(document)
        document["gateway"], document["wrong_chain"] = self._ready(started)
        chain = Record.read(devnet / "devnet.json")
        if chain is None:
            raise CannotStart(f"The development chain ended just now. {_last_line(self.logs / 'devnet.log')}")
        document["rpc"] = chain.rpc
        self.write(document)
        return document

    def _spawn(self, name: str, arguments: list[str]) -> subprocess.Popen[bytes]:
        with (self.logs / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT, env=_environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def _ready(self, started: dict[str, subprocess.Popen[bytes]]) -> tuple[str, str | None]:
        """The gateway's address once it is ready, or once it serves pages alone, and then why: the chain is not its own.

        Raises CannotStart with the last words of the one that ended.
        """
        names = {"devnet": "development chain", "gateway": "gateway"}
        wrong_since: float | None = None
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            for name, process in started.items():
                if process.poll() is not None:
                    raise CannotStart(f"The {names[name]} did not start. {_last_line(self.logs / f'{name}.log')}")
            with suppress(FileNotFoundError, ValueError, OSError, http.client.HTTPException):
                found = json.loads((self.data / "gateway.json").read_text())
                if found["pid"] == started["gateway"].pid:
                    said = _answer(found["gateway"])
                    wrong_since = (wrong_since or time.monotonic()) if said["wrong_chain"] else None
                    if said["ready"] or (wrong_since and time.monotonic() > wrong_since + SURELY):
                        return str(found["gateway"]), said["why"]
            time.sleep(LOOK)
        raise CannotStart("The gateway was not ready in time.")


def _described(process: subprocess.Popen[bytes]) -> Json:
    found = Process.of(process.pid)
    return {"pid": process.pid, "started": found.started if found else 0}


def _alive(described: Json) -> bool:
    found = Process.of(described["pid"])
    return found is not None and found.started == described["started"]


def _end(described: Json) -> bool:
    if not _alive(described):
        return False
    pid = described["pid"]
    for number, patience in ((signal.SIGTERM, 15.0), (signal.SIGKILL, 5.0)):
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        end = time.monotonic() + patience
        while time.monotonic() < end and _alive(described):
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            time.sleep(0.02)
        if not _alive(described):
            return True
    return True


def _answer(gateway: str) -> Json:
    """What the gateway says of itself."""
    asked = http.client.HTTPConnection(gateway.removeprefix("http://"), timeout=5)
    try:
        asked.request("GET", "/health/ready")
        said: Json = json.loads(asked.getresponse().read())
        return said
    finally:
        asked.close()


def _environment() -> dict[str, str]:
    """Ours, but no proxy between our own programs."""
    spared = ",".join(filter(None, (os.environ.get("no_proxy") or os.environ.get("NO_PROXY"), HOST, "localhost")))
    return os.environ | {"no_proxy": spared, "NO_PROXY": spared}


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
    return True


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def shown(document: Json) -> Json:
    """What `--json` prints: full addresses, plain pids."""
    pids = {name: each["pid"] for name, each in document["processes"].items()}
    return {"gateway": document["gateway"], "rpc": document["rpc"], "pids": pids, "links": document["links"]}


def main() -> int:
    parser = argparse.ArgumentParser(prog="start", description="Start Nguon on this machine, with its demo.")
    parser.add_argument("verb", choices=("start", "stop"), help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, default=ROOT / "var", help="data folder (var/)")
    parser.add_argument("--port", type=int, default=8700, help="the gateway's port (8700; 0: any free one)")
    parser.add_argument("--no-demo", action="store_true", help="an empty ledger")
    parser.add_argument("--detach", action="store_true", help="return when all is ready, and leave it running")
    parser.add_argument("--json", action="store_true", help="print one line of JSON when the demo is final")
    told = parser.parse_args()
    stack = Stack(told.data)
    if told.verb == "stop":
        print(stack.stop())  # noqa: T201
        return 0
    return _start(stack, told)


def _start(stack: Stack, told: argparse.Namespace) -> int:
    say: Callable[[str], object] = (lambda text: sys.stderr.write(text + "\n")) if told.json else print
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)  # a shell's background job begins with SIGINT ignored
    ours = False  # what another start started is not ended here
    try:
        with stack.alone():
            document = stack.running()
            ours = document is None
            document = document or stack.start(told.port)
            if not told.no_demo and not document["links"] and not document.get("wrong_chain"):
                say("Loading the demo: salted crab from mangrove to jar, and a season of the province …")
                document["links"] = _demo(stack)
                stack.write(document)
        _say(say, document, ours, told.json)
        if told.detach or not ours:
            return 0
        say("Ctrl-C stops it.")
        while stack.running() == document:
            time.sleep(0.5)
        if stack.read() != document:
            return 0  # ./scripts/stop ended it
        sys.stderr.write(f"A process of the stack ended by itself; see the logs in {stack.logs}\n")
        stack.stop()
        return 1
    except CannotStart as error:
        if ours:
            stack.stop()
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(f"{stack.stop()}\n" if ours else "Not started here, so left running.\n")
        return 130


def _say(say: Callable[[str], object], document: Json, ours: bool, as_json: bool) -> None:
    if document.get("wrong_chain"):
        say(
            f"Nothing can be recorded: {document['wrong_chain']}. "
            "A development chain that was lost is put back so: ./scripts/stop, nguon reanchor, ./scripts/start."
        )
    if as_json:
        print(json.dumps(shown(document), ensure_ascii=False), flush=True)  # noqa: T201
        return
    say(f"Nguon {'is up' if ours else 'was up already'} at {document['gateway']}")
    for name, link in document["links"].items():
        say(f"  {name}: {link}")


def _demo(stack: Stack) -> Json:
    """Runs `nguon demo`, which is harmless to run again: what is on the ledger stays as it is."""
    command = [str(Path(sys.executable).with_name("nguon")), "--json", "--data", str(stack.data), "demo"]
    done = subprocess.run(command, env=_environment(), stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise CannotStart("The demo could not be loaded; the lines above say why.")
    found: Json = json.loads(done.stdout)
    return dict(found["links"])


if __name__ == "__main__":
    sys.exit(main())
