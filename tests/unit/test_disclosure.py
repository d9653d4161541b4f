"""Promise: private stays private and erasable, and what is disclosed is proven to be what was sealed (spec, 4.5, 4.6)."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from ledger.canonical.content import check, encode
from ledger.canonical.disclosure import (
    Disclosed,
    digest,
    disclose,
    leaf,
    open_disclosure,
    open_field,
    open_row,
    prove_row,
    seal,
    seal_statement,
    seal_table,
    table_root,
    verify_inclusion,
)
from ledger.errors import Refusal

VECTORS = json.loads((Path(__file__).resolve().parents[1] / "vectors/content.json").read_text())
SALT = bytes(range(16))


def base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


@pytest.mark.parametrize("case", VECTORS["disclosures"], ids=lambda case: case["name"])
def test_disclosure_vectors(case: dict[str, Any]) -> None:
    assert disclose(case["name"], case["value"], bytes.fromhex(case["salt"][2:])) == (
        case["disclosure"],
        case["digest"],
    )
    assert base64url(sha256(case["disclosure"].encode()).digest()) == case["digest"]
    assert open_disclosure(case["disclosure"]) == Disclosed(case["name"], case["value"])


def test_a_disclosure_is_the_canonical_array_of_salt_name_value() -> None:
    assert disclose("price", "120000", SALT)[0] == base64url(b'["AAECAwQFBgcICQoLDA0ODw","price","120000"]')


def test_sealed_fields_fit_the_content_and_only_what_was_sealed_opens() -> None:
    sealed = seal({"buyer": "A", "price": "120000", "household": {"name": "B"}})
    content = check(encode({"_sd": sealed.digests}))
    assert open_field(sealed.disclosures["household"], content) == Disclosed("household", {"name": "B"})
    forged, _ = disclose("price", "1", SALT)
    with pytest.raises(Refusal, match="DisclosureUnknown"):
        open_field(forged, content)
    with pytest.raises(Refusal, match="DisclosureUnknown"):
        open_field(sealed.disclosures["price"], {})


def test_the_same_value_never_has_the_same_digest_twice() -> None:
    digests = {each for _ in range(50) for each in seal({"price": "120000"}).digests}
    assert len(digests) == 50, "else a guess of the value could be tried once for all events"


def test_nothing_of_a_private_value_is_in_the_content() -> None:
    sealed = seal({"khách": "Cửa hàng Năm Căn"})
    table = seal_table("households", [["hộ 1", "12.5"]])
    data = encode({"_sd": sealed.digests, "_sd_tables": [table.member]})
    for secret in ("khách", "Năm Căn", "hộ 1", "12.5", *sealed.disclosures.values(), *table.disclosures):
        assert secret.encode() not in data


@pytest.mark.parametrize("value", [1.5, 1.0, {"a": [0.5]}, b"x", "\ud800", 2**53, {1: 2}], ids=repr)
def test_a_value_without_one_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(Refusal, match="DisclosureForm"):
        disclose("x", value, SALT)


def test_a_salt_has_sixteen_bytes() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        disclose("x", 1, b"short")


@pytest.mark.parametrize(
    "disclosure",
    [
        "",
        "%%%",
        "é",
        base64url(b'["AAECAwQFBgcICQoLDA0ODw","x",1]') + "=",
        base64url(b'["AAECAwQFBgcICQoLDA0ODw", "x",1]'),
        base64url(b'["AAECAwQFBgcICQoLDA0ODw","x",1.5]'),
        base64url(b'["AAECAwQFBgcICQoLDA0ODw","x"]'),
        base64url(b'["AAECAwQFBgcICQoLDA0ODw",true,1]'),
        base64url(b'["AAECAwQFBgcICQoLDA0O","x",1]'),
        base64url(b'["AAECAwQFBgcICQoLDA0ODx","x",1]'),
        base64url(b'[7,"x",1]'),
        base64url(b'{"a":1}'),
    ],
    ids=range(12),
)
def test_what_is_no_disclosure_is_refused(disclosure: str) -> None:
    with pytest.raises(Refusal, match="DisclosureForm"):
        open_disclosure(disclosure)


@pytest.mark.parametrize("rows", range(1, 18))
def test_every_row_of_a_table_is_proven_and_nothing_else(rows: int) -> None:
    table = seal_table("households", [f"row {row}" for row in range(rows)])
    for row in range(rows):
        proof = prove_row(table.disclosures, row)
        assert open_row(table.disclosures[row], proof, table.member) == Disclosed(row, f"row {row}")
        wrong = [
            (disclose(row, "another", SALT)[0], proof, table.member),
            (table.disclosures[row], [*proof, base64url(bytes(32))], table.member),
            (table.disclosures[row], proof, table.member | {"root": base64url(bytes(32))}),
            (table.disclosures[row], proof, table.member | {"rows": row}),
        ]
        if proof:
            wrong.append((table.disclosures[row], proof[:-1], table.member))
            wrong.append((table.disclosures[row], [*proof[:-1], base64url(bytes(32))], table.member))
        for disclosure, path, member in wrong:
            with pytest.raises(Refusal, match="RowNotInTable"):
                open_row(disclosure, path, member)


def test_a_field_is_no_row() -> None:
    table = seal_table("households", [1])
    with pytest.raises(Refusal, match="DisclosureForm"):
        open_row(disclose("x", 1, SALT)[0], [], table.member)


def test_table_vectors_and_the_root_of_nothing() -> None:
    for table in VECTORS["tables"]:
        for number, row in enumerate(table["rows"]):
            assert open_row(row["disclosure"], row["proof"], table["member"]).name == number
    assert seal_table("none", []).member["root"] == base64url(sha256(b"").digest())


def test_the_tree_is_rfc_6962s() -> None:
    leaves = [sha256(b"\0" + each).digest() for each in (b"a", b"b", b"c")]
    left = sha256(b"\1" + leaves[0] + leaves[1]).digest()
    root = sha256(b"\1" + left + leaves[2]).digest()
    assert verify_inclusion(leaves[2], 2, 3, [left], root)
    assert verify_inclusion(leaves[0], 0, 3, [leaves[1], leaves[2]], root)
    assert not verify_inclusion(leaves[0], 1, 3, [leaves[1], leaves[2]], root), "another place"
    assert not verify_inclusion(left, 0, 3, [leaves[2]], root), "an inner node is no leaf"
    assert not verify_inclusion(leaves[0], 0, 3, [leaves[1], leaves[2][:31]], root), "a hash of 31 bytes"


def test_the_digest_is_of_the_disclosures_characters() -> None:
    assert digest("abc") == base64url(sha256(b"abc").digest())


def test_a_statement_holds_digests_and_one_root_a_table_and_each_row_is_shown_alone() -> None:
    rows = [{"household": "Hộ Tư Đen", "quantity": 12_500}, {"household": "Hộ Út Mười", "quantity": 7_000}]
    sealed = seal_statement({"bizStep": "commissioning"}, {"price_vnd": 9}, {"households": rows})
    assert check(encode(sealed.content)) == sealed.content
    (member,) = sealed.content["_sd_tables"]
    assert member["name"] == "households" and member["root"] == table_root(
        [leaf(each) for each in sealed.rows["households"]]
    )
    shown = sealed.rows["households"]
    assert open_row(shown[1], prove_row(shown, 1), member) == Disclosed(1, rows[1])
    assert open_field(sealed.disclosures["price_vnd"], sealed.content) == Disclosed("price_vnd", 9)
    assert "Hộ" not in str(sealed.content)


def test_a_statement_with_nothing_private_says_nothing_of_it() -> None:
    assert seal_statement({"bizStep": "packing"}, {}, {}).content == {"bizStep": "packing"}
