"""The docstrings' short form, ``name: what it is`` on one line, for napoleon, which wants two."""

from __future__ import annotations

import re
from typing import Any

SECTIONS = {"Attributes", "Parameters", "Raises", "Returns", "Yields"}
ITEM = re.compile(r"^([A-Za-z_*][\w.*, ]*): +(\S.*)$")


def expand(lines: list[str]) -> list[str]:
    """``lines`` of a docstring, each ``name: text`` of a section as a name and an indented text below it."""
    out: list[str] = []
    section = ""
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if following.startswith("---") and line.strip():
            section = line.strip()
        item = ITEM.match(line) if section in SECTIONS else None
        if item is None:
            out.append(line)
        else:
            out += [item[1], f"    {item[2]}"]
    return out


def setup(app: Any) -> dict[str, bool]:
    def before_napoleon(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
        lines[:] = expand(lines)

    def signature(
        app: Any, what: str, name: str, obj: Any, options: Any, text: str | None, returned: str | None
    ) -> Any:
        # A data class shows its factories as <factory>, which is no Python, so the rest would not be laid out.
        return (text.replace("<factory>", "...") if text else text), returned

    app.connect("autodoc-process-docstring", before_napoleon, priority=100)
    app.connect("autodoc-process-signature", signature)
    return {"parallel_read_safe": True}
