"""Does a model fit a volume? Sentences for the reader, before anything is computed; and a card as a tooltip.

Cards and DICOM attributes come from outside: what is shown of them is cut to a line and cannot act as markup.
"""

from __future__ import annotations

import html
import math
from dataclasses import dataclass
from typing import Any

from ..modalities import CT, MR, modality_code, window_in_words
from .body_parts import regions_in, regions_in_words
from .card import ModelCard

AIR_HU = -200.0
"""A CT of a patient holds air or lung below this; an image that does not is cropped, or not in Hounsfield units."""

MR_LOWEST, MR_SHARE = -500.0, 0.2
"""An MR holds nothing below zero but what interpolation leaves, a small share of its largest value."""
HU_LIMITS = (-32768.0, 32767.0)
THICK_MM = 5.0
"""Slices further apart than the usual routine abdomen or chest series."""

FEW_SLICES = 5
SHORT_MM = 20.0
COARSE = 1.5
"""Image pixels this many times as wide as the network's own leave it with less detail than it was trained on."""

_MODALITIES = {
    "CT": "a CT",
    "MR": "an MRI",
    "PT": "a PET",
    "NM": "a nuclear medicine image",
    "US": "an ultrasound image",
    "CR": "a radiograph",
    "DX": "a radiograph",
    "MG": "a mammogram",
    "XA": "an angiogram",
    "RF": "a fluoroscopy",
}
_RESULTS = {
    "auroc_mean": "AUROC",
    "auroc": "AUROC",
    "top_patch_on_anomaly_mean": "highest patch on the anomaly",
    "normal_slices": "normal slices tested",
    "abnormal_slices": "abnormal slices tested",
}


@dataclass(frozen=True)
class VolumeFacts:
    """What is known of a volume without looking at its voxels twice.

    Attributes
    ----------
    modality:
        As DICOM names it ("CT", "MR", ...); "" if not known.
    minimum, maximum:
        Over all voxels, in the image's own values (Hounsfield units for a CT).
    spacing_mm:
        Voxel size along i, j and k: columns, rows and slices.
    shape_kji:
        Voxels along k, j and i: slices, rows and columns.
    body_part:
        DICOM's BodyPartExamined; "" if not known.
    z_mm:
        How much of the body's length the slices cover, in millimetres; 0 if not known.
    """

    modality: str
    minimum: float
    maximum: float
    spacing_mm: tuple[float, float, float]
    shape_kji: tuple[int, int, int]
    body_part: str = ""
    z_mm: float = 0.0


def fit_warnings(card: ModelCard, facts: VolumeFacts) -> list[str]:
    """Plain sentences where the volume does not fit the model, the gravest first; an empty list where it does.

    A warning is no refusal: the reader decides. Values that are missing ("" or 0) are not complained about.
    """
    modality = _modality(card, facts)
    values = modality or _values(card, facts)
    return [*values, *_anatomy(card, facts), *_slices(facts), *_detail(card, facts)]


def _modality(card: ModelCard, facts: VolumeFacts) -> list[str]:
    kinds = [_MODALITIES.get(name.strip().upper(), _line(name, 20)) for name in (facts.modality, card.modality)]
    if not all(kinds) or kinds[0] == kinds[1]:
        return []
    return [f"The image is {kinds[0]}, and this model was made for {kinds[1]}: choose an image or a model that fits."]


def _values(card: ModelCard, facts: VolumeFacts) -> list[str]:
    """The range of the values: one sentence, the first that applies."""
    low, high = facts.minimum, facts.maximum
    if not (math.isfinite(low) and math.isfinite(high)):
        return ["The image holds values that are not numbers: export the image again."]
    span = f"{_number(low)} to {_number(high)}"
    if low >= high:
        return [f"Every voxel of the image is {_number(low)}: load the scan again."]
    if modality_code(card.modality) == MR and low < MR_LOWEST and low < -MR_SHARE * high:
        return [f"The image's values ({span}) are not those of an MR, which are positive: choose a model made for it."]
    if card.modality.strip().upper() not in ("", CT):
        return []
    if low >= 0 and high <= 255:
        return [f"The image holds grey values ({span}), not Hounsfield units: load the original CT."]
    if low >= 0:
        return [
            f"The image's values ({span}) do not look like Hounsfield units, where air is about -1000: "
            "load the original CT."
        ]
    if low < HU_LIMITS[0] or high > HU_LIMITS[1]:
        return [f"The image's values ({span}) lie beyond what a CT can hold: load the original CT."]
    floor, ceiling = card.level - card.window / 2, card.level + card.window / 2
    if high <= floor or low >= ceiling:
        return [
            f"The model looks at {_number(floor)} to {_number(ceiling)} HU, and the image holds only {span}: "
            "it will see nothing here."
        ]
    if low > AIR_HU:
        return [
            f"Nothing in the image is darker than {_number(low)} HU, and air is about -1000: unless it was cropped to "
            "soft tissue, it is not in Hounsfield units."
        ]
    return []


