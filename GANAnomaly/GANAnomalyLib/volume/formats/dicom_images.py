"""DICOM images to a Volume: pixels to Hounsfield units, planes to a regular grid in the patient."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pydicom

from ...errors import InputError
from ...modalities import CT
from ...running.messages import Message
from ...running.progress import ProgressCallback, part
from ...running.quiet import quiet
from ..instance_prints import content_print, source_of, uid_print
from ..padding import AIR, declared_padding, outside
from ..padding import NOTE as PADDING_NOTE
from ..regular import stack_planes
from ..volume import Volume
from ..voxel_types import check_size, compact
from .dicom_objects import SEGMENTATION, not_an_image, object_kind
from .dicom_pixels import Loss, loss_notes, loss_of, stored_values
from .dicom_series import ENDINGS, choose_series, one_orientation, scan_folder

_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_SAME_PLACE = 1e-3  # mm


@dataclass
class _Plane:
    """One image: pixels (J, I) in real-world values, and where it lies (None where the file does not say)."""

    pixels: np.ndarray
    corner: np.ndarray | None
    axes: tuple[np.ndarray, np.ndarray] | None
    spacing: tuple[float, float] | None  # along i, along j
    thickness: float
    sop: str
    padded: bool = False
    """Whether declared padding was taken for air."""
    prints: tuple[str, str] = ("", "")
    """Hashes of the instance's UID and of its content."""


def load_dicom_folder(
    folder: Path,
    series: str | int | None,
    progress: ProgressCallback,
    segmentations: bool = True,
    modality: str = CT,
) -> Volume:
    """One series of a folder; raises :class:`InputError` for what cannot be stacked into a volume.

    Objects that are no images are refused by name; ``segmentations``: but DICOM SEG is read, as labels. ``modality``
    is that of the series to take where none is named.
    """
    listing, damaged = scan_folder(folder, part(progress, 0.0, 0.3))
    info, notes = choose_series(listing, series, modality)
    if damaged:
        notes.append(Message("damaged_file") if damaged == 1 else Message("damaged_files", count=damaged))
    if info.others:
        if info.others >= len(info.files):
            raise InputError(
                f"Series {info.number} mixes images of different size or orientation ({len(info.files)} of one kind, "
                f"{info.others} of others): put those of one kind into a folder of their own."
            )
        notes.append(Message("other_images_left_out", count=info.others))
    return _load(info.files, notes, part(progress, 0.3, 1.0), segmentations)


def load_dicom_files(files: Sequence[Path], progress: ProgressCallback) -> Volume:
    """These images, which whoever gives them knows to be of one series; otherwise as :func:`load_dicom_folder`."""
    return _load(list(files), [], progress, False)


def load_dicom_file(path: Path, progress: ProgressCallback, segmentations: bool = True) -> Volume:
    """One file, a single slice or a multi-frame volume, otherwise as :func:`load_dicom_folder`."""
    volume = _load([path], [], progress, segmentations)
    if volume.voxels.shape[0] == 1 and volume.modality == "CT" and _has_company(path):
        volume.warnings.append(Message("one_slice_read"))
    return volume


def _has_company(path: Path) -> bool:
    """Whether another file of its kind lies beside it. Looks no further than the first: there may be very many."""
    with os.scandir(path.parent) as entries:
        return any(
            entry.name.endswith(path.suffix) and entry.name.casefold() != path.name.casefold() and entry.is_file()
            for entry in entries
        )


def _load(paths: list[Path], notes: list[str], progress: ProgressCallback, segmentations: bool) -> Volume:
    planes: list[_Plane] = []
    lossy: list[Loss] = []
    meta: dict[str, object] = {"kind": "dicom"}
    modality = ""
    series: object = ""
    for n, path in enumerate(paths):
        progress(n / len(paths), Message("reading_dicom_images"))
        with quiet():
            dataset = _open(path, segmentations)
            if n == 0:
                check_size((len(paths), int(dataset.Rows), int(dataset.Columns)), path.name)
                modality = str(dataset.get("Modality", ""))
                series = dataset.get("SeriesInstanceUID")
                meta["photometric"] = str(dataset.get("PhotometricInterpretation", ""))
                meta["bits"] = int(dataset.get("BitsStored") or 0)
            found = _planes(dataset, path.name)
            prints = uid_print(dataset.get("SOPInstanceUID")), content_print(dataset)
            planes += [replace(plane, prints=prints) for plane in found]
            lossy += filter(None, [loss_of(dataset)])
    progress(1.0, Message("reading_dicom_images"))
    notes = [*notes, *loss_notes(lossy, len(paths))]
    if any(plane.padded for plane in planes):
        notes.append(PADDING_NOTE)
    if any(plane.corner is None or plane.axes is None for plane in planes):
        return _unplaced(planes, modality, notes, meta)
    return _placed(planes, modality, notes, meta, series)


