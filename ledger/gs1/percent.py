"""Percent-coding as GS1 has it, bytes shown one per character: a malformed code stays as it is, `+` is a space only in a query."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")


def unescaped(text: str, query: bool = False) -> str:
    """Decoded exactly once: each character of the answer is one byte."""
    if query:
        text = text.replace("+", " ")
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)


def escaped(text: str, query: bool = False) -> str:
    """All but `A-Za-z0-9-._~` as upper-case hexadecimal; a space is `+` in a query. Takes what `unescaped` gives."""
    code = quote(text, safe="", encoding="latin-1")
    return code.replace("%20", "+") if query else code
