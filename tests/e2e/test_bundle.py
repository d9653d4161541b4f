"""Promise 4 on real bundles: what a gateway gives out is accepted offline by whoever has a trust file, and every altered one is
refused. The figures that are printed: sizes, and how many mutations were tried."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import coincurve
import httpx
import pytest
from rlp import encode as rlp_encode

from gateway.evidence.keeping import Bundles
from ledger.bindings.deployments import Deployment
from ledger.chain.node import Node
from ledger.events.identifiers import batch_id, keccak, party_id, product_id
from ledger.proof import trust
from ledger.proof.bundle import MEDIA_TYPE, read, write
from ledger.proof.mpt import decode_rlp
from ledger.proof.seal import QBFT_MIX
from ledger.proof.trust import Epoch, TrustedLedger
from ledger.proof.verify import Verdict, verify
from ledger.signing.signer import address_of
from ledger.store.database import Store
from tests.bundle_mutations import mutations
from tests.command_line import NGUON, Said, nguon_runs, nguon_says
from tests.conftest import ALL
from tests.gateway_process import ROOT, Gateway, Json, until

MUTATIONS = 40_000 if ALL else 2_000
WHEN = "2025-11-20T07:00:00+07:00"


@dataclass(frozen=True)
class Journey:
    """Eight events: crab is caught, seen, shipped, received, salted and packed; a jar is shipped and received."""

    nguon: Gateway
    farm: str
    plant: str
    shop: str
    crab: str
    salted: str
    jar: str

    def say(self, party: str, kind: str, **more: Any) -> str:
        said: Json = {"kind": kind, "party": party, "occurred_at": WHEN} | more
        return str(self.nguon.record(said, params={"wait": "final"})["id"])

    def path(self, product: str, lot: str = "L1") -> str:
        return f"/v1/batches/{quote(product, safe='')}/{lot}/bundle"

    def bundle(self, product: str, lot: str = "L1") -> bytes:
        answer = httpx.get(self.nguon.url + self.path(product, lot), timeout=60)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == MEDIA_TYPE
        return answer.content


@pytest.fixture(scope="module")
def journey(nguon: Gateway) -> Journey:
    farm, shop = nguon.party("b-farm", "producer"), nguon.party("b-shop", "retailer")
    plant = nguon.party("b-plant", "processor", "packer")
    crab, salted = nguon.product(farm), nguon.product(plant, stage=1)
    jar = nguon.product(plant, stage=2, unit="pieces")
    nguon.declare(crab, salted, 1_150_000)
    nguon.declare(salted, jar, 2_500)
    told = Journey(nguon, farm, plant, shop, crab, salted, jar)

    def goods(product: str, quantity: int) -> Json:
        return {"product": product, "lot": "L1", "quantity": quantity}

    told.say(farm, "Commission", outputs=[goods(crab, 10_000)], content={"nguon:reason": "đêm nước rong"})
    told.say(farm, "Observe", product=crab, lot="L1")
    told.say(farm, "Ship", **goods(crab, 8_000), to=plant)
    told.say(plant, "Receive", **goods(crab, 8_000))
    told.say(plant, "Transform", inputs=[goods(crab, 6_000)], outputs=[goods(salted, 6_500)])
    told.say(plant, "Pack", inputs=[goods(salted, 4_000)], outputs=[goods(jar, 10)])
    told.say(plant, "Ship", **goods(jar, 3), to=shop)
    told.say(shop, "Receive", **goods(jar, 3))
    return told


@pytest.fixture(scope="module")
def trust_file(nguon: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trust") / "trust.json"
    said = nguon_says("--data", nguon.data, "trust", "-o", path)
    assert said.code == 0, said.err
    return path


@pytest.fixture(scope="module")
def trusted(trust_file: Path) -> TrustedLedger:
    (found,) = trust.read(trust_file.read_bytes())
    return found


@pytest.fixture(scope="module")
def good(journey: Journey) -> bytes:
    return journey.bundle(journey.jar)


def checked(data: bytes, trusted: TrustedLedger, at: int | None = None) -> Verdict:
    return verify(data, [trusted], int(time.time()) if at is None else at)


def test_a_real_bundle_is_accepted_and_says_who_did_what(journey: Journey, good: bytes, trusted: TrustedLedger) -> None:
    verdict = checked(good, trusted)
    assert verdict.accepted, verdict.steps[-1]
    found = verdict.answers
    assert found is not None and found["content"]["events"] == 8
    assert {each["party"] for each in found["signed"]} == {journey.farm, journey.plant, journey.shop}
    assert found["standing"]["holdings"]["held"] == {journey.plant: 7, journey.shop: 3}
    print(f"8 events, 3 batches: {len(good)} bytes")


def test_every_altered_byte_and_field_is_refused(good: bytes, trusted: TrustedLedger) -> None:
    rng = random.Random(20_261_124)
    steps: dict[str, int] = {}
    for number, (what, altered) in enumerate(mutations(good, rng), 1):
        verdict = checked(altered, trusted)
        assert not verdict.accepted, what
        steps[str(verdict.failed_step)] = steps.get(str(verdict.failed_step), 0) + 1
        if number == MUTATIONS:
            break
    assert len(steps) > 5, "they reach many steps"
    print(f"{MUTATIONS} mutations refused, by step: {dict(sorted(steps.items()))}")


def test_a_bundle_of_another_ledger_is_refused(good: bytes, trusted: TrustedLedger) -> None:
    assert checked(good, replace(trusted, ledger_id=bytes(32))).failed_step == "ledger"
    renamed = write(replace(read(good), ledger_id=b"\1" * 32))
    assert checked(renamed, trusted).failed_step == "ledger"
    # Somebody makes the trust file fit: still nobody signed for that ledger, and no contract keeps its id.
    assert checked(renamed, replace(trusted, ledger_id=b"\1" * 32)).failed_step == "contracts"


def test_of_several_ledgers_the_right_one_counts(good: bytes, trusted: TrustedLedger) -> None:
    others = [replace(trusted, ledger_id=bytes([n]) * 32, scheme="qbft") for n in range(3)]
    assert verify(good, [*others, trusted], int(time.time())).accepted


def test_events_of_another_bundle_do_not_fit(journey: Journey, good: bytes, trusted: TrustedLedger) -> None:
    own, other = read(good), read(journey.bundle(journey.crab))
    for mixed in (
        replace(own, nodes=other.nodes),
        replace(own, events=other.events),
        replace(own, batches=other.batches),
    ):
        assert not checked(write(mixed), trusted).accepted
    stale = replace(own, header=other.header, block_hash=other.block_hash)
    assert other.header == own.header or not checked(write(stale), trusted).accepted


def test_the_same_state_sealed_by_test_validators(good: bytes, trusted: TrustedLedger) -> None:
    """A real ledger's state under a header that our own test validators sealed by QBFT's rules: no Besu made it."""
    keys = sorted((keccak(b"e2e validator %d" % n) for n in range(4)), key=address_of)
    sealed = replace(trusted, scheme="qbft", epochs=(Epoch(0, tuple(map(address_of, keys))),))
    assert checked(good, sealed).failed_step == "block"
    fields = list(decode_rlp(read(good).header))

    def header(round: bytes, seals: list[bytes]) -> bytes:
        extra = rlp_encode([bytes(32), [], [], round, seals])
        fields[2], fields[7], fields[12], fields[13] = address_of(keys[0]), b"\1", extra, QBFT_MIX
        return bytes(rlp_encode(fields))

    digest = keccak(header(b"\1", []))
    seals = [coincurve.PrivateKey(key).sign_recoverable(digest, hasher=None) for key in keys]
    for count, accepted in ((4, True), (3, True), (2, False)):
        whole = replace(read(good), header=header(b"\1", seals[:count]), block_hash=keccak(header(b"", [])))
        verdict = checked(write(whole), sealed)
        assert verdict.accepted is accepted, verdict.steps[-1]


# ── the gateway ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_recorded_is_in_the_next_bundle(journey: Journey, trusted: TrustedLedger) -> None:
    before = journey.bundle(journey.salted)
    assert journey.bundle(journey.salted) == before, "kept while nothing changes"
    recall = journey.say(journey.farm, "Recall", batches=[{"product": journey.crab, "lot": "L1"}])
    found = checked(journey.bundle(journey.salted), trusted).answers
    assert found and len(found["standing"]["recalled_ingredients"]) == 1
    journey.say(journey.farm, "Lift", batches=[{"product": journey.crab, "lot": "L1"}], recall=recall)
    found = checked(journey.bundle(journey.salted), trusted).answers
    assert found and found["standing"]["recalled_ingredients"] == []
    assert checked(before, trusted).accepted, "the old one stays true of its block"


def test_what_is_not_there_has_no_bundle(journey: Journey) -> None:
    assert httpx.get(journey.nguon.url + journey.path(journey.jar, "NONE")).status_code == 404


class Counting(Node):
    """The node, and how many proofs it was asked for."""

    asked = 0

    def proof(self, address: bytes, slots: Any, number: int) -> list[bytes]:
        self.asked += 1
        return super().proof(address, slots, number)


def test_a_beat_asks_for_one_proof_a_contract_whatever_is_wanted(journey: Journey) -> None:
    nguon = journey.nguon
    lots = [f"BEAT-{n}" for n in range(20)]
    for lot in lots:
        goods = {"product": journey.crab, "lot": lot, "quantity": 5}
        made = nguon.record({"kind": "Commission", "party": journey.farm, "occurred_at": WHEN, "outputs": [goods]})
    batches = [batch_id(product_id(journey.crab), party_id(journey.farm), lot.encode()) for lot in lots]
    nguon.final(made["id"])  # the gateway sends them in order
    node = Counting(nguon.rpc)
    bundles = Bundles(Store(nguon.data / "nguon.db"), node, Deployment.load(nguon.data / "ledger.json"))
    for batch in batches:
        bundles.want(batch)
    bundles.start()
    until(lambda: all(bundles.kept(batch) for batch in batches), "all are made")
    bundles.stop()
    assert node.asked == 3


def test_many_askers_at_once_are_all_answered(journey: Journey, trusted: TrustedLedger) -> None:
    with ThreadPoolExecutor(12) as pool:
        products = [journey.jar, journey.salted, journey.crab] * 4
        answers = list(pool.map(journey.bundle, products))
    assert all(checked(each, trusted).accepted for each in answers)


def test_it_verifies_after_many_further_events_on_the_same_batch(journey: Journey, trusted: TrustedLedger) -> None:
    more = 1_000 if ALL else 100
    goods = {"product": journey.crab, "lot": "LONG"}
    journey.say(journey.farm, "Commission", outputs=[goods | {"quantity": 5_000}])
    seen = {"kind": "Observe", "party": journey.farm, "occurred_at": WHEN} | goods
    for part in range(more // 100):
        answer = journey.nguon.operator.post(
            "/v1/events", json={"events": [seen] * 100}, headers={"Idempotency-Key": f"long-{part}"}
        )
        assert answer.status_code == 202, answer.text
        journey.nguon.final(*(each["id"] for each in answer.json()["results"]))
    data = journey.bundle(journey.crab, "LONG")
    verdict = checked(data, trusted)
    assert verdict.accepted and verdict.answers and verdict.answers["content"]["events"] == more + 1
    print(f"{more + 1} events: {len(data)} bytes")


# ── the command line ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def file(journey: Journey, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundle") / "jar.json"
    said = nguon_says("--data", journey.nguon.data, "bundle", journey.jar, "L1", "-o", path)
    assert said.code == 0, said.err
    return path


def says(*arguments: object) -> Said:
    said = nguon_says("verify", *arguments)
    assert "Traceback" not in said.err, said.err
    return said


def test_the_verdict_in_words_names_the_four_answers(file: Path, trust_file: Path, journey: Journey) -> None:
    said = says(file, "--trust", trust_file)
    assert said.code == 0 and f"ACCEPTED: {journey.jar} lot L1 of {journey.plant}" in said.out
    assert "unsealed development chain: integrity and signatures only" in said.out
    for answer in ("content   intact", "signed    by", "recorded  by block", "standing  as of block"):
        assert answer in said.out


def test_exit_codes(file: Path, trust_file: Path, tmp_path: Path) -> None:
    accepted = says(file, "--trust", trust_file, "--json")
    assert accepted.code == 0 and accepted.json["accepted"] is True and accepted.json["failed_step"] is None
    assert [step["step"] for step in accepted.json["steps"]][:3] == ["form", "ledger", "block"]

    other = tmp_path / "other.json"
    other.write_bytes(file.read_bytes().replace(b'"version":1', b'"version":2'))
    refused = says(other, "--trust", trust_file, "--json")
    assert refused.code == 1 and (refused.json["accepted"], refused.json["failed_step"]) == (False, "form")
    late = says(file, "--trust", trust_file, "--at", "2126-11-24T00:00:00Z", "--json")
    assert late.code == 1 and late.json["failed_step"] == "age"

    other.write_bytes(b"garbage")
    assert says(other, "--trust", trust_file).code == 2
    assert says(file, "--trust", other).code == 2
    assert says(tmp_path / "none", "--trust", trust_file).code == 2
    assert says(file, "--trust", trust_file, "--at", "yesterday").code == 2
    assert says(file).code == 2, "without a trust file nothing is believed"


def test_it_runs_where_there_is_no_network(file: Path, trust_file: Path) -> None:
    alone = [shutil.which("unshare") or "unshare", "--net"]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("a network of its own cannot be made here: it needs root, and unshare")
    line = [*alone, str(NGUON), "verify", str(file), "--trust", str(trust_file)]
    done = subprocess.run(line, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 0 and "ACCEPTED" in done.stdout, done.stderr


def test_the_verifier_loads_nothing_that_speaks_to_a_network() -> None:
    """The rooms of the core; click and httpx are the command line's."""
    told = "import sys, ledger.proof.verify; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", told], capture_output=True, text=True, cwd=ROOT, check=True
    ).stdout.split()
    assert not {"http.client", "ssl", "httpx", "requests", "web3", "sqlite3", "aiohttp"} & set(loaded)


def test_verify_without_a_file_still_recomputes_the_ledger(nguon: Gateway, journey: Journey) -> None:
    said = nguon_runs("--data", nguon.data, "--json", "verify")
    assert said.code == 0 and json.loads(said.out)["ok"] is True
