"""Contents that must pass, contents that must fail and by which law, disclosures of private fields and tables."""

from __future__ import annotations

import unicodedata
from typing import Any

from ledger.canonical.content import encode
from ledger.canonical.disclosure import disclose, prove_row, seal_table
from ledger.events.identifiers import keccak
from tests.vectors.source.events import hexed


def content_vectors() -> dict[str, Any]:
    accepted: list[tuple[str, dict[str, Any]]] = [
        ("nothing to say", {}),
        ("beyond ASCII, composed on the way in", {"nguon:reason": unicodedata.normalize("NFD", "Cà Mau, Đầm Dơi 🦀")}),
        ("Thai and Bengali, with the joiners their scripts need", {"nguon:reason": "ปู ক্\u200dষ"}),
        (
            "members sorted by UTF-16 code units",
            {
                "ilmd": {"gdst:proteinSource": "x", "cbvmda:productionDate": "y"},
                "bizStep": "packing",
                "_sd": ["A" * 43, "B" * 43],
            },
        ),
        ("largest integers", {"nguon:entered": {"a": 2**53 - 1, "b": -(2**53 - 1), "c": 0, "d": "0.1"}}),
        ("ten deep", {"nguon:derived": [[[[[[[[["x"]]]]]]]]]}),
        ("literals", {"nguon:derived": [True, False, None, "", [], {}, '"\\/']}),
        ("private table", {"_sd_tables": [{"name": "households", "rows": 3, "root": "A" * 43}]}),
    ]
    refused = refused_contents()
    salts = [keccak(b"nguon vectors: row" + bytes((each,)))[:16] for each in range(7)]
    fields: list[tuple[str, Any]] = [
        ("price", "120000"),
        ("khách", {"tên": "Cửa hàng 🦐", "n": 3}),
        ("plot", [True, None]),
    ]
    table_salts = iter(salts)
    table = seal_table("households", [["H1", "12.5"], ["H2", "7"], "H3", 4, None], lambda: next(table_salts))
    return {
        "accepted": [{"name": name, "values": values, "hex": hexed(encode(values))} for name, values in accepted],
        "refused": [
            {"name": name, "hex": hexed(data), "law": law, "numbers": numbers} for name, data, law, numbers in refused
        ],
        "disclosures": [
            {"salt": hexed(salt), "name": name, "value": value}
            | dict(zip(("disclosure", "digest"), disclose(name, value, salt), strict=True))
            for (name, value), salt in zip(fields, salts[5:] + salts[:1], strict=True)
        ],
        "tables": [
            {
                "member": table.member,
                "rows": [
                    {"disclosure": each, "proof": prove_row(table.disclosures, row)}
                    for row, each in enumerate(table.disclosures)
                ],
            }
        ],
    }