def _anatomy(card: ModelCard, facts: VolumeFacts) -> list[str]:
    if not card.anatomy.strip():
        return ["The model's card does not say which anatomy it was made for: it may never have seen this one."]
    shown, known = regions_in(facts.body_part), regions_in(card.anatomy)
    if not shown or not known or shown <= known:
        return []
    label, anatomy = _line(facts.body_part, 40), _line(card.anatomy, 80)
    if not shown & known:
        return [
            f"The image is labelled {label}, and this model was made for {anatomy}: normal anatomy will be marked as "
            "abnormal. Choose a model of this region."
        ]
    return [
        f"The image also shows the {regions_in_words(shown - known)} ({label}), "
        f"which this model was not made for ({anatomy}): "
        "disregard findings there, or analyse fewer slices."
    ]


def _slices(facts: VolumeFacts) -> list[str]:
    found = []
    apart = facts.spacing_mm[2]
    count = facts.shape_kji[0]
    if count > 1 and apart > THICK_MM:
        found.append(f"The slices are {_number(apart)} mm apart: what lies between them is not seen.")
    if 0 < count < FEW_SLICES:
        found.append(
            f"There {'is only one slice' if count == 1 else f'are only {count} slices'}: analyse a whole series."
        )
    elif 0 < facts.z_mm < SHORT_MM:
        found.append(f"The slices cover only {_number(facts.z_mm)} mm of the body: analyse a whole series.")
    return found


def _detail(card: ModelCard, facts: VolumeFacts) -> list[str]:
    """Whether the slices carry the detail of the network's own pixels, the slice filling its image."""
    (columns_mm, rows_mm, _), (_, rows, columns) = facts.spacing_mm, facts.shape_kji
    side = max(columns * columns_mm, rows * rows_mm)
    pixel, own = max(columns_mm, rows_mm), side / card.resolution if card.resolution > 0 else 0.0
    if card.pixel_mm:  # its normals may have had no more detail than this
        own = max(own, card.pixel_mm)
    if not (math.isfinite(side) and own > 0 and pixel > COARSE * own):
        return []
    return [
        f"The slices' pixels are {_number(pixel)} mm, and the model was made for {card.resolution} x {card.resolution} "
        f"pixels, here {_number(own)} mm: the image is too coarse for it. Load the original series."
    ]


def card_tooltip(card: ModelCard) -> str:
    """A model's card as short rich text (the HTML that Qt shows in a tooltip), every field escaped and cut to size."""
    size = f"{card.resolution} x {card.resolution} pixels" if card.resolution > 0 else ""
    data = _line(card.training_data, 240)
    if data and card.training_data_licence:
        data += f" ({_line(card.training_data_licence, 60)})"
    window = window_in_words(card.modality, card.window, card.level, card.percentile, card.percentile_of)
    rows = [
        ("For", ", ".join(text for text in (_line(card.modality, 20), _line(card.anatomy, 120)) if text)),
        ("Resolution", size),
        ("Window / level", window),
        ("Trained on", data),
        ("Results", _results(card.results) or "not tested, as far as its card says"),
        ("Licence", _line(card.licence, 60)),
        *(("Not for", _line(reason, 120)) for reason in card.not_for[:5]),
    ]
    lines = [
        f"<b>{html.escape(_line(card.title, 80) or _line(card.name, 80) or 'A model without a name', quote=False)}</b>"
    ]
    lines += [f"<b>{label}:</b> {html.escape(text, quote=False)}" for label, text in rows if text]
    return f"<html><body>{'<br>'.join(lines)}</body></html>"


def _results(results: dict[str, Any]) -> str:
    """The numbers that a reader asks for first, then others as they come: four at most, on one line."""
    numbers = {name: value for name, value in results.items() if isinstance(value, int | float) and value is not True}
    if "auroc_mean" in numbers:
        numbers.pop("auroc", None)
    order = [name for name in _RESULTS if name in numbers] + [name for name in numbers if name not in _RESULTS]
    return ", ".join(
        f"{_RESULTS.get(name) or _line(str(name), 40).replace('_', ' ')} {_number(numbers[name])}" for name in order[:4]
    )


def _number(value: float) -> str:
    """Three digits, whole numbers up to five; what is too large for that is said as such."""
    try:
        value = float(value)
    except OverflowError:
        return "a number beyond all bounds"
    return f"{value:.0f}" if 100 <= abs(value) < 1e5 else f"{value:.3g}"


def _line(value: object, limit: int) -> str:
    """One line of printable text without angle brackets (labels take them for markup), cut at ``limit``."""
    # Cut first: a card may hold megabytes.
    text = str(value)[: 4 * limit].replace("<", "‹").replace(">", "›")
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
