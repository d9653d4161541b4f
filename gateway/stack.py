"""`scripts/start` and `scripts/stop`: the whole of Nguon on one machine, as one process tree that is written down.

DATA/stack.json names what was started: gateway, rpc, pids with their start times, links. Starting again what runs says so
and shows the same; stopping ends exactly these processes, by pid and start time, and nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from devnet.process import Process

ROOT = Path(__file__).resolve().parents[1]
DEADLINE = 180.0
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
        """What stack.json names, if all of it is alive."""
        found = self.read()
        if found and all(_alive(each) for each in found["processes"].values()):
            return found
        return None

    def write(self, document: Json) -> None:
        temporary = self.record.with_suffix(".tmp")
        temporary.write_text(json.dumps(document, indent=2))
        temporary.replace(self.record)

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
        """Devnet and gateway up and ready. Raises CannotStart."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self.stop()  # one half of an earlier stack may have been killed
        if not _is_free(port):
            raise CannotStart(f"Port {port} is in use: choose another with --port, or stop what uses it.")
        processes: Json = {}
        document: Json = {"gateway": None, "rpc": None, "processes": processes, "links": {}}
        devnet = self._spawn("devnet", ["-m", "devnet", "up", "--data", str(self.data / "devnet"), "--json"])
        processes["devnet"] = _described(devnet)
        self.write(document)
        document["rpc"] = self._rpc(devnet)
        gateway = self._spawn(
            "gateway", ["-m", "gateway", "--data", str(self.data), "--rpc", document["rpc"], "--port", str(port)]
        )
        processes["gateway"] = _described(gateway)
        self.write(document)
        document["gateway"] = self._ready(gateway)
        self.write(document)
        return document

    def _spawn(self, name: str, arguments: list[str]) -> subprocess.Popen[bytes]:
        with (self.logs / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *arguments], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def _rpc(self, devnet: subprocess.Popen[bytes]) -> str:
        record = self.data / "devnet" / "devnet.json"
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            if devnet.poll() is not None:
                raise CannotStart(f"The development chain did not start: {_last_line(self.logs / 'devnet.log')}")
            with suppress(FileNotFoundError, ValueError):
                found = json.loads(record.read_text())
                if found["pid"] == devnet.pid:
                    return str(found["rpc"])
            time.sleep(0.05)
        raise CannotStart("The development chain was not ready in time.")

    def _ready(self, gateway: subprocess.Popen[bytes]) -> str:
        record = self.data / "gateway.json"
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            if gateway.poll() is not None:
                raise CannotStart(f"The gateway did not start: {_last_line(self.logs / 'gateway.log')}")
            with suppress(FileNotFoundError, ValueError, httpx.HTTPError):
                found = json.loads(record.read_text())
                url = str(found["gateway"])
                if found["pid"] == gateway.pid and httpx.get(f"{url}/health/ready", timeout=5).status_code == 200:
                    return url
            time.sleep(0.05)
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


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
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
    try:
        return _start(stack, told)
    except CannotStart as error:
        stack.stop()
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(stack.stop() + "\n")
        return 130


def _start(stack: Stack, told: argparse.Namespace) -> int:
    say = (lambda text: sys.stderr.write(text + "\n")) if told.json else print
    document = stack.running()
    fresh = document is None
    if document is None:
        document = stack.start(told.port)
    if not told.no_demo:
        say("Loading the demo: salted three-striped crab of Đầm Dơi, from mangrove to jar …")
        document["links"] = _demo(stack)
        stack.write(document)
    if told.json:
        print(json.dumps(shown(document), ensure_ascii=False), flush=True)  # noqa: T201
    else:
        say(f"Nguon {'is up' if fresh else 'was up already'} at {document['gateway']}")
        for name, link in document["links"].items():
            say(f"  {name}: {link}")
    if told.detach or not fresh:
        return 0
    say("Ctrl-C stops it.")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_stop_and_say(stack, say)))
    while stack.running():
        time.sleep(0.5)
    sys.stderr.write("A process of the stack ended by itself; see the logs in " + str(stack.logs) + "\n")
    stack.stop()
    return 1


def _stop_and_say(stack: Stack, say: Any) -> int:
    say(stack.stop())
    return 0


def _demo(stack: Stack) -> Json:
    """Runs `nguon demo`, which is harmless to run again: what is on the ledger stays as it is."""
    command = [str(Path(sys.executable).with_name("nguon")), "--json", "--data", str(stack.data), "demo"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise CannotStart("The demo could not be loaded; the lines above say why.")
    found: Json = json.loads(done.stdout)
    return dict(found["links"])


if __name__ == "__main__":
    sys.exit(main())
