"""Ten million addresses, right, nearly right and hostile, read as Digital Links: each is read, or refused by its law; nothing else
happens. What is read is written and read back the same, and its canonical form names the same thing.

Runs add up: each round draws a seed that the evidence does not have yet. A round that finds something prints the address.
"""

from __future__ import annotations

import random

from campaigns import evidence
from campaigns.outcome import Outcome
from ledger.errors import Refusal
from ledger.gs1.link import DigitalLink, parse
from ledger.gs1.values import check_digit

NAME = "digital_links"
COMMAND = "./scripts/campaign digital_links"
SOURCES = ("ledger/gs1/*.py", "campaigns/digital_links.py")
ADDRESSES = 10_000_000
ROUND = 250_000
LEAST = 0.1
"""Share of the addresses that has to be read, and to be refused: else one of the two is not tested."""

_STEMS = (
    "https://a",
    "http://a.example:8700",
    "https://shop.example/x/y",
    "HTTPS://[2001:db8::1]",
    "https://192.0.2.1/00/x",
)
_PIECES = (
    "/", "//", "/10/", "/21/", "/22/", "/235/", "/01/", "/00/", "/8004/", "/..", "/.", "?", "&", "=", "?10=",
    "?17=261231", "&3103=000195", "?linkType=", "#", "%", "%00", "%0d%0a", "%2F", "%2f", "%252F", "%2e%2e", "%ff",
    "%C3%A1", "+", " ", "@evil.example", "\\", "\r\n", "\0", "<", ">", ";", ":", "[", "]", "%30%31", "99=A", "99=",
    "é", "٠", "\U0010ffff", "A" * 21, "9" * 90, "javascript:", "//evil.example/",
)  # fmt: skip
_SET = "!\"%&'()*+,-./0123456789:;<=>?ABCXYZ_abcxyz"
_FREE = set("ABCXYZ_abcxyz0123456789-.")


def run() -> Outcome:
    hash_ = evidence.sources(*SOURCES)
    before = evidence.earlier(NAME, hash_)
    seeds: list[int] = before["seed"] if before else []
    done: int = before["n"] if before else 0
    read: int = before["result"]["read"] if before else 0
    while done < ADDRESSES:
        seed = len(seeds) + 1
        found, wrong = _round(seed)
        if wrong is not None:
            return Outcome(False, {"seed": seed, "addresses": done, "address": wrong})
        seeds, done, read = [*seeds, seed], done + ROUND, read + found
        result = {"read": read, "refused": done - read, "faults": 0}
        evidence.write(NAME, command=COMMAND, seed=seeds, n=done, hash_=hash_, result=result)
        print(f"  {done:,} addresses, {read:,} read", flush=True)
    return Outcome(LEAST <= read / done <= 1 - LEAST, {"addresses": done, "read": read, "faults": 0})


def _round(seed: int) -> tuple[int, str | None]:
    """How many were read, and the first address that broke a promise."""
    drawn, read = random.Random(seed), 0
    for _ in range(ROUND):
        text = _address(drawn)
        try:
            link = parse(text)
        except Refusal as refusal:
            if refusal.law != "DigitalLinkForm":
                return read, repr(text)
            continue
        except Exception as error:
            return read, f"{text!r}: {error!r}"
        read += 1
        if not _kept(link):
            return read, repr(text)
    return read, None


def _kept(link: DigitalLink) -> bool:
    again, canonical = parse(link.uri), parse(link.canonical)
    return again == link and (canonical.key, canonical.qualifiers) == (link.key, link.qualifiers)


def _address(drawn: random.Random) -> str:
    """A right address with up to three pieces put in, put over or left out."""
    body = f"{drawn.randrange(10**13):013}"
    text = f"{drawn.choice(_STEMS)}/01/{body}{check_digit(body)}"
    for ai in ("22", "10", "21"):
        if drawn.random() < 0.5:
            value = "".join(drawn.choices(_SET, k=drawn.randint(1, 20)))
            text += f"/{ai}/" + "".join(c if c in _FREE or drawn.random() < 0.02 else f"%{ord(c):02X}" for c in value)
    if drawn.random() < 0.3:
        text += "?17=261231&lang=vi"
    for _ in range(drawn.randrange(4)):
        at = drawn.randrange(len(text) + 1)
        text = text[:at] + drawn.choice((drawn.choice(_PIECES), "")) + text[at + drawn.choice((0, 0, 1, 3)) :]
    return text
