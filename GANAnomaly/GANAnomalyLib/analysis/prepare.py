"""From a volume to what a network sees: which slices, how framed and windowed, scored where."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..detectors.kinds import find_kind
from ..errors import InputError, at_fault
from ..models.card import ModelCard
from ..models.score_units import METRICS
from ..running.messages import Message, ranges
from ..score import to_gray8
from ..volume import RADIOGRAPHS, AxialStack, Body, Frames, Volume, boxes_of, modality_of, read_mask
from .request import AnalysisRequest

DEFAULT_PATCH_FRACTION = 16  # the published 32 pixels of 512


@dataclass(frozen=True)
class Resolved:
    """The request's open questions answered: by the user, else the model's card, else the published defaults.

    ``window`` and ``level`` are what a reader sees and metrics compare; ``network`` those of what the network is given,
    where its card has it see more (``recommended`` "shown": window and level to read in). All are in the image's own
    values: HU of a CT.
    """

    window: float
    level: float
    network: tuple[float, float]
    metric: str
    patch_size: int
    heatmap_threshold: float | None

    @classmethod
    def of(cls, request: AnalysisRequest, card: ModelCard, volume: Volume) -> Resolved:
        recommended = card.recommended
        said = recommended.get("metric")
        # Cards of detectors that score by themselves may name their own ("map"), which no pair is compared by.
        metric = request.metric or (said if said in METRICS else "wd")
        window, level = card.window, card.level
        shown = recommended.get("shown")
        if volume.meta.get("kind") == "picture":
            # A picture has grey values, not Hounsfield units: all of its range is shown.
            window = float(2 ** int(volume.meta.get("bits", 8)) - 1)  # type: ignore[call-overload]
            level = window / 2
        elif volume.modality in RADIOGRAPHS and volume.voxels.min() < volume.voxels.max():
            # Its values have no unit: from its darkest to its brightest pixel, as training images are made of it.
            low, high = float(volume.voxels.min()), float(volume.voxels.max())
            window, level = high - low, (low + high) / 2
        else:
            look, voxels = modality_of(card.modality), volume.voxels
            window, level = look.window(voxels, window, level, card.percentile, card.percentile_of)
            if shown is not None:
                shown = look.window(voxels, shown[0], shown[1], card.percentile, card.percentile_of)
        network = None if shown is None else (window, level)
        window, level = (window, level) if shown is None else (float(shown[0]), float(shown[1]))
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
        threshold = recommended.get("heatmap_threshold") if as_on_card(request, card, metric, patch) else None
        network = network or (window, level)
        return cls(window, level, network, metric, patch, None if threshold is None else float(threshold))

    def shown(self, values: np.ndarray) -> np.ndarray:
        """Values in [-1, 1] of the network's window as those of the window that is read in, in [-1, 1] too."""
        window, level = self.network
        if (window, level) == (self.window, self.level):
            return values
        hu = values * np.float32(window / 2) + np.float32(level)
        shown: np.ndarray = np.clip((hu - np.float32(self.level)) / np.float32(self.window / 2), -1, 1)
        return shown

    @property
    def floor(self) -> float:
        """The window's lower end."""
        return self.level - self.window / 2


def as_on_card(request: AnalysisRequest, card: ModelCard, metric: str, patch_size: int) -> bool:
    """Whether scores are made as those that the card's thresholds are of."""
    kind, recommended = find_kind(card.kind), card.recommended
    itself = kind.scores_itself(recommended)
    if itself != kind.scores_itself(recommended, request.settings):
        return False
    if itself and recommended.get("metric") not in METRICS:
        return not request.settings and (request.calibrate or not kind.maps(recommended))
    same = metric == card.recommended.get("metric") and patch_size == card.recommended.get("patch_size")
    return same and request.calibrate


