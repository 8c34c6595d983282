"""A private folder for this session: volumes on their way to the worker, and its results."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import slicer

PREFIX = "GANAnomaly-"
_KEPT_DAYS = 2.0


class Workspace:
    """Made when first needed, removed with :meth:`close`; the names in it say nothing of the patient."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._count = 0

    @property
    def folder(self) -> Path:
        """The session's folder."""
        if self._folder is None or not self._folder.is_dir():
            parent = Path(slicer.app.temporaryPath)
            parent.mkdir(parents=True, exist_ok=True)
            _sweep(parent)
            self._folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        return self._folder

    def close(self) -> None:
        """Remove the folder; results that were saved elsewhere stay."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def export(self, volume_node: Any, segmentation: Any = None, segment_id: str = "") -> tuple[Path, Path | None]:
        """Write a volume node, and a segment on its grid, for the worker to read; returns their paths.

        Raises :class:`GANAnomalyLib.errors.InputError` for a volume that holds nothing or is no 3-D scalar one, and
        for an empty segment.
        """
        from GANAnomalyLib.scene.volume_exchange import export_mask, export_volume

        self._count += 1
        target = self.folder / f"input_{self._count:03d}"
        target.mkdir()
        try:
            volume = export_volume(volume_node, target / "volume.mha")
            mask = None
            if segmentation is not None and segment_id:
                mask = export_mask(segmentation, segment_id, volume_node, target / "mask.mha")
        except BaseException:
            shutil.rmtree(target, ignore_errors=True)
            raise
        return volume, mask

    def discard_input(self, volume: Path) -> None:
        """Remove what :meth:`export` wrote; the results do not need it."""
        shutil.rmtree(volume.parent, ignore_errors=True)

    def result_folder(self, key: str) -> Path:
        """Where the results of one CT go: an interrupted analysis finds its finished slices there again."""
        return self.folder / f"result_{key}"


def _sweep(parent: Path) -> None:
    """Remove folders that sessions which crashed left behind days ago."""
    for path in parent.glob(f"{PREFIX}*"):
        try:
            if time.time() - path.stat().st_mtime > _KEPT_DAYS * 86400:
                shutil.rmtree(path, ignore_errors=True)
        except OSError:
            continue
