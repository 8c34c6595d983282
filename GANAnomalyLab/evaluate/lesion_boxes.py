"""Lesion boxes from a CSV table or a COCO file, by case."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError

from ..images.case_names import case_name

_LAYOUTS = (
    ("x0", "y0", "x1", "y1"),
    ("xmin", "ymin", "xmax", "ymax"),
    ("top", "left", "height", "width"),
    ("x", "y", "width", "height"),
)
_CASE_COLUMNS = ("case", "filename", "file_name", "image", "name")
_LARGEST = 1 << 30


@dataclass(frozen=True)
class Box:
    """A rectangle in one slice: ``x`` along columns, ``y`` along rows, in pixels from the upper left corner's edge.

    A pixel belongs to it when its centre does: x0 = 2, x1 = 4 are columns 2 and 3. ``slice`` counts in patient order
    from 0; None stands for the only slice.
    """

    slice: int | None
    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def pixels(self) -> tuple[int, int, int, int]:
        """(first row, end row, first column, end column), ends excluded."""
        first_row, end_row, first_column, end_column = (
            int(np.ceil(edge - 0.5)) for edge in (self.y0, self.y1, self.x0, self.x1)
        )
        return first_row, end_row, first_column, end_column


def read_boxes(path: Path | str) -> dict[str, list[Box]]:
    """Boxes by case from a ``.csv`` or COCO ``.json`` file; a case may be listed without any.

    CSV columns: case (a name or a file's name), slice (may be left out for pictures), and x0, y0, x1, y1; or xmin,
    ymin, xmax, ymax; or top, left, height, width; or x, y, width, height. A row with all four empty lists a normal
    case. COCO: ``images`` with id and file_name, ``annotations`` with image_id, bbox [x, y, width, height] and, for
    volumes, slice.

    Raises :class:`InputError` naming the row that cannot be used.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name} cannot be read as text: give a CSV or COCO JSON file.", str(error)) from error
    return _from_coco(text, path.name) if path.suffix.lower() == ".json" else _from_csv(text, path.name)


def box_mask(boxes: Sequence[Box], shape: tuple[int, int, int], case: str) -> np.ndarray:
    """(S, H, W) bool: the boxes filled. Raises :class:`InputError` for a box that is not inside its slice."""
    mask = np.zeros(shape, bool)
    for box in boxes:
        slice_number = box.slice
        if slice_number is None:
            if shape[0] > 1:
                raise InputError(f"A box of {case} does not say in which slice it is: add the column slice.")
            slice_number = 0
        r0, r1, c0, c1 = box.pixels
        place = f"slice {slice_number}, x {box.x0:g} to {box.x1:g}, y {box.y0:g} to {box.y1:g}"
        if not 0 <= slice_number < shape[0] or min(r0, c0) < 0 or r1 > shape[1] or c1 > shape[2]:
            size = f"{shape[0]} slices of {shape[2]} x {shape[1]} pixels"
            raise InputError(f"A box of {case} ({place}) reaches outside its heatmap of {size}: correct the table.")
        if r1 <= r0 or c1 <= c0:
            raise InputError(f"A box of {case} ({place}) holds no pixel: its ends must be greater than its starts.")
        mask[slice_number, r0:r1, c0:c1] = True
    return mask


def _from_csv(text: str, name: str) -> dict[str, list[Box]]:
    lines = text.splitlines()
    head = lines[0] if lines else ""
    delimiter = max(",;\t", key=head.count)
    reader = csv.DictReader(lines, delimiter=delimiter)
    columns = {str(column).strip().lower(): column for column in reader.fieldnames or []}
    case_column = next((columns[c] for c in _CASE_COLUMNS if c in columns), None)
    layout = next((layout for layout in _LAYOUTS if all(c in columns for c in layout)), None)
    if case_column is None or layout is None:
        raise InputError(f"{name} lacks columns: it needs case, slice, x0, y0, x1, y1 (slice only for volumes).")
    found: dict[str, list[Box]] = {}
    try:
        for number, row in enumerate(reader, start=2):
            cells = {key: (row[column] or "").strip() for key, column in columns.items() if column is not None}
            case = cells[str(case_column).strip().lower()]
            if not any(cells.values()):
                continue
            if not case:
                raise InputError(f"Row {number} of {name} names no case.")
            boxes = found.setdefault(case_name(case), [])
            if any(cells[c] for c in layout):
                boxes.append(_box([cells[c] for c in layout], layout, cells.get("slice"), f"Row {number} of {name}"))
    except csv.Error as error:
        raise InputError(f"{name} is not a CSV table: save it again as CSV.", str(error)) from error
    return found


def _box(values: Sequence[Any], layout: Sequence[str], slice_number: Any, where: str) -> Box:
    try:
        one = dict(zip(layout, (float(value) for value in values), strict=True))
        number = None if slice_number in (None, "") else float(slice_number)
    except (TypeError, ValueError) as error:
        raise InputError(f"{where} holds something that is not a number: correct it.", str(error)) from error
    if not all(abs(value) < _LARGEST for value in (*one.values(), number or 0.0)):
        raise InputError(f"{where} holds a number that cannot be a place in an image: correct it.")
    if number is not None and number != int(number):
        raise InputError(f"{where} names slice {number:g}: slices are whole numbers from 0.")
    x0 = one.get("x0", one.get("xmin", one.get("left", one.get("x", 0.0))))
    y0 = one.get("y0", one.get("ymin", one.get("top", one.get("y", 0.0))))
    x1 = one.get("x1", one.get("xmax", x0 + one.get("width", 0.0)))
    y1 = one.get("y1", one.get("ymax", y0 + one.get("height", 0.0)))
    return Box(None if number is None else int(number), x0, y0, x1, y1)


def _from_coco(text: str, name: str) -> dict[str, list[Box]]:
    try:
        data = json.loads(text)
        images = {image["id"]: case_name(str(image["file_name"])) for image in data["images"]}
        annotations = [(a["image_id"], a["bbox"], _slice_of(a, data["images"])) for a in data["annotations"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(
            f"{name} is not a COCO file: it needs images (id, file_name) and annotations (image_id, bbox).", str(error)
        ) from error
    found: dict[str, list[Box]] = {case: [] for case in images.values()}
    for number, (image, values, slice_number) in enumerate(annotations, start=1):
        where = f"Annotation {number} of {name}"
        if image not in images:
            raise InputError(f"{where} belongs to image {image}, which the file does not list.")
        if not isinstance(values, list) or len(values) != 4:
            raise InputError(f"{where} has no bbox of four numbers: x, y, width, height.")
        found[images[image]].append(_box(values, ("x", "y", "width", "height"), slice_number, where))
    return found


def _slice_of(annotation: Mapping[str, Any], images: Sequence[Mapping[str, Any]]) -> Any:
    """The slice an annotation names, or its image does."""
    if "slice" in annotation:
        return annotation["slice"]
    return next((image.get("slice") for image in images if image["id"] == annotation["image_id"]), None)
