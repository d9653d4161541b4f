"""Templates to pages. `Pages` is made once at start (`app.state.pages`); a page is a pure function of what it is given."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from gateway.pages.assets import load_assets
from gateway.pages.languages import Language, Languages, plain

TEMPLATES: Final = Path(__file__).parent / "templates"
_KEPT_PAGES: Final = 512
_SHOWN_CODE: Final = 80

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-cache",
    "Vary": "Accept-Language",
}

_NO_HEADERS: Final[Mapping[str, str]] = {}


def _shown(value: Any) -> Any:
    if isinstance(value, Markup):
        return Markup(plain(value))  # noqa: S704 - takes characters away from what is markup already
    return plain(value) if isinstance(value, str) else value


def shortened(text: str) -> str:
    """A code as a page repeats it: without characters that show as others, at most 80."""
    text = plain(text)
    return text if len(text) <= _SHOWN_CODE else text[:_SHOWN_CODE] + "…"


class Pages:
    """Environments by language, assets, and a small memory of pages already rendered."""

    def __init__(self, languages: Languages | None = None) -> None:
        self.languages = languages or Languages.load()
        self.assets = load_assets()
        self._environments = {code: self._environment(lang) for code, lang in self.languages.by_code.items()}
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._version = self._fingerprint()

    def language(self, request: Request) -> Language:
        return self.languages.choose(request.query_params.get("lang"), request.headers.get("accept-language"))

    def render(self, template: str, language: Language, **values: Any) -> str:
        """The page as HTML. A name that a template uses and nobody gave is an error, never an empty place."""
        return self._environments[language.code].get_template(template).render(**values)

    def kept(self, key: bytes, make: Callable[[], str]) -> tuple[str, bytes]:
        """ETag and bytes of the page for `key`: everything the page depends on besides templates, styles and catalogues."""
        tag = hashlib.blake2b(key, digest_size=16, key=self._version).hexdigest()
        page = self._kept.get(tag)
        if page is None:
            page = make().encode()
            self._kept[tag] = page
            if len(self._kept) > _KEPT_PAGES:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(tag)
        return f'"{tag}"', page

    def respond(
        self,
        request: Request,
        page: bytes,
        language: Language,
        status: int = 200,
        tag: str | None = None,
        own: Mapping[str, str] = _NO_HEADERS,
    ) -> Response:
        """The page with the headers every page carries, `own` in their place; 304 where the browser holds these very bytes."""
        headers = {**_HEADERS, "Content-Language": language.code, **own}
        if tag:
            headers["ETag"] = tag
            if status == 200 and request.headers.get("if-none-match", "").removeprefix("W/") == tag:
                return Response(status_code=304, headers=headers)
        return Response(page, status, headers, media_type="text/html; charset=utf-8")

    def unknown(self, request: Request, code: Mapping[str, str], status: int = 404) -> Response:
        """The page for a code that leads to nothing here; `code` is what of it is shown: `product`, `lot`, `code`."""
        language = self.language(request)
        page = self.render("unknown.html", language, shown={name: shortened(text) for name, text in code.items()})
        return self.respond(request, page.encode(), language, status)

    def _environment(self, language: Language) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=_shown,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        environment.globals.update(
            _=language.text,
            language=language,
            languages=list(self.languages.by_code.values()),
            asset={name: asset.url for name, asset in self.assets.items()},
        )
        return environment

    def _fingerprint(self) -> bytes:
        digest = hashlib.blake2b(digest_size=16)
        for path in sorted(TEMPLATES.glob("*.html")):
            digest.update(path.read_bytes())
        for asset in self.assets.values():
            digest.update(asset.digest.encode())
        for language in self.languages.by_code.values():
            digest.update(language.fingerprint)
        return digest.digest()
