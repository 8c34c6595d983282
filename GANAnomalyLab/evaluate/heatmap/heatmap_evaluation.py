"""The evaluation of heatmaps: every case read once, then the numbers over the whole set."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part

from ...statistics.area_intervals import area_intervals
from ...statistics.bootstrap import Draws, Interval, ratio_interval
from ...statistics.froc import RATES, FrocCase, froc, froc_intervals, sensitivity_at
from ...statistics.score_areas import ScoreCounts, auroc, auroc_error, average_precision, average_precision_range
from ...statistics.score_pool import ScorePool
from ..evaluation_options import HeatmapOptions
from .free_response import froc_case
from .heatmap_cases import HeatmapCase, HeatmapPixels, read_case
from .localisation import default_patch_size, locate

_READING = 0.85
_COARSE = 1e-3


@dataclass(frozen=True)
class Measure:
    """One number over the set: NaN where it cannot be told; ``error`` by how much binning may have moved it."""

    value: float
    interval: Interval | None = None
    error: float = 0.0


@dataclass(frozen=True)
class CaseMeasures:
    """One case. Pixel counts leave ignored ones out; areas are NaN for a case without both classes.

    ``lesions`` counts lesions over all slices. ``highest`` is the highest heat, ``highest_in_lesion`` that within
    lesions (NaN without one); ``centre_rank``, ``iou_rank`` and ``best_iou`` as in :class:`~.localisation.Located`,
    None and NaN for normal cases.
    """

    case: str
    slices: int
    lesion_slices: int
    pixels: int
    lesion_pixels: int
    ignored_pixels: int
    pixel_auroc: float
    pixel_average_precision: float
    highest: float
    highest_in_lesion: float
    patch_size: int
    centre_rank: int | None
    iou_rank: int | None
    best_iou: float
    lesions: int


@dataclass
class HeatmapEvaluation:
    """The whole evaluation.

    ``measures`` by name; ``pixels`` and ``images`` count scores of normal and lesion pixels and images for the curves,
    ``histogram`` and ``image_histogram`` the same in fine bins. An image is a slice, its score its highest heat.
    ``free`` is what the highest patches of each case do (:mod:`~.free_response`), for the FROC curve.
    """

    options: HeatmapOptions
    cases: list[CaseMeasures]
    measures: dict[str, Measure]
    pixels: ScoreCounts
    images: ScoreCounts
    histogram: ScoreCounts
    image_histogram: ScoreCounts
    exact: bool
    free: list[FrocCase] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def evaluate_heatmaps(
    cases: Sequence[HeatmapCase],
    options: HeatmapOptions | None = None,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> HeatmapEvaluation:
    """Hold heatmaps against their truths.

    Parameters
    ----------
    cases: as :func:`~.heatmap_cases.match_cases` pairs them; read one at a time.
    options: None for the defaults.

    Raises
    ------
    InputError: a case that cannot be used (named), no lesion in any, or nothing normal in any.
    """
    options, cancel = options or HeatmapOptions(), cancel or CancelToken()
    if not cases:
        raise InputError("There is no heatmap to evaluate: give a folder that holds some.")
    pixel_pool, image_pool = ScorePool(options.exact_bytes), ScorePool()
    rows: list[CaseMeasures] = []
    free: list[FrocCase] = []
    reading = part(progress, 0.0, _READING)
    for number, case in enumerate(cases):
        cancel.check()
        reading(number / len(cases), Message("reading_heatmaps", number=number + 1, count=len(cases)))
        pixels = read_case(case)
        lesion = pixels.lesion & pixels.counted
        normal, abnormal = pixels.heat[pixels.counted & ~lesion], pixels.heat[lesion]
        pixel_pool.add(normal, abnormal)
        image_pool.add(*image_scores(pixels.heat, pixels.counted, lesion))
        size = options.patch_size or default_patch_size(pixels.heat.shape)
        free.append(froc_case(pixels, size, options.min_iou, cancel))
        rows.append(
            _case_measures(case.name, pixels, lesion, normal, abnormal, size, free[-1].lesions, options, cancel)
        )
    if not any(row.lesion_pixels for row in rows):
        raise InputError("No heatmap has a lesion that counts: give masks or boxes with at least one lesion.")
    if not any(row.pixels > row.lesion_pixels for row in rows):
        raise InputError("Every pixel that counts is lesion: without normal pixels nothing can be told apart.")
    progress(_READING, Message("counting_pixels"))
    out = HeatmapEvaluation(
        options,
        rows,
        {},
        pixels=pixel_pool.counts(),
        images=image_pool.counts(),
        histogram=pixel_pool.binned(),
        image_histogram=image_pool.binned(),
        exact=pixel_pool.exact,
        free=free,
    )
    _measure(out, pixel_pool, image_pool, part(progress, _READING + 0.05, 1.0), cancel)
    progress(1.0, Message("done"))
    return out


def image_scores(heat: np.ndarray, counted: np.ndarray, lesion: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The highest heat of each normal slice and of each with a lesion, of (S, H, W) arrays; slices of which nothing
    counts go."""
    held = [k for k in range(len(lesion)) if counted[k].any()]
    highest = np.array([heat[k][counted[k]].max() for k in held], heat.dtype)
    ill = np.array([lesion[k].any() for k in held], bool)
    return highest[~ill], highest[ill]


