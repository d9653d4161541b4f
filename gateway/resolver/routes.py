"""`/01/…`: the address on a pack, and `/.well-known/gs1resolver`, which says what is resolved here (docs/spec/resolver.md).

A plain request is sent on to the page without looking anything up: what is on the ledger, the page says.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from gateway.auth.actions import Action, does
from gateway.pages.rendering import Pages
from gateway.problems import Problem, declared, refusal_document, respond
from gateway.resolver.links import (
    DEFAULT,
    VOCABULARY,
    Link,
    best,
    default_path,
    link_set,
    links_of,
    listed,
    product_of,
    relation_of,
)
from ledger.errors import Refusal
from ledger.gs1.link import DigitalLink, parse

router = APIRouter(tags=["scan"])

LINKSET: Final = "application/linkset+json"
CONTEXT: Final = "https://ref.gs1.org/standards/resolver/1.2.0/linkset-context"
KEYS: Final = ("01",)
_METHODS: Final = "GET, HEAD, OPTIONS"
_CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": _METHODS,
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Expose-Headers": "Link, Location",
    "Vary": "Accept, Accept-Language",
}
_LINK_SET: Final[dict[str, Any]] = {LINKSET: {"schema": {"type": "object"}}}
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The link set (RFC 9264), where it is asked for", "content": _LINK_SET},
    300: {"description": "Several links of the type suit equally well", "content": _LINK_SET},
    307: {"description": "On to the page, or to the link of the type that is asked for"},
    400: {
        "description": "No Digital Link: a page for browsers, a problem for programs",
        "content": {**declared(400)[400]["content"], "text/html": {}},
    },
    **declared(404, 503),
}

LinkType = Annotated[str | None, Query(alias="linkType", description="`gs1:…`, or `linkset` for all links")]


@router.get("/01/{gtin}/10/{lot}/21/{serial}", status_code=307, responses=_ANSWERS, summary="Resolve an item's code")
@does(Action.READ)
async def item(request: Request, gtin: str, lot: str, serial: str, link_type: LinkType = None) -> Response:
    return resolve(request)


@router.get("/01/{gtin}/10/{lot}", status_code=307, responses=_ANSWERS, summary="Resolve a lot's code")
@does(Action.READ)
async def batch(request: Request, gtin: str, lot: str, link_type: LinkType = None) -> Response:
    return resolve(request)


@router.get("/01/{gtin}", status_code=307, responses=_ANSWERS, summary="Resolve a product's code")
@does(Action.READ)
async def product(request: Request, gtin: str, link_type: LinkType = None) -> Response:
    return resolve(request)


@router.api_route("/01/{link:path}", methods=["GET", "HEAD"], include_in_schema=False)
@does(Action.READ)
async def any_link(request: Request) -> Response:
    """Every other form of a link under this key, right or wrong."""
    return resolve(request)


@router.options("/01/{link:path}", include_in_schema=False)
@router.options("/.well-known/gs1resolver", include_in_schema=False)
@does(Action.READ)
async def options() -> Response:
    return Response(status_code=204, headers={**_CORS, "Allow": _METHODS})


@router.head("/.well-known/gs1resolver", include_in_schema=False)
@router.get("/.well-known/gs1resolver", summary="What is resolved here")
@does(Action.READ)
async def description(request: Request) -> Response:
    """GS1's resolver description file."""
    told = {
        "name": "Nguon",
        "resolverRoot": _host(request),
        "supportedPrimaryKeys": list(KEYS),
        "supportedLinkType": [{"namespace": VOCABULARY, "prefix": "gs1:"}],
        "linkTypeDefaultCanBeLinkset": False,
    }
    return JSONResponse(told, headers=_CORS)


def resolve(request: Request) -> Response:
    """307 on to a page or a link, 200 the link set, 300 several links, 400 no Digital Link, 404 no link of this type."""
    accept = request.headers.get("accept", "")
    try:
        response = _resolved(request, _read(request), accept)
    except Refusal as refusal:
        if listed(accept, "text/html"):
            pages: Pages = request.app.state.pages
            return pages.unknown(request, {"code": request.scope["path"]}, 400)
        response = respond(refusal_document(request, refusal))
    except Problem as problem:
        response = respond(problem.document)
    response.headers.update(_CORS)
    return response


def _read(request: Request) -> DigitalLink:
    """The address as it was asked for, put on this host. Raises `DigitalLinkForm(reason)`, or a Problem for another key."""
    host, path, query = _host(request), request.scope["path"], request.scope["query_string"].decode("latin-1")
    link = parse(host + path.removesuffix("/") + (f"?{query}" if query else ""))
    if link.stem != host or link.key[0] not in KEYS:
        raise Problem(404, "This resolver does not answer for such a key", f"It answers for {', '.join(KEYS)}.")
    if any(value in (".", "..") for _, value in link.elements):
        raise Refusal("DigitalLinkForm", reason="a value of dots alone is taken for a step in the path")
    return link


def _resolved(request: Request, link: DigitalLink, accept: str) -> Response:
    asked = request.query_params.getlist("linkType")
    if len(asked) > 1:
        raise Problem(400, "One link type can be asked for at a time")
    if listed(accept, LINKSET) or asked in (["linkset"], ["all"]):
        anchor, told, links = _links(request, link)
        return _link_set(link_set(anchor, told, links, _host(request)), 200)
    relation = relation_of(asked[0]) if asked else DEFAULT
    if relation == DEFAULT:
        return _onward(request, link, default_path(link))
    anchor, told, links = _links(request, link)
    links = [each for each in links if each.relation == relation]
    if not links:
        raise Problem(404, "There is no link of this type", "?linkType=linkset gives those there are.")
    found = best(links, accept, request.headers.get("accept-language", ""))
    if len(found) > 1:
        return _link_set(link_set(anchor, told, found, _host(request)), 300)
    return _onward(request, link, found[0].path)


def _links(request: Request, link: DigitalLink) -> tuple[str, str, list[Link]]:
    """The uncompressed address, a description, and the links. Raises a 404 Problem for a product that is not registered."""
    pages: Pages = request.app.state.pages
    language, reader, lot = pages.language(request), request.app.state.reader, link.value("10")
    registered: list[dict[str, Any]] = reader.products(product_of(link))
    if not registered:
        raise Problem(404, "This product is not in this registry")
    known = lot is not None and reader.story(product_of(link), lot, request.query_params.get("origin")) is not None
    name = language.pick(registered[0].get("name")) or link.key[1]
    if lot is not None:
        told = {"product": name, "lot": lot}
        name = (
            language.text("{product}, lot {lot}", **told)
            if known
            else language.text("{product}, lot {lot}: not on this ledger", **told)
        )
    return next(link.levels()).uri, name, links_of(link, known, language, tuple(pages.languages.by_code))


def _onward(request: Request, link: DigitalLink, path: str) -> Response:
    """307 with the query passed on. The target is a path of ours: no other host can be put in."""
    query = request.scope["query_string"].decode("latin-1")
    link_header = f'<{next(link.levels()).uri}?linkType=linkset>; rel="linkset"; type="{LINKSET}"'
    return Response(status_code=307, headers={"Location": path + (f"?{query}" if query else ""), "Link": link_header})


def _link_set(document: dict[str, Any], status: int) -> Response:
    context = f'<{CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    return JSONResponse(document, status, {"Link": context}, media_type=LINKSET)


def _host(request: Request) -> str:
    return str(request.app.state.settings.public_url).rstrip("/")
