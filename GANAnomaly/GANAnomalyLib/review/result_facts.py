"""What a review must know of a result when its folder is gone: kept in the scene, as JSON."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Annotated, Any

from ..errors import InputError
from ..files.reading import parse_json
from ..files.typed_values import at_least, at_most, nameable, read_as

RESEARCH_ONLY = "Research use only. Not a medical device."


@dataclass
class OpinionSource:
    """Who gave opinions: a classifier, by its card's name, the readers' decisions that it learnt from, and the AUROC
    on findings of patients that were held out; None where it was not measured."""

    model: Annotated[str, nameable] = ""
    accepted: Annotated[int, at_least(0)] = 0
    rejected: Annotated[int, at_least(0)] = 0
    patients: Annotated[int, at_least(0)] = 0
    auroc: Annotated[float, at_least(0), at_most(1)] | None = None


@dataclass
class ResultFacts:
    """The facts of one result.

    ``unit`` is what patch scores and heat count, in words (see :mod:`~.models.score_units`); ``metric`` "wd", "mse" or
    "ssim"; ``window`` and ``level`` in the image's own values (HU of a CT), None where they are not known;
    ``modality`` of the image as DICOM names it, "" where that is not known; ``slice_thresholds`` the slice scores that
    the given share of normal slices reach, ``heatmap_thresholds`` the heat that at most the given share of normal
    pixels exceed; ``created`` ISO time; ``folder`` where the result was written, which need not exist any more.
    ``domain`` is how the scan compares with what the model was made on, as result.json has it.
    ``stack`` says how slices lie in the voxels: "axes" and "flips" as in
    :class:`GANAnomalyLib.volume.orient.AxialStack`, "shape" (K, J, I) and "ijk_to_ras" (4 x 4);
    ``voxels`` is their quick hash (:mod:`GANAnomalyLib.volume.quick_hash`), empty where it is not known.
    ``opinions`` says who gave the findings' second opinions; None where there are none.
    """

    unit: str = ""
    metric: str = ""
    model: str = ""
    model_title: str = ""
    window: float | None = None
    level: float | None = None
    modality: str = ""
    heatmap_threshold: float | None = None
    slice_thresholds: dict[str, float] = field(default_factory=dict)
    heatmap_thresholds: dict[str, float] = field(default_factory=dict)
    fingerprint: str = ""
    created: str = ""
    warnings: list[str] = field(default_factory=list)
    domain: dict[str, Any] = field(default_factory=dict)
    folder: str = ""
    stack: dict[str, Any] = field(default_factory=dict)
    voxels: str = ""
    opinions: OpinionSource | None = None

    def to_json(self) -> str:
        """All but ``folder``: a path may name the patient, and scenes are sent around."""
        return json.dumps({name: value for name, value in dataclasses.asdict(self).items() if name != "folder"})

    @classmethod
    def from_json(cls, text: str) -> ResultFacts:
        """The inverse of :meth:`to_json`; unknown names are left out. Raises :class:`InputError` for anything else."""
        try:
            return read_as(cls, parse_json(text, "The result in this scene"), "The result in this scene")
        except InputError as error:
            raise InputError("The result in this scene is damaged: run the analysis again.", error.message) from error