@dataclass
class Prepared:
    """A volume ready for a detector.

    ``indices`` are slices in patient order; ``targets`` (N, R, R) float32 in [-1, 1] and ``originals`` uint8 follow
    them, (N, 3, R, R) for pictures in colours, and so do ``regions`` (N, R, R) bool, where scores count (None:
    everywhere), and ``measured``, where the scanner measured (None: everywhere). ``stack``, ``frames`` and ``body``
    (None: not looked for) are of all slices of the volume.
    """

    volume: Volume
    stack: AxialStack
    frames: Frames
    indices: list[int]
    targets: np.ndarray
    originals: np.ndarray
    regions: np.ndarray | None
    measured: np.ndarray | None = None
    warnings: list[str] = field(default_factory=list)
    body: Body | None = None


def prepare(request: AnalysisRequest, resolved: Resolved, card: ModelCard, volume: Volume) -> Prepared:
    """Choose, frame and window the slices; raises :class:`InputError` for ranges and masks that do not fit."""
    stack = AxialStack.from_volume(volume)
    warnings = [*volume.warnings, *stack.warnings]
    count = len(stack.slices)
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
    # By what the network is given, as in training: what somebody reads in changes no frame.
    network_floor = resolved.network[1] - resolved.network[0] / 2
    look = modality_of(card.modality)
    body = look.body_in(volume, stack, network_floor, card.framing, request.region == "body")
    if body is not None:
        if request.region == "body":
            region = body.mask
            if not body.held()[indices].any():
                said = "No body was found in these slices: check the window and level, or use region 'full'."
                raise InputError(said, field="region")
        indices, notes = _with_body(body, indices, card.least_body_cm2)
        warnings += notes
    boxes = boxes_of(body, card.framing)
    frames = Frames.fit(stack.slices.shape, stack.spacing_mm, card.resolution, boxes)
    if volume.colours is None:
        targets = frames.to_network(stack.slices[indices], *resolved.network, indices)
    else:
        planes = np.moveaxis(stack.colours(volume.colours)[indices], -1, 0)
        targets = np.stack([frames.to_network(plane, *resolved.network, indices) for plane in planes], axis=1)
    measured = None if body is None else _measured(body, frames, indices)
    regions = None if region is None else frames.mask_to_network(region[indices], indices)
    if measured is not None:
        regions = measured if regions is None else regions & measured
    originals = to_gray8(resolved.shown(targets))
    return Prepared(volume, stack, frames, indices, targets, originals, regions, measured, warnings, body)


def _with_body(body: Body, indices: list[int], least_cm2: float) -> tuple[list[int], list[str]]:
    """The slices that hold a body, and what is to be said of the others and of those in which it is cut."""
    held = body.held(least_cm2)
    if not held[indices].any():
        held = body.held()
    if not held[indices].any():
        return indices, [Message("no_body")]
    kept = [index for index in indices if held[index]]
    empty = [index for index in indices if not held[index]]
    notes: list[str] = []
    if empty:
        notes.append(Message("slices_without_body", count=len(empty), where=ranges(empty)))
    blank = [index for index in empty if kept[0] < index < kept[-1]]
    if blank:
        notes.append(Message("gap_in_scan", where=ranges(blank)))
    if body.measured is not None:
        cut = [index for index in kept if body.cut[index] and not body.measured[index].all()]
        if cut:
            notes.append(Message("body_cut", count=len(cut), where=ranges(cut)))
    return kept, notes


def _measured(body: Body, frames: Frames, indices: list[int]) -> np.ndarray | None:
    """(N, R, R) bool: pixels of the network that show what was measured, a pixel away from what was not."""
    from scipy import ndimage

    if body.measured is None or body.measured[indices].all():
        return None
    missing = frames.mask_to_network(~body.measured[indices], indices)
    missing[body.measured[indices].all(axis=(1, 2))] = False
    grown: np.ndarray = ndimage.binary_dilation(missing, np.ones((1, 3, 3), bool))
    seen: np.ndarray = ~grown & frames.mask_to_network(np.ones((len(indices), *frames.plane), bool), indices)
    return seen
