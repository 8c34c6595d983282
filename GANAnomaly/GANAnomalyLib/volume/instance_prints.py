"""Fingerprints of the DICOM instances that a volume was read from: to find them again, and to know that they are the
same. They hold no identifier: of a UID there is only the hash."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

_PLACE = (
    "Rows",
    "Columns",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "RescaleSlope",
    "RescaleIntercept",
)
_DIGITS = 16


def uid_print(uid: object) -> str:
    """The first 16 hexadecimal digits of a UID's SHA-256; "" where there is none."""
    text = str(uid or "").strip()
    return hashlib.sha256(text.encode("ascii", "replace")).hexdigest()[:_DIGITS] if text else ""


def content_print(dataset: Any) -> str:
    """16 hexadecimal digits of the SHA-256 over a dataset's pixels as they are stored, their rescale and their place.

    Patient, study and all other attributes do not count, nor how numbers are written ("1" or "1.000").
    """
    digest = hashlib.sha256()
    _add(digest, dataset, _PLACE)
    for name in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        for group in dataset.get(name) or ():
            for element in group:
                if element.VR == "SQ":
                    for item in element.value:
                        _add(digest, item, _PLACE)
    pixels = dataset.get("PixelData")
    digest.update(pixels if isinstance(pixels, (bytes, bytearray)) else b"")
    return digest.hexdigest()[:_DIGITS]


def source_of(series: object, prints: Mapping[str, str]) -> dict[str, Any]:
    """What a result keeps of its source: the hash of the series' UID, and "UID:content" hashes of the instances from
    the first plane to the last (along the cross product of rows and columns). {} where an instance has no UID."""
    if not prints or "" in prints:
        return {}
    return {"series": uid_print(series), "instances": [f"{uid}:{content}" for uid, content in prints.items()]}


def _add(digest: Any, item: Any, names: tuple[str, ...]) -> None:
    for name in names:
        value = item.get(name)
        if value is not None and value != "":
            values = value if hasattr(value, "__iter__") and not isinstance(value, str) else [value]
            digest.update(f"{name}={','.join(_number(one) for one in values)};".encode())


def _number(value: object) -> str:
    try:
        return f"{float(value):.6f}"  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return str(value)
