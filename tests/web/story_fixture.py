"""A lot of salted three-striped crab, as `GET /v1/batches/{product}/{lot}` answers it.

Raw crab from a forest group and salt from outside the ledger become salted crab, then 1,800 jars. Deliveries come up short
and something dies, breaks and is lost, so that every kind of step is there. GS1's demo prefix 952 throughout.
"""

from __future__ import annotations

import copy
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

GTIN = "09521234000013"
LOT = "BKM-261121/A"
PUBLIC_URL = "https://nguon.example"


def word(text: str) -> str:
    """32 bytes that stand for the id of `text`."""
    return "0x" + sha256(text.encode()).hexdigest()


def address(text: str) -> str:
    return "0x" + sha256(text.encode()).hexdigest()[:40]


def party(gln: str, vi: str, en: str, **profile: Any) -> dict[str, Any]:
    return {"id": f"https://id.gs1.org/417/{gln}", "name": {"vi": vi, "en": en}, "profile": profile}


COOPERATIVE = party(
    "9521234000006",
    "HTX Ba khía Đầm Dơi",
    "Đầm Dơi Three-striped Crab Cooperative",
    address={"vi": "Ấp Tân Điền, xã Đầm Dơi, tỉnh Cà Mau", "en": "Tân Điền hamlet, Đầm Dơi commune, Cà Mau province"},
    phone="+84 290 3000 000",
    url="https://bakhia.example/",
    coordinates={"latitude": "8.99", "longitude": "105.19"},
)
GATHERERS = party(
    "9521234100003",
    "Tổ hợp tác ba khía Tân Thuận",
    "Tân Thuận Crab Gatherers' Group",
    coordinates={"latitude": "8.93", "longitude": "105.32"},
)
SHOP = party(
    "9521234200000",
    "Cửa hàng OCOP Cà Mau",
    "Cà Mau OCOP Shop",
    coordinates={"latitude": "9.18", "longitude": "105.15"},
)
HANOI = party("9521234300007", "Siêu thị Đặc sản Hà Nội", "Hà Nội Specialities Market")
UNION = party("9521234400004", "Liên minh HTX tỉnh Cà Mau", "Cà Mau Cooperative Union")


def product(uri: str, unit: str, vi: str, en: str, **profile: Any) -> dict[str, Any]:
    gtin = uri.rsplit("/", 1)[1] if "/01/" in uri else None
    return {"id": uri, "gtin": gtin, "unit": unit, "name": {"vi": vi, "en": en}, "profile": profile}


RAW = product(
    "urn:nguon:product:ba-khia-tuoi", "g", "ba khía tươi", "live three-striped crab", species="Episesarma mederi"
)
SALT = product("urn:nguon:product:muoi-hot", "g", "muối hột", "sea salt")
SALTED = product("urn:nguon:product:ba-khia-muoi", "g", "ba khía muối", "salted three-striped crab")
JAR = product(
    f"https://id.gs1.org/01/{GTIN}",
    "pieces",
    "Ba khía muối Đầm Dơi, hũ 250 g",
    "Đầm Dơi salted three-striped crab, 250 g jar",
    description={
        "vi": "Ba khía rừng ngập mặn muối nguyên con, ăn với cơm nóng.",
        "en": "Whole mangrove crab in brine, eaten with hot rice.",
    },
    species="Episesarma mederi",
    brand="Ba khía Đầm Dơi",
    shelf_life_days=180,
    storage={"vi": "Giữ lạnh 0–5 °C", "en": "Keep at 0–5 °C"},
    warnings={"vi": "Có giáp xác. Rất mặn.", "en": "Contains crustaceans. Very salty."},
    standards=["TCVN 5107:2018"],
    ocop_stars=4,
    net_content="250 g",
)

LOTS = {
    "raw": {"batch": word("raw"), "product": RAW, "lot": "BK-261118"},
    "salt": {"batch": word("salt"), "product": SALT, "lot": "MUOI-2610"},
    "salted": {"batch": word("salted"), "product": SALTED, "lot": "MUOI-CHUM-07"},
    "jar": {"batch": word("jar"), "product": JAR, "lot": LOT},
}


def line(name: str, quantity: int) -> dict[str, Any]:
    return {**LOTS[name], "quantity": quantity}