def _open(path: Path, segmentations: bool) -> Any:
    try:
        dataset = pydicom.dcmread(path, force=path.suffix.lower() in ENDINGS)
        kind = object_kind(dataset)
        if kind and not (segmentations and kind == SEGMENTATION):
            raise InputError(not_an_image(path.name, kind))
        if not dataset.get("Rows") or "PixelData" not in dataset:
            raise InputError(f"{path.name} is cut short or holds no image: export it again.")
        if "TransferSyntaxUID" not in dataset.file_meta:
            # Without a file header the standard's default holds (PS3.5 10.1).
            dataset.file_meta.TransferSyntaxUID = (
                pydicom.uid.ImplicitVRLittleEndian
                if dataset.original_encoding[0]
                else pydicom.uid.ExplicitVRLittleEndian
            )
        return dataset
    except InputError:
        raise
    except Exception as error:  # a damaged file may fail anywhere inside the parser
        raise InputError(f"{path.name} is damaged or cut short: export it again.", repr(error)) from error


def _planes(dataset: Any, name: str) -> list[_Plane]:
    if int(dataset.get("SamplesPerPixel") or 1) != 1:
        raise InputError(f"{name} is a colour (RGB) image, such as a screenshot: give the original series.")
    stored = stored_values(dataset, name)
    frames = stored if stored.ndim == 3 else stored[None]
    shared = _first(dataset, "SharedFunctionalGroupsSequence")
    each = dataset.get("PerFrameFunctionalGroupsSequence")
    if len(frames) > 1 and (each is None or len(each) != len(frames)):
        raise InputError(f"{name} holds {len(frames)} frames but not where they lie: give a series with positions.")
    try:
        return [
            _plane(dataset, frame, [group for group in (each[n] if each else None, shared) if group is not None])
            for n, frame in enumerate(frames)
        ]
    except (TypeError, ValueError, AttributeError, IndexError) as error:
        raise InputError(f"{name} holds a damaged position, pixel size or rescale value.", repr(error)) from error


def _plane(dataset: Any, stored: np.ndarray, groups: list[Any]) -> _Plane:
    def value(name: str, sequence: str) -> Any:
        for group in groups:
            item = _first(group, sequence)
            if item is not None and item.get(name) is not None:
                return item.get(name)
        return dataset.get(name)

    slope = value("RescaleSlope", "PixelValueTransformationSequence")
    intercept = value("RescaleIntercept", "PixelValueTransformationSequence")
    corner = value("ImagePositionPatient", "PlanePositionSequence")
    orientation = value("ImageOrientationPatient", "PlaneOrientationSequence")
    spacing = value("PixelSpacing", "PixelMeasuresSequence") or dataset.get("ImagerPixelSpacing")
    thickness = value("SliceThickness", "PixelMeasuresSequence")
    axes = None
    if orientation:
        cosines = np.array([float(v) for v in orientation]).reshape(2, 3)
        lengths = np.linalg.norm(cosines, axis=1, keepdims=True)
        if not np.all(np.abs(lengths - 1) < 0.05) or abs(float(cosines[0] @ cosines[1])) > 0.01:
            raise ValueError("image orientation is not two unit vectors at a right angle")
        row = cosines[0] / lengths[0]
        # Made exactly perpendicular: files carry about six digits.
        column = cosines[1] - (cosines[1] @ row) * row
        axes = (row, column / np.linalg.norm(column))
    pixels = _real_values(dataset, stored, 1.0 if slope is None else float(slope), float(intercept or 0))
    padded = False
    if dataset.get("Modality") == "CT":
        padding = declared_padding(dataset, stored, pixels)
        padded = bool((pixels[padding] != AIR).any())
        pixels[padding] = AIR
    return _Plane(
        pixels=pixels,
        corner=np.array([float(v) for v in corner]).reshape(3) if corner else None,
        axes=axes,
        spacing=(float(spacing[1]), float(spacing[0])) if spacing else None,
        thickness=float(thickness or 0),
        sop=str(dataset.get("SOPInstanceUID", "")),
        padded=padded,
    )


