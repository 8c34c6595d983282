"""One analysis while it is at work: what the stages hand on to each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..results.result import AnalysisResult, Finding
from ..running.progress import CancelToken
from .request import AnalysisRequest

if TYPE_CHECKING:
    import numpy as np

    from ..detectors.base import Detector
    from ..detectors.loaded_model import LoadedModel
    from ..domain.verdict import Domain
    from ..results.work_folder import WorkFolder
    from ..score.own_scores import OwnScores
    from ..volume import Volume
    from .prepare import Prepared, Resolved


@dataclass
class OwnScoring:
    """The scores of a detector that does its own scoring, by slice (:class:`~.score.own_scores.OwnScores`).

    ``smooth``: its maps are, so that the peaks of one thing lie apart.
    """

    slices: dict[int, OwnScores]
    metric: str
    unit: str
    smooth: bool = False

    @property
    def patch_size(self) -> int:
        """Side of a patch in pixels of the network."""
        return next(iter(self.slices.values())).patch_size


@dataclass
class Scored:
    """Scores a slice (dicts as in scores.csv), findings, and the heat (S, H, W) on the stack's grid.

    ``unit`` is what ``patch_score``, the findings' scores and the heat count, in words; ``metric`` its short name and
    ``patch_size`` the side of a patch in pixels of the network.
    """

    rows: list[dict[str, Any]]
    findings: list[Finding]
    heat: np.ndarray
    unit: str
    metric: str
    patch_size: int


@dataclass
class Explained:
    """What the detector made of the slices.

    ``reconstructions`` are uint8 beside ``Prepared.originals`` and of their shape; ``own`` its own scores, where it
    scores windows itself; ``notes`` sentences for the result's warnings; ``resumed`` how many slices an earlier run had
    finished.
    """

    reconstructions: np.ndarray
    own: OwnScoring | None
    notes: list[str]
    resumed: int


@dataclass
class Analysis:
    """The request, and one after the other what each stage adds to it. A stage reads only what earlier ones wrote.

    ``result`` is set by the last stage, or by an earlier one that finds the work already done: no stage follows then.
    ``timings`` are seconds by the names that result.json has.
    """

    request: AnalysisRequest
    cancel: CancelToken
    force: bool = False
    timings: dict[str, float] = field(default_factory=dict)
    result: AnalysisResult | None = None

    volume: Volume = field(init=False)
    device: str = field(init=False)
    model: LoadedModel = field(init=False)
    resolved: Resolved = field(init=False)
    prepared: Prepared = field(init=False)
    detector: Detector = field(init=False)
    input_hash: str = field(init=False)
    fingerprint: str = field(init=False)
    replace: bool = field(init=False)
    work: WorkFolder = field(init=False)
    explained: Explained = field(init=False)
    scored: Scored = field(init=False)
    domain: Domain = field(init=False)
    manifest: dict[str, Any] = field(init=False)
