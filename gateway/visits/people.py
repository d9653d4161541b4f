"""Whether somebody looks, or a program only fetches. Judged by what the request does; by name only who shows previews of links.

A page that is fetched counts nothing. Once it is shown, it asks for one thing more: its script posts, or, in a browser without
JavaScript, its picture is loaded. Crawlers, previews and prefetchers do neither; what gets so far all the same is looked at here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

IN_ADVANCE: Final = ("purpose", "sec-purpose", "x-purpose", "x-moz")
"""Headers by which a browser says that it prepares a page which nobody asked for yet."""
PREVIEWS: Final = re.compile(
    r"bot\b|crawl|spider|preview|unfurl|facebookexternalhit|facebookcatalog|whatsapp/|telegram|zalo ?link|skypeuripreview"
    r"|slack-?img|discord|pinterest|headless|lighthouse|curl/|wget/|python|java/|go-http|okhttp|axios|node-fetch|libwww",
    re.IGNORECASE,
)
"""Who fetches links for others, and what programs call themselves. Whoever gives another name is judged by the rest."""


def is_person(method: str, headers: Mapping[str, str]) -> bool:
    """`headers` by lower-case names, as Starlette has them."""
    agent = headers.get("user-agent", "")
    if not agent or PREVIEWS.search(agent):
        return False
    if any(headers.get(name) for name in IN_ADVANCE):
        return False
    site, dest = headers.get("sec-fetch-site"), headers.get("sec-fetch-dest")
    if site is not None:  # no page can forge these; browsers since 2023 send them to secure addresses
        return site == "same-origin" and dest == {"POST": "empty", "GET": "image"}.get(method)
    return method == "POST" and _is_ours(headers.get("origin", ""), headers.get("host", ""))


def _is_ours(origin: str, host: str) -> bool:
    try:
        return bool(host) and urlsplit(origin).netloc == host
    except ValueError:
        return False