def event(number: int, kind: str, who: dict[str, Any], day: str, **more: Any) -> dict[str, Any]:
    """Event `number` in ledger order; `day` is `11-18T22:10`, UTC. It is captured 5 minutes later, recorded after another 5."""
    occurred = datetime.fromisoformat(f"2026-{day}:00+00:00")
    later = [(occurred + timedelta(minutes=plus)).strftime("%Y-%m-%dT%H:%M:%SZ") for plus in (5, 10)]
    shown = {
        "id": word(f"event {number}"),
        "kind": kind,
        "party": who,
        "signer": address(who["id"]),
        "occurred_at": f"2026-{day}:00Z",
        "captured_at": later[0],
        "recorded_at": later[1],
        "block": 100 + number,
        "position": number,
        "law": None,
        "state": "final",
        "inputs": [],
        "outputs": [],
        "batch_ref": None,
        "quantity": None,
        "to": None,
        "holder": None,
        "batches": [],
        "target": None,
        "place": None,
        "provenance": None,
        "content": {},
        "content_canonical": True,
        "signature": "0x" + "5a" * 64,
    }
    return {**shown, **more}


def story() -> dict[str, Any]:
    """A fresh copy of the whole story, to be altered at will."""
    raw, salted, jar = LOTS["raw"], LOTS["salted"], LOTS["jar"]
    salt = event(
        1, "Commission", COOPERATIVE, "11-10T01:00", outputs=[line("salt", 90_000)], provenance="bought_outside"
    )
    gathered = event(
        2,
        "Commission",
        GATHERERS,
        "11-18T22:10",
        outputs=[line("raw", 420_000)],
        provenance="made_here",
        content={"readPoint": {"id": "urn:nguon:place:rung-tan-thuan"}},
        captured_at="2026-11-19T01:40:00Z",
        recorded_at="2026-11-19T01:41:00Z",
    )
    sent = event(
        3,
        "Ship",
        GATHERERS,
        "11-18T23:30",
        batch_ref=raw,
        quantity=420_000,
        to=COOPERATIVE,
        captured_at="2026-11-19T01:42:00Z",
        recorded_at="2026-11-19T01:43:00Z",
    )
    received = event(4, "Receive", COOPERATIVE, "11-19T02:15", batch_ref=raw, quantity=412_000, target=sent["id"])
    died = event(
        5,
        "Dispose",
        COOPERATIVE,
        "11-19T02:40",
        batch_ref=raw,
        quantity=8_000,
        target=sent["id"],
        content={"nguon:reason": "dead"},
    )
    sorted_out = event(
        6, "Dispose", COOPERATIVE, "11-19T03:00", batch_ref=raw, quantity=6_500, content={"nguon:reason": "spoiled"}
    )
    salting = event(
        7,
        "Transform",
        COOPERATIVE,
        "11-19T04:00",
        inputs=[line("raw", 405_500), line("salt", 80_000)],
        outputs=[line("salted", 455_000)],
        content={"bizLocation": {"id": "https://id.gs1.org/414/9521234000006"}},
    )
    checked = event(
        8,
        "Observe",
        UNION,
        "11-20T03:00",
        batch_ref=salted,
        content={
            "sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": "4", "uom": "CEL"}]}],
            "cbvmda:certificationList": [
                {"certificationStandard": "HACCP", "certificationIdentification": "HC-2026-0117"}
            ],
            "_sd": ["a", "b"],
        },
    )
    packed = event(
        9,
        "Pack",
        COOPERATIVE,
        "11-21T02:30",
        inputs=[line("salted", 450_000)],
        outputs=[line("jar", 1_800)],
        content={"bizLocation": {"id": "https://id.gs1.org/414/9521234000006"}},
    )
    to_shop = event(10, "Ship", COOPERATIVE, "11-22T01:00", batch_ref=jar, quantity=600, to=SHOP)
    at_shop = event(11, "Receive", SHOP, "11-22T06:20", batch_ref=jar, quantity=598, target=to_shop["id"])
    broken = event(
        12,
        "Dispose",
        SHOP,
        "11-22T06:40",
        batch_ref=jar,
        quantity=2,
        target=to_shop["id"],
        content={"nguon:reason": "damaged"},
    )
    sold = event(13, "Sell", SHOP, "11-23T09:00", batch_ref=jar, quantity=200)
    to_hanoi = event(
        14,
        "Ship",
        COOPERATIVE,
        "11-23T10:00",
        batch_ref=jar,
        quantity=300,
        to=HANOI,
        content={"nguon:derived": "urn:uuid:7c6a1f0e-0000-4000-8000-000000000001"},
    )
    raw_steps = [gathered, sent, received, died, sorted_out, salting]
    told: dict[str, Any] = {
        **{key: jar[key] for key in ("batch", "product", "lot")},
        "origin": COOPERATIVE,
        "others": [],
        "state": {
            "open": False,
            "open_until": None,
            "not_traced": False,
            "not_traced_inherited": True,
            "items": 1_800,
            "adjusted": False,
            "recalled_by": [],
            "recalled_ingredients": [],
            "recall_known": True,
        },
        "quantities": {
            "made": 1_800,
            "consumed": 0,
            "held": 1_298,
            "on_the_way": 300,
            "sold": 200,
            "disposed": 2,
            "adjusted_up": 0,
            "adjusted_down": 0,
        },
        "holdings": [
            {"party": COOPERATIVE, "quantity": 900, "sold": 0},
            {"party": SHOP, "quantity": 398, "sold": 200},
        ],
        "shipments": [
            {"id": to_shop["id"], "from": COOPERATIVE, "to": SHOP, "shipped": 600, "open": 0},
            {"id": to_hanoi["id"], "from": COOPERATIVE, "to": HANOI, "shipped": 300, "open": 300},
        ],
        "head": word("head of the jars"),
        "journey": [packed, to_shop, at_shop, broken, sold, to_hanoi],
        "upstream": [
            {
                **salted,
                "origin": COOPERATIVE,
                "depth": 1,
                "quantity": 450_000,
                "into": jar["batch"],
                "journey": [salting, checked, packed],
            },
            {
                **raw,
                "origin": GATHERERS,
                "depth": 2,
                "quantity": 405_500,
                "into": salted["batch"],
                "journey": raw_steps,
            },
            {
                **LOTS["salt"],
                "origin": COOPERATIVE,
                "depth": 2,
                "quantity": 80_000,
                "into": salted["batch"],
                "journey": [salt, salting],
            },
        ],
        "downstream": [],
        "lineage_complete": True,
        "as_of": {
            "block": 131,
            "time": "2026-11-24T01:00:00Z",
            "ledger_head": word("head of the ledger"),
            "events": 14,
            "chain": "unsealed development chain",
            "lag_seconds": 1,
        },
    }
    return copy.deepcopy(told)


