"""The build fails when a page would load anything from the network: the site is read in hospitals without one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

# What a browser loads by itself. Links that a reader may follow are not among it.
LOADS = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|embed)\b[^>]*?\ssrc=["']?(?:https?:)?//[^"'\s>]+"""
    r"""|<link\b(?=[^>]*rel=["'](?:stylesheet|preload|preconnect|dns-prefetch|icon))[^>]*?href=["']?(?:https?:)?//[^"'\s>]+"""
    r"""|url\(\s*["']?(?:https?:)?//[^)]+|@import\s+["'](?:https?:)?//[^"']+""",
    re.IGNORECASE,
)


def loads_from_elsewhere(text: str) -> list[str]:
    """What of a page or style sheet a browser would fetch from another computer."""
    return [found[0] for found in LOADS.finditer(text)]


def check(app: Any, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html":
        return
    for path in sorted(Path(app.outdir).rglob("*")):
        if path.suffix in (".html", ".css"):
            found = loads_from_elsewhere(path.read_text(encoding="utf-8"))
            if found:
                raise SystemExit(f"{path.relative_to(app.outdir)} loads something from the network: {found[0]}")


def setup(app: Any) -> dict[str, bool]:
    app.connect("build-finished", check)
    return {"parallel_read_safe": True}
