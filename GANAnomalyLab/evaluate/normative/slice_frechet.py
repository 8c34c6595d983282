"""Frechet distances between sets of slices: by what features, and how AHI's three are taken."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.background import cancellable
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

from ...statistics.bootstrap import Bootstrap, Draws, Interval, percentiles
from ...statistics.frechet import Moments, frechet
from .indices import anomaly_to_healthy

FEATURES = ("texture", "frd", "inception")
"""What slices are described by: plain numbers, radiomics (frd-score), or Inception (torch-fidelity)."""

_LEAST_DEVIATION = 1e-9


class Features(ABC):
    """Rows of numbers that describe slices, and the distance between two sets of rows.

    ``title`` says what they are; ``digest`` is the SHA-256 of a network's weights, or the version of what is used.
    """

    title: str
    digest: str = ""
    quick = False
    """Whether a distance takes milliseconds, so that an interval can be drawn."""

    @abstractmethod
    def rows(self, pictures: np.ndarray, progress: ProgressCallback, cancel: CancelToken) -> np.ndarray:
        """(n, R, R) uint8 to (m, D) float64; slices that cannot be described are left out."""

    def distance(self, reference: np.ndarray, other: np.ndarray, cancel: CancelToken) -> float:
        """The squared Frechet distance of two sets of rows (n, D); NaN for sets of fewer than two rows."""
        return frechet(reference, other, cancel)

    def distances(self, reference: np.ndarray, cancel: CancelToken) -> Callable[[np.ndarray], float]:
        """:meth:`distance` from one reference to many sets."""
        return lambda other: self.distance(reference, other, cancel)


class Texture(Features):
    """:mod:`~.texture`'s numbers, each brought to mean 0 and deviation 1 of the reference set."""

    quick = True
    title = "27 plain numbers of grey levels and texture (not comparable with FID or FRD)"

    def __init__(self) -> None:
        from .texture import VERSION

        self.digest = f"version {VERSION}"

    def rows(self, pictures: np.ndarray, progress: ProgressCallback, cancel: CancelToken) -> np.ndarray:
        from .texture import NAMES, texture_features

        parts = [np.empty((0, len(NAMES)))]
        for first in range(0, len(pictures), 8):
            cancel.check()
            parts.append(texture_features(pictures[first : first + 8]))
            progress(min(first + 8, len(pictures)) / len(pictures), Message("describing_slices"))
        return np.concatenate(parts)

    def distance(self, reference: np.ndarray, other: np.ndarray, cancel: CancelToken) -> float:
        return self.distances(reference, cancel)(other)

    def distances(self, reference: np.ndarray, cancel: CancelToken) -> Callable[[np.ndarray], float]:
        """See :class:`Features`."""
        if len(reference) < 2:
            return lambda other: math.nan
        mean, deviation = reference.mean(0), reference.std(0)
        known = deviation > _LEAST_DEVIATION

        def scaled(rows: np.ndarray) -> np.ndarray:
            found: np.ndarray = (rows[:, known] - mean[known]) / deviation[known]
            return found

        moments = Moments.of(scaled(reference), cancel)
        return lambda other: frechet(moments, scaled(other), cancel) if len(other) > 1 else math.nan


class Radiomics(Features):
    """frd-score's radiomics; the distance is e to the power of FRD (its steady form), for differences of it to mean
    something."""

    title = "radiomics (frd-score), exp(FRD)"

    def __init__(self) -> None:
        from ..quality.radiomics import check_package

        self.digest = f"frd-score {check_package()}"

    def rows(self, pictures: np.ndarray, progress: ProgressCallback, cancel: CancelToken) -> np.ndarray:
        from ..quality.radiomics import image_features

        found = []
        for number, picture in enumerate(pictures, 1):
            cancel.check()
            row = image_features(picture[None])
            if row is not None and np.isfinite(row).all():
                found.append(row)
            progress(number / len(pictures), Message("describing_slices_radiomics"))
        return np.stack(found) if found else np.empty((0, 0))

    def distance(self, reference: np.ndarray, other: np.ndarray, cancel: CancelToken) -> float:
        from ..quality.radiomics import frd

        if min(len(reference), len(other)) < 2:
            return math.nan
        return math.exp(cancellable(lambda _: frd(reference, other)[1], cancel))


