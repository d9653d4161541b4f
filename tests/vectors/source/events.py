"""Events over all shapes, with their bodies, ids, signatures and links, and the heads they make."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ledger.canonical.body import encode_body
from ledger.canonical.content import encode
from ledger.canonical.disclosure import seal
from ledger.canonical.heads import Tag, advance, links, registry_change, seed
from ledger.canonical.typed_data import DOMAIN_NAME, DOMAIN_VERSION, Domain, message
from ledger.errors import Refusal
from ledger.events.identifiers import batch_id, keccak, party_id, party_uri, place_uri, product_id, product_uri
from ledger.events.model import (
    FOREVER,
    UINT96_MAX,
    ZERO32,
    Custody,
    Event,
    Input,
    Kind,
    LinkRole,
    Make,
    Move,
    Note,
    Output,
    Provenance,
    Role,
    SignedEvent,
    Status,
    Unit,
)
from ledger.signing.signer import LocalSigner

NOTICE = "Every private key here is keccak256 of the label beside it: public, worthless, never to be used."
CRAB, SALTED, JAR = (product_id(uri) for uri in ("urn:nguon:product:ba-khia", "09529999001016", "09529999001023"))
COOP, PLANT, SHOP = (party_id(gln) for gln in ("9529999000019", "9529999000026", "9529999000033"))
POND = place_uri("https://id.gs1.org/414/9529999000019/254/POND-3")
RAW = batch_id(CRAB, COOP, b"2611-03")
DOMAIN = Domain(31337, keccak(b"nguon vectors: contract")[12:], keccak(b"nguon vectors: ledger id"))
LABELS = {COOP: "nguon vectors: cooperative", PLANT: "nguon vectors: plant", SHOP: "nguon vectors: shop"}
SIGNERS = {party: LocalSigner(keccak(label.encode()), DOMAIN) for party, label in LABELS.items()}
NOON = 1_795_593_600
VIETNAMESE = {"nguon:reason": "chết khi vận chuyển 🦀", "readPoint": {"id": POND}, "eventTimeZoneOffset": "+07:00"}
CAPTURED = encode({"nguon:captured": "2026-11-25T05:00:00Z"})


def hexed(value: bytes) -> str:
    return "0x" + value.hex()


def nonce(count: int) -> int:
    """A lane of its own for the vectors, then a counter, as in docs/spec/event.md."""
    return int.from_bytes(keccak(b"nguon vectors: lane")[:8], "big") << 32 | count


def make(
    party: bytes,
    count: int,
    kind: Kind,
    inputs: list[tuple[bytes, int]],
    outputs: list[tuple[Any, ...]],
    content: bytes = b"{}",
    **others: Any,
) -> Make:
    fields: dict[str, Any] = {"provenance": Provenance.MADE_HERE, "items_root": ZERO32, "first_index": 0} | others
    return Make(
        SIGNERS[party].address,
        fields.pop("nonce", nonce(count)),
        fields.pop("occurred_at", NOON + count),
        kind,
        inputs=tuple(Input(*each) for each in inputs),
        outputs=tuple(Output(*each) for each in outputs),
        content=content,
        **fields,
    )


def move(party: bytes, count: int, kind: Kind, quantity: int, content: bytes = b"{}", **others: Any) -> Move:
    fields: dict[str, Any] = {"batch": RAW, "holder": ZERO32, "to": ZERO32, "target": ZERO32} | others
    return Move(SIGNERS[party].address, nonce(count), NOON + count, kind, quantity=quantity, content=content, **fields)


def note(party: bytes, count: int, kind: Kind, content: bytes = b"{}", **others: Any) -> Note:
    fields: dict[str, Any] = {"batches": (), "owner": ZERO32, "place": b"", "target": ZERO32} | others
    return Note(SIGNERS[party].address, nonce(count), NOON + count, kind, content=content, **fields)


def events() -> list[tuple[str, bytes, Event]]:
    """(name, the signer's party, event), in the order in which the heads take them."""
    salts = iter(keccak(b"nguon vectors: salt" + bytes((each,)))[:16] for each in range(9))
    private = encode(
        {"_sd": seal({"buyer": "x", "price": "120000"}, lambda: next(salts)).digests, "nguon:reason": "lost"}
    )
    full = encode({"nguon:reason": "x" * (8192 - len(encode({"nguon:reason": ""})))})
    ship = move(COOP, 5, Kind.SHIP, 60_000, CAPTURED, to=PLANT)
    shipment = SIGNERS[COOP].sign(ship).id
    salted = batch_id(SALTED, PLANT, b"BK26/11")
    parts = sorted(keccak(b"nguon vectors: input" + bytes((each,))) for each in range(16))
    lots = [
        (keccak(b"nguon vectors: product" + bytes((each,))), b"L" * size, each, each)
        for each, size in enumerate((31, 32, 33, 64), 1)
    ]
    return [
        (
            "commission",
            COOP,
            make(COOP, 1, Kind.COMMISSION, [], [(CRAB, b"2611-03", 124_000, NOON + 86_400)], CAPTURED),
        ),
        (
            "commission of opening stock",
            COOP,
            make(COOP, 2, Kind.COMMISSION, [], [(CRAB, b"OLD", 1, 0)], provenance=Provenance.OPENING_STOCK),
        ),
        ("make with empty arrays and no content", COOP, make(COOP, 3, Kind.COMMISSION, [], [], b"")),
        ("observe a place", COOP, note(COOP, 4, Kind.OBSERVE, encode(VIETNAMESE), place=POND.encode())),
        ("ship", COOP, ship),
        ("receive", PLANT, move(PLANT, 6, Kind.RECEIVE, 60_000, target=shipment)),
        (
            "transform",
            PLANT,
            make(
                PLANT,
                7,
                Kind.TRANSFORM,
                [(RAW, 50_000)],
                [(SALTED, b"BK26/11", 55_000, NOON + 604_800)],
                encode({"bizStep": "commissioning"}),
            ),
        ),
        (
            "transform of 16 inputs and 4 outputs, lots of 31 to 64 bytes",
            PLANT,
            make(PLANT, 8, Kind.TRANSFORM, [(each, index) for index, each in enumerate(parts, 1)], lots),
        ),
        (
            "pack",
            PLANT,
            make(
                PLANT,
                9,
                Kind.PACK,
                [(salted, 50_000)],
                [(JAR, b"BK26/11-A", 200, 0)],
                items_root=keccak(b"nguon vectors: items"),
                first_index=1000,
            ),
        ),
        (
            "make with every number at its largest",
            PLANT,
            make(
                PLANT,
                0,
                Kind.PACK,
                [(b"\xff" * 32, UINT96_MAX)],
                [(b"\xff" * 32, b"~", UINT96_MAX, FOREVER)],
                nonce=UINT96_MAX,
                occurred_at=FOREVER,
                provenance=255,
                items_root=b"\xff" * 32,
                first_index=2**32 - 1,
            ),
        ),
        ("sell, content beyond ASCII", COOP, move(COOP, 11, Kind.SELL, UINT96_MAX, encode(VIETNAMESE))),
        ("dispose on the way, private fields", PLANT, move(PLANT, 12, Kind.DISPOSE, 5, private, target=shipment)),
        ("adjust up, every id set", COOP, move(COOP, 13, Kind.ADJUST_UP, 1, holder=PLANT, to=SHOP, target=shipment)),
        ("move with content that is no UTF-8", COOP, move(COOP, 14, Kind.SELL, 1, b'{"a":"\xff\xc3"}')),
        ("make with a lot that is no UTF-8", COOP, make(COOP, 15, Kind.COMMISSION, [], [(CRAB, b"\x80lot", 1, 0)])),
        ("observe a batch, content of 8192 bytes", PLANT, note(PLANT, 16, Kind.OBSERVE, full, batches=(RAW,))),
        (
            "observe a place of another owner, no UTF-8",
            PLANT,
            note(PLANT, 17, Kind.OBSERVE, owner=COOP, place=b"urn:\xfe:place"),
        ),
        ("recall of two batches", COOP, note(COOP, 18, Kind.RECALL, batches=(RAW, salted), target=shipment)),
        ("void", SHOP, note(SHOP, 19, Kind.VOID, target=SIGNERS[SHOP].address + nonce(20).to_bytes(12, "big"))),
    ]


def readable(event: Event) -> dict[str, Any]:
    """The EIP-712 message; a string that is no UTF-8 stands as hex under its name with `Hex` added."""
    try:
        return message(event)
    except Refusal:
        blank = {"content": b""} | ({"place": b""} if isinstance(event, Note) else {})
        blank |= {"outputs": tuple(replace(each, lot=b"") for each in event.outputs)} if isinstance(event, Make) else {}
        shown = message(replace(event, **blank))
        put(shown, "content", event.content)
        if isinstance(event, Note):
            put(shown, "place", event.place)
        for output, each in zip(shown.get("outputs", []), getattr(event, "outputs", ()), strict=True):
            put(output, "lot", each.lot)
        return shown


def put(shown: dict[str, Any], field: str, value: bytes) -> None:
    try:
        shown[field] = value.decode()
    except UnicodeDecodeError:
        del shown[field]
        shown[field + "Hex"] = hexed(value)


def event_vectors() -> dict[str, Any]:
    signed = [(name, party, SIGNERS[party].sign(event)) for name, party, event in events()]
    return {
        "notice": NOTICE,
        "keys": [
            {
                "label": LABELS[party],
                "privateKey": hexed(keccak(LABELS[party].encode())),
                "address": hexed(SIGNERS[party].address),
                "party": hexed(party),
            }
            for party in LABELS
        ],
        "domain": {
            "name": DOMAIN_NAME,
            "version": DOMAIN_VERSION,
            "chainId": DOMAIN.chain_id,
            "verifyingContract": hexed(DOMAIN.contract),
            "salt": hexed(DOMAIN.ledger_id),
        },
        "separator": hexed(DOMAIN.separator),
        "events": [
            {
                "name": name,
                "shape": int(each.shape),
                "message": readable(each.event),
                "body": hexed(encode_body(each.event)),
                "id": hexed(each.id),
                "signature": hexed(each.signature),
                "signer": hexed(each.event.signer),
                "party": hexed(party),
                "links": [
                    {"tag": link.tag, "subject": hexed(link.subject), "role": int(link.role)}
                    for link in links(each.event, party)
                ],
            }
            for name, party, each in signed
        ],
        "heads": [
            *subject_heads(signed),
            registry_head(Tag.PARTIES, party_changes()),
            registry_head(Tag.PRODUCTS, product_changes()),
        ],
    }


def subject_heads(signed: list[tuple[str, bytes, SignedEvent]]) -> list[dict[str, Any]]:
    chains: dict[tuple[Tag, bytes], list[tuple[int, int, bytes]]] = {(Tag.LEDGER, ZERO32): []}
    for _, party, each in signed:
        for link in links(each.event, party):
            chains.setdefault((link.tag, link.subject), []).append((each.event.kind, link.role, each.id))
        chains[Tag.LEDGER, ZERO32].append((each.event.kind, LinkRole.RECORDED, each.id))
    return [head_vector(tag, subject, steps) for (tag, subject), steps in chains.items()]


def head_vector(tag: Tag, subject: bytes, steps: list[tuple[int, int, bytes]]) -> dict[str, Any]:
    head = seed(tag, DOMAIN.ledger_id, subject)
    vector: dict[str, Any] = {
        "tag": tag,
        "subject": hexed(subject),
        "ledgerId": hexed(DOMAIN.ledger_id),
        "seed": hexed(head),
        "steps": [],
    }
    for kind, role, identifier in steps:
        head = advance(head, kind, role, identifier)
        vector["steps"].append({"kind": int(kind), "role": int(role), "id": hexed(identifier), "head": hexed(head)})
    return vector


def party_changes() -> list[tuple[int, list[Any]]]:
    profile = '{"name":"Hợp tác xã Đầm Dơi"}'.encode()
    signer = SIGNERS[COOP].address
    return [
        (1, [COOP, 1, party_uri("9529999000019").encode(), int(Role.PRODUCER | Role.PACKER), profile]),
        (2, [COOP, int(Status.SUSPENDED)]),
        (3, [COOP, 63]),
        (4, [COOP, b""]),
        (5, [COOP, signer, NOON, FOREVER, int(Custody.HARDWARE)]),
    ]


def product_changes() -> list[tuple[int, list[Any]]]:
    uri = product_uri("09529999001016").encode()
    return [
        (1, [SALTED, 2, uri, int(Unit.GRAM), 20, PLANT, False, b"{}"]),
        (2, [SALTED, COOP, True]),
        (3, [CRAB, SALTED, 1_150_000]),
        (4, [SALTED, b'{"a":"\xff"}']),
    ]


def registry_head(tag: Tag, changes: list[tuple[int, list[Any]]]) -> dict[str, Any]:
    vector = head_vector(tag, ZERO32, [(change, 0, registry_change(tag, change, args)) for change, args in changes])
    for step, (_, arguments) in zip(vector["steps"], changes, strict=True):
        step["arguments"] = [hexed(each) if isinstance(each, bytes) else each for each in arguments]
    return vector
