"""Promise: a Pack's items can be asked after one by one: who invented a serial is told so and shown why, whose label was spoiled
is told to look closer, and what was printed is on the chain. Nothing is kept per item, of a million either.

What a stranger needs comes from the chain here (docs/spec/items.md, section 3), never from the gateway's tables.
"""

from __future__ import annotations

import csv
import random
import sqlite3
import statistics
import threading
import time
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import httpx
import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from ledger.canonical.abi import decode_log
from ledger.chain.node import Node
from ledger.events.identifiers import check_digit
from ledger.events.model import Kind, Make, SignedEvent
from ledger.items.proof import ItemProof, PackItems, judge
from ledger.items.serial import ALPHABET, index_of
from tests.command_line import nguon_says
from tests.conftest import ALL
from tests.gateway_process import Gateway, Json, client

MILLION = 1_000_000
AT = "2025-11-20T07:30:00+07:00"
TRIED = 2_000 if ALL else 25


class Packer:
    """A cooperative with crab enough and jars with a GTIN, and what it packed into one lot."""

    numbers = iter(range(10**6))

    def __init__(self, nguon: Gateway, crab: int = 5_000_000) -> None:
        self.nguon, self.lot = nguon, "LOT-1"
        self.coop = nguon.party("coop", "producer", "packer")
        self.crab = nguon.product(self.coop)
        self.gtin = gtin(random.randrange(10**8))
        self.jar = nguon.product(self.coop, unit="pieces", stage=1, uri=f"https://id.gs1.org/01/{self.gtin}")
        nguon.declare(self.crab, self.jar, 1_000_000)
        self.events = [
            self.kept({"kind": "Commission", "outputs": [{"product": self.crab, "lot": "H", "quantity": crab}]})
        ]
        self.key = nguon.as_party(self.coop)

    def kept(self, event: Json) -> str:
        return str(self.nguon.record({"party": self.coop, "occurred_at": AT} | event)["id"])

    def pack(self, quantity: int, **more: Any) -> str:
        """Of a lot that stays open a while."""
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 86_400))
        goods = {"product": self.jar, "lot": self.lot, "quantity": quantity, "open_until": until}
        inputs = [{"product": self.crab, "lot": "H", "quantity": quantity}]
        id = self.kept({"kind": "Pack", "inputs": inputs, "outputs": [goods], "items": True} | more)
        self.events.append(id)
        return id

    def void(self, first: int, count: int, party: str | None = None) -> str:
        told = {"product": self.jar, "lot": self.lot, "content": {"nguon:voided": [{"first": first, "count": count}]}}
        return self.kept({"kind": "Observe", "party": party or self.coop} | told)

    def item(self, serial: str) -> Json:
        answer = self.nguon.operator.get(f"/v1/batches/{self.gtin}/{self.lot}/items/{serial}")
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    def labels(self, **query: Any) -> httpx.Response:
        return self.key.get(f"/v1/labels/{self.gtin}/{self.lot}/items", params=query)

    def listed(self, first: int, count: int) -> list[Json]:
        answer = self.labels(**{"from": first, "count": count, "form": "csv"})
        assert answer.status_code == 200, answer.text
        return list(csv.DictReader(StringIO(answer.text)))

    def packs_on_chain(self) -> list[PackItems]:
        """Of this lot, from the node's logs."""
        ledger = bytes.fromhex(self.nguon.operator.get("/v1/ledger").json()["contracts"]["ledger"][2:])
        node = Node(self.nguon.rpc)
        said = [decode_log(log.topics, log.data) for log in node.logs((ledger,), 0, node.height())]
        makes = [each.event for each in said if isinstance(each, SignedEvent) and "0x" + each.id.hex() in self.events]
        return [
            PackItems(each.first_index, each.outputs[0].quantity, each.items_root)
            for each in makes
            if isinstance(each, Make) and each.kind == Kind.PACK
        ]


def gtin(number: int) -> str:
    digits = f"0893{number:09d}"
    return digits + str(check_digit(digits))


def proof_of(answer: Json) -> ItemProof | None:
    told = answer["proof"]
    return told and ItemProof(told["index"], raw(told["leaf"]), tuple(map(raw, told["path"])))


