"""Making a bundle from what somebody gathered: pure; what the verifier would not accept is never handed out.

The questions to the chain are asked elsewhere: `needed_slots` says which, `assemble` takes the answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from rlp import encode as rlp_encode

from ledger.errors import ChainError
from ledger.events.identifiers import keccak
from ledger.proof import layout
from ledger.proof.bundle import BatchShown, Bundle, EventShown, Named, write
from ledger.proof.mpt import Nodes, ProofFailed
from ledger.proof.proven import Proven
from ledger.proof.seal import read_header
from ledger.proof.trust import TrustedLedger
from ledger.proof.verify import verify

_HEADER: Final = (
    "parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom", "difficulty",
    "number", "gasLimit", "gasUsed", "timestamp", "extraData", "mixHash", "nonce",
)  # fmt: skip
_LATER: Final = (
    "baseFeePerGas", "withdrawalsRoot", "blobGasUsed", "excessBlobGas", "parentBeaconBlockRoot", "requestsHash",
    "blockAccessListHash", "slotNumber",
)  # fmt: skip
_NUMBERS: Final = {
    "difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas", "blobGasUsed", "excessBlobGas", "slotNumber",
}  # fmt: skip


class NoBundle(ChainError):
    """What was gathered makes no bundle that would be accepted. Trying again later may help."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """All of a bundle but the proofs. `signers`: the addresses of all its events."""

    batches: tuple[BatchShown, ...]
    events: tuple[EventShown, ...]
    parties: tuple[Named, ...]
    products: tuple[Named, ...]
    signers: tuple[bytes, ...]
    conversions: tuple[tuple[int, int], ...]
    """Numbers of input and output product, where they differ."""


class Slots(NamedTuple):
    """Storage slots to be proven, by contract."""

    ledger: set[int]
    parties: set[int]
    products: set[int]


def needed_slots(gathered: Gathered) -> Slots:
    ledger = {layout.LEDGER_ID, layout.LEDGER_HEAD, layout.COUNTS}
    for batch in gathered.batches:
        ledger |= {layout.head_slot(batch.id), layout.batch_slot(batch.id)}
    parties = {layout.signer_slot(address) for address in gathered.signers}
    for named in gathered.parties:
        id = keccak(named.uri.encode())
        parties |= {layout.party_slot(id), layout.profile_slot(id)}
    products = {layout.yield_slot(source, output) for source, output in gathered.conversions}
    for named in gathered.products:
        id = keccak(named.uri.encode())
        products |= {layout.product_slot(id), layout.profile_slot(id)}
    return Slots(ledger, parties, products)


def header_rlp(block: dict[str, Any]) -> bytes:
    """The RLP of a header from a node's JSON. Encoding stops at the first later field that is absent."""
    fields = [_field(block, name) for name in _HEADER]
    for name in _LATER:
        if block.get(name) is None:
            break
        fields.append(_field(block, name))
    return bytes(rlp_encode(fields))


def _field(block: dict[str, Any], name: str) -> bytes:
    digits = block[name][2:]
    if name in _NUMBERS:
        value = int(digits or "0", 16)
        return value.to_bytes((value.bit_length() + 7) // 8, "big")
    return bytes.fromhex(digits)


def assemble(
    gathered: Gathered, trusted: TrustedLedger, block_hash: bytes, header: bytes, heap: Mapping[bytes, bytes], at: int
) -> bytes:
    """The bundle's bytes. `heap`: the nodes of any number of proofs, by hash; only what is needed goes in. Raises NoBundle."""
    nodes = Nodes(heap)
    try:
        proven = Proven(nodes, read_header(header).state_root, trusted)
        for contract, slots in needed_slots(gathered)._asdict().items():
            for slot in slots:
                proven.word(contract, slot)
    except ProofFailed as failed:
        raise NoBundle(f"the node's proofs do not hold: {failed}") from failed
    data = write(
        Bundle(
            trusted.chain_id, trusted.ledger.address, trusted.ledger_id, block_hash, header, gathered.batches,
            gathered.events, gathered.parties, gathered.products, tuple(nodes.used),
        )
    )  # fmt: skip
    verdict = verify(data, [trusted], at)
    if not verdict.accepted:
        why = verdict.steps[-1]
        raise NoBundle(f"no bundle can be made that would be accepted: step {why['step']}: {why['found']}")
    return data