def _told(name: str, origin: dict[str, Any]) -> dict[str, Any]:
    return {**LOTS[name], "origin": origin}


def recalled_jar() -> dict[str, Any]:
    """The jars, recalled by the cooperative that packed them and, a day later, by an inspector together with two other lots."""
    told = story()
    jar, salted, raw = _told("jar", COOPERATIVE), _told("salted", COOPERATIVE), _told("raw", GATHERERS)
    first = event(
        15, "Recall", COOPERATIVE, "11-23T23:00", batches=[jar], batch_ref=jar, content={"nguon:reason": "spoiled"}
    )
    second = event(
        16, "Recall", UNION, "11-24T00:10", batches=[raw, salted, jar], target=word("a recall of the inspector's")
    )
    told["journey"] += [first, second]
    told["upstream"][0]["journey"].append(second)
    told["upstream"][1]["journey"].append(second)
    told["state"]["recalled_by"] = ["origin", "inspectors"]
    told["state"]["recalled_ingredients"] = [salted, raw]
    return copy.deepcopy(told)


def jar_with_a_recalled_ingredient() -> dict[str, Any]:
    """The jars, of which the raw crab was recalled by those who gathered it."""
    told = story()
    raw = _told("raw", GATHERERS)
    told["upstream"][1]["journey"].append(event(15, "Recall", GATHERERS, "11-24T00:00", batches=[raw], batch_ref=raw))
    told["state"]["recalled_ingredients"] = [raw]
    return copy.deepcopy(told)


def jar_under_review() -> dict[str, Any]:
    """The jars, while an audit finds their records other than they were recorded."""
    told = story()
    told["state"]["under_review"] = {"since": "2026-11-24T01:00:00Z", "check": "the chain's logs"}
    return copy.deepcopy(told)


def jar_on_a_lost_chain() -> dict[str, Any]:
    """The jars, while the node answers for another ledger: the index stands, and says when it was last level."""
    told = story()
    told["as_of"] |= {"lag_seconds": None, "verified_at": "2026-11-24T01:02:00Z"}
    return copy.deepcopy(told)