def _case_measures(
    name: str,
    pixels: HeatmapPixels,
    lesion: np.ndarray,
    normal: np.ndarray,
    abnormal: np.ndarray,
    size: int,
    lesions: int,
    options: HeatmapOptions,
    cancel: CancelToken,
) -> CaseMeasures:
    counts = ScoreCounts.of(normal, abnormal) if len(normal) and len(abnormal) else None
    found = locate(pixels, size, options.top, options.min_iou, cancel) if len(abnormal) else None
    return CaseMeasures(
        case=name,
        slices=len(lesion),
        lesion_slices=int(lesion.any((1, 2)).sum()),
        pixels=len(normal) + len(abnormal),
        lesion_pixels=len(abnormal),
        ignored_pixels=int((~pixels.counted).sum()),
        pixel_auroc=auroc(counts) if counts else math.nan,
        pixel_average_precision=average_precision(counts) if counts else math.nan,
        highest=max((float(side.max()) for side in (normal, abnormal) if len(side)), default=math.nan),
        highest_in_lesion=float(abnormal.max()) if len(abnormal) else math.nan,
        patch_size=size,
        centre_rank=found.by_centre if found else None,
        iou_rank=found.by_iou if found else None,
        best_iou=found.best_iou if found else math.nan,
        lesions=lesions,
    )


def _measure(
    out: HeatmapEvaluation,
    pixel_pool: ScorePool,
    image_pool: ScorePool,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> None:
    options, rows = out.options, out.cases
    draws = Draws(len(rows), options.bootstrap, options.seed, options.level)
    for name, pool, counts, exact in (
        ("pixel", pixel_pool, out.pixels, pixel_pool.exact),
        ("image", image_pool, out.images, image_pool.exact),
    ):
        progress(0.0 if name == "pixel" else 0.5, Message("intervals_scores", name=name))
        if not counts.both:
            continue
        intervals = area_intervals(pool.cases, draws, cancel)
        precision = average_precision(counts)
        low, high = (precision, precision) if exact else average_precision_range(counts)
        out.measures[f"{name}_auroc"] = Measure(auroc(counts), intervals[0], 0.0 if exact else auroc_error(counts))
        out.measures[f"{name}_average_precision"] = Measure(
            precision, intervals[1], max(high - precision, precision - low)
        )
    prevalence = out.pixels.positive / (out.pixels.positive + out.pixels.negative)
    out.measures["pixel_prevalence"] = Measure(prevalence)
    for name in ("pixel_auroc", "pixel_average_precision"):
        values = np.array([getattr(row, name) for row in rows])
        known = np.isfinite(values)
        if known.any():
            interval = ratio_interval(np.where(known, values, 0.0), known.astype(float), draws, cancel)
            out.measures[f"mean_case_{name}"] = Measure(float(values[known].mean()), interval)
    ill = np.array([row.lesion_pixels > 0 for row in rows])
    for rule in ("centre", "iou"):
        ranks = [getattr(row, f"{rule}_rank") for row in rows]
        for top in sorted({1, options.top}):
            hits = np.array([rank is not None and rank <= top for rank in ranks], dtype=float)
            interval = ratio_interval(hits, ill.astype(float), draws, cancel)
            out.measures[f"top{top}_{rule}"] = Measure(float(hits[ill].mean()), interval)
    rates, sensitivity, _ = froc(out.free)
    values = sensitivity_at(rates, sensitivity)
    *intervals, of_mean = froc_intervals(out.free, draws, cancel)
    for rate, value, interval in zip(RATES, values, intervals, strict=True):
        out.measures[f"sensitivity_at_{rate:g}"] = Measure(float(value), interval)
    out.measures["froc_mean"] = Measure(float(values.mean()), of_mean)
    _warn(out)


def _warn(out: HeatmapEvaluation) -> None:
    if not out.exact:
        out.warnings.append(
            "There are too many pixels to keep every score: areas over all pixels are computed in fine bins, and their "
            "largest possible error is stated."
        )
    coarse = auroc_error(out.histogram)
    if coarse > _COARSE:
        out.warnings.append(
            f"Many scores differ by less than a twentieth of a percent: intervals of pixel areas and the histogram are "
            f"coarse (up to {coarse:.1g}); subtract a common offset from the heatmaps for finer ones."
        )
    if not out.images.both:
        out.warnings.append("All images are of one kind, with a lesion or without: there is no AUROC of images.")
    if len(out.cases) < 2:
        out.warnings.append("With a single case there are no confidence intervals.")
