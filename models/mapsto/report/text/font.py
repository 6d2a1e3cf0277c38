"""The mathematical font, inside the page: formulas look alike in every browser, and nothing is fetched."""

from __future__ import annotations

import base64
from functools import cache
from importlib.resources import files

FAMILY = "mapsto math"


@cache
def font_face() -> str:
    """The style rule that brings the font, for the start of a page's style sheet; see ``fonts/README.md``."""
    data = (files("mapsto.report") / "fonts" / "math.woff2").read_bytes()
    source = f"url(data:font/woff2;base64,{base64.b64encode(data).decode()})format('woff2')"
    return f'@font-face{{font-family:"{FAMILY}";src:{source}}}'
