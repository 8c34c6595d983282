"""What a DICOM header says of how an image was made; nothing of whom."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

_TAGS = {
    "modality": "Modality",
    "body_part": "BodyPartExamined",
    "view": "ViewPosition",
    "site": "InstitutionName",
    "maker": "Manufacturer",
    "device": "ManufacturerModelName",
}
_NUMBERS = {"kv": "KVP", "exposure": "Exposure"}
_DATES = ("AcquisitionDate", "StudyDate", "SeriesDate")
TRAITS = (*_TAGS, *_NUMBERS, "date")


def header_traits(path: Path) -> dict[str, Any]:
    """By :data:`TRAITS`, of a file or of the first one of a series' folder; {} where its header says nothing."""
    if path.is_dir():
        path = min((Path(entry.path) for entry in os.scandir(path) if entry.is_file()), default=path)
    elif path.suffix.lower() in (".png", ".jpg", ".jpeg", ".gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd"):
        return {}
    import pydicom

    from GANAnomalyLib.running.quiet import quiet

    wanted = [*_TAGS.values(), *_NUMBERS.values(), *_DATES]
    try:
        with quiet():
            header = pydicom.dcmread(path, force=True, stop_before_pixels=True, specific_tags=wanted)
            found: dict[str, Any] = {name: _text(header.get(tag)) for name, tag in _TAGS.items()}
            found |= {name: _number(header.get(tag)) for name, tag in _NUMBERS.items()}
            dates = (_text(header.get(tag)) for tag in _DATES)
            found["date"] = next((one[:8] for one in dates if len(one) >= 8 and one[:8].isdigit()), "")
    except Exception:  # what cannot be read is said when its pixels are
        return {}
    return {name: value for name, value in found.items() if value not in ("", None)}


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()[:64]


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
