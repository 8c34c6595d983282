"""Heatmaps beside what is known of them: matched by case, read onto one grid, checked."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.volume.orient import AxialStack
from GANAnomalyLib.volume.read import load
from GANAnomalyLib.volume.volume import Volume
from GANAnomalyLib.volume.volume_checks import check_geometry

from ...images.case_names import ARRAYS, find_files, find_heatmaps, some
from ...report.provenance import files_hash
from ..lesion_boxes import Box, box_mask, read_boxes

_TABLES = (".csv", ".json", ".txt")


@dataclass(frozen=True)
class HeatmapCase:
    """One heatmap and its truth, not read yet. ``boxes`` None: the truth is ``mask``, or the case is normal."""

    name: str
    heatmap: Path
    mask: Path | None = None
    boxes: tuple[Box, ...] | None = None
    ignore: Path | None = None


@dataclass(frozen=True)
class HeatmapPixels:
    """One case's pixels, slices in patient order, as they are shown.

    Attributes
    ----------
    heat: (S, H, W) real, finite where ``counted``.
    lesion: (S, H, W) bool.
    counted: (S, H, W) bool: pixels that count; the others count neither way.
    boxes: as given, or None where the truth is a mask.
    """

    heat: np.ndarray
    lesion: np.ndarray
    counted: np.ndarray
    boxes: tuple[Box, ...] | None = None


def match_cases(
    heatmaps: Path | str, truth: Path | str, ignore: Path | str | None = None, missing_normal: bool = False
) -> list[HeatmapCase]:
    """Pair heatmaps with truths by case, in the order of the names.

    Parameters
    ----------
    heatmaps: a file, a result folder, or a folder of either.
    truth: a folder of masks (or one mask), or a CSV or COCO JSON table of boxes. A case that a table does not list is
        normal.
    ignore: masks of pixels that count neither way; a case may have none.
    missing_normal: a heatmap without a mask is normal, not an error.

    Raises
    ------
    InputError: nothing there, or a heatmap, mask or box without its counterpart, which is named.
    """
    found = find_heatmaps(heatmaps)
    ignored = {} if ignore is None else _one_to_one(find_files(ignore, "ignore mask"), found)
    _refuse_unpaired(ignored, found, "an ignore mask")
    if Path(truth).suffix.lower() in _TABLES and Path(truth).is_file():
        boxes = read_boxes(truth)
        _refuse_unpaired(boxes, found, "boxes or a row")
        return [
            HeatmapCase(name, path, None, tuple(boxes.get(name, ())), ignored.get(name)) for name, path in found.items()
        ]
    masks = _one_to_one(find_files(truth, "mask"), found)
    _refuse_unpaired(masks, found, "a mask")
    lacking = [name for name in found if name not in masks]
    if lacking and not missing_normal:
        raise InputError(
            f"There is no mask for {some(lacking)}: add it (all zero where there is no lesion), or say that heatmaps "
            "without a mask are normal (--missing-normal)."
        )
    return [HeatmapCase(name, path, masks.get(name), None, ignored.get(name)) for name, path in found.items()]


def input_hashes(
    cases: Sequence[HeatmapCase], truth: Path | str, cancel: CancelToken | None = None
) -> dict[str, str | None]:
    """Hashes of what :func:`match_cases` found: heatmaps, the truth (masks or its table), and ignored pixels."""
    masks: list[Path] = [case.mask for case in cases if case.mask is not None]
    if any(case.boxes is not None for case in cases):
        masks = [Path(truth)]
    ignored = [case.ignore for case in cases if case.ignore is not None]
    sets = {"heatmaps": [case.heatmap for case in cases], "truth": masks, "ignored pixels": ignored}
    return {name: files_hash(paths, cancel) for name, paths in sets.items() if paths}


def read_case(case: HeatmapCase) -> HeatmapPixels:
    """Read one case; raises :class:`InputError` naming the case when a file is bad or lies on another grid."""
    heat_volume, heat = read_slices(case.heatmap, f"The heatmap of {case.name}")
    if heat.dtype.kind not in "iufb":
        raise InputError(f"The heatmap of {case.name} holds no real numbers: give one value for each pixel.")
    if heat.dtype == np.float16 or heat.dtype.kind == "b":
        heat = heat.astype(np.float32)
    counted = np.ones(heat.shape, bool)
    if case.ignore is not None:
        counted = ~read_labels(case.ignore, f"The ignore mask of {case.name}", heat_volume, heat.shape)
    if case.mask is not None:
        lesion = read_labels(case.mask, f"The mask of {case.name}", heat_volume, heat.shape)
    else:
        lesion = box_mask(case.boxes or (), heat.shape, case.name)
    bad = int(np.count_nonzero(~np.isfinite(heat) & counted)) if heat.dtype.kind == "f" else 0
    if bad:
        raise InputError(
            f"The heatmap of {case.name} holds {bad} pixels that are not finite numbers (NaN or infinity): make it "
            "again, or ignore them with an ignore mask."
        )
    return HeatmapPixels(heat, lesion, counted, case.boxes)


def read_labels(
    path: Path,
    what: str,
    on: Volume | None,
    shape: tuple[int, ...],
    beside: str = "heatmap",
    label: int | None = None,
) -> np.ndarray:
    """A mask on the grid of a heatmap (or of what ``beside`` says) as (S, H, W) bool: where the label is, or any.

    ``on`` is the volume of that grid where there is one, ``shape`` its stack's. Raises :class:`InputError`, which calls
    the mask ``what``, when it cannot be read, lies elsewhere or holds no labels.
    """
    volume, values = read_slices(path, what)
    if values.shape != shape:
        raise InputError(
            f"{what} is {_size(values.shape)} but its {beside} is {_size(shape)}: bring both onto one grid first."
        )
    if volume is not None and on is not None and not _same_grid(volume, on):
        raise InputError(
            f"{what} lies elsewhere in the patient than its {beside}: resample it onto the {beside}'s grid."
        )
    if values.dtype.kind not in "iufb" or (
        values.dtype.kind == "f" and not (np.isfinite(values).all() and np.array_equal(values, np.rint(values)))
    ):
        raise InputError(f"{what} holds values that are not labels: give whole numbers, 0 where nothing is marked.")
    return values != 0 if label is None else values == label


def read_slices(path: Path, what: str) -> tuple[Volume | None, np.ndarray]:
    """(the volume, its slices); without a volume for plain arrays, whose slices are in the order they come.

    Raises :class:`InputError`, which calls the file ``what``.
    """
    if path.name.lower().endswith(ARRAYS):
        return None, _read_array(path, what)
    try:
        volume = load(path)
        check_geometry(volume)
    except InputError as error:
        raise InputError(f"{what} cannot be used: {error.message}", error.details) from error
    return volume, AxialStack.from_volume(volume).slices


def _read_array(path: Path, what: str) -> np.ndarray:
    try:
        if path.suffix.lower() == ".pt":
            import torch

            array = torch.load(path, map_location="cpu", weights_only=True).numpy()
        else:
            array = np.load(path, allow_pickle=False)
        array = np.asarray(array)
        while array.ndim > 2 and array.shape[0] == 1:
            array = array[0]
    # Damaged files make these readers raise almost anything.
    except Exception as error:
        raise InputError(f"{what} is not a plain array, or is damaged: save it again.", repr(error)) from error
    if array.ndim not in (2, 3) or array.size == 0:
        raise InputError(f"{what} is an array of shape {array.shape}: give (rows, columns) or (slices, rows, columns).")
    return array[None] if array.ndim == 2 else array


def _same_grid(one: Volume, other: Volume) -> bool:
    """Whether equal stack positions are the same places in the patient, to a tenth of a pixel at every corner."""
    stacks = AxialStack.from_volume(one), AxialStack.from_volume(other)
    corners = np.array(list(itertools.product(*((0, size - 1) for size in stacks[0].slices.shape))))
    first, second = (v.ras(s.stack_to_ijk(corners)) for v, s in zip((one, other), stacks, strict=True))
    return bool(np.abs(first - second).max() <= 0.1 * min(one.spacing))


def _size(shape: Sequence[int]) -> str:
    slices = "" if shape[0] == 1 else f"{shape[0]} slices of "
    return f"{slices}{shape[2]} x {shape[1]} pixels"


def _one_to_one(found: dict[str, Path], heatmaps: Mapping[str, Path]) -> dict[str, Path]:
    """A single mask with a single heatmap belongs to it, whatever the two are called."""
    return {next(iter(heatmaps)): next(iter(found.values()))} if len(found) == len(heatmaps) == 1 else found


def _refuse_unpaired(found: Mapping[str, object], heatmaps: Mapping[str, Path], what: str) -> None:
    unmatched = [name for name in found if name not in heatmaps]
    if unmatched:
        raise InputError(f"There is {what} but no heatmap for {some(unmatched)}: add the heatmap, or take it out.")