def raw(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def changed(serial: str, place: int = 19) -> str:
    other = next(letter for letter in ALPHABET if letter != serial[place])
    return serial[:place] + other + serial[place + 1 :]


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    return sorted({type(each).__name__ for each in value}) if isinstance(value, list) else type(value).__name__


@pytest.fixture(scope="module")
def packer(nguon: Gateway) -> Packer:
    """Three Packs into one lot: 1,030 items, 5 without serials, 40 items."""
    made = Packer(nguon)
    made.pack(1_030)
    made.pack(5, items=False)
    made.pack(40)
    nguon.final(*made.events)
    return made


def test_a_stranger_judges_each_answer_by_the_chain_alone(packer: Packer) -> None:
    batch, packs = raw(packer.nguon.batch(packer.jar, packer.lot)["batch"]), packer.packs_on_chain()
    assert [(each.first, each.count) for each in packs] == [(0, 1_030), (1_030, 5), (1_035, 40)]
    assert packs[1].root == bytes(32)
    for row in packer.listed(0, 3) + packer.listed(1_020, 30):
        found = packer.item(row["serial"])
        assert (found["state"], found["index"], found["issued"]) == ("registered", int(row["index"]), 1_075)
        assert raw(found["batch"]) == batch
        assert found["proof"]["pack"]["final"] is True and found["proof"]["pack"]["event"] in packer.events
        assert judge(batch, packs, row["serial"], proof_of(found)) == "registered"
        near = packer.item(changed(row["serial"]))
        assert near["state"] == "not_issued"
        assert judge(batch, packs, changed(row["serial"]), proof_of(near)) == "not_issued"


def test_no_invented_serial_is_registered_and_every_answer_looks_alike(packer: Packer) -> None:
    """Near ones, with the index of an item and one letter changed; far ones, beyond the last item or in a Pack without serials."""
    batch, packs, numbers = (
        raw(packer.nguon.batch(packer.jar, packer.lot)["batch"]),
        packer.packs_on_chain(),
        random.Random(1),
    )
    issued = [row["serial"] for row in packer.listed(0, 1_100)]
    assert len(issued) == 1_070
    shapes: dict[str, Json] = {}
    for kind in ("near", "random", "bare"):
        for _ in range(TRIED):
            tail = "".join(numbers.choices(ALPHABET, k=16))
            serial = {
                "near": changed(numbers.choice(issued), numbers.randrange(4, 20)),
                "random": "".join(numbers.choices(ALPHABET, k=4)) + tail,
                "bare": "0106" + tail,  # index 1,030: an item without a serial
            }[kind]
            found = packer.item(serial)
            assert found["state"] == "not_issued" and found["voided_by"] is None
            assert judge(batch, packs, serial, proof_of(found)) == "not_issued"
            told = shapes.setdefault(kind, shape(found))
            assert told == shape(found)
    assert index_of("0106" + "0" * 16) == 1_030
    assert shapes["near"] == shapes["random"] == shapes["bare"]


@pytest.mark.parametrize("serial", ["0", "0" * 21, "U" * 20, "%2F" * 20, "a" * 20])
def test_what_is_no_serial_is_refused(packer: Packer, serial: str) -> None:
    answer = packer.nguon.operator.get(f"/v1/batches/{packer.gtin}/{packer.lot}/items/{serial}")
    assert (answer.status_code, answer.json()["law"]) == (422, "SerialForm")


def test_a_spoiled_label_is_voided_by_its_packer_alone(packer: Packer) -> None:
    spoiled, beside = packer.listed(500, 2)
    rival = packer.nguon.party("rival", "producer", "packer")
    answer = packer.nguon.operator.post(
        "/v1/events",
        json={"kind": "Observe", "party": rival, "occurred_at": AT, "product": packer.jar, "lot": packer.lot,
              "content": {"nguon:voided": [{"first": 0, "count": 9}]}},
    )  # fmt: skip
    assert answer.status_code == 422, "who never held it observes nothing"
    event = packer.void(500, 1)
    found = packer.item(spoiled["serial"])  # at once, while the Observe is on its way
    assert (found["state"], found["voided_by"]) == ("voided", event)
    batch = raw(found["batch"])
    assert judge(batch, packer.packs_on_chain(), spoiled["serial"], proof_of(found)) == "registered"
    assert packer.item(changed(spoiled["serial"]))["state"] == "not_issued"
    assert packer.item(beside["serial"])["state"] == "registered"
    packer.nguon.final(event)
    assert packer.item(spoiled["serial"])["state"] == "voided"
    assert [row["index"] for row in packer.listed(499, 3)] == ["499", "501"], "it is not printed again"


@pytest.mark.parametrize(
    "wrong", [[], [{"first": 0}], [{"first": -1, "count": 1}], [{"first": 0, "count": True}], {"first": 0}]
)
def test_a_void_that_says_nothing_is_refused(packer: Packer, wrong: Any) -> None:
    told = {"kind": "Observe", "party": packer.coop, "occurred_at": AT, "product": packer.jar, "lot": packer.lot}
    document = packer.nguon.refused(told | {"content": {"nguon:voided": wrong}})
    assert (document["law"], document["numbers"]["field"]) == ("ContentFieldForm", "nguon:voided")


def test_labels_are_for_the_packer_alone(packer: Packer) -> None:
    path = f"/v1/labels/{packer.gtin}/{packer.lot}/items"
    assert packer.nguon.operator.get(path).status_code == 403
    rival = packer.nguon.party("rival", "packer")
    assert packer.nguon.as_party(rival).get(path).status_code == 404
    assert httpx.get(packer.nguon.url + path).status_code == 401
    assert packer.labels(**{"from": 5_000}).status_code == 404
    assert packer.labels(count=3_000, form="pdf").json()["law"] == "LabelCount"


def test_every_label_opens_the_page_of_its_item(packer: Packer) -> None:
    rows = packer.listed(1_025, 30)
    addresses = [row["address"] for row in rows]
    assert len(rows) == 25 and all(
        a.endswith(f"/01/{packer.gtin}/10/{packer.lot}/21/{r['serial']}") for a, r in zip(addresses, rows, strict=True)
    )
    with ZipFile(BytesIO(packer.labels(**{"from": 1_025, "count": 30, "form": "png"}).content)) as images:
        read = [
            zxingcpp.read_barcodes(Image.open(images.open(name)).convert("L"))[0].text for name in images.namelist()
        ]
    assert read == addresses
    with ZipFile(BytesIO(packer.labels(**{"from": 1_025, "count": 2, "form": "svg"}).content)) as drawings:
        assert all(drawings.read(name).startswith(b"<?xml") for name in drawings.namelist())
    for per_page in (12, 24, 40):
        document = pypdfium2.PdfDocument(packer.labels(**{"from": 1_025, "count": 30, "per_page": per_page}).content)
        pages = [page.render(scale=200 / 72).to_pil() for page in document]
        read = [each.text for page in pages for each in zxingcpp.read_barcodes(page)]
        assert len(pages) == -(-25 // per_page) and sorted(read) == sorted(addresses)
        assert packer.lot in document[0].get_textpage().get_text_bounded()


def test_the_command_line_writes_them_into_a_file(packer: Packer, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(packer.key.headers["authorization"].removeprefix("Bearer "))
    asked = ["--url", packer.nguon.url, "--key-file", str(key), "--json", "labels", packer.gtin, packer.lot]
    done = nguon_says(*asked, "--from", "3", "--count", "5", "--form", "csv", "--out", tmp_path / "list.csv")
    assert done.code == 0 and done.json["bytes"] == (tmp_path / "list.csv").stat().st_size, done.err
    assert list(csv.DictReader((tmp_path / "list.csv").open())) == packer.listed(3, 5)
    refused = nguon_says(*asked, "--from", "9000", "--out", tmp_path / "none.pdf")
    assert refused.code == 1 and sorted(each.name for each in tmp_path.iterdir()) == ["key", "list.csv"]


def test_items_or_a_root_not_both_and_of_a_pack_alone(packer: Packer) -> None:
    goods = [{"product": packer.crab, "lot": "H2", "quantity": 1}]
    told = {"kind": "Commission", "party": packer.coop, "occurred_at": AT, "outputs": goods, "items": True}
    assert packer.nguon.refused(told)["law"] == "UnusedFieldSet"
    assert packer.nguon.refused(told | {"items_root": "0x" + "1" * 64})["law"] == "RequestForm"


def test_packs_of_one_lot_in_one_post_and_the_same_post_again(nguon: Gateway) -> None:
    """Their items run on; a repeat draws nothing anew."""
    made = Packer(nguon)
    goods = [
        {
            "product": made.jar,
            "lot": made.lot,
            "quantity": 30,
            "open_until": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 9_000)),
        }
    ]
    pack = {"kind": "Pack", "party": made.coop, "occurred_at": AT, "outputs": goods, "items": True,
            "inputs": [{"product": made.crab, "lot": "H", "quantity": 30}]}  # fmt: skip
    key = {"Idempotency-Key": nguon.name("key")}
    answers = [nguon.operator.post("/v1/events", json={"events": [pack] * 3}, headers=key) for _ in range(2)]
    ids, again = ([each["id"] for each in answer.json()["results"]] for answer in answers)
    assert ids == again
    made.events += ids
    nguon.final(*ids)
    assert [(each.first, each.count) for each in made.packs_on_chain()] == [(0, 30), (30, 30), (60, 30)]
    rows = made.listed(0, 100)
    assert len({row["serial"] for row in rows}) == 90
    assert all(made.item(row["serial"])["state"] == "registered" for row in rows[::10])


def test_what_was_drawn_is_nowhere_per_item_and_can_be_drawn_again(nguon: Gateway, packer: Packer) -> None:
    serial = packer.listed(1_029, 1)[0]["serial"]
    with sqlite3.connect(nguon.data / "nguon.db", timeout=30) as db:
        assert serial.encode() not in b"".join(each.encode() for each in db.iterdump())
        kept = db.execute("SELECT event, nodes FROM pack_nodes WHERE event = ?", (raw(packer.events[1]),)).fetchall()
        assert [len(nodes) for _, nodes in kept] == [2 * 32]
    db.close()


def test_a_million_items_are_packed_proved_and_labelled_with_flat_memory_while_others_are_served(
    nguon: Gateway,
) -> None:
    made = Packer(nguon)
    before, waits, done = memory(nguon, "VmHWM"), [], threading.Event()

    def look() -> None:
        with client(nguon.url) as asking:
            while not done.wait(0.05):
                began = time.monotonic()
                assert asking.get("/health/live").status_code == 200
                waits.append(time.monotonic() - began)

    others = threading.Thread(target=look)
    others.start()
    began = time.monotonic()
    id = made.pack(MILLION)
    took = time.monotonic() - began
    done.set()
    others.join()
    print(
        f"a million items drawn in {took:.1f} s; others waited {statistics.median(waits):.3f} s, at most {max(waits):.3f} s"
    )
    assert max(waits) < took / 3, "others were held up"
    nguon.final(id)
    batch, packs = raw(nguon.batch(made.jar, made.lot)["batch"]), made.packs_on_chain()
    for first in (0, 1, 499_999, 999_990):
        for row in made.listed(first, 10):
            assert judge(batch, packs, row["serial"], proof_of(made.item(row["serial"]))) == "registered"
    read = 0
    with made.key.stream(
        "GET", f"/v1/labels/{made.gtin}/{made.lot}/items", params={"form": "csv", "count": MILLION if ALL else 100_000}
    ) as answer:
        read = sum(each.count(b"\n") for each in answer.iter_bytes())
    assert read == (MILLION if ALL else 100_000) + 1
    grown = (memory(nguon, "VmHWM") - before) / 1024
    print(f"the gateway's memory grew by {grown:.1f} MiB")
    assert grown < 48
    with sqlite3.connect(nguon.data / "nguon.db", timeout=30) as db:
        ((length,),) = db.execute("SELECT length(nodes) FROM pack_nodes WHERE event = ?", (raw(id),)).fetchall()
    db.close()
    assert length == 977 * 32


def memory(nguon: Gateway, what: str) -> int:
    """KiB."""
    status = Path(f"/proc/{nguon.process.pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith(what)))


@pytest.mark.long
def test_near_and_far_serials_take_the_same_time(packer: Packer) -> None:
    """Two thousand of each, in turn; their medians differ by less than the noise of one of them against itself, or by 3 %."""
    issued, numbers, took = (
        [row["serial"] for row in packer.listed(0, 1_030)],
        random.Random(5),
        {"near": [], "far": [], "again": []},
    )
    for _ in range(2_000):
        for kind, times in took.items():
            near = changed(numbers.choice(issued), numbers.randrange(4, 20))
            serial = near if kind != "far" else "ZZ" + near[2:]
            began = time.perf_counter()
            packer.item(serial)
            times.append(time.perf_counter() - began)
    near, far, again = (statistics.median(took[kind]) for kind in ("near", "far", "again"))
    print(f"median near {near * 1e3:.3f} ms, far {far * 1e3:.3f} ms, near again {again * 1e3:.3f} ms")
    assert abs(near - far) < max(0.03 * near, 3 * abs(near - again))
