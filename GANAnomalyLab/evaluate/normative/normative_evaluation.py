"""The evaluation of normative learning: every scan read once or twice, then indices over the sets."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.background import interruptible
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part

from ...statistics.bootstrap import NOT_KNOWN, Draws, Interval, Measured, ratio_interval
from ..evaluation_options import NormativeOptions, ObjectOptions
from .indices import FORMS, anomaly_to_healthy, conservation_correction, restoration_quality
from .map_detection import MapPools, MapScores
from .objects import ObjectCounts, count_objects
from .pixel_thresholds import own_threshold, search_threshold
from .restored_scans import Heats, Scan, ScanHeat, ScanPairs, read_heat, read_pairs
from .similarity import Perceptual, ScanSimilarity, likeness
from .slice_frechet import Distances, Features, Texture, ahi_interval, four_distances, joined

HEALTHY = "healthy"
"""The name of the healthy set among the datasets."""

ALL = "all"
"""What stands for every pathological dataset together, where there are several."""

OWN = "own 95th percentile"
"""The threshold that each scan sets itself."""

NO_RESTORATION = (
    "There is no RQI, AHI or CACI: the model's pictures show what it remembers, not the slice as it would be if "
    "normal. Its map can be judged."
)

_FEW_SLICES = 30


@dataclass(frozen=True)
class CaseIndices:
    """One scan: its likeness, and what follows from it. RQI is of healthy scans, CACI of pathological ones."""

    case: str
    dataset: str
    likeness: ScanSimilarity
    rqi: float = math.nan
    conservation: float = math.nan
    correction: float = math.nan
    caci: float = math.nan


@dataclass(frozen=True)
class CaseObjects:
    """One scan at one threshold (named by its rate or :data:`OWN`); a healthy scan has no lesions."""

    case: str
    dataset: str
    threshold: str
    value: float
    counts: ObjectCounts


@dataclass(frozen=True)
class LesionSlice:
    """The slice of a scan that shows most of its lesions: its number in the CT, and their area there in mm2."""

    case: str
    dataset: str
    slice: int
    mm2: float


@dataclass
class NormativeEvaluation:
    """The whole evaluation.

    ``form`` is the perceptual distance of RQI (:data:`~.indices.FORMS`); ``restores`` whether there is anything to
    judge by RQI, AHI and CACI. ``rqi`` is over the healthy scans; ``caci``, ``distances``, ``ahi``, its intervals and
    ``maps`` (what the map alone tells) by dataset, with :data:`ALL` where there are several. ``thresholds`` by rate, in
    the heat's unit; ``objects`` pooled, by dataset (the healthy one too), then by threshold.
    """

    options: NormativeOptions
    form: str
    features: str
    features_digest: str
    restores: bool = True
    cases: list[CaseIndices] = field(default_factory=list)
    objects_by_case: list[CaseObjects] = field(default_factory=list)
    rqi: Measured = NOT_KNOWN
    caci: dict[str, Measured] = field(default_factory=dict)
    distances: dict[str, Distances] = field(default_factory=dict)
    ahi: dict[str, float] = field(default_factory=dict)
    ahi_intervals: dict[str, Interval | None] = field(default_factory=dict)
    maps: dict[str, MapScores] = field(default_factory=dict)
    lesion_slices: list[LesionSlice] = field(default_factory=list)
    thresholds: dict[str, float] = field(default_factory=dict)
    objects: dict[str, dict[str, ObjectCounts]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def check_name(dataset: str) -> None:
    """Raise :class:`InputError` for a name of a pathological dataset that means something else."""
    if dataset in (HEALTHY, ALL):
        raise InputError(f"A dataset of pathological scans cannot be called {HEALTHY} or {ALL}: rename its folder.")


def normative_indices(
    healthy: Sequence[Scan],
    pathological: Mapping[str, Sequence[Scan]],
    training: Sequence[Callable[[], np.ndarray]] = (),
    options: NormativeOptions | None = None,
    perceptual: Perceptual | None = None,
    features: Features | None = None,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    restores: bool = True,
) -> NormativeEvaluation:
    """How well a detector's restorations are what is normal: RQI, AHI and CACI with their ingredients.

    Parameters
    ----------
    healthy: results of healthy scans that the model was not trained on.
    pathological: results of other scans by dataset; those without a mask count for AHI alone.
    training: functions that give (n, R, R) uint8 pictures of training scans, framed as the results; none: no AHI.
    perceptual: LPIPS or what stands in for it; None: SSIM does, and the evaluation says so.
    features: what Frechet distances are taken between; None for :class:`~.frechet.Texture`.
    restores: whether the model's reconstructions are restorations; if not, there are no indices.

    Raises
    ------
    InputError: no scan at all, or one that cannot be used (named). Cancelled.
    """
    options, cancel, features = options or NormativeOptions(), cancel or CancelToken(), features or Texture()
    for name in pathological:
        check_name(name)
    if not healthy and not any(pathological.values()):
        raise InputError("There is no scan to evaluate: give healthy or pathological ones.")
    form = "ssim" if perceptual is None else perceptual.form
    out = NormativeEvaluation(options, form, features.title, features.digest, restores)
    if not restores:
        out.warnings.append(NO_RESTORATION)
    elif form != "lpips":
        out.warnings.append(f"RQI is in its {form} form: {FORMS[form]}.")
    work = _Work(out, perceptual, features, cancel)
    work.pairs(healthy, pathological, part(progress, 0.0, 0.6))
    work.frechet(training, part(progress, 0.6, 0.85))
    work.localise(healthy, pathological, part(progress, 0.85, 1.0))
    _summarise(out, cancel)
    progress(1.0, Message("done"))
    return out


class _Work:
    """The scans gone through, one at a time; rows of features are all that is kept of their pictures."""

    def __init__(
        self, out: NormativeEvaluation, perceptual: Perceptual | None, features: Features, cancel: CancelToken
    ) -> None:
        self.out, self.perceptual, self.features, self.cancel = out, perceptual, features, cancel
        self.unseen: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
        self.rows: dict[str, tuple[list[np.ndarray], list[np.ndarray]]] = {}
        self.size = 0

    def pairs(
        self, healthy: Sequence[Scan], pathological: Mapping[str, Sequence[Scan]], progress: ProgressCallback
    ) -> None:
        listed = [(HEALTHY, scan) for scan in healthy]
        listed += [(name, scan) for name, scans in pathological.items() for scan in scans]
        for number, (dataset, scan) in enumerate(listed):
            self.cancel.check()
            stretch = part(progress, number / len(listed), (number + 1) / len(listed))
            stretch(0.0, Message("comparing_scan_restoration", number=number + 1, count=len(listed)))
            pairs = interruptible(self.cancel, read_pairs, scan, self.out.options.region)
            self._check_size(pairs.originals, scan.name)
            self.out.cases.append(self._case(dataset, pairs))
            self._describe(dataset, pairs, part(stretch, 0.5, 1.0))

    def _case(self, dataset: str, pairs: ScanPairs) -> CaseIndices:
        found = likeness(pairs, self.perceptual if self.out.restores else None, self.cancel)
        if pairs.lesion is not None and not found.pixels_in:
            self.out.warnings.append(f"{pairs.name} shows no lesion in the slices analysed: it counts for nothing.")
        if not self.out.restores:
            return CaseIndices(pairs.name, dataset, found)
        if dataset == HEALTHY:
            restored, blank = found.perceptual, found.perceptual_blank
            if self.perceptual is None:
                restored, blank = 1 - found.ssim, 1 - found.ssim_blank
            return CaseIndices(pairs.name, dataset, found, rqi=restoration_quality(restored, blank))
        return CaseIndices(
            pairs.name,
            dataset,
            found,
            conservation=_cut(found.ssim_out),
            correction=_cut(1 - found.ssim_in),
            caci=conservation_correction(found.ssim_out, found.ssim_in),
        )

    def _describe(self, dataset: str, pairs: ScanPairs, progress: ProgressCallback) -> None:
        shown = np.ones(len(pairs.originals), bool)
        if pairs.lesion is not None and not self.out.options.every_slice:
            shown = np.asarray(pairs.lesion.any((1, 2)))
        if not shown.any() or not self.out.restores:
            return
        held = self.unseen if dataset == HEALTHY else self.rows.setdefault(dataset, ([], []))
        for n, pictures in enumerate((pairs.originals, pairs.restored)):
            half = part(progress, n / 2, (n + 1) / 2)
            held[n].append(self.features.rows(pictures[shown], half, self.cancel))

    def frechet(self, training: Sequence[Callable[[], np.ndarray]], progress: ProgressCallback) -> None:
        if not self.out.restores:
            return
        if not (training and self.unseen[0] and self.rows):
            self.out.warnings.append(
                "There is no AHI: it needs training scans, healthy scans and pathological scans, all three."
            )
            return
        known = []
        for number, pictures in enumerate(training):
            self.cancel.check()
            stretch = part(progress, number / len(training), (number + 1) / len(training))
            stretch(0.0, Message("training_scan", number=number + 1, count=len(training)))
            shown = interruptible(self.cancel, pictures)
            self._check_size(shown, f"training scan {number + 1}")
            known.append(self.features.rows(shown, stretch, self.cancel))
        sets = dict(self.rows)
        if len(sets) > 1:
            sets[ALL] = tuple([one for rows in self.rows.values() for one in rows[n]] for n in (0, 1))  # type: ignore
        reference, unseen = joined(known), (joined(self.unseen[0]), joined(self.unseen[1]))
        for name, (inputs, restored) in sets.items():
            self.cancel.check()
            pair = joined(inputs), joined(restored)
            found = four_distances(self.features, reference, pair, unseen, self.out.options.seed, self.cancel)
            self.out.distances[name] = found
            self.out.ahi[name] = anomaly_to_healthy(found.pathological, found.restored, found.unseen)
            scans = list(zip(inputs, restored, strict=True))
            options = self.out.options
            draws = Draws(len(scans), options.bootstrap, options.seed, options.level)
            self.out.ahi_intervals[name] = ahi_interval(
                self.features, reference, scans, self.unseen[0], draws, self.cancel
            )
            self._warn(name, found)

    def _warn(self, name: str, found: Distances) -> None:
        fewest = min(found.slices)
        if fewest < _FEW_SLICES:
            self.out.warnings.append(
                f"AHI of {name} rests on sets of as few as {fewest} slices: the distances are mostly chance."
            )
        if found.restored_unseen >= found.pathological:
            self.out.warnings.append(
                f"AHI of {name} says little: even restorations of healthy scans lie farther from the training normals "
                f"({found.restored_unseen:.3g}) than pathological inputs ({found.pathological:.3g}), so these features "
                "see the restorer's own look (softness, less noise) before any anomaly."
            )
        if math.isfinite(found.pathological) and found.pathological <= found.unseen:
            self.out.warnings.append(
                f"There is no AHI of {name}: by these features its inputs are no farther from the training normals "
                f"({found.pathological:.3g}) than unseen normals are ({found.unseen:.3g})."
            )

    def localise(
        self, healthy: Sequence[Scan], pathological: Mapping[str, Sequence[Scan]], progress: ProgressCallback
    ) -> None:
        options, out = self.out.options, self.out
        if healthy:
            out.thresholds = search_threshold(
                Heats(healthy, options.region, self.cancel), options.rates, part(progress, 0.0, 0.5), self.cancel
            )
        else:
            out.warnings.append("Without healthy scans there is only each scan's own threshold.")
        listed = [(HEALTHY, scan) for scan in healthy]
        listed += [(name, scan) for name, scans in pathological.items() for scan in scans if scan.mask is not None]
        groups = _groups(name for name, scans in pathological.items() if scans)
        pools = MapPools(groups)
        for number, (dataset, scan) in enumerate(listed):
            self.cancel.check()
            progress(
                0.5 + 0.5 * number / len(listed),
                Message("looking_for_lesions_scan", number=number + 1, count=len(listed)),
            )
            seen = interruptible(self.cancel, read_heat, scan, options.region)
            out.objects_by_case += _objects(dataset, seen, out.thresholds, options.objects)
            pools.add(None if dataset == HEALTHY else dataset, seen)
            areas = np.zeros(1) if seen.lesion is None else (seen.lesion & seen.counted).sum((1, 2)) * seen.pixel_mm2
            if areas.any():
                at = int(areas.argmax())
                out.lesion_slices.append(LesionSlice(scan.name, dataset, seen.slices[at], float(areas[at])))
        out.maps = pools.scores(options, self.cancel)

    def _check_size(self, pictures: np.ndarray, name: str) -> None:
        size = pictures.shape[-1]
        if self.size and size != self.size:
            raise InputError(
                f"The slices of {name} have {size} pixels a side, others {self.size}: give results of one model."
            )
        self.size = size


def _objects(
    dataset: str, seen: ScanHeat, thresholds: Mapping[str, float], options: ObjectOptions
) -> list[CaseObjects]:
    counted = seen.counted
    lesion = np.zeros(seen.heat.shape, bool) if seen.lesion is None else seen.lesion & counted
    heat = np.where(counted, seen.heat, -np.inf)
    values = dict(thresholds)
    if counted.any():
        values[OWN] = own_threshold(seen.heat[counted])
    return [
        CaseObjects(seen.name, dataset, name, value, count_objects(heat, lesion, value, seen.voxel_mm3, options))
        for name, value in values.items()
    ]


def _summarise(out: NormativeEvaluation, cancel: CancelToken) -> None:
    """The cases' numbers become the sets': means of scans, and pooled objects."""
    options = out.options
    groups = _groups(row.dataset for row in out.cases if row.dataset != HEALTHY)

    def mean(values: Sequence[float]) -> Measured:
        known = np.array([value for value in values if math.isfinite(value)])
        if not len(known):
            return NOT_KNOWN
        draws = Draws(len(known), options.bootstrap, options.seed, options.level)
        return Measured(float(known.mean()), ratio_interval(known, np.ones(len(known)), draws, cancel))

    out.rqi = mean([row.rqi for row in out.cases])
    for name, members in groups.items():
        out.caci[name] = mean([row.caci for row in out.cases if row.dataset in members])
    for name, members in {HEALTHY: [HEALTHY], **groups}.items():
        rows = [row for row in out.objects_by_case if row.dataset in members]
        by_threshold = {
            threshold: ObjectCounts.pooled(row.counts for row in rows if row.threshold == threshold)
            for threshold in dict.fromkeys(row.threshold for row in rows)
        }
        if by_threshold:
            out.objects[name] = by_threshold


def _groups(datasets: Iterable[str]) -> dict[str, list[str]]:
    """Each dataset, and all of them together where there are several."""
    names = list(dict.fromkeys(datasets))
    groups = {name: [name] for name in names}
    return groups | {ALL: names} if len(names) > 1 else groups


def _cut(value: float) -> float:
    return min(max(value, 0.0), 1.0) if math.isfinite(value) else math.nan
