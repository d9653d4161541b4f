"""Private fields and tables: what the content holds of them, and how they are shown to somebody (docs/spec/event.md,
section 4, rules 5 and 6).

A field's disclosure is base64url of the JSON array `[salt, name, value]` in RFC 8785 form; its digest, base64url of the
disclosure's SHA-256, is all that the content holds. A table is one Merkle root (RFC 6962) over its rows' disclosures
`[salt, row number, value]`, rows counted from 0. Forget the salts and nothing can be shown or guessed any more.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import rfc8785

from ledger.canonical.strict_json import strict_loads
from ledger.errors import Refusal

SALT_LENGTH: Final = 16
_DEPTH: Final = 11
Salts = Callable[[], bytes]


def random_salt() -> bytes:
    """16 bytes from the operating system."""
    return secrets.token_bytes(SALT_LENGTH)


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What a disclosure says: a field's name, or a row's number, and its value."""

    name: str | int
    value: Any


@dataclass(frozen=True, slots=True)
class Sealed:
    """`digests` go into the content as `_sd`; `disclosures` (by field name) are kept apart, or forgotten."""

    digests: list[str]
    disclosures: dict[str, str]


@dataclass(frozen=True, slots=True)
class SealedTable:
    """`member` goes into the content's `_sd_tables`; `disclosures`, one a row in order, are kept apart."""

    member: dict[str, Any]
    disclosures: list[str]


@dataclass(frozen=True, slots=True)
class SealedStatement:
    """`content` is public; what was private in it is kept apart: `disclosures` by field name, `rows` by table name, in order."""

    content: dict[str, Any]
    disclosures: dict[str, str]
    rows: dict[str, list[str]]


def disclose(name: str | int, value: Any, salt: bytes) -> tuple[str, str]:
    """(disclosure, digest) of a private field, or of a table's row when `name` is its number.

    `value` is what JSON can say without fractions, at most 10 deep. Raises `DisclosureForm(reason)` for anything else.
    """
    if len(salt) != SALT_LENGTH:
        raise ValueError(f"a salt has {SALT_LENGTH} bytes, not {len(salt)}")
    _refuse_floats(value)
    try:
        text = rfc8785.dumps([_base64url(salt), name, value])
        strict_loads(text, _DEPTH)  # what is sealed now can be opened later
    except (Refusal, ValueError, TypeError) as error:  # rfc8785's own errors are ValueErrors
        raise Refusal("DisclosureForm", reason="the value is no JSON without fractions") from error
    disclosure = _base64url(text)
    return disclosure, digest(disclosure)


def digest(disclosure: str) -> str:
    """The digest that the content must hold for this disclosure: 43 characters."""
    return _base64url(sha256(disclosure.encode("ascii")).digest())


def seal(private: Mapping[str, Any], salts: Salts = random_salt) -> Sealed:
    """All private fields of one event."""
    disclosures: dict[str, str] = {}
    digests: list[str] = []
    for name, value in private.items():
        disclosures[name], each = disclose(name, value, salts())
        digests.append(each)
    return Sealed(sorted(digests), disclosures)


def seal_statement(
    content: Mapping[str, Any],
    private: Mapping[str, Any],
    tables: Mapping[str, Sequence[Any]],
    salts: Salts = random_salt,
) -> SealedStatement:
    """A statement's content with the digests of its private fields, and one root for each private table."""
    sealed = seal(private, salts)
    sealed_tables = {name: seal_table(name, rows, salts) for name, rows in sorted(tables.items())}
    public = dict(content)
    if sealed.digests:
        public["_sd"] = sealed.digests
    if sealed_tables:
        public["_sd_tables"] = [each.member for each in sealed_tables.values()]
    return SealedStatement(public, sealed.disclosures, {name: each.disclosures for name, each in sealed_tables.items()})


