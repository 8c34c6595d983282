"""Dense patch maps: the distance of two images inside every position of a square window, exactly."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed

import numpy as np

from ..errors import InputError
from ..running.messages import Message
from ..running.progress import CancelToken, ProgressCallback, no_progress
from . import wd_numba, wd_numpy
from .box_sums import box_sum
from .distances import dissimilarity_map
from .pair_checks import check_metric, check_pair, check_patch_size

SMALL_MAP = 1 << 15
"""Below so many windows the work is done before a second thread would have started."""


def patch_distance_map(
    original: np.ndarray,
    reconstruction: np.ndarray,
    patch_size: int = 32,
    metric: str = "wd",
    threads: int | None = None,
) -> np.ndarray:
    """The distance inside every ``patch_size`` x ``patch_size`` window of a pair of images, stride 1.

    Parameters
    ----------
    original, reconstruction: (H, W) uint8.
    patch_size: p, 1 <= p <= min(H, W).
    metric:
        ``"wd"`` and ``"mse"``: entry (r, c) is ``distance(original[r:r+p, c:c+p], reconstruction[...], metric)``.
        ``"ssim"``: the mean of the whole images' 1 - SSIM map inside the window, so that small patches work too.
    threads: how many to use for WD; None takes what the process may use (or ``NUMBA_NUM_THREADS`` where that is set).

    Returns
    -------
    (H - p + 1, W - p + 1) float64; (r, c) is the window whose top left pixel is (r, c).

    Raises
    ------
    InputError: images that are not 8-bit, 2-D and of one shape; a patch that does not fit; an unknown metric.
    """
    original, reconstruction, patch_size = _check(original, reconstruction, patch_size, metric, 2)
    if metric != "wd":
        return _box_map(original, reconstruction, patch_size, metric)
    rows, columns = (n - patch_size + 1 for n in original.shape)
    threads = _threads(threads) if rows * columns >= SMALL_MAP else 1
    compiled = _compiled(patch_size)
    if compiled is None:
        return wd_numpy.wd_patch_map(original, reconstruction, patch_size)
    original, reconstruction = _plain(original), _plain(reconstruction)
    out = np.empty((rows, columns))
    edges = np.linspace(0, rows, min(threads, rows) + 1).astype(int)
    bands = [(int(a), int(b)) for a, b in itertools.pairwise(edges)]

    def band(first: int, stop: int) -> None:
        scratch = wd_numba.scratch(patch_size, original.shape[1])
        compiled(original, reconstruction, patch_size, first, stop, *scratch, out)

    if len(bands) == 1:
        band(*bands[0])
    else:
        with ThreadPoolExecutor(len(bands)) as pool:
            for job in [pool.submit(band, *b) for b in bands]:
                job.result()
    return out


def patch_distance_maps(
    originals: np.ndarray,
    reconstructions: np.ndarray,
    patch_size: int = 32,
    metric: str = "wd",
    *,
    device: str = "cpu",
    threads: int | None = None,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> np.ndarray:
    """:func:`patch_distance_map` of each pair of a stack, several slices at a time.

    ``originals`` and ``reconstructions`` are (N, H, W) uint8; returns (N, H - p + 1, W - p + 1) float64. On a CUDA or
    MPS ``device`` WD and MSE are computed there with the same whole numbers. ``progress`` and ``cancel`` are served
    after each slice (on a GPU after each batch). Raises as :func:`patch_distance_map`, and ``Cancelled``.
    """
    originals, reconstructions, patch_size = _check(originals, reconstructions, patch_size, metric, 3)
    if metric != "ssim" and device.split(":")[0] in ("cuda", "mps"):
        from .patches_torch import patch_distance_maps_torch

        return patch_distance_maps_torch(
            originals, reconstructions, patch_size, metric, device=device, progress=progress, cancel=cancel
        )
    count, height, width = originals.shape
    out = np.empty((count, height - patch_size + 1, width - patch_size + 1))

    if metric == "wd":
        _compiled(patch_size)  # once, before every thread would start compiling for itself

    def one(index: int) -> None:
        # One thread a slice: bands inside it would start their histograms anew for nothing.
        out[index] = patch_distance_map(originals[index], reconstructions[index], patch_size, metric, threads=1)

    with ThreadPoolExecutor(min(_threads(threads), count)) as pool:
        jobs = [pool.submit(one, index) for index in range(count)]
        try:
            for done, job in enumerate(as_completed(jobs), 1):
                job.result()
                progress(done / count, Message("scoring_patches", number=done, count=count))
                if cancel is not None:
                    cancel.check()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return out


def warm_up() -> str:
    """Compile the WD kernel, or read it from its cache, so that the first patch map does not wait for it.

    Returns ``"numba"``, or ``"numpy"`` where numba cannot be used and the slower exact path will be taken.
    """
    return "numpy" if wd_numba.kernel() is None else "numba"


def _check(
    original: np.ndarray, reconstruction: np.ndarray, patch_size: int, metric: str, axes: int
) -> tuple[np.ndarray, np.ndarray, int]:
    check_metric(metric)
    original, reconstruction = check_pair(original, reconstruction)
    if original.ndim != axes:
        wanted = "one grey image (rows x columns)" if axes == 2 else "a stack of grey images (slices x rows x columns)"
        raise InputError(f"A patch map needs {wanted}, not an array with {original.ndim} axes.")
    height, width = original.shape[-2:]
    return original, reconstruction, check_patch_size(patch_size, (height, width))


def _box_map(original: np.ndarray, reconstruction: np.ndarray, patch_size: int, metric: str) -> np.ndarray:
    if metric == "ssim":
        total = np.maximum(box_sum(dissimilarity_map(original, reconstruction), patch_size), 0.0)
    else:
        difference = original.astype(np.int32) - reconstruction
        total = box_sum(difference * difference, patch_size)
    distances: np.ndarray = total / (patch_size * patch_size)
    return distances


def _compiled(patch_size: int) -> Callable[..., None] | None:
    return wd_numba.kernel() if patch_size <= wd_numba.WIDEST_PATCH else None


def _plain(image: np.ndarray) -> np.ndarray:
    # The kernel is compiled for contiguous, writable arrays only; pictures often arrive read-only.
    return np.require(image, np.uint8, ["C", "W"])


def _threads(threads: int | None) -> int:
    if threads is not None:
        return max(1, int(threads))
    asked = os.environ.get("NUMBA_NUM_THREADS", "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
