"""How this gateway stands, judged once: for programs (`/health`) and for operators (`/operating`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal

STALE_SECONDS: Final = 30.0
AUDIT_SECONDS: Final = 3_600.0  # four times the pause between two audits

Following = Literal["wrong_chain", "trouble", "behind"]
Audited = Literal["never", "differs", "old"]


def following(position: Mapping[str, Any], wrong_chain: str | None, trouble: str | None) -> Following | None:
    """Why it may not be written to just now; None if it may. `position` as the index tells it."""
    if wrong_chain is not None:
        return "wrong_chain"
    if trouble is not None:
        return "trouble"
    lag = position["lag_seconds"]
    return "behind" if lag is None or lag >= STALE_SECONDS else None


def audited(last: Mapping[str, Any] | None, now: float) -> Audited | None:
    """Why what is kept here cannot be said to be right; None if an audit of the last hour found nothing. `now`: seconds since
    1970."""
    if last is None:
        return "never"
    if last["bad"]:
        return "differs"
    return "old" if now - datetime.fromisoformat(last["finished_at"]).timestamp() > AUDIT_SECONDS else None
