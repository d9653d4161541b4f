"""The trust file: the only thing that a verifier believes unasked (docs/spec/bundle.md, section 2)."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ledger.canonical.strict_json import strict_loads
from ledger.canonical.typed_data import Domain
from ledger.errors import Refusal
from ledger.proof.form import FormError, constant, each, hexed, members, number, octets, text

TYPE: Final = "nguon trust"
VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Contract:
    """An account whose code hash is known: address 20 bytes, keccak256 of its code 32."""

    address: bytes
    code_hash: bytes


@dataclass(frozen=True, slots=True)
class Epoch:
    """From block `first` on these addresses validate, ascending."""

    first: int
    validators: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class TrustedLedger:
    """`scheme` is a key of `ledger.proof.seal.SCHEMES`; `max_age` seconds, None for no maximum."""

    name: str
    ledger_id: bytes
    chain_id: int
    ledger: Contract
    parties: Contract
    products: Contract
    scheme: str
    epochs: tuple[Epoch, ...]
    max_age: int | None

    def validators(self, block: int) -> tuple[bytes, ...]:
        """The set of this block; empty before the first epoch."""
        return next((e.validators for e in reversed(self.epochs) if e.first <= block), ())


def unsealed(
    name: str, domain: Domain, accounts: Mapping[str, tuple[bytes, bytes]], max_age: int | None
) -> TrustedLedger:
    """A ledger on a chain that nobody seals. `accounts`: address and code hash by name."""
    ledger, parties, products = (Contract(*accounts[name]) for name in ("ledger", "parties", "products"))
    return TrustedLedger(name, domain.ledger_id, domain.chain_id, ledger, parties, products, "unsealed", (), max_age)


def write(ledgers: Iterable[TrustedLedger]) -> bytes:
    """A trust file, for people to read."""
    document = {"type": TYPE, "version": VERSION, "ledgers": [_written(each) for each in ledgers]}
    return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"


def _written(ledger: TrustedLedger) -> dict[str, Any]:
    epochs = [{"from": e.first, "validators": [hexed(one) for one in e.validators]} for e in ledger.epochs]
    return {
        "name": ledger.name,
        "ledger_id": hexed(ledger.ledger_id),
        "chain_id": ledger.chain_id,
        "contracts": {
            name: {"address": hexed(account.address), "code_hash": hexed(account.code_hash)}
            for name, account in (
                ("ledger", ledger.ledger), ("parties", ledger.parties), ("products", ledger.products)
            )
        },
        "sealing": {"scheme": ledger.scheme} | ({"epochs": epochs} if epochs else {}),
        "max_age": ledger.max_age,
    }  # fmt: skip


def read(data: bytes) -> tuple[TrustedLedger, ...]:
    """The ledgers of a trust file. Raises FormError."""
    try:
        document = strict_loads(data, 8)
    except Refusal as error:
        raise FormError(f"not strict JSON: {error}") from error
    kind, version, ledgers = members(document, "trust", "type", "version", "ledgers")
    constant(kind, "type", TYPE)
    constant(version, "version", VERSION)
    found = each(ledgers, "ledgers", _ledger)
    if len({one.ledger_id for one in found}) != len(found):
        raise FormError("ledgers: one ledger id stands twice")
    return found


def _ledger(value: Any, where: str) -> TrustedLedger:
    names = ("name", "ledger_id", "chain_id", "contracts", "sealing", "max_age")
    name, ledger_id, chain_id, contracts, sealing, max_age = members(value, where, *names)
    ledger, parties, products = members(contracts, f"{where}.contracts", "ledger", "parties", "products")
    scheme, epochs = _sealing(sealing, f"{where}.sealing")
    return TrustedLedger(
        text(name, f"{where}.name"),
        octets(ledger_id, f"{where}.ledger_id", 32),
        number(chain_id, f"{where}.chain_id"),
        _contract(ledger, f"{where}.contracts.ledger"),
        _contract(parties, f"{where}.contracts.parties"),
        _contract(products, f"{where}.contracts.products"),
        scheme,
        epochs,
        None if max_age is None else number(max_age, f"{where}.max_age"),
    )


def _contract(value: Any, where: str) -> Contract:
    address, code_hash = members(value, where, "address", "code_hash")
    return Contract(octets(address, f"{where}.address", 20), octets(code_hash, f"{where}.code_hash", 32))


def _sealing(value: Any, where: str) -> tuple[str, tuple[Epoch, ...]]:
    if isinstance(value, dict) and value.get("scheme") == "unsealed":
        members(value, where, "scheme")
        return "unsealed", ()
    scheme, epochs = members(value, where, "scheme", "epochs")
    constant(scheme, f"{where}.scheme", "qbft")
    found = each(epochs, f"{where}.epochs", _epoch)
    if not found or any(a.first >= b.first for a, b in itertools.pairwise(found)):
        raise FormError(f"{where}.epochs: at least one, first blocks ascending")
    return "qbft", found


def _epoch(value: Any, where: str) -> Epoch:
    first, validators = members(value, where, "from", "validators")
    found = each(validators, f"{where}.validators", lambda one, place: octets(one, place, 20))
    if not found or list(found) != sorted(set(found)):
        raise FormError(f"{where}.validators: at least one, ascending, none twice")
    return Epoch(number(first, f"{where}.from"), found)
