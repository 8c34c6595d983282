"""Bring the translations up to date: new texts in, those that are no more out, each .ts made into a .qm for the panel
and, of the engine's messages, into a .json for reports.

    python Testing/translation/update_translations.py [de ...]

Then translate what is unfinished in GANAnomaly/Resources/Translations (Qt Linguist: pyside6-linguist) and run it again.
A language that has no file yet gets one.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "Testing"), str(ROOT / "GANAnomaly")]

from translation import texts  # noqa: E402

from GANAnomalyLib.detectors.kinds import detector_kinds  # noqa: E402
from GANAnomalyLib.running.catalogue import SENTENCES  # noqa: E402

TRANSLATIONS = texts.SOURCE / "Resources" / "Translations"
MESSAGES = texts.SOURCE / "GANAnomalyLib" / "running" / "sentences"


def update(language: str, folder: Path = TRANSLATIONS) -> Path:
    """Update a language's .ts from the source, and make its .qm."""
    file = folder / f"GANAnomaly_{language}.ts"
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "texts.py"
        lines = [
            f"QCoreApplication.translate({json.dumps(context)}, {json.dumps(text, ensure_ascii=False)})"
            for context, found in [(texts.ENGINE, texts.engine_texts()), *texts.panel_texts().items()]
            for text in sorted(found)
        ]
        source.write_text("\n".join(lines), encoding="utf-8")
        chosen = ["-no-obsolete", "-locations", "none", "-target-language", language, "-source-language", "en"]
        _run("lupdate", str(source), str(texts.UI), *chosen, "-ts", str(file))
    return compiled(file)


def compiled(file: Path) -> Path:
    """The .qm beside a .ts."""
    _run("lrelease", str(file), "-silent", "-qm", str(file.with_suffix(".qm")))
    return file.with_suffix(".qm")


def messages(file: Path) -> str:
    """What a .ts says of messages and kinds of models, as the text of the .json that the engine reads without Qt."""
    found = {
        message.findtext("source"): message.findtext("translation")
        for context in xml.parse(file).iter("context")
        if context.findtext("name") == texts.ENGINE
        for message in context.iter("message")
    }
    wanted = {*SENTENCES.values(), *(kind.title for kind in detector_kinds().values())}
    told = {text: found[text] for text in sorted(wanted) if found.get(text)}
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def _run(tool: str, *arguments: str) -> None:
    code = f"import sys; from PySide6.scripts.pyside_tool import {tool}; sys.exit({tool}())"
    subprocess.run([sys.executable, "-c", code, *arguments], check=True)


if __name__ == "__main__":
    for name in sys.argv[1:] or [path.stem.partition("_")[2] for path in sorted(TRANSLATIONS.glob("*.ts"))]:
        print(f"Wrote {update(name)}")
        (MESSAGES / f"{name}.json").write_text(messages(TRANSLATIONS / f"GANAnomaly_{name}.ts"), encoding="utf-8")
