"""Which links a code leads to, as pure functions: the link set, and the choice among its links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.pages.languages import Language
from gateway.pages.links import batch_path, page_path, product_path
from ledger.gs1.link import CANONICAL_STEM, DigitalLink

VOCABULARY: Final = "https://ref.gs1.org/voc/"
DEFAULT: Final = f"{VOCABULARY}defaultLink"
_PIP, _TRACEABILITY, _MASTER_DATA = (f"{VOCABULARY}{name}" for name in ("pip", "traceability", "masterData"))
_PREFIXES: Final = (
    "gs1:",
    *(f"{scheme}://{host}gs1.org/voc/" for scheme in ("https", "http") for host in ("ref.", "www.", "")),
)
_HTML, _JSON = "text/html", "application/json"


@dataclass(frozen=True, slots=True)
class Link:
    """`relation` is a URI; `path` begins with a slash and stays on this host. A default link has neither type nor languages."""

    relation: str
    path: str
    title: str
    media: str | None = None
    languages: tuple[str, ...] = ()


def relation_of(link_type: str) -> str | None:
    """`gs1:pip`, or the same under any name that GS1's vocabulary had → its URI; None for any other vocabulary."""
    for prefix in _PREFIXES:
        if link_type.startswith(prefix):
            return VOCABULARY + link_type.removeprefix(prefix)
    return None


def product_of(link: DigitalLink) -> str:
    """Canonical URI of the product that a link is about."""
    return f"{CANONICAL_STEM}/01/{link.key[1]}"


def default_path(link: DigitalLink) -> str:
    """The page that a plain request leads to. Lot and serial are kept, so that an unknown one is said to be so."""
    return page_path(product_of(link), link.value("10"), link.value("21"))


def links_of(link: DigitalLink, lot_known: bool, language: Language, languages: Sequence[str]) -> list[Link]:
    """Links of every level from the one asked for up to the product, the default link first."""
    product, lot = product_of(link), link.value("10")
    every = tuple(languages)
    own = language.text("The journey of this lot") if lot else language.text("About this product")
    found = [Link(DEFAULT, default_path(link), own)]
    if lot:
        found.append(Link(_TRACEABILITY, default_path(link), own, _HTML, every))
        if lot_known:
            found.append(Link(_TRACEABILITY, batch_path(product, lot), language.text("The records of this lot"), _JSON))
    found.append(Link(_PIP, page_path(product), language.text("About this product"), _HTML, every))
    found.append(
        Link(_MASTER_DATA, product_path(product), language.text("What the registry holds of this product"), _JSON)
    )
    return found


def link_set(anchor: str, description: str, links: Sequence[Link], host: str) -> dict[str, Any]:
    """RFC 9264 as JSON, in GS1's profile. `host` is what paths stand after."""
    context: dict[str, Any] = {"anchor": anchor, "itemDescription": description}
    for link in links:
        shown: dict[str, Any] = {"href": host + link.path, "title": link.title}
        if link.media:
            shown["type"] = link.media
        if link.languages:
            shown["hreflang"] = list(link.languages)
        context.setdefault(link.relation, []).append(shown)
    return {"linkset": [context]}


def best(links: Sequence[Link], accept: str, languages: str) -> list[Link]:
    """Of links of one type those that suit the request best, by media type, then by language; several if they are equally good."""
    ranks = [(_quality(accept, link.media or _HTML), _quality(languages, *link.languages)) for link in links]
    return [link for link, rank in zip(links, ranks, strict=True) if rank == max(ranks)]


def listed(accept: str, media: str) -> bool:
    """Whether a media type is asked for by its own name."""
    return any(name == media and quality > 0 for name, quality in _preferences(accept))


def _quality(header: str, *offered: str) -> float:
    """The best quality of what is offered: by its own name, else by the general one before `/` or `-`, else by any."""
    wanted = dict(_preferences(header))
    return max((_of_one(wanted, each.lower()) for each in offered), default=0.0)


def _of_one(wanted: dict[str, float], name: str) -> float:
    whole, slash, _ = name.partition("/")
    for known in (name, f"{whole}/*" if slash else name, "*/*" if slash else "*"):
        if known in wanted:
            return wanted[known]
    return max((quality for each, quality in wanted.items() if each.split("-")[0] == name), default=0.0)


def _preferences(header: str) -> list[tuple[str, float]]:
    found = []
    for part in header[:1_000].split(","):
        name, *parameters = (each.strip().lower() for each in part.split(";"))
        quality = next((each[2:] for each in parameters if each.startswith("q=")), "1")
        try:
            found.append((name, min(max(float(quality), 0.0), 1.0)))
        except ValueError:
            continue
    return [(name, quality) for name, quality in found if name]
