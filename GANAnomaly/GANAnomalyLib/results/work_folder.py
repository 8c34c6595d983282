"""The folder a result grows in: slices as they are finished, renamed into place only when everything is there."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import GANAnomalyError, InputError, OtherResult, option
from ..files import disk_errors, whole, write_text
from ..files.reading import read_object
from .result import FILES, MANIFEST, AnalysisResult

_MARK = "gananomaly-partial.json"
_SLICES = "slices"
_ALWAYS = ("heatmap", "reconstruction", "findings_segmentation", "scores", "findings", "patches")
_OURS = {*FILES.values(), MANIFEST, _MARK, _SLICES}


class WorkFolder:
    """``<output>.partial`` beside the output folder; one analysis, known by its fingerprint."""

    def __init__(self, output: Path, fingerprint: str) -> None:
        self.output, self.fingerprint = output, fingerprint
        self.path = output.with_name(output.name + ".partial")

    @staticmethod
    def finished(output: Path, fingerprint: str, earlier: Mapping[str, str] | None = None) -> AnalysisResult | None:
        """The result already in ``output`` when it answers the same request, else None.

        ``earlier`` has fingerprints of earlier versions, by the device that the result was computed on.

        Raises :class:`InputError` when the folder holds something else, which must not be lost.
        """
        WorkFolder.check_replaceable(output)
        if not (output / MANIFEST).is_file():
            return None
        try:
            result = AnalysisResult.read(output)
        except InputError as error:
            said = f"{error.marked.rstrip('.')}, with {option('force')}."
            raise OtherResult(said, error.details, field="output") from error
        known = {fingerprint, (earlier or {}).get(str((result.manifest.get("device") or {}).get("name")))}
        if result.manifest.get("fingerprint") in known - {None}:
            result.reused = True
            # Somebody took a file out: then the same result is made again.
            return result if all(result.path(name).exists() for name in _ALWAYS) else None
        raise OtherResult(
            f"{output} holds the result of another request: choose another folder, or add {option('force')}.",
            field="output",
        )

    @staticmethod
    def check_replaceable(output: Path) -> None:
        """Raise :class:`InputError` unless ``output`` is a result, an empty folder or nothing at all.

        Writing on top of anything else would lose what is in it, forced or not.
        """
        if not output.exists():
            return
        if not output.is_dir():
            raise InputError(f"{output} is a file, not a folder: choose another output folder.")
        if not (output / MANIFEST).is_file() and any(output.iterdir()):
            raise InputError(f"{output} holds other files: choose another output folder.")

    def open(self) -> None:
        """Make the folder, or keep what an interrupted run of the same request left in it."""
        with self._disk():
            if self.path.exists() and self._held() != self.fingerprint:
                self._discard_old()
            (self.path / _SLICES).mkdir(parents=True, exist_ok=True)
            mark = self.path / _MARK
            if not mark.exists():
                try:
                    write_text(mark, json.dumps({"fingerprint": self.fingerprint}))
                except GANAnomalyError:
                    self.drop_if_unused()  # without its mark the next run would not know it for ours
                    raise

    def _disk(self) -> contextlib.AbstractContextManager[None]:
        return disk_errors(self.output, kept="what was finished is kept")

    def _held(self) -> str | None:
        try:
            return read_object(self.path / _MARK).get("fingerprint")
        except InputError:
            return None

    def _discard_old(self) -> None:
        if not (self.path / _MARK).is_file():
            raise InputError(f"{self.path} is in the way and not ours: move it, or choose another output folder.")
        shutil.rmtree(self.path)

    def save_slice(self, index: int, reconstruction: np.ndarray, state: dict[str, np.ndarray]) -> None:
        """Keep one finished slice: ``reconstruction`` (R, R) uint8 and the detector's state."""
        path = self.path / _SLICES / f"{index:05d}.npz"
        with self._disk(), whole(path) as part, open(part, "wb") as file:
            arrays: dict[str, Any] = {f"state_{key}": value for key, value in state.items()}
            np.savez(file, reconstruction=reconstruction, **arrays)

    def load_slices(self, shape: tuple[int, ...]) -> dict[int, tuple[np.ndarray, dict[str, np.ndarray]]]:
        """What :meth:`save_slice` kept, by index: those that are ``shape`` uint8; a broken file is done again."""
        found = {}
        for path in sorted((self.path / _SLICES).glob("*.npz")):
            try:
                with np.load(path, allow_pickle=False) as data:
                    state = {key[len("state_") :]: data[key] for key in data.files if key.startswith("state_")}
                    picture = data["reconstruction"]
                if picture.shape != tuple(shape) or picture.dtype != np.uint8:
                    raise ValueError(f"a slice of shape {picture.shape} and type {picture.dtype}")
                found[int(path.stem)] = (picture, state)
            except Exception:  # damaged files make zipfile, zlib and NumPy raise almost anything
                path.unlink(missing_ok=True)
        return found

    def drop_if_unused(self) -> None:
        """Take the folder away again unless it holds finished slices."""
        if not any((self.path / _SLICES).glob("*.npz")):
            shutil.rmtree(self.path, ignore_errors=True)

    def publish(self, force: bool) -> None:
        """Put the finished folder in place; an older result there goes only when the new one stands.

        What the user put beside an older result's files stays in the folder. The mark goes last, so that a process
        killed here leaves either a folder that the next run goes on from, or a whole result.
        """
        old = self.output.with_name(self.output.name + ".old")
        with self._disk():
            if self.output.exists():
                if force:
                    _copy_foreign(self.output, self.path)
                    shutil.rmtree(old, ignore_errors=True)
                    os.replace(self.output, old)
                else:
                    self.output.rmdir()
            os.replace(self.path, self.output)
        shutil.rmtree(old, ignore_errors=True)
        shutil.rmtree(self.output / _SLICES, ignore_errors=True)
        with contextlib.suppress(OSError):
            (self.output / _MARK).unlink(missing_ok=True)


def _copy_foreign(source: Path, destination: Path) -> None:
    """Copies, not moves: until the new result stands, the old folder stays as it was."""
    for entry in source.iterdir():
        if entry.name in _OURS:
            continue
        target = destination / entry.name
        if entry.is_dir() and not entry.is_symlink():
            shutil.copytree(entry, target, symlinks=True, dirs_exist_ok=True)
        else:
            target.unlink(missing_ok=True)
            shutil.copy2(entry, target, follow_symlinks=False)
