"""The content of an event: canonical JSON bytes and the rules they keep (docs/spec/event.md, section 4).

`encode` makes them from values, `check` judges bytes that came from elsewhere; `check(encode(x)) == x` up to NFC.

Laws: `ContentTooLong(length, limit)` · `ContentNotCanonical(reason)` · `ContentNumber(path)` ·
`ContentText(path, reason)` · `ContentRepeatsActingField(field)` · `ContentFieldNotAllowed(field)` ·
`ContentFieldForm(field, reason)`. `path` is a JSON Pointer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

import orjson
import rfc8785

from ledger.canonical.strict_json import loads_with_surrogates
from ledger.errors import Refusal
from ledger.events.model import CONTENT_LIMIT

MAX_DEPTH: Final = 10
MAX_INTEGER: Final = 2**53 - 1

ALLOWED: Final = frozenset(
    {
        # EPCIS 2.0: what a source document says beyond the acting fields
        "eventID",
        "eventTimeZoneOffset",
        "bizStep",
        "disposition",
        "persistentDisposition",
        "readPoint",
        "bizLocation",
        "bizTransactionList",
        "certificationInfo",
        "sensorElementList",
        "parentID",
        "transformationID",
        "ilmd",
        # CBV and GDST
        "cbvmda:certificationList",
        "cbvmda:unloadingPort",
        "cbvmda:transshipStartDate",
        "cbvmda:transshipEndDate",
        "cbvmda:landingStartDate",
        "cbvmda:landingEndDate",
        "gdst:productOwner",
        "gdst:humanWelfarePolicy",
        # ours
        "nguon:captured",
        "nguon:entered",
        "nguon:reason",
        "nguon:derived",
        "nguon:documents",
        "nguon:voided",
        "_sd",
        "_sd_tables",
    }
)
"""Top-level members."""

ALLOWED_ILMD: Final = frozenset(
    {
        "cbvmda:bestBeforeDate",
        "cbvmda:certificationList",
        "cbvmda:countryOfExport",
        "cbvmda:countryOfOrigin",
        "cbvmda:farmList",
        "cbvmda:firstFreezeDate",
        "cbvmda:growingMethodCode",
        "cbvmda:harvestEndDate",
        "cbvmda:harvestStartDate",
        "cbvmda:itemExpirationDate",
        "cbvmda:preservationTechniqueCode",
        "cbvmda:productionDate",
        "cbvmda:productionMethodForFishAndSeafoodCode",
        "cbvmda:sellByDate",
        "cbvmda:storageStateCode",
        "cbvmda:vesselCatchInformationList",
        "gdst:aquacultureMethod",
        "gdst:broodstockSource",
        "gdst:proteinSource",
    }
)
"""Members of `ilmd`."""

REPEATED: Final = frozenset(
    {
        "type",
        "action",
        "eventTime",
        "recordTime",
        "epcList",
        "quantityList",
        "childEPCs",
        "childQuantityList",
        "inputEPCList",
        "inputQuantityList",
        "outputEPCList",
        "outputQuantityList",
        "sourceList",
        "destinationList",
        "informationProvider",
        "cbvmda:informationProvider",
        "lotNumber",
        "cbvmda:lotNumber",
    }
)
"""What the acting fields say already; refused at the top level and in `ilmd`."""

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_U_E000: Final = 0xEE  # the first byte of it, and of no earlier code point, in UTF-8
_DIGEST = re.compile(r"[A-Za-z0-9_-]{43}")


def encode(content: Mapping[str, Any]) -> bytes:
    """Values -> the content's bytes. Strings and member names are brought into NFC, then judged as by `check`.

    Takes dicts, lists, tuples, strings, bools, None and integers; a fraction has to come as a decimal string.
    """
    value = _normalise(dict(content), "", 0)
    _walk(value, "")
    data = canonical(value)
    _check_length(data)
    _check_members(value)
    return data


def check(data: bytes) -> dict[str, Any]:
    """The content in bytes that somebody signed, or a Refusal (see the module's laws; the first broken one)."""
    _check_length(data)
    try:
        value = loads_with_surrogates(data, MAX_DEPTH)
    except Refusal as refusal:
        raise Refusal("ContentNotCanonical", reason=refusal.numbers["reason"]) from refusal
    if not isinstance(value, dict):
        raise Refusal("ContentNotCanonical", reason="not an object")
    _walk(value, "")
    if canonical(value) != data:
        raise Refusal("ContentNotCanonical", reason="not in RFC 8785 form")
    _check_members(value)
    return value


def canonical(value: dict[str, Any]) -> bytes:
    """RFC 8785 of what `_walk` let pass. orjson writes these values alike, ten times as fast; only its order of names is by code
    point and not by UTF-16 unit, which differs from U+E000 on."""
    data = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return data if data.isascii() or max(data) < _U_E000 else rfc8785.dumps(value)


def _check_length(data: bytes) -> None:
    if len(data) > CONTENT_LIMIT:
        raise Refusal("ContentTooLong", length=len(data), limit=CONTENT_LIMIT)


def _check_members(value: dict[str, Any]) -> None:
    _check_names(value, ALLOWED, "")
    ilmd = value.get("ilmd", {})
    if not isinstance(ilmd, dict):
        raise Refusal("ContentFieldForm", field="ilmd", reason="not an object")
    _check_names(ilmd, ALLOWED_ILMD, "ilmd.")
    if "_sd" in value:
        digests = value["_sd"]
        if not isinstance(digests, list) or not digests or not all(map(_is_digest, digests)):
            raise Refusal("ContentFieldForm", field="_sd", reason="not a list of digests")
        if any(left >= right for left, right in pairwise(digests)):
            raise Refusal("ContentFieldForm", field="_sd", reason="not ascending")
    tables = value.get("_sd_tables", [{"name": "", "rows": 0, "root": "A" * 43}])
    if not isinstance(tables, list) or not tables or not all(map(_is_table, tables)):
        raise Refusal("ContentFieldForm", field="_sd_tables", reason="not a list of {name, rows, root}")
    voided = value.get("nguon:voided", [{"first": 0, "count": 1}])
    if not isinstance(voided, list) or not voided or not all(map(_is_range, voided)):
        raise Refusal("ContentFieldForm", field="nguon:voided", reason="not a list of {first, count}")


def _check_names(members: dict[str, Any], allowed: frozenset[str], prefix: str) -> None:
    for name in sorted(members):
        if name in REPEATED:
            raise Refusal("ContentRepeatsActingField", field=prefix + name)
        if name not in allowed:
            raise Refusal("ContentFieldNotAllowed", field=prefix + name)


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


def _is_table(value: object) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == {"name", "rows", "root"}
        and isinstance(value["name"], str)
        and type(value["rows"]) is int
        and value["rows"] >= 0
        and _is_digest(value["root"])
    )


