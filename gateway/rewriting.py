"""The transactions that make a ledger again on a fresh development chain, signed by its worthless keys."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from devnet.keys import worthless

from ledger.bindings.deployments import Deployment
from ledger.canonical.abi import encode_record
from ledger.canonical.body import encode_body
from ledger.chain.transactions import RECORD_GAS, address_of, sign_transaction
from ledger.events.model import SignedEvent
from ledger.projection.history import Change, PastBlock
from ledger.store.outbox import OutboxRow
from ledger.submit.grouping import split


class Signing:
    """The worthless keys of the development chain, each with its next nonce."""

    def __init__(self, chain_id: int) -> None:
        self._chain_id = chain_id
        self._keys = {name: worthless(name, chain_id).private for name in ("deployer", "council", "relayer")}
        self._nonces = dict.fromkeys(self._keys, 0)
        self._names = {address_of(key): name for name, key in self._keys.items()}

    def address(self, name: str) -> bytes:
        return address_of(self._keys[name])

    def sign(self, name: str, to: bytes | None, data: bytes, gas: int = RECORD_GAS) -> str:
        nonce = self._nonces[name]
        self._nonces[name] = nonce + 1
        return "0x" + sign_transaction(self._keys[name], self._chain_id, nonce, to, data, gas).raw.hex()

    def change(self, change: Change) -> str:
        """By the one who made it; what others sent carries its own right, a signature, and anybody may send it."""
        return self.sign(self._names.get(change.sender, "relayer"), change.target, change.input)


def transactions(block: PastBlock, deployment: Deployment, signing: Signing) -> Iterator[str]:
    """Of one past block, raw, in its order; events as many to a transaction as one can carry."""
    for kind, acts in groupby(block.acts, key=type):
        if kind is Change:
            yield from (signing.change(act) for act in acts if isinstance(act, Change))
            continue
        rows = [_row(act) for act in acts if isinstance(act, SignedEvent)]
        while rows:
            chosen, rows = split(rows)
            yield signing.sign(
                "relayer", deployment.ledger, encode_record((row.shape, row.body, row.signature) for row in chosen)
            )


def _row(act: SignedEvent) -> OutboxRow:
    return OutboxRow(0, act.id, act.shape, encode_body(act.event), act.signature, b"", "final", None, 0, 0)