def _real_values(dataset: Any, stored: np.ndarray, slope: float, intercept: float) -> np.ndarray:
    """Stored values through the modality rescale (Hounsfield units for CT), PS3.3 C.11.1."""
    if dataset.get("PhotometricInterpretation") == "MONOCHROME1" and dataset.get("Modality") != "CT":
        # Brought to "bright means much", as MONOCHROME2. Hounsfield units mean the same either way, so CT is left.
        bits = int(dataset.BitsStored)
        top = -1 if int(dataset.get("PixelRepresentation") or 0) else (1 << bits) - 1
        stored = top - stored.astype(np.int32)
    if float(slope).is_integer() and float(intercept).is_integer():
        values = compact(stored.astype(np.int64) * int(slope) + int(intercept))
    else:
        values = (stored * np.float64(slope) + intercept).astype(np.float32)
    return values


def _placed(planes: list[_Plane], modality: str, notes: list[str], meta: dict[str, object], series: object) -> Volume:
    first = planes[0]
    assert first.axes is not None
    if first.spacing is None:
        raise InputError("The series does not say how large its pixels are (Pixel Spacing): export it again.")
    row, column = first.axes
    normal = np.cross(row, column)
    if any(
        plane.spacing is None
        or plane.pixels.shape != first.pixels.shape
        or not np.allclose(plane.spacing, first.spacing)
        or not one_orientation(np.ravel(plane.axes), np.ravel(first.axes))  # type: ignore[arg-type]
        for plane in planes
    ):
        raise InputError(
            "The series mixes images of different size, pixel spacing or orientation: "
            "put those of one kind into a folder of their own."
        )
    planes = sorted(planes, key=lambda plane: float(normal @ plane.corner))
    planes, dropped = _without_duplicates(planes, normal)
    if dropped:
        notes.append(Message("image_twice") if dropped == 1 else Message("images_twice", count=dropped))
    source = source_of(series, dict(plane.prints for plane in planes))
    if source:
        meta["source"] = source
    corners = np.stack([plane.corner for plane in planes])  # type: ignore[misc]
    pixels = np.stack([plane.pixels for plane in planes])
    if modality == "CT":
        # Before anything is resampled, which would mix padding with its neighbours.
        padding = outside(pixels, hounsfield=True)
        if padding is not None:
            pixels[padding] = AIR
            notes += [PADDING_NOTE] if PADDING_NOTE not in notes else []
    voxels, matrix, warned = stack_planes(pixels, corners, row, column, first.spacing)
    if len(planes) == 1:
        matrix[:3, 2] = normal * (first.thickness if first.thickness > 0 else 1.0)
    return Volume(voxels, _RAS @ matrix, modality, notes + warned, meta)


def _without_duplicates(planes: list[_Plane], normal: np.ndarray) -> tuple[list[_Plane], int]:
    kept = planes[:1]
    clashes = 0
    for plane in planes[1:]:
        same_place = float(normal @ (plane.corner - kept[-1].corner)) < _SAME_PLACE  # type: ignore[operator]
        if not same_place:
            kept.append(plane)
        elif not np.array_equal(plane.pixels, kept[-1].pixels):
            clashes += 1
    if clashes:
        raise InputError(
            f"The series holds {clashes + len(kept)} different images at {len(kept)} positions (several phases or "
            "reconstructions in one): export the one that you want to analyse."
        )
    return kept, len(planes) - len(kept)


def _unplaced(planes: list[_Plane], modality: str, notes: list[str], meta: dict[str, object]) -> Volume:
    """A projection image (CR, DX) or a lone slice without a place in the patient: laid flat like a picture."""
    if len(planes) > 1:
        raise InputError(
            f"The series holds {len(planes)} images that do not say where in the patient they lie: give one of them."
        )
    plane = planes[0]
    spacing = plane.spacing
    if spacing is None:
        notes.append(Message("pixel_size_assumed"))
        spacing = (1.0, 1.0)
    matrix = np.diag([-spacing[0], -spacing[1], plane.thickness if plane.thickness > 0 else 1.0, 1.0])
    if modality == "CT":
        notes.append(Message("place_unknown"))
    return Volume(plane.pixels[None], matrix, modality, notes, meta)


def _first(dataset: Any, sequence: str) -> Any:
    items = dataset.get(sequence)
    return items[0] if items else None
