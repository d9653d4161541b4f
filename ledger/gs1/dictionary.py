"""Which Application Identifiers (AIs) there are, how their values are built, and which may stand where in an address.

The facts are those of GS1's Barcode Syntax Dictionary as of July 2026; a test compares them with it, line by line. A form is one
or more components: a kind of characters (`N` digits, `X` set 82, `Y` set 39, `Z` base64url), a length (`..20` is 1 to 20), and the
name of a check (ledger/gs1/values.py). `[...]` may be missing.

Not checked, as they need lists of codes or licences: company prefixes, countries, currencies, IBANs, coupons, places on the globe,
escaped names, media, packages, sexes, births and importers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

_FORMS: Final = (
    ("N18:check_digit", "00 8017 8018"),
    ("N17:check_digit", "402"),
    ("N14:check_digit", "01 02 03"),
    ("N13:check_digit", "410-417"),
    ("N13:check_digit [X..17]", "253"),
    ("N13:check_digit [N..12]", "255"),
    ("N1:zero N13:check_digit [X..16]", "8003"),
    ("N14:check_digit N4:piece_of_total", "8006 8026"),
    ("N6:day_or_month", "11-13 15-17"),
    ("N6:day_or_month N4:hour_minute", "4324 4325"),
    ("N6:day", "4326 7006"),
    ("N6:day [N6:day]", "7007"),
    ("N6:day N4:hour_minute", "7003"),
    ("N6:day [N4:hour_minute]", "7011"),
    ("N6:day N2:hour [N2:sixtieth] [N2:sixtieth]", "8008"),
    ("N8:long_day", "7250"),
    ("N8:long_day N4:hour_minute", "7251"),
    ("N6", "8005"),
    ("N6", "3100-3105 3110-3115 3120-3125 3130-3135 3140-3145 3150-3155 3160-3165 3200-3205 3210-3215 3220-3225 3230-3235"),
    ("N6", "3240-3245 3250-3255 3260-3265 3270-3275 3280-3285 3290-3295 3300-3305 3310-3315 3320-3325 3330-3335 3340-3345"),
    ("N6", "3350-3355 3360-3365 3370-3375 3400-3405 3410-3415 3420-3425 3430-3435 3440-3445 3450-3455 3460-3465 3470-3475"),
    ("N6", "3480-3485 3490-3495 3500-3505 3510-3515 3520-3525 3530-3535 3540-3545 3550-3555 3560-3565 3570-3575 3600-3605"),
    ("N6", "3610-3615 3620-3625 3630-3635 3640-3645 3650-3655 3660-3665 3670-3675 3680-3685 3690-3695 3950-3955"),
    ("N..15", "3900-3909 3920-3929"),
    ("N3 N..15", "3910-3919 3930-3939"),
    ("N4", "3940-3943 8111"),
    ("N3", "422 424 426"),
    ("N3 [N3] [N3] [N3] [N3]", "423 425"),
    ("N3 X..9", "421"),
    ("N3 X..27", "7030-7039"),
    ("N2", "20 7241"),
    ("N..6", "242"),
    ("N..8", "30 37"),
    ("N..4", "7004"),
    ("N..10", "8019"),
    ("N..12:no_leading_zero", "8011"),
    ("N13", "7001"),
    ("N15", "8040 8041"),
    ("N32", "8042"),
    ("N18 [N..2]", "8043"),
    ("N10 N10", "4309"),
    ("N1:zero_or_one", "4321-4323"),
    ("N1", "7252"),
    ("N1 X1 X1 X1", "7040"),
    ("N6 [X1:hyphen]", "4330-4333"),
    ("N4:not_zero N5:not_zero N3:not_zero N1:winding N1", "8001"),
    ("X2", "4307 4317"),
    ("X3", "7258"),
    ("X2 X..28", "7230-7239"),
    ("X..2", "7010"),
    ("X..3", "427 7008"),
    ("X..4", "7041"),
    ("X..10", "7009 7255"),
    ("X..12", "7005"),
    ("X..20", "10 21 22 243 254 420 4318 710-717 7020-7022 7240 8002 8012"),
    ("X..25", "7242 8020"),
    ("X..25:check_pair", "8013"),
    ("X..25:check_pair:not_digits_alone", "8014"),
    ("X..28", "235"),
    ("X..30", "240 241 250 251 400 401 403 4308 4319 7002 7023 8004 90"),
    ("X..34", "8007"),
    ("X..35", "4300 4301 4310 4311 4320"),
    ("X..40", "7253 7254 7259"),
    ("X..50", "8009"),
    ("X..70", "4302-4306 4312-4316 7257 8110 8112 8200"),
    ("X..90", "7256 91-99"),
    ("Y..30", "8010"),
    ("Z..90", "8030"),
)  # fmt: skip

QUALIFIERS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "00": (), "01": (("22", "10", "21"), ("235",)), "253": (), "255": (), "401": (), "402": (), "414": (("254",), ("7040",)),
    "415": (("8020",),), "417": (("7040",),), "8003": (), "8004": (("7040",),), "8006": (("22", "10", "21"),),
    "8010": (("8011",),), "8013": (), "8017": (("8019",),), "8018": (("8019",),),
}  # fmt: skip
"""Primary keys, and the qualifiers of each in the order of the path: one of the sequences, each of its members optional."""

DEMANDED: Final = {"415": "8020"}
"""A primary key that says nothing without this qualifier."""


def _each(listed: str) -> Iterator[str]:
    for part in listed.split():
        first, _, last = part.partition("-")
        yield from (str(number).zfill(len(first)) for number in range(int(first), int(last or first) + 1))


FORMS: Final[dict[str, str]] = {ai: form for form, listed in _FORMS for ai in _each(listed)}
"""AI → form of its value."""
_FIXED: Final = frozenset(_each("00-03 11-13 15-17 20 31-36 41"))
_NEVER_ATTRIBUTES: Final = frozenset(_each("03 21 22 235 254 7040 7041 8011 8014 8019 8020 8040-8043 8200"))


def is_fixed(ai: str) -> bool:
    """Whether its length is known beforehand, so that nothing separates it from what follows in an element string."""
    return ai[:2] in _FIXED


def is_attribute(ai: str) -> bool:
    """Whether it may stand in the query of an address."""
    return ai in FORMS and ai not in _NEVER_ATTRIBUTES
