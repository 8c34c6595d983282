"""Letters of a PDF: Bitstream Vera, which ReportLab ships, and for what it lacks DejaVu, where matplotlib brings it.

Both are embedded, and drawn alike: DejaVu is Vera with more letters.
"""

from __future__ import annotations

import importlib.util
import unicodedata
from functools import lru_cache
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

PLAIN, BOLD = "CaseReport", "CaseReport-Bold"
_FILES = {PLAIN: ("Vera.ttf", "DejaVuSans.ttf"), BOLD: ("VeraBd.ttf", "DejaVuSans-Bold.ttf")}
_MORE = "-More"
_UNKNOWN = "?"
_UNSEEN = ("Cc", "Cf", "Cs")
_NOT_SHAPED = ("R", "AL", "AN")
"""Letters that run from the right: in the wrong order they would say something else."""


@lru_cache(maxsize=1)
def register_fonts() -> None:
    """Make the fonts known to ReportLab; again does nothing."""
    from reportlab.lib.fonts import addMapping
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    for name, (own, more) in _FILES.items():
        pdfmetrics.registerFont(TTFont(name, own))
        path = _matplotlibs(more)
        if path is not None:
            pdfmetrics.registerFont(TTFont(name + _MORE, str(path)))
    for bold in (0, 1):
        for italic in (0, 1):
            addMapping(PLAIN.lower(), bold, italic, BOLD if bold else PLAIN)


class Letters:
    """Text in letters that the fonts have; ``lacking`` is whether any had to be left out, which the report says."""

    def __init__(self) -> None:
        register_fonts()
        self.lacking = False

    def runs(self, text: str, bold: bool = False) -> list[tuple[str, str]]:
        """(font, letters) one after the other."""
        base = BOLD if bold else PLAIN
        fonts = [(name, _known(name)) for name in (base, base + _MORE)]
        chosen = []
        for letter in unicodedata.normalize("NFC", text):
            name = next((name for name, known in fonts if ord(letter) in known), "")
            if letter == "\n":
                chosen.append((base, letter))
            elif unicodedata.category(letter) in _UNSEEN:
                continue
            elif name and unicodedata.bidirectional(letter) not in _NOT_SHAPED:
                chosen.append((name, letter))
            else:
                self.lacking = True
                chosen.append((base, _UNKNOWN))
        return [(name, "".join(letter for _, letter in run)) for name, run in groupby(chosen, lambda pair: pair[0])]

    def markup(self, text: str, bold: bool = False) -> str:
        """For a paragraph of ReportLab, whose markup is escaped; line ends are kept."""
        base = BOLD if bold else PLAIN
        out = []
        for name, letters in self.runs(text, bold):
            shown = escape(letters, quote=True).replace("\n", "<br/>")
            out.append(shown if name == base else f'<font name="{name}">{shown}</font>')
        return "".join(out)

    def width(self, text: str, size: float, bold: bool = False) -> float:
        """In points."""
        from reportlab.pdfbase.pdfmetrics import stringWidth

        return sum(float(stringWidth(letters, name, size)) for name, letters in self.runs(text, bold))


@lru_cache(maxsize=8)
def _known(name: str) -> frozenset[int]:
    """The characters of a font that is registered; none of one that is not."""
    from reportlab.pdfbase import pdfmetrics

    if name not in pdfmetrics.getRegisteredFontNames():
        return frozenset()
    font: Any = pdfmetrics.getFont(name)
    return frozenset(font.face.charToGlyph)


def _matplotlibs(name: str) -> Path | None:
    """A font of matplotlib's; found without importing it."""
    spec = importlib.util.find_spec("matplotlib")
    if spec is None or not spec.origin:
        return None
    path = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / name
    return path if path.is_file() else None