class Inception(Features):
    """FID's features."""

    title = "Inception's last pooling layer (FID)"

    def __init__(self, path: Path, device: str = "cpu") -> None:
        from ..quality.feature_networks import load_network

        self._network = load_network("inception", path, device)
        self.digest = self._network.digest

    def rows(self, pictures: np.ndarray, progress: ProgressCallback, cancel: CancelToken) -> np.ndarray:
        import torch

        from ..quality.feature_networks import INCEPTION

        found, size = [np.empty((0, INCEPTION))], self._network.at_once
        for first in range(0, len(pictures), size):
            cancel.check()
            batch = torch.from_numpy(np.ascontiguousarray(pictures[first : first + size]))[:, None]
            found.append(self._network(batch.expand(-1, 3, -1, -1)).numpy()[:, :INCEPTION].astype(np.float64))
            progress(min(first + size, len(pictures)) / len(pictures), Message("describing_slices_inception"))
        return np.concatenate(found)


def find_features(
    name: str,
    given: Mapping[str, Path | str],
    allow_download: bool = False,
    device: str = "cpu",
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> Features:
    """Features by name; raises :class:`InputError` for an unknown one, missing packages or missing weights."""
    if name == "texture":
        return Texture()
    if name == "frd":
        return Radiomics()
    if name == "inception":
        from ..quality.feature_weights import find_weights

        return Inception(find_weights("inception", given, allow_download, progress, cancel), device)
    raise InputError(f"Slices are described by {', '.join(FEATURES)}, not by {name!r}.")


@dataclass(frozen=True)
class Distances:
    """Squared Frechet distances to training normals: of pathological slices (P), their restorations (RP), unseen
    normals (UN) and the restorations of those (RUN), which tell what the restorer's own look costs.

    NaN where a set was too small. ``slices``: how many rows each set had: training, P, RP, UN, RUN as they were used.
    """

    pathological: float
    restored: float
    unseen: float
    restored_unseen: float
    slices: tuple[int, int, int, int, int]


def four_distances(
    features: Features,
    training: np.ndarray,
    pathological: tuple[np.ndarray, np.ndarray],
    unseen: tuple[np.ndarray, np.ndarray],
    seed: int,
    cancel: CancelToken,
) -> Distances:
    """F_P and F_RP, F_UN and F_RUN of rows (n, D): each pair is of slices and of their restorations.

    A Frechet distance grows as a set shrinks, so no more unseen normals are taken than there are pathological slices,
    drawn by ``seed``.
    """
    count = len(pathological[0])
    sets = [*pathological, *(_thinned(rows, count, seed) for rows in unseen)]
    p, rp, un, run = (features.distance(training, rows, cancel) for rows in sets)
    n_p, n_rp, n_un, n_run = map(len, sets)
    return Distances(p, rp, un, run, (len(training), n_p, n_rp, n_un, n_run))


def ahi_interval(
    features: Features,
    training: np.ndarray,
    pathological: Sequence[tuple[np.ndarray, np.ndarray]],
    unseen: Sequence[np.ndarray],
    draws: Draws,
    cancel: CancelToken,
) -> Interval | None:
    """The interval of AHI by drawing pathological scans and unseen normal ones anew, each a set of rows (n, D).

    Of a pathological scan there are the slices' rows and the restorations'. None with fewer than two scans of either
    kind, or features whose distances take too long. ``draws`` says how many, by what seed and at what level. A set that
    holds a scan twice is less spread than one of as many scans, so the middle of the draws may lie beside the value.
    """
    ill, well = len(pathological), len(unseen)
    if not features.quick or min(ill, well) < 2 or not draws.count:
        return None

    distance = features.distances(training, cancel)

    def one(weights: np.ndarray) -> float:
        cancel.check()
        drawn = np.repeat(np.arange(ill + well), weights).tolist()
        inputs, restored = (joined([pathological[n][side] for n in drawn if n < ill]) for side in (0, 1))
        normals = _thinned(joined([unseen[n - ill] for n in drawn if n >= ill]), len(inputs), draws.seed)
        return anomaly_to_healthy(*map(distance, (inputs, restored, normals)))

    strata = [np.arange(ill), ill + np.arange(well)]
    values = Bootstrap(strata, draws.count, draws.seed, 50).values(
        lambda weights: [np.array([one(row) for row in weights])], cancel=cancel
    )[0]
    ends = percentiles(values, draws.level)
    return None if ends is None else Interval(*ends, draws.level, int(np.isfinite(values).sum()))


def _thinned(rows: np.ndarray, count: int, seed: int) -> np.ndarray:
    if not len(rows) > count >= 2:
        return rows
    return rows[np.sort(np.random.default_rng([seed, 91]).permutation(len(rows))[:count])]


def joined(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Rows of several scans as one set; scans without rows are passed over."""
    held = [rows for rows in parts if rows.size]
    return np.concatenate(held) if held else np.empty((0, 1))
