"""From a volume to what a network sees: which slices, how framed and windowed, scored where."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..errors import InputError, at_fault
from ..models.card import ModelCard
from ..running.messages import Message
from ..score import to_gray8
from ..volume import RADIOGRAPHS, AxialStack, Frame, Volume, body_box, body_mask, read_mask
from .request import AnalysisRequest

BODY_MARGIN_MM = 6.0
DEFAULT_PATCH_FRACTION = 16  # the published 32 pixels of 512


@dataclass(frozen=True)
class Resolved:
    """The request's open questions answered: by the user, else the model's card, else the published defaults."""

    window: float
    level: float
    metric: str
    patch_size: int
    heatmap_threshold: float | None

    @classmethod
    def of(cls, request: AnalysisRequest, card: ModelCard, volume: Volume) -> Resolved:
        recommended = card.recommended
        metric = request.metric or str(recommended.get("metric", "wd"))
        window, level = card.window, card.level
        if volume.meta.get("kind") == "picture":
            # A picture has grey values, not Hounsfield units: all of its range is shown.
            window = float(2 ** int(volume.meta.get("bits", 8)) - 1)  # type: ignore[call-overload]
            level = window / 2
        elif volume.modality in RADIOGRAPHS and volume.voxels.min() < volume.voxels.max():
            # Its values have no unit: from its darkest to its brightest pixel, as training images are made of it.
            low, high = float(volume.voxels.min()), float(volume.voxels.max())
            window, level = high - low, (low + high) / 2
        window = float(request.window if request.window is not None else window)
        level = float(request.level if request.level is not None else level)
        default_patch = recommended.get("patch_size", max(card.resolution // DEFAULT_PATCH_FRACTION, 4))
        patch = int(request.patch_size or default_patch)
        if patch > card.resolution:
            raise InputError.of(
                "Patch size {given} is larger than the {largest}-pixel images of model {model!r}.",
                field="patch_size",
                given=patch,
                largest=card.resolution,
                model=card.name,
            )
        same = metric == recommended.get("metric") and patch == recommended.get("patch_size") and request.calibrate
        threshold = recommended.get("heatmap_threshold") if same else None
        return cls(window, level, metric, patch, None if threshold is None else float(threshold))

    @property
    def floor(self) -> float:
        """The window's lower end in HU."""
        return self.level - self.window / 2


@dataclass
class Prepared:
    """A volume ready for a detector.

    ``indices`` are slices in patient order; ``targets`` (N, R, R) float32 in [-1, 1] and ``originals`` uint8 follow
    them; ``regions`` (N, R, R) bool says where scores count, or is None for everywhere.
    """

    volume: Volume
    stack: AxialStack
    frame: Frame
    indices: list[int]
    targets: np.ndarray
    originals: np.ndarray
    regions: np.ndarray | None
    warnings: list[str] = field(default_factory=list)


def prepare(request: AnalysisRequest, resolved: Resolved, card: ModelCard, volume: Volume) -> Prepared:
    """Choose, frame and window the slices; raises :class:`InputError` for ranges and masks that do not fit."""
    stack = AxialStack.from_volume(volume)
    warnings = [*volume.warnings, *stack.warnings]
    count, height, width = stack.slices.shape
    first, stop = request.slices or (0, count)
    if stop > count or first >= count:
        raise InputError.of(
            "Slices {first}:{stop} lie outside the volume, which has slices 0:{count}.",
            field="slices",
            first=first,
            stop=stop,
            count=count,
        )
    indices = list(range(first, stop))
    region = None
    body = None
    if card.framing == "body" or request.region == "body":
        body = body_mask(stack.slices, resolved.floor)
    if request.region == "mask" and request.mask is not None:
        with at_fault("mask"):
            marked = read_mask(request.mask, request.label, volume)
        region = AxialStack.from_volume(volume.like(marked)).slices
        indices = [index for index in indices if region[index].any()]
        if not indices:
            raise InputError.of(
                "The mask marks nothing in slices {first}:{stop}: choose other slices.",
                field="slices",
                first=first,
                stop=stop,
            )
    elif request.region == "body":
        region = body
        indices = [index for index in indices if body is not None and body[index].any()]
        if not indices:
            raise InputError(
                "No body was found in these slices: check the window and level, or use region 'full'.", field="region"
            )
    box = None
    if card.framing == "body" and volume.meta.get("kind") != "picture" and volume.modality not in RADIOGRAPHS:
        if body is not None and body.any():
            box = body_box(body, BODY_MARGIN_MM, stack.spacing_mm)
        else:
            warnings.append(Message("no_body"))
    frame = Frame.fit(height, width, stack.spacing_mm[1], stack.spacing_mm[2], card.resolution, box=box)
    chosen = stack.slices[indices]
    targets = frame.to_network(chosen, resolved.window, resolved.level)
    regions = None if region is None else frame.mask_to_network(region[indices])
    return Prepared(volume, stack, frame, indices, targets, to_gray8(targets), regions, warnings)
