"""One image's heatmaps: windows, completions, distances, maps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ....errors import InputError
from ....running.messages import Message
from ....running.progress import CancelToken, ProgressCallback, no_progress
from ..load import PicardModel
from ..network.dropout import drop_layers
from .completer import Completer
from .grid import Grid, resized
from .heatmap_settings import PicardSettings
from .maps import PicardMaps
from .masks import Masks, drawn
from .rounds import adaptive, exact
from .work import Task, Work

CPU_BATCH, GPU_BATCH = 4, 32
_REDUCTIONS: dict[str, Callable[..., np.ndarray]] = {"mcd": np.nanmin, "mean_cd": np.nanmean, "med_cd": np.nanmedian}
_TOLERANCE = 1e-3


def heatmaps(
    model: PicardModel,
    image: np.ndarray,
    settings: PicardSettings | None = None,
    masks: Masks | None = None,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> PicardMaps:
    """Score every window of an image by how far its hidden centre is from what the model completes it with.

    Parameters
    ----------
    model: networks in evaluation mode, on the device to use.
    image: (H, W) or (C, H, W) in [-1, 1]; (H, W) is repeated for a model of several channels.
    masks: the dropout of each completion instead of that drawn from the settings' seed.

    Raises
    ------
    InputError: the settings, the image or both together cannot be. Cancelled: ``cancel`` was set.

    Source: Konz, Dong, Mazurowski, Medical Image Analysis 2023 (arXiv 2305.03098).
    """
    settings = settings or PicardSettings()
    settings.check_for(model)
    pixels = _checked(image, model.inpainter.channels)
    window, hole = settings.sizes(model)
    grid = Grid(pixels, window, hole, settings.stride, settings.border, model.window)
    if settings.background_share is not None:
        grid.skip_background(settings.background, settings.background_share)
    windows = np.flatnonzero(~grid.skipped).tolist()
    layers = drop_layers(model.inpainter, settings.drop_layers)
    masks = masks or drawn(layers, settings.drop_rate, settings.seed)
    notes: list[str] = []
    work = Work(
        model,
        grid,
        Completer(
            model.inpainter, model.window, grid.hole_inside, layers, None if settings.drop_rate >= 0.4 else False
        ),
        masks,
        settings.completions,
        tuple(metric.rsplit("_", 1)[1] for metric in settings.metrics),
        settings.batch or (CPU_BATCH if next(model.inpainter.parameters()).device.type == "cpu" else GPU_BATCH),
        cancel or CancelToken(),
        notes,
        _Progress(progress, windows, settings),
    )
    if settings.mode == "exact":
        exact(work, windows, settings.completions)
    else:
        adaptive(work, windows, settings.completions, settings.top)
    shown = _reconstruction(work, grid, pixels)
    return PicardMaps(
        {metric: _reduced(work, metric, grid, windows) for metric in settings.metrics},
        grid.rows,
        grid.columns,
        hole,
        pixels.shape[1:],
        (~np.isnan(work.distances[work.spaces[0]])).sum(1).reshape(grid.skipped.shape),
        shown if np.ndim(image) == 3 else shown.mean(0),
        settings.averaged,
        work.batch,
        notes,
    )


def _checked(image: np.ndarray, channels: int) -> np.ndarray:
    """(C, H, W) float32; raises :class:`InputError`."""
    pixels = np.asarray(image, np.float32)
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[None], channels, axis=0)
    if pixels.ndim != 3 or len(pixels) != channels or 0 in pixels.shape:
        raise InputError(f"The image has the shape {np.shape(image)}, the model is for {channels} channel(s).")
    if not np.isfinite(pixels).all():
        raise InputError("The image has pixels that are no numbers (NaN or infinite): repair it before the analysis.")
    if np.abs(pixels).max() > 1 + _TOLERANCE:
        raise InputError("The image's values must lie between -1 and 1: apply the window and level first.")
    return pixels


def _reduced(work: Work, metric: str, grid: Grid, windows: list[int]) -> np.ndarray:
    kind, space = metric.rsplit("_", 1)
    scores = np.full(grid.skipped.size, np.nan, np.float32)
    if windows:
        scores[windows] = _REDUCTIONS[kind](work.distances[space][windows], axis=1)
    return scores.reshape(grid.skipped.shape)


def _reconstruction(work: Work, grid: Grid, pixels: np.ndarray) -> np.ndarray:
    """(C, H, W): the mean of the nearest completions over each pixel, the image where there are none."""
    total, count = np.zeros(pixels.shape, np.float32), np.zeros(pixels.shape[1:], np.float32)
    for window, nearest in sorted(work.nearest.items()):
        row, column = divmod(window, len(grid.columns))
        part = tuple(slice(start, start + grid.hole) for start in (grid.rows[row], grid.columns[column]))
        total[:, part[0], part[1]] += resized(nearest[None].float(), grid.hole)[0].numpy()
        count[part] += 1
    return np.where(count > 0, total / np.maximum(count, 1), pixels)


class _Progress:
    """Says how many windows are done. In the adaptive mode how many completions that takes shows only in the end."""

    def __init__(self, progress: ProgressCallback, windows: list[int], settings: PicardSettings) -> None:
        self.progress, self.count, self.settings = progress, len(windows), settings
        self.made: dict[int, int] = {}
        self.total = 0

    def __call__(self, tasks: list[Task]) -> None:
        for window, _ in tasks:
            self.made[window] = self.made.get(window, 0) + 1
        self.total += len(tasks)
        each = self.settings.completions
        if self.settings.mode == "exact":
            done = sum(made >= each for made in self.made.values())
            self.progress(
                self.total / (self.count * each),
                Message("one_window", number=min(done + 1, self.count), count=self.count),
            )
            return
        if self.total <= self.count:
            self.progress(0.6 * self.total / self.count, Message("one_window", number=len(self.made), count=self.count))
            return
        top = min(self.settings.top, self.count)
        full = sum(sorted(self.made.values())[-top:]) / (top * each)
        finished = sum(made >= each for made in self.made.values())
        self.progress(0.6 + 0.4 * full, Message("highest_windows_again", number=min(finished + 1, top), count=top))
