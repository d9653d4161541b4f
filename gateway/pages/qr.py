"""QR images of an address.

Error correction Q: one version more than M and still read with a tenth of the symbol lost, as print on a wet jar asks for.
The quiet zone is the four modules the standard wants; the ground is white, whatever the page around it.
"""

from __future__ import annotations

from io import BytesIO
from typing import Final

import qrcode
from markupsafe import Markup
from qrcode.constants import ERROR_CORRECT_L, ERROR_CORRECT_Q
from qrcode.image.svg import SvgPathFillImage

QUIET_ZONE: Final = 4


def qr_png(url: str, module: int = 10) -> bytes:
    """PNG, black on white, `module` pixels a module."""
    return _bytes(_code(url, module).make_image())


def qr_svg(url: str) -> bytes:
    """SVG of one path, a millimetre a module; it scales to any label."""
    return _bytes(_code(url, 10).make_image(image_factory=SvgPathFillImage))


def qr_inline(text: str) -> Markup:
    """SVG that stands in a page, with no style of its own. For a screen, which no wet hand has rubbed: error correction L."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_L, border=QUIET_ZONE)
    code.add_data(text)
    code.make(fit=True)
    dark = [(x, y) for y, row in enumerate(code.get_matrix()) for x, on in enumerate(row) if on]
    size, path = len(code.get_matrix()), "".join(f"M{x} {y}h1v1h-1z" for x, y in dark)
    return Markup('<svg class="qr" viewBox="0 0 {0} {0}" role="img" aria-label="QR"><path d="{1}"/></svg>').format(
        size, path
    )


def qr_rows(url: str) -> list[list[bool]]:
    """The symbol with its quiet zone, row by row from above, True for dark. The mask is fixed, which readers do not mind and
    which makes a sheet of a thousand codes three times as fast."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, border=QUIET_ZONE, mask_pattern=2)
    code.add_data(url)
    code.make(fit=True)
    rows: list[list[bool]] = code.get_matrix()
    return rows


def _code(url: str, module: int) -> qrcode.QRCode:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, border=QUIET_ZONE, box_size=module)
    code.add_data(url)
    code.make(fit=True)
    return code


def _bytes(image: object) -> bytes:
    written = BytesIO()
    image.save(written)  # type: ignore[attr-defined]
    return written.getvalue()
