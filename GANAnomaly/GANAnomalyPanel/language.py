"""The panel in Slicer's language, where the extension brings that: its own translations, beside those of Slicer."""

from __future__ import annotations

import re
from pathlib import Path

import qt
import slicer

TRANSLATIONS = Path(__file__).resolve().parents[1] / "Resources" / "Translations"
_installed: dict[str, object] = {}


def language() -> str:
    """The code of Slicer's language: "de"; it keeps the one that was chosen as "de", "de-DE" or "de_DE"."""
    return re.split("[-_]", str(slicer.app.settings().value("language") or ""))[0]


def use_language() -> None:
    """Have what is shown from now on translated; called before the first widget is made, harmless when called again."""
    code = language()
    file = TRANSLATIONS / f"GANAnomaly_{code}.qm"
    if code in _installed or not file.is_file():
        return
    translator = qt.QTranslator()
    if translator.load(str(file)):
        slicer.app.installTranslator(translator)
        _installed[code] = translator  # Qt does not keep it