def refused_contents() -> list[tuple[str, bytes, str, dict[str, Any]]]:
    """(name, bytes, law, its numbers): by hand, so that no change of the code can change what must fail."""

    def form(reason: str) -> dict[str, Any]:
        return {"reason": reason}

    canonical = "not in RFC 8785 form"
    rows: list[tuple[str, bytes, str, dict[str, Any]]] = [
        (
            "one byte too long",
            b'{"nguon:reason":"%s"}' % (b"x" * 8174),
            "ContentTooLong",
            {"length": 8193, "limit": 8192},
        ),
        ("no bytes", b"", "ContentNotCanonical", form("not JSON")),
        ("no UTF-8", b'{"nguon:reason":"\xff"}', "ContentNotCanonical", form("not UTF-8")),
        ("UTF-8 of a surrogate", b'{"nguon:reason":"\xed\xa0\x80"}', "ContentNotCanonical", form("not UTF-8")),
        ("overlong UTF-8", b'{"nguon:reason":"\xc1\x81"}', "ContentNotCanonical", form("not UTF-8")),
        ("UTF-16", '{"nguon:reason":"x"}'.encode("utf-16-le"), "ContentNotCanonical", form("not JSON")),
        ("byte order mark", b"\xef\xbb\xbf{}", "ContentNotCanonical", form("not JSON")),
        ("blank between tokens", b'{"nguon:reason": "x"}', "ContentNotCanonical", form(canonical)),
        ("newline at the end", b"{}\n", "ContentNotCanonical", form(canonical)),
        ("members not sorted", b'{"disposition":"active","bizStep":"packing"}', "ContentNotCanonical", form(canonical)),
        ("a needless escape", b'{"nguon:reason":"\\u0041"}', "ContentNotCanonical", form(canonical)),
        ("an escaped slash", b'{"nguon:reason":"\\/"}', "ContentNotCanonical", form(canonical)),
        ("minus zero", b'{"nguon:entered":-0}', "ContentNotCanonical", form(canonical)),
        ("a member twice", b'{"bizStep":"a","bizStep":"a"}', "ContentNotCanonical", form("a member twice")),
        (
            "a member twice, once escaped",
            b'{"bizStep":"a","biz\\u0053tep":"a"}',
            "ContentNotCanonical",
            form("a member twice"),
        ),
        ("NaN", b'{"nguon:entered":NaN}', "ContentNotCanonical", form("NaN is no JSON number")),
        ("Infinity", b'{"nguon:entered":-Infinity}', "ContentNotCanonical", form("-Infinity is no JSON number")),
        (
            "eleven deep",
            b'{"nguon:derived":' + b"[" * 10 + b"]" * 10 + b"}",
            "ContentNotCanonical",
            form("nested too deeply"),
        ),
        ("four thousand deep", b"[" * 4096 + b"]" * 4096, "ContentNotCanonical", form("nested too deeply")),
        (
            "a number of 5,000 digits",
            b'{"nguon:entered":%s}' % (b"9" * 5000),
            "ContentNotCanonical",
            form("a number too long"),
        ),
        ("a huge exponent", b'{"nguon:entered":1e999}', "ContentNotCanonical", form("a number too long")),
        ("an array", b"[]", "ContentNotCanonical", form("not an object")),
        ("a string", b'"x"', "ContentNotCanonical", form("not an object")),
        ("a fraction", b'{"nguon:entered":{"value":12.5}}', "ContentNumber", {"path": "/nguon:entered/value"}),
        ("a whole number with a fraction", b'{"nguon:entered":[1.0]}', "ContentNumber", {"path": "/nguon:entered/0"}),
        ("an exponent", b'{"nguon:entered":1e2}', "ContentNumber", {"path": "/nguon:entered"}),
        ("integer of 2^53", b'{"nguon:entered":9007199254740992}', "ContentNumber", {"path": "/nguon:entered"}),
        ("integer of -2^53", b'{"nguon:entered":-9007199254740992}', "ContentNumber", {"path": "/nguon:entered"}),
        ("not NFC", b'{"nguon:reason":"e\xcc\x81"}', "ContentText", {"path": "/nguon:reason", "reason": "not NFC"}),
        (
            "a member's name not NFC",
            b'{"nguon:derived":{"e\xcc\x81":1}}',
            "ContentText",
            {"path": "/nguon:derived", "reason": "not NFC"},
        ),
        (
            "lone surrogate",
            b'{"nguon:reason":"\\ud800"}',
            "ContentText",
            {"path": "/nguon:reason", "reason": "a lone surrogate"},
        ),
        (
            "right-to-left override",
            '{"nguon:reason":"\u202egnp.exe"}'.encode(),
            "ContentText",
            {"path": "/nguon:reason", "reason": "a bidirectional control"},
        ),
        (
            "right-to-left mark",
            '{"nguon:derived":["\u200f"]}'.encode(),
            "ContentText",
            {"path": "/nguon:derived/0", "reason": "a bidirectional control"},
        ),
        (
            "bidirectional isolate",
            '{"nguon:derived":{"a/b~c":"\u2066"}}'.encode(),
            "ContentText",
            {"path": "/nguon:derived/a~1b~0c", "reason": "a bidirectional control"},
        ),
        (
            "escaped line feed",
            b'{"nguon:reason":"a\\nb"}',
            "ContentText",
            {"path": "/nguon:reason", "reason": "a control character"},
        ),
        (
            "delete",
            b'{"nguon:reason":"\x7f"}',
            "ContentText",
            {"path": "/nguon:reason", "reason": "a control character"},
        ),
        (
            "C1 control",
            '{"nguon:reason":"\x85"}'.encode(),
            "ContentText",
            {"path": "/nguon:reason", "reason": "a control character"},
        ),
        ("a field not on the list", b'{"price":"120000"}', "ContentFieldNotAllowed", {"field": "price"}),
        ("a foreign field of ilmd", b'{"ilmd":{"example:x":1}}', "ContentFieldNotAllowed", {"field": "ilmd.example:x"}),
        ("ilmd that is a list", b'{"ilmd":[]}', "ContentFieldForm", {"field": "ilmd", "reason": "not an object"}),
        ("no digests", b'{"_sd":[]}', "ContentFieldForm", {"field": "_sd", "reason": "not a list of digests"}),
        ("short digest", b'{"_sd":["abc"]}', "ContentFieldForm", {"field": "_sd", "reason": "not a list of digests"}),
        (
            "digests not ascending",
            b'{"_sd":["%s","%s"]}' % (b"B" * 43, b"A" * 43),
            "ContentFieldForm",
            {"field": "_sd", "reason": "not ascending"},
        ),
        (
            "a digest twice",
            b'{"_sd":["%s","%s"]}' % (b"A" * 43, b"A" * 43),
            "ContentFieldForm",
            {"field": "_sd", "reason": "not ascending"},
        ),
        (
            "a table with one member too many",
            b'{"_sd_tables":[{"name":"a","root":"%s","rows":1,"sum":2}]}' % (b"A" * 43),
            "ContentFieldForm",
            {"field": "_sd_tables", "reason": "not a list of {name, rows, root}"},
        ),
    ]
    repeated = (
        "action",
        "childEPCs",
        "destinationList",
        "epcList",
        "eventTime",
        "informationProvider",
        "inputQuantityList",
        "outputEPCList",
        "quantityList",
        "recordTime",
        "sourceList",
        "type",
        "cbvmda:informationProvider",
    )
    rows += [
        (f"repeats {name}", b'{"%s":"x"}' % name.encode(), "ContentRepeatsActingField", {"field": name})
        for name in repeated
    ]
    rows.append(
        (
            "repeats the lot",
            b'{"ilmd":{"cbvmda:lotNumber":"1"}}',
            "ContentRepeatsActingField",
            {"field": "ilmd.cbvmda:lotNumber"},
        )
    )
    return rows
