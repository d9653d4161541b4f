"""Styles and pictures, read once at start and served under names that change with their bytes.

The address carries the content's hash, so a browser may keep a file for ever and never shows an old one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response

from gateway.auth.actions import Action, does

STATIC: Final = Path(__file__).parent / "static"
_MEDIA: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Asset:
    name: str
    body: bytes
    media: str
    digest: str

    @property
    def url(self) -> str:
        return f"/static/{self.name}?v={self.digest}"


def load_assets(root: Path = STATIC) -> dict[str, Asset]:
    """Every file of a known type directly under `root`, by name."""
    assets = {}
    for path in sorted(root.iterdir()):
        if path.suffix in _MEDIA:
            body = path.read_bytes()
            assets[path.name] = Asset(path.name, body, _MEDIA[path.suffix], hashlib.sha256(body).hexdigest()[:16])
    return assets


@router.get("/static/{name}")
@does(Action.READ)
async def static(request: Request, name: str) -> Response:
    assets: dict[str, Asset] = request.app.state.pages.assets
    asset = assets.get(name)
    if asset is None:
        return Response(status_code=404)
    tag = f'"{asset.digest}"'
    fresh = request.query_params.get("v") == asset.digest
    headers = {
        "ETag": tag,
        "Cache-Control": "public, max-age=31536000, immutable" if fresh else "no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(asset.body, media_type=asset.media, headers=headers)