def open_disclosure(disclosure: str) -> Disclosed:
    """What a disclosure says. Raises `DisclosureForm(reason)`, also for another spelling of the same statement."""
    try:
        data = _unbase64url(disclosure)
    except (Base64Error, ValueError) as error:
        raise Refusal("DisclosureForm", reason="not base64url") from error
    try:
        parts = strict_loads(data, _DEPTH)
        canonical = rfc8785.dumps(parts) == data
    except (Refusal, ValueError, TypeError) as error:
        raise Refusal("DisclosureForm", reason="not JSON without fractions") from error
    if not canonical or not isinstance(parts, list) or len(parts) != 3:
        raise Refusal("DisclosureForm", reason="not [salt, name, value] in RFC 8785 form")
    salt, name, value = parts
    if not isinstance(salt, str) or isinstance(name, bool) or not isinstance(name, str | int):
        raise Refusal("DisclosureForm", reason="not [salt, name, value] in RFC 8785 form")
    try:
        length = len(_unbase64url(salt))
    except (Base64Error, ValueError) as error:
        raise Refusal("DisclosureForm", reason="the salt is not base64url") from error
    if length != SALT_LENGTH:
        raise Refusal("DisclosureForm", reason=f"a salt of {length} bytes")
    return Disclosed(name, value)


def open_field(disclosure: str, content: Mapping[str, Any]) -> Disclosed:
    """A private field shown for this content. Raises `DisclosureUnknown(digest)` if the content does not hold it."""
    expected = digest(disclosure) if disclosure.isascii() else ""
    if expected not in content.get("_sd", []):
        raise Refusal("DisclosureUnknown", digest=expected)
    return open_disclosure(disclosure)


def seal_table(name: str, rows: Iterable[Any], salts: Salts = random_salt) -> SealedTable:
    """A private table, one value a row."""
    disclosures = [disclose(number, value, salts())[0] for number, value in enumerate(rows)]
    root = _root([leaf(each) for each in disclosures])
    return SealedTable({"name": name, "rows": len(disclosures), "root": _base64url(root)}, disclosures)


def table_root(leaves: Sequence[bytes]) -> str:
    """The root in a table's member, of its rows' leaves (`leaf`) in order."""
    return _base64url(_root(leaves))


def prove_row(disclosures: Sequence[str], row: int) -> list[str]:
    """The hashes (base64url, from the leaf's sibling upwards) that show row `row` to be in the table."""
    if not 0 <= row < len(disclosures):
        raise IndexError(f"no row {row} in a table of {len(disclosures)}")
    return [_base64url(each) for each in _path([leaf(each) for each in disclosures], row)]


def open_row(disclosure: str, proof: Sequence[str], member: Mapping[str, Any]) -> Disclosed:
    """A row shown with its proof for a table's member of `_sd_tables`: its number and its value.

    Raises `DisclosureForm(reason)`, or `RowNotInTable(row, table)` when the proof does not lead to the root.
    """
    shown = open_disclosure(disclosure)
    if not isinstance(shown.name, int):
        raise Refusal("DisclosureForm", reason="not a row")
    try:
        hashes = [_unbase64url(each) for each in proof]
        root = _unbase64url(member["root"])
    except (Base64Error, ValueError) as error:
        raise Refusal("DisclosureForm", reason="not base64url") from error
    if not verify_inclusion(leaf(disclosure), shown.name, member["rows"], hashes, root):
        raise Refusal("RowNotInTable", row=shown.name, table=member["name"])
    return shown


def leaf(disclosure: str) -> bytes:
    """RFC 6962 leaf hash of a row's disclosure."""
    return sha256(b"\x00" + disclosure.encode("ascii")).digest()


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162, section 2.1.3.2: whether the leaf at `index` of a tree of `size` leads to `root`."""
    if not 0 <= index < size or any(len(each) != 32 for each in proof):
        return False
    first, last, node = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            return False
        if first & 1 or first == last:
            node = _node(sibling, node)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            node = _node(node, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and hmac.compare_digest(node, root)


def _root(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = _split(len(leaves))
    return _node(_root(leaves[:split]), _root(leaves[split:]))


def _path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*_path(leaves[:split], index), _root(leaves[split:])]
    return [*_path(leaves[split:], index - split), _root(leaves[:split])]


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << (count - 1).bit_length() - 1


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise Refusal("DisclosureForm", reason="the value is no JSON without fractions")
    if isinstance(value, Mapping):
        for member in value.values():
            _refuse_floats(member)
    elif isinstance(value, list | tuple):
        for element in value:
            _refuse_floats(element)


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _unbase64url(text: str) -> bytes:
    """Unpadded base64url, one spelling only: stray characters and non-zero spare bits are refused."""
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _base64url(data) != text:
        raise ValueError("not the one spelling of these bytes")
    return data
