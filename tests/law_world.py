"""Parties with keys of their own, their goods, and ways to say and to sign something: what the cases of the laws are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from eth_account import Account
from eth_account.messages import encode_typed_data

from ledger.bindings.registries import set_signer
from ledger.canonical.typed_data import Domain, as_eip712
from ledger.events.identifiers import batch_id, product_id
from ledger.events.model import FOREVER, Custody, Event, Input, Kind, Output, SignedEvent
from ledger.signing.signer import LocalSigner, compact
from tests.database_files import read
from tests.gateway_process import Gateway, Json
from tests.stranger import Hand, Stranger, soon


@dataclass
class World:
    """A cooperative with its own key, its neighbours, some goods. Quantities in g, ml and pieces."""

    gateway: Gateway
    chain: Stranger
    coop: Hand
    rival: Hand
    shop: Hand
    idle: Hand
    late: Hand
    nobody: Hand
    inspector: Hand
    paused: Hand
    uris: dict[str, str] = field(default_factory=dict)
    products: dict[str, bytes] = field(default_factory=dict)
    used: SignedEvent | None = None
    shipment: bytes = b""
    recall: bytes = b""

    def batch(self, product: str, lot: bytes, origin: Hand | None = None) -> bytes:
        return batch_id(self.products[product], (origin or self.coop).party, lot)

    @property
    def crab(self) -> bytes:
        """8,000 g in the cooperative's hands, open for days; 2,000 g more are on the way to the rival."""
        return self.batch("crab", b"C1")

    @property
    def closed(self) -> bytes:
        """5,000 g: 3,900 with the cooperative, 600 with idle and 400 more on the way there, 100 sold."""
        return self.batch("crab", b"CLOSED")

    @property
    def recalled(self) -> bytes:
        """1,000 g in the cooperative's hands, recalled by it."""
        return self.batch("crab", b"RECALLED")

    @property
    def salted(self) -> bytes:
        """1,300 g, open for days."""
        return self.batch("salted", b"S1")

    def out(self, product: str, lot: bytes, quantity: int, open_until: int = 0) -> Output:
        return Output(self.products[product], lot, quantity, open_until)

    def outbox(self) -> int:
        with read(self.gateway.data / "nguon.db") as db:
            count: int = db.execute("SELECT count(*) FROM outbox").fetchone()[0]
        return count


def build_world(nguon: Gateway) -> World:
    """Registered and recorded on the chain of this gateway, in a handful of blocks."""
    chain = Stranger(nguon)
    words = ("coop", "rival", "shop", "idle", "late", "nobody", "inspector", "paused")
    hands = {word: chain.hand(nguon.name(word)) for word in words}
    w = World(nguon, chain, **hands)
    roles = {
        "coop": ["producer", "processor", "packer"],
        "rival": ["producer"],
        "idle": ["producer"],
        "late": ["producer"],
        "inspector": ["inspector"],
        "paused": ["inspector"],
    }
    parties = [
        {"uri": hand.uri, "roles": roles.get(word, []), "key": False, "profile": {"name": word},
         "signers": [] if word == "late" else [hand.entry]}
        for word, hand in hands.items() if word != "nobody"
    ]  # fmt: skip
    done(nguon, "/v1/parties", {"parties": parties})
    uris = {word: nguon.name(word) for word in ("crab", "salted", "shell", "brine", "jar", "theirs")}
    w.uris, w.products = uris, {word: product_id(uri) for word, uri in uris.items()}
    unit, stage = {"brine": "ml", "jar": "pieces"}, {"crab": 0, "theirs": 0, "jar": 2}
    products = [
        {"uri": uri, "unit": unit.get(word, "g"), "stage": stage.get(word, 1), "profile": {},
         "brand_owner": (w.rival if word == "theirs" else w.coop).uri,
         "makers": [w.idle.uri] if word == "theirs" else []}
        for word, uri in uris.items()
    ]  # fmt: skip
    done(nguon, "/v1/products", {"products": products})
    declared = {("crab", "salted"): 1_150_000, ("crab", "shell"): 300_000, ("crab", "brine"): 500_000,
                ("salted", "jar"): 2_000}  # fmt: skip
    yields = [{"input": uris[a], "output": uris[b], "per_million": rate} for (a, b), rate in declared.items()]
    done(nguon, "/v1/yields", {"yields": yields})
    parties_address = chain.deployment.parties
    chain.council((parties_address, set_signer(w.late.party, w.late.address, FOREVER - 1, FOREVER, Custody.EXTERNAL)))
    goods(w)
    for hand in (w.idle, w.paused):
        done(nguon, f"/v1/parties/{quote(hand.uri, safe='')}/status", {"status": "suspended"})
    return w


