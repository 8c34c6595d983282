"""A private folder for this session: volumes on their way to the worker, and its results.

A lock beside the folder is held as long as the folder is in use. The operating system lets go of it when the process
ends, however it ends, so that a later session knows what nobody will come back to.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import uuid
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import slicer

from GANAnomalyPanel.engine_errors import missing_package

if TYPE_CHECKING:
    from filelock import FileLock

PREFIX = "GANAnomaly-session-"


class Workspace:
    """Made when first needed; removed with :meth:`close`, when nothing refers to it any more, or when Python ends.

    The names in it say nothing of the patient.
    """

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._remove: Callable[[], Any] = lambda: None
        self._count = 0

    @property
    def folder(self) -> Path:
        """The session's folder."""
        if self._folder is None or not self._folder.is_dir():
            self.close()
            parent = Path(slicer.app.temporaryPath)
            parent.mkdir(parents=True, exist_ok=True)
            sweep()
            folder = parent / f"{PREFIX}{uuid.uuid4().hex}"
            # Locked before there is a folder: another session's sweep never meets one that is new and not locked yet.
            lock = _lock_of(folder)
            lock.acquire(blocking=False)
            folder.mkdir(mode=0o700)
            self._folder, self._remove = folder, weakref.finalize(self, _remove, folder, lock)
        return self._folder

    def close(self) -> None:
        """Remove the folder; results that were saved elsewhere stay."""
        self._remove()
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


def sweep() -> None:
    """Remove the folders of this user's sessions that ended without doing so: Slicer was killed, or crashed."""
    from GANAnomalyLib.errors import GANAnomalyError

    for folder in Path(slicer.app.temporaryPath).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError, GANAnomalyError):
            if not folder.is_dir() or folder.is_symlink() or not _mine(folder):
                continue
            lock = _lock_of(folder)
            lock.acquire(blocking=False)  # refused with an OSError while its process lives
            _remove(folder, lock)


def _mine(folder: Path) -> bool:
    return not hasattr(os, "getuid") or folder.stat().st_uid == os.getuid()


def _lock_of(folder: Path) -> FileLock:
    try:
        from filelock import FileLock  # torch needs it too
    except ImportError as error:
        raise missing_package(error) from error
    # It tells each step for debugging, into Slicer's log; released when Python ends, Slicer is gone and that a crash.
    logging.getLogger("filelock").setLevel(logging.INFO)
    # Not bound to a thread: the garbage collector may run in any.
    return FileLock(folder.with_name(folder.name + ".lock"), thread_local=False)


def _remove(folder: Path, lock: FileLock) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    lock.release()
    if not folder.exists():
        with contextlib.suppress(OSError):
            os.unlink(lock.lock_file)
