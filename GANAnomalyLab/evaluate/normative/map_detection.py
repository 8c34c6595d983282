"""What the map alone tells: slices with a lesion from healthy ones, and a lesion's pixels from those around it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from GANAnomalyLib.running.progress import CancelToken

from ...statistics.area_intervals import area_intervals
from ...statistics.bootstrap import NOT_KNOWN, Draws, Measured
from ...statistics.score_areas import auroc, average_precision, best_dice
from ...statistics.score_pool import ScorePool
from ..evaluation_options import NormativeOptions
from ..heatmap.heatmap_evaluation import image_scores
from .restored_scans import ScanHeat

_EXACT_BYTES = 64 << 20


@dataclass(frozen=True)
class MapScores:
    """How well the map tells, over the scans of a dataset that have a mask.

    An image is a slice, its score its highest heat: slices with a lesion against all slices of the healthy scans.
    Pixels are those of the dataset's own scans, lesions against all else that counts. ``best_dice`` is the highest that
    any one threshold gives; ``prevalence`` the share of pixels that is lesion: the average precision of a guess.
    """

    healthy_images: int = 0
    lesion_images: int = 0
    image_auroc: Measured = NOT_KNOWN
    image_average_precision: Measured = NOT_KNOWN
    pixel_auroc: Measured = NOT_KNOWN
    pixel_average_precision: Measured = NOT_KNOWN
    best_dice: Measured = NOT_KNOWN
    prevalence: float = math.nan


class MapPools:
    """Collects scans one by one.

    Parameters
    ----------
    groups: datasets by the names of what they count for; healthy slices count for every group.
    """

    def __init__(self, groups: Mapping[str, Sequence[str]]) -> None:
        self._groups = groups
        self._images: list[tuple[str | None, np.ndarray, np.ndarray]] = []
        self._pixels = {name: ScorePool(_EXACT_BYTES) for name in groups}

    def add(self, dataset: str | None, seen: ScanHeat) -> None:
        """Take a scan of a dataset, or a healthy one (None)."""
        lesion = np.zeros(seen.heat.shape, bool) if seen.lesion is None else seen.lesion & seen.counted
        healthy, ill = image_scores(seen.heat, seen.counted, lesion)
        # A slice beside a lesion is neither healthy nor ill.
        self._images.append((dataset, healthy if dataset is None else healthy[:0], ill))
        if dataset is None:
            return
        normal, abnormal = seen.heat[seen.counted & ~lesion], seen.heat[lesion]
        for name, members in self._groups.items():
            if dataset in members:
                self._pixels[name].add(normal, abnormal)

    def scores(self, options: NormativeOptions, cancel: CancelToken) -> dict[str, MapScores]:
        """By group; those without a scan with a mask are not there."""
        return {name: self._scores(name, options, cancel) for name, pool in self._pixels.items() if pool.cases}

    def _scores(self, name: str, options: NormativeOptions, cancel: CancelToken) -> MapScores:
        images = ScorePool()
        for dataset, healthy, ill in self._images:
            if dataset is None or dataset in self._groups[name]:
                images.add(healthy, ill)
        (image_auroc, image_precision, _), shown = _areas(images, options, cancel)
        (pixel_auroc, pixel_precision, dice), pixels = _areas(self._pixels[name], options, cancel)
        every = sum(pixels)
        return MapScores(
            *shown,
            image_auroc,
            image_precision,
            pixel_auroc,
            pixel_precision,
            dice,
            pixels[1] / every if every else math.nan,
        )


def _areas(
    pool: ScorePool, options: NormativeOptions, cancel: CancelToken
) -> tuple[tuple[Measured, Measured, Measured], tuple[int, int]]:
    """AUROC, average precision, best Dice; how many items of either class there are."""
    counts = pool.counts()
    held = counts.negative, counts.positive
    if not counts.both:
        return (NOT_KNOWN, NOT_KNOWN, NOT_KNOWN), held
    intervals = area_intervals(
        pool.cases, Draws(len(pool.cases), options.bootstrap, options.seed, options.level), cancel
    )
    return (
        Measured(auroc(counts), intervals[0]),
        Measured(average_precision(counts), intervals[1]),
        Measured(best_dice(counts)),
    ), held
