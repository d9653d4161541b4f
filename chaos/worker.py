"""What the harness runs in processes of their own: a real gateway with a fate, and a real keeper.

They are forked from a server that has loaded everything (multiprocessing's forkserver): a start takes a fraction of a second
instead of three, so a run has as many deaths as its time allows. When the harness ends, however it ends, the server ends,
and the kernel ends these with it.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from functools import partial
from multiprocessing import forkserver
from pathlib import Path

import devnet.serving  # noqa: F401 - the keeper's verb loads it late; here it is loaded once
from devnet.__main__ import main as devnet_main
from devnet.process import die_with_parent

from chaos.defects import DEFECTS
from chaos.fates import Death, Fate, seams
from gateway.__main__ import main as gateway_main
from gateway.wiring import wire


def gateway(data: Path, rpc: str, name: str, fate: Fate | None, defect: str | None) -> None:
    """A gateway worker until its end. Its last moment, if it has one, is in `died(data, name)`."""
    _settle(log(data, name))
    make_node, make_store = seams(Death(fate, died(data, name)))
    if defect is not None:
        DEFECTS[defect].plant()
    wiring = partial(wire, make_node=make_node, make_store=make_store)
    sys.exit(gateway_main(["--data", str(data), "--rpc", rpc, "--port", "0", "--name", name], wiring))


def keeper(data: Path, port: int, beat: float) -> None:
    _settle(log(data, "keeper"))
    told = ["up", "--data", str(data / "devnet"), "--port", str(port), "--beat", str(beat), "--json"]
    sys.exit(devnet_main(told))


def died(data: Path, name: str) -> Path:
    return data / f"{name}.moment"


def log(data: Path, name: str) -> Path:
    return data / f"{name}.log"


def _settle(to: Path) -> None:
    """Dies with the harness; says what it says in a file."""
    # Every child keeps the fork server alive, for children of its own. These have none: so the server ends with the harness.
    os.close(forkserver._forkserver._forkserver_alive_fd)  # type: ignore[attr-defined]
    die_with_parent(os.getppid())
    parent = multiprocessing.parent_process()
    if parent is None or not parent.is_alive():
        os._exit(1)
    file = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.close(file)
