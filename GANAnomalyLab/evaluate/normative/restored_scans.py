"""Scans beside their restorations, read out of result folders: slices as pairs, and the heat with the lesions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.results.colours import grey
from GANAnomalyLib.results.result import FILES, MANIFEST, AnalysisResult
from GANAnomalyLib.running.background import interruptible
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.score import to_gray8
from GANAnomalyLib.volume import AxialStack, Frames, Volume, body_box, hash_volume, modality_of, read_mask, read_volume
from GANAnomalyLib.volume.read import load
from GANAnomalyLib.volume.voxel_types import kept_as

from ..evaluation_options import REGIONS

_SLICES_AT_ONCE = 32
_MARGIN_MM = 8.0


@dataclass(frozen=True)
class Scan:
    """A finished result, and the mask of what is abnormal in its CT, on the CT's grid; None for a healthy scan."""

    name: str
    result: Path
    mask: Path | None = None


@dataclass(frozen=True)
class ScanPairs:
    """What the network saw of one scan and what it gave back, N slices in patient order.

    Attributes
    ----------
    originals, restored: (N, R, R) uint8, the window's floor 0 and its top 255. Both went over the CT's grid and back,
        as results keep restorations there, so that neither is softer and a scan given back as it is equals itself.
    counted: (N, R, R) bool: pixels of the slice (not of the padding around it), and of the body if that was asked.
    lesion: (N, R, R) bool, or None for a healthy scan.
    """

    name: str
    originals: np.ndarray
    restored: np.ndarray
    counted: np.ndarray
    lesion: np.ndarray | None


@dataclass(frozen=True)
class ScanHeat:
    """One scan's heat on the CT's grid: the N slices that were analysed, in patient order.

    ``heat`` (N, H, W) float32 in the result's unit; ``counted`` (N, H, W) bool; ``lesion`` (N, H, W) bool or None;
    ``voxel_mm3`` a voxel's volume, ``pixel_mm2`` a pixel's area; ``slices`` are the numbers of the slices in the CT.
    """

    name: str
    heat: np.ndarray
    counted: np.ndarray
    lesion: np.ndarray | None
    voxel_mm3: float
    pixel_mm2: float
    slices: tuple[int, ...]


@dataclass(frozen=True)
class SliceView:
    """One slice on the CT's grid, to be looked at: what there was, what was restored (H, W) uint8 through the result's
    window; ``heat`` (H, W) float32; ``lesion`` (H, W) bool or None; ``box`` the body's rows and columns with a margin;
    ``pixel_mm`` the height and width of a pixel."""

    original: np.ndarray
    restored: np.ndarray
    heat: np.ndarray
    lesion: np.ndarray | None
    box: tuple[slice, slice]
    pixel_mm: tuple[float, float]


def holds_results(path: Path | str) -> bool:
    """Whether a folder is a result, or holds some."""
    path = Path(path)
    try:
        return (path / MANIFEST).is_file() or any((entry / MANIFEST).is_file() for entry in path.iterdir())
    except OSError:
        return False


def find_scans(results: Path | str, masks: Path | str | None = None) -> list[Scan]:
    """The results in a folder (or the one that it is), with their masks by name.

    Raises :class:`InputError`: no result, masks of one scan and a result without (named), or a mask without a result.
    """
    from ...images.case_names import find_files

    folder = Path(results)
    if (folder / MANIFEST).is_file():
        found = {folder.resolve().name: folder}
    else:
        try:
            entries = sorted(folder.iterdir(), key=lambda entry: (entry.name.casefold(), entry.name))
        except OSError as error:
            raise InputError(f"{folder} cannot be opened: check the path.", str(error)) from error
        whole = (entry for entry in entries if not entry.name.endswith((".partial", ".old")))
        found = {entry.name: entry for entry in whole if (entry / MANIFEST).is_file()}
    if not found:
        raise InputError(f"{folder} holds no result of an analysis: give the folder that a batch wrote.")
    if masks is None:
        return [Scan(name, path) for name, path in found.items()]
    marked = find_files(masks, "mask")
    if len(marked) == len(found) == 1:
        marked = dict(zip(found, marked.values(), strict=True))
    _refuse([name for name in found if name not in marked], "There is no mask for", "add it")
    _refuse([name for name in marked if name not in found], "There is a mask but no scan for", "take it out")
    return [Scan(name, path, marked[name]) for name, path in found.items()]


