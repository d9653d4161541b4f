"""GS1 Digital Links: web addresses that name goods, read and written (docs/spec/resolver.md, "Grammar").

https://shop.example/01/09529999001016/10/LOT7/21/S1?17=261231
        stem         key               qualifiers    attributes
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from ledger.errors import Refusal
from ledger.gs1.dictionary import DEMANDED, FORMS, QUALIFIERS, is_attribute, is_fixed
from ledger.gs1.percent import escaped, unescaped
from ledger.gs1.values import fault

CANONICAL_STEM: Final = "https://id.gs1.org"
LINK_LIMIT: Final = 2_000
"""Characters of a link that is read here. The longest that all qualifiers and a few attributes make is under 500."""

Element = tuple[str, str]
"""An Application Identifier and its value, not escaped."""

_ALLOWED = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")
_SHAPE = re.compile(
    r"(?P<stem>(?:https?|HTTPS?)://[A-Za-z0-9.\-:\[\]]+)(?P<path>/[^?#]*)(?:\?(?P<query>[^#]*))?(?:#.*)?"
)
_BRACKETED = re.compile(r"\((\d{2,4})\)((?:(?!\(\d{2,4}\)).)+)")


@dataclass(frozen=True, slots=True)
class DigitalLink:
    """`stem`: scheme, host and what stands before the key, without a slash at its end."""

    stem: str
    key: Element
    qualifiers: tuple[Element, ...] = ()
    attributes: tuple[Element, ...] = ()

    @property
    def elements(self) -> tuple[Element, ...]:
        return (self.key, *self.qualifiers, *self.attributes)

    @property
    def path(self) -> str:
        """From the key on: `/01/09529999001016/10/LOT7`."""
        return "".join(f"/{ai}/{escaped(value)}" for ai, value in (self.key, *self.qualifiers))

    @property
    def uri(self) -> str:
        query = "&".join(f"{ai}={escaped(value, query=True)}" for ai, value in self.attributes)
        return f"{self.stem}{self.path}" + (f"?{query}" if query else "")

    @property
    def canonical(self) -> str:
        """On GS1's own host, without attributes: one thing has one such address."""
        return CANONICAL_STEM + self.path

    @property
    def element_string(self) -> str:
        """As a scanner hands it on, `^` for FNC1: at the beginning, and after each value whose length is not known beforehand."""
        text, separated = "", False
        for ai, value in self.elements:
            text += ("" if separated else "^") + ai + value
            separated = is_fixed(ai)
        return text

    def value(self, ai: str) -> str | None:
        """The value of the key or of a qualifier."""
        return dict((self.key, *self.qualifiers)).get(ai)

    def levels(self) -> Iterator[DigitalLink]:
        """This one without attributes, then each less fine one, up to the key alone."""
        for kept in range(len(self.qualifiers), -1, -1):
            yield replace(self, qualifiers=self.qualifiers[:kept], attributes=())


def parse(text: str) -> DigitalLink:
    """Raises `DigitalLinkForm(reason)`."""
    if len(text) > LINK_LIMIT:
        raise _refusal(f"it is longer than {LINK_LIMIT} characters")
    if not _ALLOWED.fullmatch(text):
        raise _refusal("it has a character that no address has")
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        raise _refusal("it is no http or https address with a path")
    stem, key, qualifiers = _path(shape["path"])
    attributes = tuple(_attributes(shape["query"] or ""))
    link = DigitalLink(shape["stem"] + stem, key, qualifiers, attributes)
    _check(link)
    return link


def build(elements: Iterable[Element], stem: str = CANONICAL_STEM) -> DigitalLink:
    """The first key among them with its qualifiers; the rest become attributes, those of known length first.

    Raises `DigitalLinkForm(reason)`: there is no key, or what is left cannot be an attribute.
    """
    given = list(dict.fromkeys(elements))
    key = next((each for each in given if each[0] in QUALIFIERS), None)
    if key is None:
        raise _refusal("it has no primary key")
    found = dict(given)
    sequence = next((each for each in QUALIFIERS[key[0]] if found.keys() & set(each)), ())
    qualifiers = tuple((ai, found[ai]) for ai in sequence if ai in found)
    rest = [each for each in given if each != key and each not in qualifiers]
    link = DigitalLink(
        stem.rstrip("/"), key, qualifiers, tuple(sorted(rest, key=lambda element: not is_fixed(element[0])))
    )
    _check(link)
    return link


def bracketed(text: str) -> list[Element]:
    """`(01)09529999001016(10)LOT7` → its elements. Raises `DigitalLinkForm(reason)`."""
    elements = _BRACKETED.findall(text)
    if "".join(f"({ai}){value}" for ai, value in elements) != text:
        raise _refusal("it is not written as (AI)value")
    return elements


def _path(path: str) -> tuple[str, Element, tuple[Element, ...]]:
    """The right-most primary key begins; what stands before it is the stem."""
    segments = path.split("/")
    for at in range(len(segments) - 2, 0, -2):
        if segments[at] in QUALIFIERS:
            pairs = [(segments[i], unescaped(segments[i + 1])) for i in range(at, len(segments), 2)]
            return "/".join(segments[:at]), pairs[0], tuple(pairs[1:])
    raise _refusal("its path has no primary key")


def _attributes(query: str) -> Iterator[Element]:
    for part in query.split("&"):
        name, equals, value = part.partition("=")
        if not equals:
            continue
        if name.isdigit():
            yield name, unescaped(value, query=True)
        elif unescaped(name, query=True).strip().isdigit():
            raise _refusal("an Application Identifier is written in escapes")


def _check(link: DigitalLink) -> None:
    ais = [ai for ai, _ in link.elements]
    if len(set(ais)) < len(ais):
        raise _refusal("an Application Identifier stands in it twice")
    in_path = tuple(ai for ai, _ in link.qualifiers)
    if not _in_order(link.key[0], in_path):
        raise _refusal(f"what follows ({link.key[0]}) in the path is not one of its qualifiers, or not in their order")
    demanded = DEMANDED.get(link.key[0])
    if demanded and demanded not in in_path:
        raise _refusal(f"({link.key[0]}) stands with ({demanded})")
    for ai, _ in link.attributes:
        if ai in FORMS and (not is_attribute(ai) or _belongs_in_path(link.key[0], in_path, ai)):
            raise _refusal(f"({ai}) may not stand in the query here")
    for ai, value in link.elements:
        if "\0" in value:
            raise _refusal("a value holds a zero byte")
        if wrong := fault(ai, value):
            raise _refusal(wrong)


def _in_order(key: str, ais: tuple[str, ...]) -> bool:
    return not ais or any(tuple(ai for ai in sequence if ai in ais) == ais for sequence in QUALIFIERS[key])


def _belongs_in_path(key: str, ais: tuple[str, ...], ai: str) -> bool:
    """Whether it could have stood among the qualifiers that the path has."""
    return any(ai in sequence and set(ais) <= set(sequence) for sequence in QUALIFIERS[key])


def _refusal(reason: str) -> Refusal:
    return Refusal("DigitalLinkForm", reason=reason)
