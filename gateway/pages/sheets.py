"""Sheets of labels: A4 PDF, vector, to be cut or stuck. All that stands on a label is ASCII: address, lot and serial."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.pathobject import PDFPathObject

from gateway.pages.links import item_path
from gateway.pages.qr import qr_rows

GRIDS: Final = {12: (2, 6), 24: (3, 8), 40: (4, 10)}
"""Labels a page → columns and rows, as blank sheets are sold."""
_MARGIN: Final = 3 * mm
_FONT: Final = "Helvetica"


@dataclass(frozen=True, slots=True)
class Printed:
    """`address`: what the code opens; `lines`: what stands beside it."""

    address: str
    lines: tuple[str, ...]


def printed(host: str, product: str, lot: str, serial: str) -> Printed:
    """The label of one item. A serial is four groups of five, so that it can be typed."""
    groups = [serial[at : at + 5] for at in range(0, len(serial), 5)]
    lines = (f"LOT {lot}", " ".join(groups[:2]), " ".join(groups[2:]))
    return Printed(host.rstrip("/") + item_path(product, lot, serial), lines)


def sheet(labels: Iterable[Printed], per_page: int) -> bytes:
    """The whole file. Raises KeyError for a grid that there is not."""
    columns, rows = GRIDS[per_page]
    written = BytesIO()
    canvas = Canvas(written, pagesize=A4, pageCompression=1, invariant=1)
    canvas.setTitle("Nguon labels")
    width, height = A4[0] / columns, A4[1] / rows
    for number, label in enumerate(labels):
        place = number % per_page
        if number and not place:
            canvas.showPage()
        left, below = place % columns * width, A4[1] - (place // columns + 1) * height
        _draw(canvas, label, left, below, width, height)
    canvas.save()
    return written.getvalue()


def _draw(canvas: Canvas, label: Printed, left: float, below: float, width: float, height: float) -> None:
    size = min(height - 2 * _MARGIN, width / 2)
    _code(canvas, label.address, left + _MARGIN, below + (height - size) / 2, size)
    room = width - size - 2.5 * _MARGIN
    font = min(9.0, *(9.0 * room / canvas.stringWidth(line or " ", _FONT, 9.0) for line in label.lines))
    canvas.setFont(_FONT, font)
    top = below + height / 2 + (len(label.lines) - 1) / 2 * font * 1.3 - font / 3
    for number, line in enumerate(label.lines):
        canvas.drawString(left + 1.5 * _MARGIN + size, top - number * font * 1.3, line)


def _code(canvas: Canvas, address: str, left: float, below: float, size: float) -> None:
    """One path, in whole modules; dark ones of a row that touch are one rectangle."""
    rows = qr_rows(address)
    rectangles = []
    for up, row in enumerate(reversed(rows)):
        start = None
        for across, dark in enumerate([*row, False]):
            if dark and start is None:
                start = across
            elif not dark and start is not None:
                rectangles.append(f"{start} {up} {across - start} 1 re")
                start = None
    canvas.saveState()
    canvas.translate(left, below)
    canvas.scale(size / len(rows), size / len(rows))
    canvas.drawPath(PDFPathObject(rectangles), stroke=0, fill=1)
    canvas.restoreState()
