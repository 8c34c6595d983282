"""Lesion boxes from a CSV table or a COCO file, by case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files.reading import Rows, read_csv, read_json
from GANAnomalyLib.files.typed_values import WrongKind, checked

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
    if path.suffix.lower() == ".json":
        return _from_coco(read_json(path), path.name)
    return _from_csv(read_csv(path, ragged=True), path.name)


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


class _Image(TypedDict):
    id: int | str
    file_name: str


class _Annotation(TypedDict):
    image_id: int | str
    bbox: Any


class _Coco(TypedDict):
    """What is read of a COCO file; images and annotations may also hold ``slice``."""

    images: list[_Image]
    annotations: list[_Annotation]


def _from_csv(table: Rows, name: str) -> dict[str, list[Box]]:
    columns = {head.lower(): head for head in table.heading}
    case_column = next((columns[c] for c in _CASE_COLUMNS if c in columns), None)
    layout = next((layout for layout in _LAYOUTS if all(c in columns for c in layout)), None)
    if case_column is None or layout is None:
        raise InputError(f"{name} lacks columns: it needs case, slice, x0, y0, x1, y1 (slice only for volumes).")
    found: dict[str, list[Box]] = {}
    for number, row in zip(table.lines, table.by_name(), strict=True):
        cells = {key: row[column] for key, column in columns.items()}
        if not row[case_column]:
            raise InputError(f"Row {number} of {name} names no case.")
        boxes = found.setdefault(case_name(row[case_column]), [])
        if any(cells[c] for c in layout):
            boxes.append(_box([cells[c] for c in layout], layout, cells.get("slice"), f"Row {number} of {name}"))
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


def _from_coco(data: Any, name: str) -> dict[str, list[Box]]:
    try:
        coco: Any = checked(_Coco, data)
    except WrongKind as error:
        raise InputError(
            f"{name} is not a COCO file: it needs images (id, file_name) and annotations (image_id, bbox), and its "
            f"{error}."
        ) from error
    images = {image["id"]: image for image in coco["images"]}
    found: dict[str, list[Box]] = {case_name(image["file_name"]): [] for image in images.values()}
    for number, annotation in enumerate(coco["annotations"], start=1):
        where, values = f"Annotation {number} of {name}", annotation["bbox"]
        image = images.get(annotation["image_id"])
        if image is None:
            raise InputError(f"{where} belongs to image {annotation['image_id']}, which the file does not list.")
        if not isinstance(values, list) or len(values) != 4:
            raise InputError(f"{where} has no bbox of four numbers: x, y, width, height.")
        slice_number = annotation.get("slice", image.get("slice"))
        boxes = found[case_name(image["file_name"])]
        boxes.append(_box(values, ("x", "y", "width", "height"), slice_number, where))
    return found
