"""`nguon reanchor`: the development chain is lost, and the ledger stands again on a fresh one, equal in every head and every
signature, from the database alone; what was acknowledged and not yet final becomes final there, once (promise 1)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from devnet.keys import worthless
from eth_utils.address import to_checksum_address

from ledger.bindings.abi import contract
from ledger.bindings.council import CouncilRole
from ledger.bindings.deployments import Deployment
from ledger.canonical.abi import Skipped, decode_log
from ledger.chain.node import Node
from ledger.events.model import SignedEvent
from tests.command_line import Said, nguon_runs
from tests.database_files import opened, read
from tests.devnet_process import devnet
from tests.e2e.test_rotation import Change
from tests.gateway_process import Gateway, Json, gateway, until
from tests.law_world import World, build_world
from tests.stranger import Hand

WHEN = "2025-11-20T07:30:00+07:00"
PLACED = {"block", "log_index", "as_of"}


@contextmanager
def running(folder: Path, rpc: str, **options: Any) -> Iterator[Gateway]:
    with gateway(folder, rpc, **options) as nguon:
        (folder / "stack.json").write_text(json.dumps({"gateway": nguon.url, "rpc": rpc}))
        yield nguon


def on_chain(folder: Path, rpc: str) -> Json:
    """What the contracts say, asked from the node."""
    node, deployment = Node(rpc), Deployment.load(folder / "ledger.json")

    def ask(name: str, function: str, *arguments: Any) -> Any:
        address = {"CustodyLedger": deployment.ledger, "PartyRegistry": deployment.parties}.get(
            name, deployment.products
        )
        (found,) = contract(name).result(function, node.call(address, contract(name).call(function, *arguments)))
        return found

    logs = node.logs((deployment.ledger,), deployment.start, node.height())
    said = [(log, decode_log(log.topics, log.data)) for log in logs]
    times = {log.block: node.block(log.block) for log, _ in said}
    return {
        "head": ask("CustodyLedger", "ledgerHead"),
        "count": ask("CustodyLedger", "count"),
        "predecessor": (ask("CustodyLedger", "predecessorCount"), ask("CustodyLedger", "predecessorHead")),
        "registries": (ask("PartyRegistry", "head"), ask("ProductRegistry", "head")),
        "events": [(e.id, e.signature, times[log.block].timestamp) for log, e in said if isinstance(e, SignedEvent)],  # type: ignore[union-attr]
        "skips": sum(isinstance(e, Skipped) for _, e in said),
    }


def shown(nguon: Gateway, *paths: str) -> list[Any]:
    """What the API answers, but for where things stand on the chain and how far the index is."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: plain(each) for name, each in value.items() if name not in PLACED}
        return [plain(each) for each in value] if isinstance(value, list) else value

    answers = [nguon.operator.get(path) for path in paths]
    assert [answer.status_code for answer in answers] == [200] * len(paths)
    return [plain(answer.json()) for answer in answers]


def page(nguon: Gateway, path: str) -> list[str]:
    """The lines of a lot's page, but for those that say how far ledger and index are, and for this gateway's own address."""
    said = httpx.get(f"{nguon.url}{path}?lang=en", follow_redirects=True)
    assert said.status_code == 200
    lines = said.text.replace(nguon.url, "").splitlines()
    return [line for line in lines if "As of" not in line and "Head of the ledger" not in line]


def history(nguon: Gateway, folder: Path) -> tuple[World, Json]:
    """The whole law's world and the demo; a rotation, a delayed change made and another announced, a skip."""
    world = build_world(nguon)
    told = nguon_runs("--json", "--data", folder, "demo")
    assert told.code == 0, told.err
    assert Change(Hand(world.coop.uri, world.chain.domain)).hand_in(world).status_code == 200
    manager, council = contract("AccessManager"), worthless("council", 31337)
    grant = manager.call("grantRole", CouncilRole.YIELDS, to_checksum_address(council.address), 1)
    assert world.chain._send(council.private, world.chain.deployment.authority, grant).succeeded
    assert yields(nguon, world, 1_200_000, "announce") == 200
    until(lambda: yields(nguon, world, 1_200_000, "make") == 200, "the delay is over")
    assert yields(nguon, world, 1_250_000, "announce") == 200
    assert world.used is not None
    (skipped,) = world.chain.relay(world.used)
    assert isinstance(skipped, Skipped)
    return world, told.json


def yields(nguon: Gateway, world: World, per_million: int, step: str) -> int:
    entry = {"input": world.uris["crab"], "output": world.uris["salted"], "per_million": per_million}
    return nguon.operator.post("/v1/yields", json={"yields": [entry]}, params={"step": step}).status_code


def tampered(folder: Path, change: str, back: str) -> Said:
    """`nguon reanchor` on a database of which one value was changed, and changed back afterwards."""
    for sql in (change, None, back):
        if sql is None:
            said = nguon_runs("--json", "--data", folder, "reanchor")
            continue
        with opened(folder / "nguon.db") as db:
            assert db.execute(sql).rowcount == 1
    return said