def read_pairs(scan: Scan, region: str = "image") -> ScanPairs:
    """A scan's slices and their restorations; :class:`InputError` naming the scan where a part is missing or other."""
    known = _Known.of(scan)
    volume = known.ct()
    stack = AxialStack.from_volume(volume)
    restored = known.on_grid("reconstruction", stack)
    frames, slices = known.frames, known.slices(stack)

    def seen(values: np.ndarray) -> Callable[[list[int]], np.ndarray]:
        return lambda numbers: to_gray8(frames.to_network(values[numbers], *known.hu, numbers))

    shown = seen(stack.slices)
    originals = _in_parts(slices, lambda numbers: as_kept(shown(numbers), frames, numbers, *known.hu, known.modality))
    pictures = _in_parts(slices, seen(restored))
    counted = frames.mask_to_network(known.counted(stack, region)[slices], slices)
    lesion = known.lesion(volume)
    return ScanPairs(
        scan.name,
        originals,
        pictures,
        counted,
        None if lesion is None else frames.mask_to_network(lesion[slices], slices),
    )


def read_heat(scan: Scan, region: str = "image") -> ScanHeat:
    """A scan's heat; :class:`InputError` as :func:`read_pairs`. The CT is only read for the body or a mask."""
    known = _Known.of(scan)
    volume = known.ct() if region == "body" or scan.mask is not None else known.file("heatmap")
    stack = AxialStack.from_volume(volume)
    heat = known.on_grid("heatmap", stack).astype(np.float32)
    slices = known.slices(stack)
    if not np.isfinite(heat[slices]).all():
        raise InputError(f"The heatmap of {scan.name} holds values that are not numbers: run the analysis again.")
    lesion = known.lesion(volume)
    return ScanHeat(
        scan.name,
        heat[slices],
        known.counted(stack, region)[slices],
        None if lesion is None else lesion[slices],
        float(np.prod(volume.spacing)),
        float(np.prod(stack.spacing_mm[1:])),
        tuple(slices),
    )


def read_view(scan: Scan, number: int) -> SliceView:
    """One of a scan's slices, by its number in the CT; :class:`InputError` as :func:`read_pairs`."""
    known = _Known.of(scan)
    volume = known.ct()
    stack = AxialStack.from_volume(volume)
    if number not in known.slices(stack):
        raise InputError(f"Slice {number} of {scan.name} was not analysed: run the analysis again.")
    original = stack.slices[number]
    restored, heat = (known.on_grid(name, stack)[number] for name in ("reconstruction", "heatmap"))
    window, level = known.hu
    ends = 0, original.shape[0], 0, original.shape[1]
    if volume.meta.get("kind") != "picture":
        floor = level - window / 2
        body = modality_of(known.modality).find_body(stack.slices[number : number + 1], floor, stack.spacing_mm)
        ends = body_box(body.mask, _MARGIN_MM, stack.spacing_mm)
    first, last = np.maximum(ends[::2], 0), np.minimum(ends[1::2], original.shape)
    lesion = known.lesion(volume)
    return SliceView(
        grey(original, window, level),
        grey(restored, window, level),
        heat.astype(np.float32),
        None if lesion is None else lesion[number],
        (slice(first[0], last[0]), slice(first[1], last[1])),
        stack.spacing_mm[1:],
    )


class Heats:
    """The pixels that count of each scan (n,), read anew each time they are gone through: they may be more than memory
    holds. ``pixels`` is how many the last time had."""

    def __init__(self, scans: Sequence[Scan], region: str = "image", cancel: CancelToken | None = None) -> None:
        self.scans, self.region, self.pixels = scans, region, 0
        self._cancel = cancel or CancelToken()

    def __iter__(self) -> Iterator[np.ndarray]:
        self.pixels = 0
        for scan in self.scans:
            unmarked = Scan(scan.name, scan.result)
            seen = interruptible(self._cancel, read_heat, unmarked, self.region)
            values = seen.heat[seen.counted]
            self.pixels += len(values)
            yield values


def as_kept(
    pictures: np.ndarray, frames: Frames, numbers: Sequence[int], window: float, level: float, modality: str = ""
) -> np.ndarray:
    """Pictures (n, R, R) uint8 of the slices ``numbers`` as a result gives them back: put onto the CT's grid in whole
    HU (or what :func:`kept_as` says), and framed again."""
    floor = level - window / 2
    grid = frames.from_network(pictures.astype(np.float32) / 255 * window + floor, numbers, fill=floor)
    kept = np.rint(grid) if issubclass(kept_as(window, level, modality), np.integer) else grid
    return to_gray8(frames.to_network(kept, window, level, numbers))


