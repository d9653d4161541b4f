"""What an audit found: each thing that differs, by table, row and column."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

SHOWN: Final = 80  # characters of a value in a finding
SECRETS: Final = frozenset(
    {
        "keys",
        "label_secrets",
        "api_keys",
        "people",
        "invitations",
        "sessions",
        "disclosures",
        "private_rows",
        "idempotency",
    }
)
"""Tables whose values stand in no finding: a secret, or what somebody wished to be private."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`key` names the row, `column` what differs in it ("*": the whole row is too much or missing). `batches` are those
    whose records it concerns. `check` says against what it was held."""

    table: str
    key: str
    column: str
    expected: str
    found: str
    check: str
    batches: tuple[bytes, ...] = ()

    def line(self) -> str:
        return f"{self.table} {self.key} {self.column}: expected {self.expected}, found {self.found} ({self.check})"

    def document(self) -> dict[str, Any]:
        return {
            "table": self.table, "key": self.key, "column": self.column, "expected": self.expected, "found": self.found,
            "check": self.check, "batches": ["0x" + batch.hex() for batch in self.batches],
        }  # fmt: skip


@dataclass(slots=True)
class Report:
    """`good`: rows that were looked at and are as they should be. `block`: up to which the chain was read. The rest is
    where the next incremental audit may go on, if this one is good."""

    scope: str
    block: int = 0
    good: int = 0
    findings: list[Finding] = field(default_factory=list)
    ledger_head: bytes = b""
    events: int = 0
    log_seq: int = 0
    log_hash: bytes = bytes(32)
    outbox_seq: int = 0

    @property
    def bad(self) -> int:
        return len(self.findings)

    @property
    def batches(self) -> dict[bytes, str]:
        """The batches that findings name, each with the first check that failed."""
        named: dict[bytes, str] = {}
        for finding in self.findings:
            for batch in finding.batches:
                named.setdefault(batch, finding.check)
        return named

    def looked(self, rows: int, findings: Iterable[Finding]) -> None:
        """Of `rows` rows, these are wrong."""
        before = len(self.findings)
        self.findings += findings
        wrong = {(each.table, each.key) for each in self.findings[before:]}
        self.good += max(0, rows - len(wrong))

    def document(self) -> dict[str, Any]:
        return {
            "ok": not self.findings, "scope": self.scope, "block": self.block, "events": self.events,
            "ledger_head": "0x" + self.ledger_head.hex(), "good": self.good, "bad": self.bad,
            "audit_log": {"entries": self.log_seq, "head": "0x" + self.log_hash.hex()},
            "findings": [each.document() for each in self.findings],
        }  # fmt: skip


def shown(table: str, value: object) -> str:
    """A value as a finding may show it."""
    if value is None:
        return "nothing"
    if table in SECRETS:
        return "a value not shown"
    text = "0x" + value.hex() if isinstance(value, bytes) else repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def key_of(table: str, values: Iterable[object]) -> str:
    """How a finding names a row: the values of its key."""
    if table == "idempotency":  # a client's own words
        return "/".join("0x" + v.hex() if isinstance(v, bytes) else "…" for v in values)
    return "/".join("0x" + v.hex() if isinstance(v, bytes) else str(v) for v in values)