def test_a_lost_development_chain(tmp_path: Path) -> None:
    journal = tmp_path / "devnet" / "journal.jsonl"
    with devnet(tmp_path, beat=0.05) as chain:
        port = int(chain.rpc.rpartition(":")[2])
        with running(tmp_path, chain.rpc) as nguon:
            world, demo = history(nguon, tmp_path)
            coop = nguon.operator.get("/v1/parties").json()[-1]["id"]
            scan = demo["links"]["scan"].removeprefix(nguon.url)
            paths = [
                "/v1/parties", "/v1/products", "/v1/yields", demo["links"]["batch"].removeprefix(nguon.url),
                *(f"/v1/batches/{quote(world.uris[a], safe='')}/{b}" for a, b in (("crab", "C1"), ("jar", "J1"))),
            ]  # fmt: skip
            before, said, seen = on_chain(tmp_path, chain.rpc), shown(nguon, *paths), page(nguon, scan)
            assert before["skips"] == 1 and before["count"] > 50
            refused = nguon_runs("--data", tmp_path, "reanchor")
            assert refused.code == 1 and "stop it first" in refused.err
            chain.kill()
            pending = {"kind": "Observe", "party": coop, "occurred_at": WHEN, "place": "urn:nguon:test:pond"}
            late = nguon.record(pending)
            assert late["state"] == "accepted"
    refused = nguon_runs("--data", tmp_path, "reanchor")
    assert refused.code == 1 and "there is nothing to restore" in refused.err

    shutil.rmtree(tmp_path / "devnet")
    with devnet(tmp_path, beat=0.05) as fresh, running(tmp_path, fresh.rpc, ready=False) as nguon:
        until(lambda: nguon.health()["wrong_chain"], "the gateway calls the fresh chain wrong")
        assert nguon.operator.post("/v1/events", json=pending).status_code == 503
    begun = journal.read_bytes()
    with read(tmp_path / "nguon.db") as db:
        kept = db.execute("SELECT seq, hex(signature), hex(body) FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        (subject, head) = db.execute(
            "SELECT hex(subject), hex(head) FROM heads WHERE length(subject) = 32 LIMIT 1"
        ).fetchone()
    for table, column, value, where in (
        ("events", "signature", kept[1], f"seq = {kept[0]}"),
        ("heads", "head", head, f"subject = x'{subject}'"),
    ):
        set_to = f"UPDATE {table} SET {column} = x'%s' WHERE {where}"
        refused = tampered(tmp_path, set_to % ("00" * (len(value) // 2)), set_to % value)
        assert refused.code == 1, refused.out
        assert journal.read_bytes() == begun and not list(journal.parent.glob("*.replaced*"))

    done = nguon_runs("--json", "--data", tmp_path, "reanchor")
    assert done.code == 0, done.err + done.out
    assert done.json["ok"] and done.json["differences"] == []
    assert (done.json["events"], done.json["ledger_head"]) == (before["count"], "0x" + before["head"].hex())
    assert done.json["registry_heads"] == dict(
        zip(("parties", "products"), ("0x" + head.hex() for head in before["registries"]), strict=True)
    )
    assert Path(done.json["replaced"]).read_bytes() == begun
    assert done.json["pending"] == 1

    with devnet(tmp_path, beat=0.05, port=port) as chain:
        after = on_chain(tmp_path, chain.rpc)
        assert after["predecessor"] == (before["count"], before["head"])
        for same in ("head", "count", "registries", "events"):
            assert after[same] == before[same], same
        with running(tmp_path, chain.rpc) as nguon:
            nguon.final(late["id"])
            assert shown(nguon, *paths) == said
            assert page(nguon, scan) == seen
            more = nguon.record({"kind": "Observe", "party": coop, "occurred_at": WHEN, "place": "urn:nguon:test:plot"})
            nguon.final(more["id"])
            world.gateway = nguon
            assert yields(nguon, world, 1_250_000, "make") == 200, "what was announced is announced still"
            assert Change(Hand(world.coop.uri, world.chain.domain), rotation=1).hand_in(world).status_code == 200
            ids = [id for id, _, _ in on_chain(tmp_path, chain.rpc)["events"]]
            assert ids == [id for id, _, _ in before["events"]] + [bytes.fromhex(e["id"][2:]) for e in (late, more)]
            verified = nguon_runs("--data", tmp_path, "verify")
            assert verified.code == 0, verified.out + verified.err

    # Once more, with the whole folder of the chain gone; and as if the process had died before the index was in place.
    shutil.rmtree(tmp_path / "devnet")
    shutil.copytree(
        tmp_path, tmp_path / "kept", ignore=lambda _, names: [n for n in names if not n.startswith("nguon.db")]
    )
    again = nguon_runs("--json", "--data", tmp_path, "reanchor")
    assert again.code == 0, again.err + again.out
    assert again.json["events"] == before["count"] + 2 and again.json["pending"] == 0
    for file in tmp_path.glob("nguon.db*"):
        file.unlink()
    for file in (tmp_path / "kept").iterdir():
        file.rename(tmp_path / file.name)
    with devnet(tmp_path, beat=0.05) as chain, running(tmp_path, chain.rpc) as nguon:
        after = on_chain(tmp_path, chain.rpc)
        assert again.json["ledger_head"] == nguon.health()["ledger_head"] == "0x" + after["head"].hex()
        assert again.json["registry_heads"]["parties"] == "0x" + after["registries"][0].hex(), (
            "no change was made twice"
        )
        assert page(nguon, scan) == seen


def test_another_chain_is_not_written_anew(tmp_path: Path) -> None:
    with devnet(tmp_path, beat=0.05) as chain, gateway(tmp_path, chain.rpc):
        pass
    record = tmp_path / "ledger.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {"chain_id": 4242}))
    refused = nguon_runs("--data", tmp_path, "reanchor")
    assert refused.code == 1 and "is no development chain" in refused.err
