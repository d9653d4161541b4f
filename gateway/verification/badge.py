"""A lot's badge for a shop's page, and its card for links that people send each other.

The badge is drawn and signed anew for each answer and is not to be kept: a recall must reach it. The card says nothing of the
goods' standing, because whoever fetched it keeps it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final

import qrcode
from markupsafe import Markup
from PIL import Image, ImageDraw, ImageFont
from qrcode.constants import ERROR_CORRECT_Q

from gateway.pages.languages import Language, plain
from gateway.verification.journey import Story
from gateway.verification.verdict import chain_lines, is_fresh, verdict_of

CARD: Final = (1200, 630)
"""Pixels: what sites that show cards ask for."""
WIDTH, HEIGHT = 300, 96
_PAPER, _GREEN, _INK = "#f7f4ec", "#1d5546", "#1b2722"
_GROUNDS: Final = {"registered": "#1d5546", "recalled": "#a01420", "unverified": "#474c55"}
_LETTERS: Final = 30


def statement_of(story: Story, page: str, language: Language) -> dict[str, Any]:
    """What is signed: the verdict in words, of which lot, as of which block, at what time. Canonical JSON has no fractions."""
    verdict, as_of = verdict_of(story, is_fresh(story.get("as_of")), language), story.get("as_of") or {}
    return {
        "product": (story.get("product") or {}).get("id"),
        "lot": story.get("lot"),
        "origin": (story.get("origin") or {}).get("id"),
        "batch": story.get("batch"),
        "verdict": verdict.tone,
        "said": f"{verdict.word} · {verdict.rest}",
        "chain": as_of.get("chain"),
        "block": as_of.get("block"),
        "ledger_head": as_of.get("ledger_head"),
        "stated_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "page": page,
    }


def badge_svg(story: Story, language: Language) -> bytes:
    """Complete in itself, without a script or a font from elsewhere: verdict, lot, and what seals the chain."""
    verdict = verdict_of(story, is_fresh(story.get("as_of")), language)
    lot = language.text("lot {lot}", lot=str(story.get("lot") or ""))
    lines = [_short(verdict.word), _short(lot), _short(chain_lines(story.get("as_of"), language)[0])]
    label = plain(f"Nguon: {', '.join(lines)}")
    svg = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img" lang="{lang}"'
        ' aria-label="{label}" font-family="system-ui, sans-serif"><title>{label}</title>'
        '<rect width="{w}" height="{h}" rx="8" fill="{paper}"/>'
        '<path d="M8 0h{top}a8 8 0 0 1 8 8v32H0V8a8 8 0 0 1 8-8z" fill="{ground}"/>'
        '<text x="14" y="27" font-size="19" font-weight="700" fill="#fff">{word}</text>'
        '<text x="14" y="62" font-size="16" font-weight="600" fill="{ink}">Nguon · {lot}</text>'
        '<text x="14" y="84" font-size="13" fill="{ink}">{chain}</text></svg>'
    ).format(
        w=WIDTH, h=HEIGHT, top=WIDTH - 16, lang=language.code, label=label, paper=_PAPER, ink=_INK,
        ground=_GROUNDS[verdict.tone], word=lines[0], lot=lines[1], chain=lines[2],
    )  # fmt: skip
    return svg.encode()


def snippet(badge: str, page: str, words: str) -> str:
    """HTML that a shop pastes: a picture that leads to the page, and no script."""
    return str(
        Markup('<a href="{page}"><img src="{badge}" width="{w}" height="{h}" alt="{words}"></a>').format(
            page=page, badge=badge, w=WIDTH, h=HEIGHT, words=plain(words)
        )
    )


def card_png(address: str, lot: str) -> bytes:
    """The QR code of the page beside the lot: a picture that every language reads. The words stand in the link's own text."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, border=4, box_size=20)
    code.add_data(address)
    code.make(fit=True)
    card = Image.new("RGB", CARD, _PAPER)
    draw = ImageDraw.Draw(card)
    draw.rectangle((0, 0, CARD[0], 22), fill=_GREEN)
    side = 500
    card.paste(code.make_image().convert("RGB").resize((side, side), Image.Resampling.NEAREST), (65, 76))
    draw.text((630, 190), "Nguon", fill=_GREEN, font=ImageFont.load_default(110))
    shown = "".join(letter if letter.isascii() and letter.isprintable() else "?" for letter in lot)
    size = 64
    while size > 20 and ImageFont.load_default(size).getlength(shown) > 510:
        size -= 4
    draw.text((634, 350), shown, fill=_INK, font=ImageFont.load_default(size))
    written = BytesIO()
    card.quantize(16).save(written, "PNG", optimize=True)
    return written.getvalue()


def _short(text: str) -> str:
    text = plain(text)
    return text if len(text) <= _LETTERS else text[: _LETTERS - 1] + "…"