@dataclass(frozen=True)
class _Known:
    """What a result's manifest says of how its slices were made."""

    scan: Scan
    result: AnalysisResult
    frames: Frames
    hu: tuple[float, float]
    """Window and level."""

    @classmethod
    def of(cls, scan: Scan) -> _Known:
        result = AnalysisResult.read(scan.result)
        try:
            frames = Frames.from_dict(result.manifest["geometry"]["frame"])
            hu = tuple(float(result.manifest["settings"][name]) for name in ("window", "level"))
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"The result {scan.name} does not say how its slices were framed: run the analysis again.", repr(error)
            ) from error
        return cls(scan, result, frames, hu)  # type: ignore[arg-type]

    def ct(self) -> Volume:
        """The CT that was analysed, checked to be the very one."""
        request = self._part("request")
        path = str(request.get("input", ""))
        if not path or not Path(path).exists():
            raise InputError(
                f"The CT of the result {self.scan.name} is not where it was when it was analysed: put it back, or give "
                "the CTs in place of the results.",
                path,
            )
        volume = read_volume(
            path,
            request.get("series"),
            bool(request.get("allow_any")),
            hu_offset=request.get("hu_offset"),
            modality=self.modality,
        )
        if hash_volume(volume) != self._part("input").get("hash"):
            raise InputError(f"The CT of the result {self.scan.name} was changed since: run the analysis again.")
        return volume

    @property
    def modality(self) -> str:
        """The input's, as DICOM names it."""
        return str(self._part("input").get("modality", ""))

    def file(self, name: str) -> Volume:
        """One of the result's volumes."""
        try:
            return load(self.result.path(name))
        except InputError as error:
            raise InputError(
                f"{FILES[name]} of the result {self.scan.name} cannot be read: run the analysis again.", error.message
            ) from error

    def on_grid(self, name: str, stack: AxialStack) -> np.ndarray:
        """One of the result's volumes as (S, H, W), on the grid of a stack."""
        values = AxialStack.from_volume(self.file(name)).slices
        if values.shape != stack.slices.shape or values.shape[1:] != self.frames.plane:
            raise InputError(f"{FILES[name]} of {self.scan.name} is not on its CT's grid: run the analysis again.")
        return values

    def slices(self, stack: AxialStack) -> list[int]:
        """The slices that were analysed."""
        numbers: list[Any] = [row.get("slice") for row in self.result.scores]
        if not numbers or not all(isinstance(n, int) and 0 <= n < len(stack.slices) for n in numbers):
            raise InputError(f"The result {self.scan.name} does not belong to its CT: run the analysis again.")
        return numbers

    def counted(self, stack: AxialStack, region: str) -> np.ndarray:
        """(S, H, W) bool: what the network saw, of the body only where ``region`` says so."""
        if region not in REGIONS:
            raise InputError(f"Pixels are counted in the image or in the body, not in {region!r}.")
        size, count = self.frames.resolution, len(stack.slices)
        everything = np.broadcast_to(np.ones((1, 1), np.float32), (count, size, size))
        seen: np.ndarray = self.frames.from_network(everything, range(count)) > 0
        if region == "image":
            return seen
        floor = self.hu[1] - self.hu[0] / 2
        return seen & modality_of(self.modality).find_body(stack.slices, floor, stack.spacing_mm).mask

    def lesion(self, volume: Volume) -> np.ndarray | None:
        """(S, H, W) bool: what the scan's mask marks; None without one."""
        if self.scan.mask is None:
            return None
        return AxialStack.from_volume(volume.like(read_mask(self.scan.mask, None, volume))).slices.astype(bool)

    def _part(self, name: str) -> Mapping[str, Any]:
        value = self.result.manifest.get(name)
        return value if isinstance(value, dict) else {}


def _in_parts(numbers: list[int], make: Callable[[list[int]], np.ndarray]) -> np.ndarray:
    parts = range(0, len(numbers), _SLICES_AT_ONCE)
    return np.concatenate([make(numbers[first : first + _SLICES_AT_ONCE]) for first in parts])


def _refuse(names: list[str], what: str, remedy: str) -> None:
    if names:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        raise InputError(f"{what} {', '.join(names[:3])}{more}: {remedy}; they belong together by name.")