def every_kind() -> dict[str, Any]:
    """The jars after the kinds of the whole law beside those of `story`: 1,800 + 12 − 4 = 1,409 + 200 + 197 + 2."""
    told = story()
    jar = _told("jar", COOPERATIVE)
    packed, to_hanoi = told["journey"][0]["id"], told["journey"][-1]["id"]
    sold = next(step for step in told["journey"] if step["kind"] == "Sell")["id"]
    more: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("Reject", HANOI, {"quantity": 60, "target": to_hanoi, "content": {"nguon:reason": "damaged"}}),
        ("Withdraw", COOPERATIVE, {"quantity": 40, "target": to_hanoi}),
        ("Return", SHOP, {"quantity": 3}),
        ("AdjustDown", SHOP, {"quantity": 4, "target": sold}),
        ("AdjustUp", UNION, {"quantity": 12, "holder": SHOP, "target": packed}),
        (
            "Correct",
            COOPERATIVE,
            {"target": packed, "batches": [jar], "content": {"ilmd": {"cbvmda:itemExpirationDate": "2027-05-01"}}},
        ),
        ("Correct", SHOP, {"target": packed, "batches": [jar]}),
        ("Recall", UNION, {"batches": [jar]}),
        ("Lift", UNION, {"batches": [jar], "target": word("event 22")}),
        ("Ship", UNION, {"quantity": 405, "holder": SHOP, "to": COOPERATIVE}),
        ("Receive", COOPERATIVE, {"quantity": 405, "target": word("event 24")}),
    ]
    for number, (kind, who, acting) in enumerate(more, 15):
        told["journey"].append(event(number, kind, who, f"11-24T00:{number}", batch_ref=jar, **acting))
    told["quantities"].update(held=1_409, sold=197, on_the_way=200, disposed=2, adjusted_up=12, adjusted_down=4)
    told["holdings"] = [
        {"party": COOPERATIVE, "quantity": 1_405, "sold": 0},
        {"party": SHOP, "quantity": 4, "sold": 197},
    ]
    told["shipments"][1]["open"] = 200
    told["state"]["adjusted"] = True
    return copy.deepcopy(told)


def listed(number: str, standard: str, **members: str) -> dict[str, Any]:
    """Content that states a certificate."""
    told = {"Standard": standard, "Identification": number, "Agency": "Trung tâm Chứng nhận Quacert"} | members
    return {
        "cbvmda:certificationList": [{f"cbvmda:certification{name}": value for name, value in told.items()}],
        "nguon:documents": [sha256(number.encode()).hexdigest()],
    }


def certified_jar() -> dict[str, Any]:
    """The jars with a certificate in each state: of the lot, of an ingredient's place, and of all places of the maker."""
    told = story()
    jar, whole = _told("jar", COOPERATIVE), COOPERATIVE["id"].replace("/417/", "/414/")
    certificates: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (COOPERATIVE, listed("148/QĐ-UBND", "OCOP", Value="4", StartDate="2025-12-30", EndDate="2028-12-29")),
        (COOPERATIVE, listed("VG-0117", "VietGAP", Subject="ba khía muối", EndDate="2027-03-31")),
        (COOPERATIVE, listed("ASC-2024-11", "ASC", StartDate="2022-01-01", EndDate="2025-01-31")),
        (COOPERATIVE, listed("BAP-88", "BAP", Value="2", EndDate="2027-12-31")),
    ]
    attached = [
        event(40 + n, "Observe", who, "11-22T01:00", content=content, batch_ref=jar, batches=[jar])
        for n, (who, content) in enumerate(certificates)
    ]
    attached[0].update(batch_ref=None, batches=[], place=whole, owner=None)

    def about(number: int, who: dict[str, Any], of: dict[str, Any], disposition: str) -> dict[str, Any]:
        content = {"disposition": disposition, "certificationInfo": f"urn:nguon:event:{of['id']}"}
        named = {name: of[name] for name in ("batch_ref", "batches", "place")}
        owner = COOPERATIVE if of["place"] else None
        return event(number, "Observe", who, "11-23T02:00", content=content, owner=owner, **named)

    confirmed = about(50, UNION, attached[0], "conformant")
    withdrawn = about(51, COOPERATIVE, attached[3], "inactive")
    told["journey"] += [*attached[1:], withdrawn]
    told["places"] = [{"place": whole, "owner": COOPERATIVE, "journey": [attached[0], confirmed]}]
    told["inspectors"] = [UNION["id"]]
    return copy.deepcopy(told)
