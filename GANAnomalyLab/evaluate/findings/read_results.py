"""Results read one after the other, with what they were made with, as far as scores depend on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from GANAnomalyLib.running.background import interruptible
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback

Case = TypeVar("Case")
Read = TypeVar("Read")


def read_results(
    cases: Sequence[Case],
    read: Callable[[Case], tuple[Read, dict[str, Any]]],
    progress: ProgressCallback,
    cancel: CancelToken,
) -> tuple[list[tuple[Case, Read]], dict[str, str], dict[str, list[str]]]:
    """What ``read`` makes of each case, models' hashes by name, and the values of each setting.

    ``read`` also gives the result's manifest. Raises what it raises, and Cancelled.
    """
    rows: list[tuple[Case, Read]] = []
    models: dict[str, str] = {}
    settings: dict[str, set[str]] = {}
    for number, case in enumerate(cases):
        cancel.check()
        progress(number / len(cases), Message("reading_results", number=number + 1, count=len(cases)))
        made, manifest = interruptible(cancel, read, case)
        rows.append((case, made))
        _collect(manifest, models, settings)
    return rows, models, {name: sorted(values) for name, values in settings.items()}


def _collect(manifest: dict[str, Any], models: dict[str, str], settings: dict[str, set[str]]) -> None:
    model, used = manifest.get("model"), manifest.get("settings")
    if isinstance(model, dict):
        models[str(model.get("name", "unknown"))] = str(model.get("hash", ""))
    if isinstance(used, dict):
        for key in ("detector", "metric", "patch_size", "score_unit"):
            if key in used:
                settings.setdefault(key, set()).add(str(used[key]))
