"""CT and MR volumes, slices and DICOM radiographs as training images, framed and windowed as analysis does it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from GANAnomalyLib.batch.find_cases import Case
from GANAnomalyLib.domain.slice_traits import describe
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.modalities import MR
from GANAnomalyLib.running.background import cancellable
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback
from GANAnomalyLib.volume import AxialStack, Frames, Volume, boxes_of, modality_of, read_mask, read_volume
from GANAnomalyLib.volume.framing import Frame

from .case_names import case_name, find_files
from .dicom_items import dicom_items
from .image_items import ImageCollection, Item, LoadedItem, UnusableImages, file_state, nearest_side
from .image_source import LARGEST_SIDE, ImageSource
from .labels import LABELS_FILE, Label, parse_labels

TOP = 65535
BRIGHT = 0.02
"""A pixel is tissue when it is brighter than the window's floor by more than this share of the window."""

_OTHER_FILES = (".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd")


class VolumeCollection(ImageCollection):
    """The volumes, or where there are none the radiographs, among the cases of a folder (or one file)."""

    kind = "volumes"

    def __init__(self, source: ImageSource, cases: list[Case]) -> None:
        self.source, self.cases, self.root = source, cases, Path(source.path)
        if source.channels != 1:
            raise InputError("Volumes and radiographs are grey: train on them with channels 1.")
        self.masks = {} if source.mask is None else find_files(source.mask, "mask")
        self._items: list[Item] | None = None
        self._notes: list[str] = []

    def state(self) -> Iterator[str]:
        for case in self.cases:
            if case.path.is_dir():
                for root, folders, names in os.walk(case.path):
                    folders.sort()
                    for name in sorted(names):
                        file = Path(root) / name
                        yield file_state(file.relative_to(self.root).as_posix(), file)
            else:
                yield file_state(self._name(case.path), case.path)
        for name, path in self.masks.items():
            yield file_state(f"mask {name}", path)

    def items(self, progress: ProgressCallback, cancel: CancelToken) -> list[Item]:
        if self._items is None:
            found, beside = [], 0
            for number, case in enumerate(self.cases):
                cancel.check()
                progress(number / len(self.cases), Message("looking_through_images"))
                if case.path.name.lower().endswith(_OTHER_FILES) and case.path.is_file():
                    found.append(Item(self._name(case.path), case.path))
                else:
                    items, left = dicom_items(case.path, self._name(case.path), cancel, self.source.modality)
                    found += items
                    beside += left
            self._items = self._of_one_kind(found, beside)
        if all(item.radiograph for item in self._items):
            self.kind = "radiographs"
        return self._items

    def _of_one_kind(self, found: list[Item], beside: int) -> list[Item]:
        volumes = [item for item in found if not item.radiograph]
        if beside:
            self._notes.append(f"{beside} DICOM series beside the largest of their patients were left out.")
        if volumes and len(volumes) < len(found):
            self._notes.append(f"{len(found) - len(volumes)} radiographs beside the volumes were left out.")
        # Two series of one folder have one name: the second gets a number, so that each can be told apart.
        seen: dict[str, int] = {}
        unique = []
        for item in volumes or found:
            seen[item.name] = number = seen.get(item.name, 0) + 1
            unique.append(item if number == 1 else replace(item, name=f"{item.name}#{number}"))
        return unique

    def notes(self) -> list[str]:
        return self._notes

    def labels(self) -> dict[str, Label] | None:
        file = self.root / LABELS_FILE
        return parse_labels(file.read_bytes(), LABELS_FILE) if self.root.is_dir() and file.is_file() else None

    def read(self, item: Item, side: int | None, progress: ProgressCallback, cancel: CancelToken) -> LoadedItem:
        source = self.source
        free = source.allow_any or item.radiograph
        offset = None if item.radiograph else source.hu_offset
        wanted = "" if item.radiograph else source.modality
        volume = cancellable(
            lambda tell: read_volume(item.path, item.series, free, tell, offset, wanted), cancel, progress
        )
        look, stack = modality_of(source.modality), AxialStack.from_volume(volume)
        chosen = self._chosen(item, volume, stack)
        ranged = item.radiograph or source.intensity == "range" or (source.allow_any and not look.takes(volume))
        ranged = ranged and source.intensity != "window"
        body, window, level = None, source.hu_window, source.hu_level
        if not ranged:
            window, level = look.window(volume.voxels, window, level, source.percentile, source.percentile_of)
            floor = level - window / 2
            body = cancellable(lambda tell: look.body_in(volume, stack, floor, source.framing), cancel)
        if body is not None:
            held = body.held()
            if held.any():
                # What an analysis does not score is nothing to learn from either.
                chosen = [number for number in chosen if held[number]]
            elif source.framing != "full":
                raise InputError(f"{item.name} shows no body in this window and level: check them.")
        boxes = boxes_of(body, source.framing)
        _, height, width = stack.slices.shape
        seen = [(height, width)] if boxes is None else [(r1 - r0, c1 - c0) for r0, r1, c0, c1 in boxes]
        side = side or min(nearest_side(max(map(max, seen))), LARGEST_SIDE)
        frames = Frames.fit(stack.slices.shape, stack.spacing_mm, side, boxes)
        images, kept = [], []
        for number in chosen:
            cancel.check()
            image = self._image(frames[number], stack.slices[number], ranged, window, level)
            if image is not None:
                images.append(image)
                kept.append(number)
        if not images:
            raise InputError(
                f"No slice of {item.name} holds enough tissue: check the window and level, or ask for less."
            )
        area, traits = None, None
        if body is not None:
            seen_body, pixel_mm = body, frames.pixel_mm(kept)
            area = body.area_cm2[kept]
            if body.hounsfield or look.code == MR:
                white = None if body.hounsfield else 100 * window / source.hu_window
                traits = cancellable(lambda tell: describe(stack.slices, seen_body, pixel_mm, kept, white), cancel)
        said = (*volume.warnings, *stack.warnings)
        heights = slice_heights(volume, stack)[kept]
        return LoadedItem(np.array(kept, np.int64), np.stack(images)[:, None], said, area, heights, traits)

    def _image(self, frame: Frame, plane: np.ndarray, ranged: bool, window: float, level: float) -> np.ndarray | None:
        """(R, R) uint16 of one slice (H, W), or None when it shows next to nothing."""
        if ranged:
            low, high = float(plane.min()), float(plane.max())
            if low == high:
                return None
            window, level = high - low, (low + high) / 2
        image = np.round((frame.to_network(plane[None], window, level)[0] + 1) * (TOP / 2)).astype(np.uint16)
        if not ranged and np.count_nonzero(image > BRIGHT * TOP) < max(self.source.tissue * image.size, 1):
            return None
        return image

    def _chosen(self, item: Item, volume: Volume, stack: AxialStack) -> list[int]:
        """Slices by number, height and mask; raises :class:`InputError` when none is left."""
        source, count = self.source, len(stack.slices)
        first, stop = source.slices or (0, count)
        chosen = list(range(first, min(stop, count)))
        if source.z_range is not None:
            low, high = source.z_range
            heights = slice_heights(volume, stack)
            chosen = [number for number in chosen if low <= heights[number] <= high]
        if not chosen:
            raise InputError(f"No slice of {item.name} lies in the range of slices that was asked for.")
        if source.mask is not None:
            marked = AxialStack.from_volume(volume.like(read_mask(self._mask(item), source.label, volume))).slices
            chosen = [number for number in chosen if marked[number].any()]
            if not chosen:
                raise InputError(f"The mask of {item.name} marks nothing in the slices that were asked for.")
        return chosen[:: source.every]

    def _mask(self, item: Item) -> Path:
        mask = Path(self.source.mask or "")
        if mask.is_file():
            if len(self.cases) > 1:
                raise UnusableImages(
                    f"{mask.name} is one mask but there are {len(self.cases)} volumes: give a folder of masks."
                )
            return mask
        for name in (case_name(item.path.name), item.path.resolve().parent.name):
            if name in self.masks:
                return self.masks[name]
        raise InputError(f"There is no mask for {item.name}: add it, or train without masks.")

    def _name(self, path: Path) -> str:
        return path.name if path == self.root else path.relative_to(self.root).as_posix()


def slice_heights(volume: Volume, stack: AxialStack) -> np.ndarray:
    """(S,) millimetres superior (RAS) of the middle of each slice."""
    count, height, width = stack.slices.shape
    middle = np.array([[number, (height - 1) / 2, (width - 1) / 2] for number in range(count)])
    return volume.ras(stack.stack_to_ijk(middle))[:, 2]
