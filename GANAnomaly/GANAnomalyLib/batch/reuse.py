"""Whether a case is finished already, told without starting the engine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..analysis.request import OUTPUT_SETTINGS, WEIGHT_SETTINGS, AnalysisRequest
from ..errors import InputError
from ..models.registry import card_of, find_model
from ..models.store import model_hash
from ..results.result import MASKING, AnalysisResult
from ..version import __version__
from .batch_summary import CaseRow

_NEEDED = ("heatmap", "reconstruction", "findings_segmentation", "scores", "findings", "patches")
_OTHER_PEOPLES = ("output", "model", "batch", "scene")
"""Parts of a request that change no number, or (the model) are compared by content."""
_SAME_TIME_S = 1e-3


class Finished:
    """Knows results that answer a request; in doubt it says no, and the engine looks itself."""

    def __init__(self, model: str) -> None:
        self._model_hash, self._card = model_hash(find_model(model)), card_of(model)

    def look(self, request: AnalysisRequest, before: CaseRow | None) -> AnalysisResult | None:
        """The result in the request's output folder, if the last run recorded the same input and settings for it."""
        if before is None or before.status not in ("done", "reused") or request.mask is not None:
            return None
        if before.input_bytes is None or before.input_modified is None:
            return None
        stamp = input_stamp(Path(request.input))
        if stamp is None or stamp[0] != before.input_bytes or abs(stamp[1] - before.input_modified) > _SAME_TIME_S:
            return None
        try:
            result = AnalysisResult.read(request.output_folder)
        except InputError:
            return None
        manifest = result.manifest
        if _part(manifest, "versions").get("gananomaly") != __version__:
            return None
        if _part(manifest, "model").get("hash") != self._model_hash:
            return None
        if _numbers_of(_part(manifest, "request")) != _numbers_of(request.to_dict()):
            return None
        if not self._masked_alike(_part(_part(manifest, "settings"), MASKING)):
            return None
        if any(name in request.settings for name in (*OUTPUT_SETTINGS, *WEIGHT_SETTINGS)):
            return None
        needed = (*_NEEDED, "scene") if request.scene else _NEEDED
        result.reused = True
        return result if all(result.path(name).exists() for name in needed) else None

    def _masked_alike(self, masking: dict[str, Any]) -> bool:
        """Whether a threshold of masks that was the card's, or nobody's, still is."""
        if masking.get("from") not in ("card", "scan"):
            return True
        said = None if self._card is None else self._card.recommended.get(str(masking.get("setting")))
        return bool(said == (masking.get("value") if masking["from"] == "card" else None))


def input_stamp(path: Path) -> tuple[int, float] | None:
    """(bytes, time of the last change) of a file, or of all files in a folder together; None when it cannot be told.

    A header with its voxels in a file of their own is not told, as that file's name is only known to a reader.
    """
    try:
        if not path.is_dir():
            if path.suffix.lower() in (".nhdr", ".mhd"):
                return None
            found = path.stat()
            return found.st_size, found.st_mtime
        total, latest = 0, 0.0
        for root, _, names in os.walk(path):
            for name in names:
                found = os.stat(os.path.join(root, name))
                # The count goes in as well: an empty file more is a change.
                total += found.st_size + 1
                latest = max(latest, found.st_mtime)
        return total, latest
    except OSError:
        return None


def _part(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    value = manifest.get(name)
    return value if isinstance(value, dict) else {}


def _numbers_of(request: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in request.items() if name not in _OTHER_PEOPLES}
