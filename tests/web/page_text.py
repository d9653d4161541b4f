"""A page as its reader finds it."""

from __future__ import annotations

from html.parser import HTMLParser


class Text(HTMLParser):
    """Visible text of a page, and the elements and attributes it is made of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("dd", "dt", "li", "p", "td", "th"):
            self.parts.append(" ")

    @property
    def text(self) -> str:
        return " ".join("".join(self.parts).replace("\N{NO-BREAK SPACE}", " ").split())
