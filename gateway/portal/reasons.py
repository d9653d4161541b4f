"""Why goods are lost: codes of `nguon:reason` with their words, the commonest first."""

from __future__ import annotations

from typing import Final

from gateway.pages.languages import mark

ON_THE_WAY: Final = {
    "dead_on_the_way": mark("died on the way"),
    "weight_loss": mark("loss of weight"),
    "damaged": mark("damaged"),
    "spoiled": mark("spoiled"),
    "lost_on_the_way": mark("lost on the way"),
}
IN_STOCK: Final = {
    "dead": mark("died"),
    "spoiled": mark("spoiled"),
    "weight_loss": mark("loss of weight"),
    "damaged": mark("damaged"),
    "expired": mark("past its shelf life"),
    "sample": mark("sample for testing"),
    "destroyed": mark("destroyed"),
}
