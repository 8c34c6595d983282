"""Texts that others wrote, as a data sheet may show them: no places on a disk, no names of files, of some length."""

from __future__ import annotations

import re
from typing import Any

from ...report.cell_text import clean

LONGEST = 600
_PATH = re.compile(r"(?<![\w:/.\\])(?:[A-Za-z]:|~|\.{1,2})?(?:[\\/]+[^\s\\/,;]+){2,}[\\/]?|\bfile://\S+")
_FILE = re.compile(
    r"[^\s\\/]+\.(?:png|jpe?g|tiff?|bmp|gif|dcm|dicom|ima|nii\.gz|nii|nrrd|nhdr|mha|mhd|zip|csv|npy|npz)\b",
    re.IGNORECASE,
)


def shown(text: Any) -> str:
    """A text without what looks like a path or the name of an image's file; "" for what is no text."""
    if not isinstance(text, str):
        return ""
    text = _FILE.sub("(a file)", _PATH.sub("(a path)", " ".join(clean(text).split())))
    return text if len(text) <= LONGEST else text[:LONGEST].rstrip() + "..."


def counted(value: Any) -> int | None:
    """A whole number above 0; None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63 else None


def measured(value: Any) -> float | None:
    """A number of 0 or more; None for anything else, not-a-number and infinity among it."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e300
    return float(value) if good else None
