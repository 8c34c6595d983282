"""One explanation for several scores: configurations that differ in scoring only share their reconstructions.

With the published projection or with completions, the explanation takes nearly all of the time, and metric and patch
size do not touch it.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import hash_json
from GANAnomalyLib.results.result import MANIFEST, AnalysisResult
from GANAnomalyLib.results.work_folder import WorkFolder
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import ProgressCallback

_SCORING = ("metric", "patch_size", "top", "calibrate", "output", "scene", "batch")
_SLICES, _PREFIX = "slices", ".explained-"
_SCORES_NOW = "scoring_slice"


@dataclass
class _Explanation:
    key: str
    folder: Path
    input_hash: str = ""
    model_hash: str = ""
    device: str = ""
    seconds: float = 0.0
    peak_mib: float | None = None


class Explanations:
    """Keeps the finished slices of the last analysis, and lays them ready for the next one that needs the same."""

    def __init__(self) -> None:
        self._kept: _Explanation | None = None
        self._used: _Explanation | None = None

    def before(self, request: AnalysisRequest, home: Path, progress: ProgressCallback) -> ProgressCallback:
        """Prepare for a run; returns the callback to run with. ``home``: a folder on the results' disk."""
        self._used = None
        key = _key(request)
        if self._kept is not None and self._kept.key == key and self._kept.input_hash:
            self._lay(request, self._kept)
            return progress
        self.drop()
        if request.region != "full":
            # Which slices are analysed, and the fingerprint, would depend on the region found.
            return progress
        kept = self._kept = _Explanation(key, home / f"{_PREFIX}{os.getpid()}")
        slices = WorkFolder(request.output_folder, "").path / _SLICES

        def report(fraction: float, message: Message) -> None:
            # From here on every slice is explained, and none is taken away before the result is written.
            if message.code == _SCORES_NOW and not kept.folder.exists():
                _link(slices, kept.folder)
            progress(fraction, message)

        return report

    def after(self, result: AnalysisResult, peak_mib: float | None) -> dict[str, Any]:
        """Take note of a finished run; returns what else the run took where it used an earlier explanation:
        ``seconds`` and ``peak_mib``."""
        if self._used is not None:
            return {"seconds": self._used.seconds, "peak_mib": self._used.peak_mib}
        kept = self._kept
        if kept is not None and not result.reused and kept.folder.is_dir():
            manifest = result.manifest
            if not manifest["counts"].get("resumed", 0):
                kept.input_hash, kept.model_hash = manifest["input"]["hash"], manifest["model"]["hash"]
                kept.device = manifest["device"]["name"]
                kept.seconds, kept.peak_mib = float(manifest["timings_s"]["explain"]), peak_mib
        return {}

    def drop(self) -> None:
        """Forget what is kept."""
        if self._kept is not None:
            shutil.rmtree(self._kept.folder, ignore_errors=True)
        self._kept = None

    def _lay(self, request: AnalysisRequest, kept: _Explanation) -> None:
        output = request.output_folder
        work = WorkFolder(output, request.fingerprint(kept.input_hash, kept.model_hash, device=kept.device))
        if (output / MANIFEST).exists() or work.path.exists():
            return
        try:
            work.open()
        except InputError:
            # The run itself will say what is wrong with the folder.
            return
        _link(kept.folder, work.path / _SLICES)
        self._used = kept


def remove_explanations(home: Path) -> None:
    """Take away what workers kept that were ended, now that none is at work."""
    for folder in home.glob(f"{_PREFIX}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _link(source: Path, target: Path) -> None:
    """The files of a folder once more; without taking their room twice where the disk can do that."""
    target.mkdir(parents=True, exist_ok=True)
    for path in source.glob("*.npz"):
        try:
            os.link(path, target / path.name)
        except OSError:
            shutil.copy2(path, target / path.name)


def _key(request: AnalysisRequest) -> str:
    data = {name: value for name, value in request.to_dict().items() if name not in _SCORING}
    return hash_json(data)
