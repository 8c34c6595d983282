"""What every detector does: slices in, pseudo-healthy reconstructions and anomaly maps out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from ..running.progress import CancelToken, ProgressCallback, no_progress
from .loaded_model import LoadedModel

State = dict[str, np.ndarray]


@dataclass
class DetectorOptions:
    """How to run: ``device`` is a torch device string; ``steps`` and ``batch`` None mean the detector's own choice."""

    device: str = "cpu"
    mode: str = "fast"
    steps: int | None = None
    batch: int | None = None
    seed: int = 303
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass
class SliceResult:
    """What a detector says of one slice.

    ``reconstruction`` is (R, R) float32 in [-1, 1] on the network's grid: the closest normal image it could find; of a
    slice in colours (3, R, R).
    ``anomaly`` is an (R, R) float32 map in the detector's own units, or None where the score room makes it from the
    pair. ``state`` holds small arrays that let a later run go on from here (for example the latent w).

    A detector that scores windows itself also gives ``windows`` (R - p + 1, R - p + 1) float32: at [row, col] the score
    of the p x p patch whose upper left corner is there, NaN where it looked at none; its ``state`` then holds "anomaly"
    and "windows" too. One that gives a map alone has patches scored for it (:mod:`GANAnomalyLib.score.map_scores`); its
    ``state`` holds "anomaly".
    """

    index: int
    reconstruction: np.ndarray
    anomaly: np.ndarray | None = None
    windows: np.ndarray | None = None
    state: State = field(default_factory=dict)
    info: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Masking:
    """Which threshold a detector masks by: the ``setting``'s name, its ``value`` here (-1: each slice's own), and where
    that is from: "request", "card", or "scan" where nobody says one."""

    setting: str
    value: float
    source: str


class Detector(ABC):
    """One detector at work with one model; :class:`~.kinds.DetectorKind` says where to find it.

    ``notes`` collects sentences for the result's warnings (for example: batch halved after out of memory). One that
    scores windows itself also sets ``metric`` (a short name), ``unit`` (what its scores count, in words), and
    ``depth_mm``, the standard deviation along z over which its scores are averaged, 0 for slices by themselves.
    One that explains pictures in colours sets ``colours``.

    One that makes anew what a first map of its own exceeds a threshold in names the setting of that threshold as
    ``masks_by``, says in ``masking`` which it takes, and gives the maps by :meth:`masking_maps`: with them thresholds
    are found on normals (``gananomaly evaluate threshold``), which cards recommend under the setting's name.
    """

    metric: str = ""
    unit: str = ""
    depth_mm: float = 0.0
    colours: bool = False
    masks_by: ClassVar[str] = ""
    masking: Masking | None = None

    def __init__(self, model: LoadedModel, options: DetectorOptions) -> None:
        """Take a model; subclasses check the settings and raise :class:`InputError` for those they cannot have."""
        self.options = options
        self.notes: list[str] = []
        model.to(options.device)

    @abstractmethod
    def explain(
        self,
        slices: np.ndarray,
        indices: list[int],
        progress: ProgressCallback = no_progress,
        cancel: CancelToken | None = None,
        known: Mapping[int, State] | None = None,
    ) -> Iterator[SliceResult]:
        """Explain ``slices`` (N, R, R) float32 in [-1, 1], neighbours next to each other; ``indices`` name them.

        With ``colours`` they may also be (N, 3, R, R): red, green and blue of pictures.
        Slices are yielded in any order, each as soon as it is done. ``known`` holds the states of slices that an
        interrupted run finished: they are not yielded again, and may help the others exactly as they would have in one
        go.
        """

    def masking_maps(
        self, slices: np.ndarray, progress: ProgressCallback = no_progress, cancel: CancelToken | None = None
    ) -> np.ndarray:
        """What ``slices``, as for :meth:`explain`, are masked by where it is above the threshold: (N, R, R) float32."""
        raise NotImplementedError(f"{type(self).__name__} masks nothing")
