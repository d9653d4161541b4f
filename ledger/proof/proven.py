"""The contracts' storage as of one block, read through proofs and nothing else."""

from __future__ import annotations

from ledger.proof import layout
from ledger.proof.mpt import Nodes, ProofFailed, decode_rlp, number
from ledger.proof.trust import Contract, TrustedLedger


class Proven:
    """Raises ProofFailed, like all its questions: an account is not there, or holds other code than the trust file says."""

    def __init__(self, nodes: Nodes, state_root: bytes, trusted: TrustedLedger) -> None:
        self._nodes = nodes
        self._roots = {
            name: self._account(state_root, contract, name)
            for name, contract in (
                ("ledger", trusted.ledger), ("parties", trusted.parties), ("products", trusted.products),
            )
        }  # fmt: skip

    def _account(self, state_root: bytes, contract: Contract, name: str) -> bytes:
        """The root of a contract's storage."""
        leaf = self._nodes.get(state_root, contract.address)
        account = decode_rlp(leaf) if leaf else None
        if not isinstance(account, list) or len(account) != 4 or not all(isinstance(one, bytes) for one in account):
            raise ProofFailed(f"the contract {name} is not on this chain")
        if account[3] != contract.code_hash:
            raise ProofFailed(f"the contract {name} has other code than the trust file says")
        root: bytes = account[2]
        return root

    def word(self, contract: str, slot: int) -> int:
        """A storage word; 0 where the proof shows that nothing was ever written."""
        value = self._nodes.get(self._roots[contract], slot.to_bytes(32, "big"))
        return number(decode_rlp(value)) if value else 0

    def octets(self, contract: str, slot: int) -> bytes:
        """The same as 32 bytes."""
        return self.word(contract, slot).to_bytes(32, "big")

    def count(self) -> int:
        """How many events the ledger has recorded."""
        return self.word("ledger", layout.COUNTS) & (1 << 64) - 1

    def batch(self, batch: bytes) -> layout.BatchWord:
        return layout.batch_word(self.word("ledger", layout.batch_slot(batch)))

    def head(self, subject: bytes) -> bytes:
        return self.octets("ledger", layout.head_slot(subject))

    def party(self, party: bytes) -> layout.PartyWord:
        return layout.party_word(self.word("parties", layout.party_slot(party)))

    def signer(self, address: bytes) -> layout.SignerWord:
        return layout.signer_word(self.word("parties", layout.signer_slot(address)))

    def product(self, product: bytes) -> layout.ProductWord:
        return layout.product_word(self.word("products", layout.product_slot(product)))

    def declared_yield(self, source: int, output: int) -> int:
        """Output per million of input between two products by number, as declared now; 0: not declared."""
        return self.word("products", layout.yield_slot(source, output)) & (1 << 64) - 1