def _is_range(value: object) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == {"first", "count"}
        and all(type(each) is int for each in value.values())
        and value["first"] >= 0
        and value["count"] > 0
    )


def _normalise(value: object, path: str, depth: int) -> Any:
    """A copy with every string in NFC; refuses what is too deep or no JSON."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float | Decimal):
        raise Refusal("ContentNumber", path=path)
    if depth == MAX_DEPTH:
        raise Refusal("ContentNotCanonical", reason="nested too deeply")
    if isinstance(value, Mapping):
        normalised: dict[str, Any] = {}
        for name, member in value.items():
            if not isinstance(name, str):
                raise Refusal("ContentNotCanonical", reason="a member's name is no string")
            key = unicodedata.normalize("NFC", name)
            if key in normalised:
                raise Refusal("ContentNotCanonical", reason="a member twice")
            normalised[key] = _normalise(member, _join(path, key), depth + 1)
        return normalised
    if isinstance(value, list | tuple):
        return [_normalise(element, _join(path, index), depth + 1) for index, element in enumerate(value)]
    raise Refusal("ContentNotCanonical", reason=f"no JSON: {type(value).__name__}")


def _walk(value: object, path: str) -> None:
    """Judges every number and every string, member names included."""
    if isinstance(value, str):
        _check_text(value, path)
    elif isinstance(value, Decimal) or (type(value) is int and abs(value) > MAX_INTEGER):
        raise Refusal("ContentNumber", path=path)
    elif isinstance(value, dict):
        for name, member in value.items():
            _check_text(name, path)
            _walk(member, _join(path, name))
    elif isinstance(value, list):
        for index, element in enumerate(value):
            _walk(element, _join(path, index))


def _check_text(text: str, path: str) -> None:
    if text.isascii() and text.isprintable():
        return
    for character in text:
        category = unicodedata.category(character)
        if category == "Cs":
            raise Refusal("ContentText", path=path, reason="a lone surrogate")
        if category == "Cc":
            raise Refusal("ContentText", path=path, reason="a control character")
        if character in _BIDI:
            raise Refusal("ContentText", path=path, reason="a bidirectional control")
    if not unicodedata.is_normalized("NFC", text):
        raise Refusal("ContentText", path=path, reason="not NFC")


def _join(path: str, token: str | int) -> str:
    return f"{path}/{str(token).replace('~', '~0').replace('/', '~1')}"
