"""The languages of the pages: gettext catalogues, read as text at start.

`locales/{code}/LC_MESSAGES/nguon.po` is a language; adding one is enough. Its header's `Language` fixes how numbers and dates
are written (`en_001` writes the day first), its plural forms how counts are. What a catalogue lacks is shown in English,
the language of the message ids. A message new in code or templates is written into each catalogue by hand;
`tests/unit/test_catalogues.py` names those that are missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel import Locale, negotiate_locale
from babel.lists import format_list
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from markupsafe import Markup, escape

from gateway.pages import formats

LOCALES: Final = Path(__file__).parent / "locales"
DOMAIN: Final = "nguon"
SIGNED_IN: Final = ("people", "portal", "operating", "auditing")
"""The catalogues of the pages for people who sign in, by room; the other one is for everybody who scans."""
DEFAULT: Final = "vi"
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def mark(msgid: str) -> str:
    """Marks a message id for the catalogues where it stands in a table and is translated later."""
    return msgid


def plain(text: str) -> str:
    """The text without control characters and bidirectional controls: nothing shown can reorder what stands beside it."""
    return _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text)


@dataclass(frozen=True)
class Language:
    """One language of the pages: its words, and how it writes quantities, dates and lists."""

    code: str
    locale: Locale
    translations: Translations = field(repr=False)
    fingerprint: bytes = field(repr=False)

    @classmethod
    def of(cls, code: str, catalogue: Catalog) -> Language:
        compiled = BytesIO()
        write_mo(compiled, catalogue)
        compiled.seek(0)
        locale = catalogue.locale or Locale.parse(code)
        return cls(code, locale, Translations(fp=compiled, domain=DOMAIN), sha256(compiled.getvalue()).digest())

    @property
    def autonym(self) -> str:
        """The language's name in itself: Tiếng Việt, English."""
        name = Locale.parse(self.code).get_display_name(self.code) or self.code
        return name[:1].upper() + name[1:]

    def text(self, msgid: str, /, **values: object) -> str:
        """The message, `{name}` replaced by values. Plain text: templates escape it."""
        message = str(self.translations.gettext(msgid))
        return message.format_map(values) if values else message

    def count(self, one: str, many: str, number: int, /, **values: object) -> str:
        """The message for a number of things; `{n}` is the number as the language writes it."""
        message = str(self.translations.ngettext(one, many, number))
        return message.format_map({"n": self.number(number), **values})

    def rich(self, msgid: str, /, **values: str | Markup) -> Markup:
        """The message as markup: its own text and every plain value escaped, values that are markup kept."""
        return escape(str(self.translations.gettext(msgid))).format_map({k: escape(v) for k, v in values.items()})

    def pick(self, value: Any) -> str | None:
        """The words for this language out of `str` or `{"vi": …, "en": …}`; None where nothing usable is said."""
        if isinstance(value, str):
            return plain(value.strip()) or None
        if isinstance(value, Mapping):
            for code in (self.code, "en", DEFAULT, *value):
                words = value.get(code)
                if isinstance(words, str) and words.strip():
                    return plain(words.strip())
        return None

    def quantity(self, amount: int, unit: str) -> str:
        """Base units in everyday units, exact to the last gram: 1250000 g is 1,250 kg."""
        if unit == "pieces":
            return self.count("{n} piece", "{n} pieces", amount)
        return formats.measure(amount, unit, self.locale)

    def number(self, value: int) -> str:
        return formats.number(value, self.locale)

    def day(self, day: date) -> str:
        # Translators: how a day is written (CLDR date pattern: d day, MMM short month, MM month as number, y year).
        return formats.day_written(day, self.text("d MMM y"), self.locale)

    def date(self, instant: str | None) -> str | None:
        """The day in Vietnam of an RFC 3339 instant; None for what is none."""
        day = formats.day(instant)
        return self.day(day) if day else None

    def moment(self, instant: str | None, after: str | None = None) -> str | None:
        """Day and time in Vietnam of an RFC 3339 instant, the time alone on the day of `after`; None for what is none."""
        moment = formats.instant(instant)
        if moment and after and moment.date() == formats.day(after):
            # Translators: how a time alone is written (CLDR pattern).
            return formats.moment_written(moment, self.text("HH:mm"), self.locale)
        # Translators: how a day with its time is written (CLDR date pattern).
        return formats.moment_written(moment, self.text("d MMM y, HH:mm"), self.locale) if moment else None

    def join(self, parts: Iterable[str]) -> str:
        """`a, b and c`."""
        return format_list(list(parts), locale=self.locale)


class Languages:
    """All catalogues found, and the choice among them."""

    def __init__(self, languages: Iterable[Language]) -> None:
        self.by_code: dict[str, Language] = {language.code: language for language in languages}

    @classmethod
    def load(cls, root: Path = LOCALES, domains: tuple[str, ...] = (DOMAIN,)) -> Languages:
        """Reads every catalogue of these names under `root`; the default language comes first."""
        found: dict[str, Catalog] = {}
        for path in sorted(root.glob("*/LC_MESSAGES/*.po"), key=lambda path: (path.parent, path)):
            if path.stem not in domains:
                continue
            with path.open("rb") as file:
                read = read_po(file, abort_invalid=True)
            whole = found.setdefault(path.parent.parent.name, read)
            for message in read:
                if message.id and whole is not read:
                    whole[message.id] = message
        languages = [Language.of(code, catalogue) for code, catalogue in found.items()]
        return cls(sorted(languages, key=lambda language: (language.code != DEFAULT, language.code)))

    def choose(self, asked: str | None, accept_language: str | None) -> Language:
        """`?lang=` where it names a catalogue, else the best of Accept-Language, else Vietnamese."""
        if asked in self.by_code:
            return self.by_code[asked]
        code = negotiate_locale(_by_preference(accept_language or ""), list(self.by_code), sep="-")
        return self.by_code[code if code in self.by_code else DEFAULT]


def _by_preference(header: str) -> list[str]:
    ranked: list[tuple[float, str]] = []
    for part in header[:1_000].split(","):
        tag, _, parameter = part.strip().partition(";")
        quality = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", parameter) if parameter else None
        rank = float(quality[1]) if quality else (0.0 if parameter else 1.0)
        if rank > 0 and re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", tag):
            ranked.append((rank, tag.lower()))
    return [tag for _, tag in sorted(ranked, key=lambda entry: -entry[0])]