def goods(w: World) -> None:
    """The first events, posted by a stranger: that the gateway shows them is a promise of its own."""
    coop, idle, days = w.coop, w.idle, soon(5)
    ship = coop.sign(coop.move(Kind.SHIP, w.crab, 2_000, to=w.rival.party))
    to_idle = coop.sign(coop.move(Kind.SHIP, w.closed, 1_000, to=idle.party))
    recall = coop.sign(coop.note(Kind.RECALL, (w.recalled,)))
    made = [
        coop.make(Kind.COMMISSION, outputs=(w.out("crab", b"C1", 13_000, days),)),
        coop.make(Kind.COMMISSION, outputs=(w.out("crab", b"CLOSED", 5_000),)),
        coop.make(Kind.COMMISSION, outputs=(w.out("crab", b"BOUGHT", 1_000),), provenance=2),
        coop.make(Kind.TRANSFORM, (Input(w.crab, 2_000),), (w.out("salted", b"S1", 2_300, days),)),
        coop.make(Kind.PACK, (Input(w.salted, 1_000),), (w.out("jar", b"J1", 2, days),)),
        coop.make(Kind.TRANSFORM, (Input(w.crab, 1_000),), (w.out("salted", b"UNMOVED", 1_000, days),)),
        coop.make(Kind.COMMISSION, outputs=(w.out("crab", b"RECALLED", 1_000, days),)),
        coop.move(Kind.SELL, w.closed, 100),
    ]
    theirs = idle.make(Kind.COMMISSION, outputs=(w.out("theirs", b"T1", 100),))
    received = idle.move(Kind.RECEIVE, w.closed, 600, target=to_idle.id)
    signed = [*map(coop.sign, made), ship, to_idle, recall, *map(idle.sign, (theirs, received))]
    said = w.chain.relay(*signed)
    assert [each.id for each in said if isinstance(each, SignedEvent)] == [each.id for each in signed], said
    w.used, w.shipment, w.recall = signed[0], ship.id, recall.id
    w.gateway.final(*("0x" + each.id.hex() for each in signed))


def done(nguon: Gateway, path: str, body: Json) -> Json:
    answer = nguon.operator.post(path, json=body)
    assert answer.status_code == 200, answer.text
    document: Json = answer.json()
    return document


def commission(
    w: World, product: str = "crab", lot: bytes = b"NEW", quantity: int = 1, until: int = 0, **other: Any
) -> Event:
    by = other.pop("by", w.coop)
    made: Event = by.make(Kind.COMMISSION, outputs=(w.out(product, lot, quantity, until),), **other)
    return made


def transform(
    w: World, *outputs: tuple[str, bytes, int], inputs: tuple[Input, ...] | None = None, **other: Any
) -> Event:
    by = other.pop("by", w.coop)
    used = (Input(w.crab, 1_000),) if inputs is None else inputs
    made: Event = by.make(Kind.TRANSFORM, used, tuple(w.out(*each) for each in outputs), **other)
    return made


def pack(w: World, pieces: int, product: str = "jar", lot: bytes = b"J2", **other: Any) -> Event:
    by = other.pop("by", w.coop)
    used = other.pop("inputs", (Input(w.salted, 1_000),))
    made: Event = by.make(Kind.PACK, used, (w.out(product, lot, pieces),), **other)
    return made


Signing = Callable[[World, Hand, Event], SignedEvent]


def elsewhere(**changed: Any) -> Signing:
    """Signed for another domain, handed in with this ledger's id of the event."""

    def sign(w: World, hand: Hand, event: Event) -> SignedEvent:
        domain = w.chain.domain
        foreign = Domain(
            **{"chain_id": domain.chain_id, "contract": domain.contract, "ledger_id": domain.ledger_id} | changed
        )
        return replace(hand.sign(event), signature=LocalSigner(hand.key, foreign).sign(event).signature)

    return sign


def other_name(name: str, value: str) -> Signing:
    """Signed by another implementation (eth-account) for a domain of another name or version."""

    def sign(w: World, hand: Hand, event: Event) -> SignedEvent:
        typed = as_eip712(w.chain.domain, event)
        typed["domain"][name] = value
        made = Account.from_key(hand.key).sign_message(encode_typed_data(full_message=typed)).signature
        return replace(hand.sign(event), signature=compact(bytes(made[:64]) + bytes((made[64] - 27,))))

    return sign


def other_point(w: World, hand: Hand, event: Event) -> SignedEvent:
    """The same r and s with the other parity: it recovers, but to an address that nobody named."""
    signed = hand.sign(event)
    return replace(
        signed, signature=signed.signature[:32] + bytes((signed.signature[32] ^ 0x80,)) + signed.signature[33:]
    )


def high_s(w: World, hand: Hand, event: Event) -> SignedEvent:
    """The largest s that EIP-2098 can hold lies over half the order."""
    signed = hand.sign(event)
    return replace(signed, signature=signed.signature[:32] + (2**255 - 1).to_bytes(32, "big"))


def bytes_of(signature: bytes) -> Signing:
    return lambda w, hand, event: replace(hand.sign(event), signature=signature)


def by_rival(w: World, hand: Hand, event: Event) -> SignedEvent:
    mine = LocalSigner(w.rival.key, w.chain.domain).sign(replace(event, signer=w.rival.address))
    return replace(hand.sign(event), signature=mine.signature)
