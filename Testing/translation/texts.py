"""Every text that the panel shows, by the context in which Qt looks for its translation.

The panel's own words stand in ``_("...")`` and in the .ui file; those of the engine, which knows no Qt, in its
catalogue of messages, in its errors and notes, and in what detectors declare of their settings.
"""

from __future__ import annotations

import ast
import builtins
import importlib
from collections.abc import Iterator
from pathlib import Path

from GANAnomalyLib.detectors.kinds import detector_kinds
from GANAnomalyLib.running.catalogue import SENTENCES

SOURCE = Path(__file__).resolve().parents[2] / "GANAnomaly"
UI = SOURCE / "Resources" / "UI" / "GANAnomaly.ui"
ENGINE = "GANAnomaly"
"""The context of the engine's texts, which is also that of the .ui file and of the module's file."""
_TOLD = ("OutOfMemory", "FolderInUse", "OtherResult", "ShiftedValues", "Cancelled", "Note")
_NOT_SHOWN = ("archives", "batch", "cli", "pictures")
"""Rooms whose sentences come to no panel."""


def engine_texts() -> set[str]:
    """The engine's: messages, errors and notes that need no values or name their places, labels and help."""
    return {*SENTENCES.values(), *_declared(), *_raised()}


def panel_texts() -> dict[str, set[str]]:
    """What stands in ``_()``, by its context: the package and the file, or the module's file."""
    found: dict[str, set[str]] = {}
    for path in (SOURCE / "GANAnomaly.py", *sorted((SOURCE / "GANAnomalyPanel").glob("*.py"))):
        context = path.stem if path.parent == SOURCE else f"{path.parent.name}.{path.stem}"
        for call in _calls(path):
            if isinstance(call.func, ast.Name) and call.func.id == "_":
                found.setdefault(context, set()).add(ast.literal_eval(call.args[0]))
    return found


def _declared() -> Iterator[str]:
    for kind in detector_kinds().values():
        yield kind.title
        for item in kind.settings.schema().values():
            yield from filter(None, (item.help, item.label, *item.choice_labels.values()))


def _raised() -> Iterator[str]:
    """The sentences of errors and notes of the core that the source gives whole; others are shown in English."""
    engine = SOURCE / "GANAnomalyLib"
    for path in sorted(engine.rglob("*.py")):
        if path.relative_to(engine).parts[0] not in _NOT_SHOWN:
            yield from filter(None, (_sentence(path, call) for call in _calls(path)))


def _calls(path: Path) -> Iterator[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args)


def _sentence(path: Path, call: ast.Call) -> str | None:
    name = call.func.value if isinstance(call.func, ast.Attribute) and call.func.attr == "of" else call.func
    told = isinstance(name, ast.Name) and (name.id.endswith("Error") or name.id in _TOLD)
    if not told or hasattr(builtins, name.id):
        return None
    if isinstance(call.args[0], ast.Constant):
        return call.args[0].value
    # Of constants of its module, such as the mark of an option.
    known = vars(importlib.import_module(".".join(path.relative_to(SOURCE).with_suffix("").parts)))
    used = {node.id for node in ast.walk(call.args[0]) if isinstance(node, ast.Name)}
    if not used <= set(known):
        return None
    value = eval(compile(ast.Expression(call.args[0]), path.name, "eval"), known)
    return value if isinstance(value, str) else None
