"""What a set holds: sizes, depths, classes, patients, grey levels, damaged files, the same image twice."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.files import write_bytes
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

from ..images.image_items import Item
from ..images.raster import Fit, picture_pixels, top_value, with_bits
from ..images.scans import grey, read_scan
from ..images.sources import PICTURES, Source, open_source, shown_name
from .dataset_options import GreyWindow
from .set_tables import AUTO, check_labels_kind, class_labels, patients
from .set_writer import check_file, writing

TILE = 128
COLUMNS = 8
MOST_TILES = 64
_GAP = 4


@dataclass
class Inspection:
    """What was found.

    Attributes
    ----------
    kind: "pictures" or "volumes".
    sizes: how many items have which size: "512 x 512" (width, height; of volumes also slices).
    depths: how many have which channels and depth: "grey 8 bit", "colour 8 bit", "CT", "other volume".
    low, high, mean: grey levels of all sound items (volumes: their own values); None without one.
    labels: how many items of each class; None without classes.
    vectors: length of labels that are lists of numbers; None otherwise.
    patients: how many; None where nothing says so.
    most_of_patient: items of the patient with most.
    constant: items of one value only.
    duplicates: groups of items with the same pixels.
    across: such groups with items of two patients.
    damaged: (item, sentence).
    """

    path: str
    kind: str
    items: int
    slices: int = 0
    sizes: dict[str, int] = field(default_factory=dict)
    depths: dict[str, int] = field(default_factory=dict)
    spacings: dict[str, int] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    labels: dict[str, int] | None = None
    vectors: int | None = None
    patients: int | None = None
    most_of_patient: int | None = None
    constant: list[str] = field(default_factory=list)
    duplicates: list[list[str]] = field(default_factory=list)
    across: int = 0
    damaged: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0, or 1 when files are damaged."""
        return 1 if self.damaged else 0


