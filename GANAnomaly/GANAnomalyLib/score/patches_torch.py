"""Dense patch maps on any torch device: box sums of level-set indicators, all slices and many levels at once.

WD of a window = (1/n) * sum over grey levels k of |original pixels <= k minus reconstructed pixels <= k|; each term is
a box sum of an indicator image, so a GPU can take many (slice, level) pairs side by side. Whole numbers throughout.
"""

from __future__ import annotations

import numpy as np
import torch

from ..errors import InputError
from ..running.messages import Message
from ..running.progress import CancelToken, ProgressCallback, no_progress
from .distances import LEVELS
from .pair_checks import check_metric, check_pair, check_patch_size


def patch_distance_maps_torch(
    originals: np.ndarray,
    reconstructions: np.ndarray,
    patch_size: int = 32,
    metric: str = "wd",
    *,
    device: str = "cuda",
    memory: int = 1 << 30,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> np.ndarray:
    """Patch maps of a stack on ``device``, equal to those of the CPU.

    Parameters
    ----------
    originals, reconstructions: (N, H, W) uint8.
    metric: ``"wd"`` or ``"mse"``.
    memory: bytes of device memory that the working arrays may take, roughly.

    Returns
    -------
    (N, H - p + 1, W - p + 1) float64 on the host.

    Raises
    ------
    InputError: as :func:`GANAnomalyLib.score.patch_distance_map`. torch's own error where the device does not exist.
    """
    check_metric(metric, ("wd", "mse"))
    originals, reconstructions = check_pair(originals, reconstructions)
    if originals.ndim != 3:
        raise InputError(f"A stack of grey images (slices x rows x columns) is needed, not {originals.ndim} axes.")
    count, height, width = originals.shape
    patch_size = check_patch_size(patch_size, (height, width))
    # About six working arrays of up to four bytes for each pixel of each level (running sums, differences).
    planes = max(1, memory // (24 * height * width))
    levels = min(planes, LEVELS - 1) if metric == "wd" else 1
    batch = max(1, planes // levels)
    out = np.empty((count, height - patch_size + 1, width - patch_size + 1))
    with torch.inference_mode():
        for first in range(0, count, batch):
            if cancel is not None:
                cancel.check()
            real, made = (
                torch.from_numpy(np.ascontiguousarray(stack[first : first + batch])).to(device)
                for stack in (originals, reconstructions)
            )
            wd = metric == "wd"
            total = _wd_totals(real, made, patch_size, levels) if wd else _squared_totals(real, made, patch_size)
            out[first : first + batch] = total.cpu().numpy()
            progress(
                min(first + batch, count) / count,
                Message("scoring_patches", number=min(first + batch, count), count=count),
            )
    out /= patch_size * patch_size
    return out


def _wd_totals(original: torch.Tensor, reconstruction: torch.Tensor, patch_size: int, levels: int) -> torch.Tensor:
    count, height, width = original.shape
    # Indicators differ by at most 1, so the running sums are at most W along rows and p * H down the columns.
    kind = _integer(max(width, patch_size * height))
    total = torch.zeros(
        (count, height - patch_size + 1, width - patch_size + 1),
        dtype=_integer(patch_size * patch_size * LEVELS, torch.int32),
        device=original.device,
    )
    for first in range(0, LEVELS - 1, levels):
        level = torch.arange(first, min(first + levels, LEVELS - 1), device=original.device, dtype=torch.uint8)
        level = level[None, :, None, None]
        difference = (original[:, None] <= level).to(kind) - (reconstruction[:, None] <= level).to(kind)
        total += _box_sum(difference, patch_size).abs_().sum(dim=1, dtype=total.dtype)
    return total


def _squared_totals(original: torch.Tensor, reconstruction: torch.Tensor, patch_size: int) -> torch.Tensor:
    height, width = original.shape[-2:]
    largest = (LEVELS - 1) ** 2
    kind = _integer(largest * max(width, patch_size * height), torch.int32)
    difference = original.to(kind) - reconstruction.to(kind)
    return _box_sum(difference * difference, patch_size)


def _box_sum(values: torch.Tensor, size: int) -> torch.Tensor:
    for axis in (-1, -2):
        running = torch.nn.functional.pad(
            values.cumsum(axis, dtype=values.dtype), (1, 0) if axis == -1 else (0, 0, 1, 0)
        )
        steps = running.shape[axis] - size
        values = running.narrow(axis, size, steps) - running.narrow(axis, 0, steps)
    return values


def _integer(largest: int, smallest: torch.dtype = torch.int16) -> torch.dtype:
    """The narrowest type, from ``smallest`` up, that holds ``largest``."""
    kinds = (torch.int16, torch.int32, torch.int64)
    return next(k for k in kinds[kinds.index(smallest) :] if largest <= torch.iinfo(k).max)
