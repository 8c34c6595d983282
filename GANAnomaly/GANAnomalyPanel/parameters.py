"""What the user chose, kept in the scene: saved with it and restored from it."""

from __future__ import annotations

import enum
from typing import Annotated, Any

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper

from GANAnomalyLib.models.model_folders import DEFAULT_MODEL
from GANAnomalyPanel import detector_settings

USUAL_WINDOW = 350.0, 50.0
"""Window and level, HU, with which *Another window* begins on a CT."""


class Metric(enum.Enum):
    """The metric of a request; MODEL leaves it to the model's card."""

    MODEL = "model"
    WD = "wd"
    MSE = "mse"
    SSIM = "ssim"

    @staticmethod
    def label(value: Metric) -> str:
        return {
            Metric.MODEL: _("the model's"),
            Metric.WD: _("Wasserstein distance"),
            Metric.MSE: _("mean squared error"),
            Metric.SSIM: _("1 - structural similarity"),
        }[value]


class Region(enum.Enum):
    """Where to score; a chosen segment comes before it."""

    FULL = "full"
    BODY = "body"

    @staticmethod
    def label(value: Region) -> str:
        return {Region.FULL: _("the full slice"), Region.BODY: _("the body")}[value]


class Mode(enum.Enum):
    """How the model searches for the closest normal slice."""

    FAST = "fast"
    REFERENCE = "reference"

    @staticmethod
    def label(value: Mode) -> str:
        return {Mode.FAST: _("fast"), Mode.REFERENCE: _("as published (slow)")}[value]


class Device(enum.Enum):
    """Where to compute."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"

    @staticmethod
    def label(value: Device) -> str:
        return {
            Device.AUTO: _("automatic"),
            Device.CPU: _("processor"),
            Device.CUDA: _("NVIDIA graphics card"),
            Device.MPS: _("Apple graphics"),
        }[value]


class Usual(enum.Enum):
    """How many in a hundred normal slices may reach what is called within the usual."""

    FIVE = "5"
    TWO = "2"
    ONE = "1"

    @staticmethod
    def label(value: Usual) -> str:
        words = _("1 of {count} normal slices")
        return words.format(count=100 // int(value.value))


@parameterNodeWrapper
class GANAnomalyParameterNode:
    """Everything a request needs. 0 and -1 where they stand for "as the model's card recommends" are named below.

    ``maskSegmentID`` is "" for no mask; ``patchSize`` 0 and ``steps`` -1 are the model's own. ``firstSlice`` and
    ``lastSlice`` count from the feet, zero based, both included, and only matter with ``someSlices``; ``window`` and
    ``level`` (HU; of an MR its own values) only with ``ownWindow``. ``detectorSettings`` is for
    :mod:`GANAnomalyPanel.detector_settings`.
    """

    inputVolume: vtkMRMLScalarVolumeNode
    maskSegmentation: vtkMRMLSegmentationNode
    maskSegmentID: str = ""
    model: str = DEFAULT_MODEL
    detector: str = "auto"
    mode: Mode = Mode.FAST
    metric: Metric = Metric.MODEL
    region: Region = Region.FULL
    calibrate: bool = True
    allowAny: bool = False
    shifted: bool = False
    findingsAnyway: bool = False
    ownWindow: bool = False
    window: Annotated[float, WithinRange(0.01, 1000000)] = USUAL_WINDOW[0]
    level: Annotated[float, WithinRange(-1000000, 1000000)] = USUAL_WINDOW[1]
    someSlices: bool = False
    firstSlice: Annotated[int, WithinRange(0, 100000)] = 0
    lastSlice: Annotated[int, WithinRange(0, 100000)] = 0
    patchSize: Annotated[int, WithinRange(0, 512)] = 0
    top: Annotated[int, WithinRange(1, 1000)] = 10
    steps: Annotated[int, WithinRange(-1, 10000)] = -1
    detectorSettings: str = ""
    usual: Usual = Usual.FIVE
    device: Device = Device.AUTO
    seed: Annotated[int, WithinRange(0, 2147483647)] = 303


def request_settings(parameters: GANAnomalyParameterNode, kind: Any = None) -> dict:
    """The parameters as keyword arguments of an AnalysisRequest (without its files).

    ``kind`` is the :class:`~GANAnomalyLib.detectors.kinds.DetectorKind` that will be at work, None if not known: what
    means nothing to it is not asked for.
    """
    settings = {
        "model": parameters.model,
        "detector": parameters.detector,
        "mode": parameters.mode.value,
        "metric": None if parameters.metric is Metric.MODEL else parameters.metric.value,
        "region": parameters.region.value,
        "calibrate": parameters.calibrate,
        "allow_any": parameters.allowAny,
        "hu_offset": -1024.0 if parameters.shifted else None,
        "findings_anyway": parameters.findingsAnyway,
        "patch_size": parameters.patchSize or None,
        "top": parameters.top,
        "steps": None if parameters.steps < 0 else parameters.steps,
        "device": parameters.device.value,
        "seed": parameters.seed,
    }
    if kind is not None:
        if kind.own_scores:
            settings.update(metric=None, patch_size=None)
        if not kind.published_mode:
            settings.update(mode=Mode.FAST.value)
        if not kind.searches:
            settings.update(steps=None)
        own = detector_settings.chosen(parameters, kind)
        settings["settings"] = detector_settings.in_mode(kind, own, settings["mode"])
    if parameters.ownWindow:
        settings.update(window=parameters.window, level=parameters.level)
    if parameters.someSlices:
        settings["slices"] = (parameters.firstSlice, parameters.lastSlice + 1)
    return settings
