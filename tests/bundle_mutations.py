"""Every way to alter a bundle a little: one byte of the file, or one field of it with the file written anew."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import rfc8785

Place = tuple[Any, Any]
"""A container and a key or index in it."""


def mutations(good: bytes, rng: random.Random) -> Iterator[tuple[str, bytes]]:
    """Without end: what was done, and the other bytes."""
    while True:
        what, altered = one_byte(good, rng) if rng.random() < 0.5 else one_field(good, rng)
        if altered != good:
            yield what, altered


def one_byte(good: bytes, rng: random.Random) -> tuple[str, bytes]:
    at, other = rng.randrange(len(good)), rng.randrange(256)
    kind = rng.choice(("changed", "flipped", "deleted", "inserted"))
    middle = {
        "changed": bytes([other]), "flipped": bytes([good[at] ^ 1 << other % 8]), "deleted": b"",
        "inserted": bytes([other, good[at]]),
    }[kind]  # fmt: skip
    return f"byte {at} {kind}", good[:at] + middle + good[at + 1 :]


def one_field(good: bytes, rng: random.Random) -> tuple[str, bytes]:
    document = json.loads(good)
    places = list(_places(document))
    # By kind of place first: nodes and bodies would be nearly all of them otherwise.
    kinds = sorted({(type(c).__name__, type(c[k]).__name__, str(k) if isinstance(k, str) else "") for c, k in places})
    kind = rng.choice(kinds)
    container, key = rng.choice(
        [
            (c, k)
            for c, k in places
            if (type(c).__name__, type(c[k]).__name__, str(k) if isinstance(k, str) else "") == kind
        ]
    )
    what = f"{kind} {_alter(container, key, rng)}"
    return what, bytes(rfc8785.dumps(document))


def _places(value: Any) -> Iterator[Place]:
    keys = value.keys() if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])


def _alter(container: Any, key: Any, rng: random.Random) -> str:
    value = container[key]
    ways = ["gone", "null"]
    if isinstance(container, list):
        ways += ["doubled", "swapped", "moved"]
    else:
        ways += ["renamed", "joined"]
    ways += ["altered"] * 4 if isinstance(value, str | int) else ["emptied"]
    way = rng.choice(ways)
    if way == "gone":
        del container[key]
    elif way == "null":
        container[key] = None
    elif way == "doubled":
        container.insert(rng.randrange(len(container) + 1), value)
    elif way == "swapped":
        other = rng.randrange(len(container))
        container[key], container[other] = container[other], container[key]
    elif way == "moved":
        container.insert(rng.randrange(len(container)), container.pop(key))
    elif way == "renamed":
        container[key + "s"] = container.pop(key)
    elif way == "joined":
        container["more"] = value
    elif way == "emptied":
        container[key] = type(value)()
    elif isinstance(value, int):
        container[key] = max(0, value + rng.choice((-1, 1, 2, 256)))
    else:
        container[key] = _other_text(value, rng)
    return way


def _other_text(value: str, rng: random.Random) -> str:
    if not value.startswith("0x") or len(value) == 2:
        return value + "x"
    at = rng.randrange(2, len(value))
    way = rng.choice(("digit", "digit", "digit", "shorter", "longer", "upper"))
    if way == "digit":
        return value[:at] + rng.choice("0123456789abcdef") + value[at + 1 :]
    return {"shorter": value[:-2], "longer": value + "00", "upper": value.upper().replace("0X", "0x")}[way]
