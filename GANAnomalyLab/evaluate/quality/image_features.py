"""Features of a set of images, written to a file as they come, kept for another time where that is asked for."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import disk_errors, hash_text, whole
from GANAnomalyLib.files.reading import read_array
from GANAnomalyLib.running.background import free_after
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback

from .feature_networks import FeatureNetwork
from .generated import one_result
from .quality_images import Images

GPU_BATCH = 64
LAYOUT = 1
"""Raised when what a network's features hold changes, so that older files are passed over."""


class FeatureStore:
    """Rows of features (N, D) as files of a folder, opened without reading them whole.

    Files of sets that can be known again (:meth:`Images.mark`) stay in ``cache``, named by a hash, for the next run;
    everything else, and everything where ``cache`` is None, goes with the store. Use it as a context manager.
    """

    def __init__(self, cache: Path | str | None = None) -> None:
        self.cache = None if cache is None else Path(cache)
        self._own = tempfile.TemporaryDirectory(prefix="gananomaly-features-", ignore_cleanup_errors=True)
        self._count = 0
        self._open: list[Any] = []

    def __enter__(self) -> FeatureStore:
        return self

    def __exit__(self, *reason: object) -> None:
        free_after(self._free)

    def _free(self) -> None:
        for array in self._open:
            array._mmap.close()  # Windows does not remove a file that is mapped
        self._own.cleanup()

    def rows(
        self,
        images: Images,
        key: str,
        kind: type[np.floating[Any]],
        make: Callable[[], Iterator[np.ndarray]],
        cancel: CancelToken,
    ) -> np.ndarray:
        """The features that ``make`` yields in pieces (n, D), or the ones it once yielded for these images and key.

        Returns an array (N, D) of ``kind`` on disk. Raises :class:`InputError` when the cache cannot be written,
        GANAnomalyError when the disk is full.
        """
        mark = images.mark(cancel) if self.cache is not None else None
        if mark is None or self.cache is None:
            self._count += 1
            path = Path(self._own.name) / f"{self._count}.npy"
        else:
            text = json.dumps([LAYOUT, mark, key, len(images)])
            path = self.cache / f"{hash_text(text)[:40]}.npy"
            known = _read(path, len(images), kind)
            if known is not None:
                self._open.append(known)
                return known
        _write(path, kind, make())
        array = _read(path, None, kind)
        if array is None:
            raise InputError(f"{path.parent} lost a file that was just written: choose another folder.")
        self._open.append(array)
        return array


def network_features(
    store: FeatureStore,
    images: Images,
    network: FeatureNetwork,
    progress: ProgressCallback,
    cancel: CancelToken,
    what: str,
) -> np.ndarray:
    """Features (N, D) float32 of every image, in order; grey images go in as three equal channels."""

    def make() -> Iterator[np.ndarray]:
        import torch

        done = 0
        for pixels in _sized(images, network.at_once if network.device == "cpu" else GPU_BATCH):
            cancel.check()
            progress(done / len(images), Message("features_of_images", what=what, number=done, count=len(images)))
            tensor = torch.from_numpy(pixels)
            with one_result(network.module):
                found = network(tensor.expand(-1, 3, -1, -1) if tensor.shape[1] == 1 else tensor).numpy()
            done += len(found)
            yield found

    return store.rows(images, f"{network.name} {network.digest}", np.float32, make, cancel)


def _sized(images: Images, size: int) -> Iterator[np.ndarray]:
    """Batches of ``size``, wherever the set's own ones end; fewer where the images' size changes."""
    held: list[np.ndarray] = []
    for batch in images:
        for image in batch:
            if held and (len(held) == size or held[0].shape != image.shape):
                yield np.stack(held)
                held = []
            held.append(image)
    if held:
        yield np.stack(held)


def _write(path: Path, kind: type[np.floating[Any]], pieces: Iterator[np.ndarray]) -> None:
    """An .npy of rows whose number is known at the end only; whole or not at all.

    Plain writes, not a memory map: on a full disk those raise, a map kills the process.
    """
    with disk_errors(path.parent, "the features"), whole(path) as part, open(part, "wb") as file:
        rows, width = 0, 0
        for piece in pieces:
            if not rows:
                width = piece.shape[1]
                _header(file, kind, 0, width)
            file.write(np.ascontiguousarray(piece, kind).tobytes())
            rows += len(piece)
        file.seek(0)
        _header(file, kind, rows, width)


def _header(file: Any, kind: type[np.floating[Any]], rows: int, width: int) -> None:
    """The .npy header; numpy leaves room in it for any number of rows, so it may be written again."""
    facts = {"descr": np.dtype(kind).str, "fortran_order": False, "shape": (rows, width)}
    np.lib.format.write_array_header_1_0(file, facts)


def _read(path: Path, rows: int | None, kind: type[np.floating[Any]]) -> Any:
    """The array of a file, or None when it is missing, damaged, or another."""
    try:
        array = read_array(path, mapped=True)
    except InputError:
        return None
    if array.ndim != 2 or array.dtype != kind or (rows is not None and len(array) != rows):
        return None
    return array
