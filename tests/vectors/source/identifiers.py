"""Identifiers in every spelling that is accepted, and what must be refused."""

from __future__ import annotations

from typing import Any

from ledger.events.identifiers import batch_id, party_id, party_uri, place_id, place_uri, product_id, product_uri
from tests.vectors.source.events import hexed

COOP = party_id("9529999000019")


def identifier_vectors() -> dict[str, Any]:
    forms = (
        "9529999000019",
        " 9529999000019 ",
        "https://id.gs1.org/{key}/9529999000019",
        "http://example.org:8443/a/stem/{key}/9529999000019?linkType=all#top",
        "urn:epc:id:sgln:08600031303.1.1",
        "urn:gdst:example.org:party:fishfarm.1u",
    )
    products = (
        "09529999001016",
        "https://id.gs1.org/01/09529999001016",
        "https://example.org/01/09529999001016?17=261231",
        "urn:gdst:example.org:product:class:fisherman01.tunau",
    )
    places = [
        *(each.format(key="414") for each in forms),
        "https://example.org/414/9529999000019/254/A%2f1%25",
        "https://id.gs1.org/414/9529999000019/254/POND-3",
    ]
    batches = [
        ("09529999001016", "9529999000019", "BK26/11"),
        ("urn:nguon:product:ba-khia", "9529999000019", "2611-03"),
        ("urn:nguon:product:ba-khia", "urn:nguon:party:1", "~" * 64),
    ]
    refused = [
        ("party", "9529999000018", "WrongCheckDigit"),
        ("party", "https://x.org/417/9529999000018", "WrongCheckDigit"),
        ("party", "09529999001016", "NotAnIdentifier"),
        ("party", "https://x.org/414/9529999000019", "NotAnIdentifier"),
        ("party", "https://x.org/417/9529999000019/254/1", "NotAnIdentifier"),
        ("party", "", "NotAnIdentifier"),
        ("party", "urn:x y:z", "NotAnIdentifier"),
        ("party", "URN:nguon:party:1", "NotAnIdentifier"),
        ("party", "ftp://x.org/417/9529999000019", "NotAnIdentifier"),
        ("party", "urn:a:" + "b" * 251, "NotAnIdentifier"),
        ("product", "9529999000019", "NotAnIdentifier"),
        ("product", "09529999001017", "WrongCheckDigit"),
        ("product", "https://x.org/01/09529999001016/10/LOT", "NotAnIdentifier"),
        ("product", "०९५२९९९९०००१४४", "NotAnIdentifier"),
        ("product", "urn:nguon:product:ba khía", "NotAnIdentifier"),
        ("place", "https://x.org/414/9529999000019/254/", "NotAnIdentifier"),
        ("place", "https://x.org/414/9529999000019/254/%C3%A1", "NotAnIdentifier"),
        ("place", "https://x.org/414/9529999000019/254/" + "1" * 21, "NotAnIdentifier"),
    ]
    lots = [
        ("09529999001016", lot, law)
        for lot, law in (
            ("A", ""),
            ("!\"%&'()*+,-./:;<=>?_", ""),
            ("1" * 20, ""),
            ("1" * 21, "LotForm"),
            ("", "LotForm"),
            ("A#", "LotForm"),
            ("A B", "LotForm"),
            ("Lô1", "LotForm"),
            ("A\n", "LotForm"),
        )
    ]
    lots += [
        ("urn:nguon:product:ba-khia", lot, law)
        for lot, law in (("#[]{}~", ""), ("1" * 64, ""), ("1" * 65, "LotForm"), ("A B", "LotForm"), ("Lô", "LotForm"))
    ]
    return {
        "checkDigits": [
            {"body": body, "digit": digit}
            for body, digit in (
                ("952999900001", 9),
                ("0952999900101", 6),
                ("629104150021", 3),
                ("0950600013435", 2),
                ("0000000", 0),
            )
        ],
        "parties": [
            {"text": text, "uri": party_uri(text), "id": hexed(party_id(text))}
            for text in (each.format(key="417") for each in forms)
        ],
        "products": [{"text": text, "uri": product_uri(text), "id": hexed(product_id(text))} for text in products],
        "places": [
            {"owner": hexed(COOP), "text": text, "uri": place_uri(text), "id": hexed(place_id(COOP, text))}
            for text in places
        ],
        "batches": [
            {
                "product": product,
                "origin": origin,
                "lot": lot,
                "id": hexed(batch_id(product_id(product), party_id(origin), lot.encode())),
            }
            for product, origin, lot in batches
        ],
        "refused": [{"what": what, "text": text, "law": law} for what, text, law in refused],
        "lots": [{"product": product, "lot": lot, "law": law or None} for product, lot, law in lots],
    }
