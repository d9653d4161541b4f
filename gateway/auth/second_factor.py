"""The operators' second factor: time-based one-time passwords (RFC 6238), as every authenticator application makes them.

A code is taken once: the step it belongs to must be later than the last one that was taken.
"""

from __future__ import annotations

import time
from hmac import compare_digest
from typing import Final

import pyotp

ISSUER: Final = "Nguon"
STEP: Final = 30
_AROUND: Final = (0, -1, 1)


def new_secret() -> str:
    return pyotp.random_base32()


def address(secret: str, name: str) -> str:
    """What the QR code for the authenticator holds."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def step_of(secret: str, code: str, last: int | None) -> int | None:
    """The step whose code this is, one before or after included for a clock that is off; None for a wrong or a used one."""
    now = int(time.time()) // STEP
    typed = "".join(code.split())
    for step in (now + way for way in _AROUND):
        if (last is None or step > last) and compare_digest(
            pyotp.TOTP(secret).at(step * STEP).encode(), typed.encode()
        ):
            return step
    return None