def inspect_dataset(
    source: Path | str,
    labels: str = AUTO,
    patients_rule: str = AUTO,
    sheet: Path | str | None = None,
    force: bool = False,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> Inspection:
    """Read every item of a set once; ``sheet`` is a PNG of up to 64 of them to write.

    Raises :class:`InputError` when there is nothing, or nothing sound, to inspect; Cancelled.
    """
    cancel = cancel or CancelToken()
    if sheet is not None:
        _check_sheet(Path(sheet), force)
    found = open_source(source, progress, cancel)
    out = Inspection(str(source), found.kind, len(found.items), notes=list(found.notes))
    check_labels_kind(found, labels)
    _count_labels(out, found, labels)
    who = patients(found, patients_rule)
    if who is not None:
        often = Counter(who)
        out.patients, out.most_of_patient = len(often), max(often.values())
    looker = _Looker(found, out, cancel, set(_spread(len(found.items))) if sheet is not None else set())
    try:
        for number, item in enumerate(found.items):
            cancel.check()
            progress(number / len(found.items), Message("inspecting", number=number + 1, count=len(found.items)))
            try:
                looker.look(item, number)
            except InputError as error:
                out.damaged.append((shown_name(found, number), error.message))
    except Cancelled as error:
        raise Cancelled("Cancelled: nothing was written.") from error
    if len(out.damaged) == len(found.items):
        raise InputError(f"None of the {out.items} items can be read; the first because: {out.damaged[0][1]}")
    looker.finish(who)
    if sheet is not None:
        with writing(Path(sheet)):
            write_bytes(sheet, _page(looker.tiles))
    progress(1.0, Message("done"))
    return out


class _Looker:
    """Gathers what items show; keeps a hash of each, no pixels but those of the sheet."""

    def __init__(self, source: Source, out: Inspection, cancel: CancelToken, drawn: set[int]) -> None:
        self.source, self.out, self.cancel, self.drawn = source, out, cancel, drawn
        self.tiles: list[np.ndarray] = []
        self.hashes: dict[bytes, list[int]] = {}
        self.total, self.count = 0.0, 0

    def look(self, item: Item, number: int) -> None:
        values, tile = self._picture(item) if self.source.kind == PICTURES else self._volume(item)
        low, high = float(values.min()), float(values.max())
        out = self.out
        out.low = low if out.low is None else min(out.low, low)
        out.high = high if out.high is None else max(out.high, high)
        if low == high:
            out.constant.append(shown_name(self.source, number))
        self.total += float(values.mean(dtype=np.float64)) * values.size
        self.count += values.size
        digest = hashlib.sha256(f"{values.shape} {values.dtype}".encode())
        digest.update(np.ascontiguousarray(values).data)
        self.hashes.setdefault(digest.digest(), []).append(number)
        if number in self.drawn and tile is not None:
            self.tiles.append(tile)

    def finish(self, who: list[str] | None) -> None:
        out = self.out
        out.mean = self.total / self.count
        groups = [group for group in self.hashes.values() if len(group) > 1]
        out.duplicates = [[shown_name(self.source, number) for number in group] for group in groups]
        if who is not None:
            out.across = sum(len({who[number] for number in group}) > 1 for group in groups)
        for table in (out.sizes, out.depths, out.spacings):
            ordered = sorted(table.items(), key=lambda pair: (-pair[1], pair[0]))
            table.clear()
            table.update(ordered)

    def _picture(self, item: Item) -> tuple[np.ndarray, np.ndarray | None]:
        assert self.source.pictures is not None
        pixels = picture_pixels(self.source.pictures.open(item.name), item.name)
        _count(self.out.sizes, f"{pixels.shape[1]} x {pixels.shape[0]}")
        bits = round(math.log2(top_value(pixels) + 1))
        _count(self.out.depths, f"{'grey' if pixels.ndim == 2 else 'colour'} {bits} bit")
        return pixels, with_bits(pixels, 8)

    def _volume(self, item: Item) -> tuple[np.ndarray, np.ndarray | None]:
        scan = read_scan(item, self.source.intensity, no_progress, self.cancel)
        stack = scan.stack
        slices, height, width = stack.slices.shape
        _count(self.out.sizes, f"{width} x {height} x {slices}")
        _count(self.out.spacings, " x ".join(f"{mm:.3g}" for mm in stack.spacing_mm[::-1]) + " mm")
        self.out.slices += slices
        middle = stack.slices[slices // 2]
        try:
            limits = GreyWindow().limits(scan)
            kind = "radiograph" if item.radiograph else "CT"
            if limits is not None and limits[0] == 0:
                kind = "windowed volume"
        except InputError:
            limits, kind = None, "other volume"
        _count(self.out.depths, kind)
        levels = grey(middle, limits)
        if levels is None:
            return scan.volume.voxels, None
        # Square pixels, so that the sheet shows nobody squeezed.
        row, column = stack.spacing_mm[1:]
        fine = min(row, column)
        size = max(round(height * row / fine), 1), max(round(width * column / fine), 1)
        fitted = Fit.plan(levels.shape, size).apply(levels, "bilinear") if max(size) < 4 * max(levels.shape) else levels
        return scan.volume.voxels, np.rint(fitted * 255).astype(np.uint8)


def _count_labels(out: Inspection, found: Source, rule: str) -> None:
    try:
        labels, names = class_labels(found, rule)
    except InputError as error:
        if rule != AUTO:
            raise
        out.notes.append(error.message)
        return
    if labels is None:
        return
    values = list(labels.values())
    if isinstance(values[0], list):
        out.vectors = len(values[0])
        return
    often = Counter(value for value in values if isinstance(value, int))
    out.labels = {
        names[value] if names is not None and value < len(names) else str(value): often[value]
        for value in sorted(often)
    }


def _count(table: dict[str, int], key: str) -> None:
    table[key] = table.get(key, 0) + 1


def _spread(count: int) -> list[int]:
    """Up to :data:`MOST_TILES` numbers below ``count``, evenly."""
    if count <= MOST_TILES:
        return list(range(count))
    return [round(n * (count - 1) / (MOST_TILES - 1)) for n in range(MOST_TILES)]


def _check_sheet(path: Path, force: bool) -> None:
    if path.suffix.lower() != ".png":
        raise InputError(f"{path.name} is to be a picture: give it a name that ends in .png.")
    check_file(path, force)


def _page(tiles: list[np.ndarray]) -> bytes:
    from ..images.raster import png_bytes

    columns = min(COLUMNS, max(len(tiles), 1))
    rows = -(-max(len(tiles), 1) // columns)
    step = TILE + _GAP
    colour = any(tile.ndim == 3 for tile in tiles)
    page = np.full((rows * step + _GAP, columns * step + _GAP, *([3] if colour else [])), 24, np.uint8)
    for number, tile in enumerate(tiles):
        fitted = Fit.plan(tile.shape, (TILE, TILE), "pad").apply(tile, "box" if max(tile.shape) < TILE else "lanczos")
        y, x = _GAP + number // columns * step, _GAP + number % columns * step
        page[y : y + TILE, x : x + TILE] = fitted[..., None] if colour and fitted.ndim == 2 else fitted
    return png_bytes(page)


def to_dict(found: Inspection) -> dict[str, Any]:
    """Plain values, for JSON."""
    out = dict(found.__dict__)
    out["damaged"] = [{"item": item, "message": message} for item, message in found.damaged]
    return out
