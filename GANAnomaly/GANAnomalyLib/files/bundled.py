"""Files delivered with the program."""

from __future__ import annotations

import sys
from pathlib import Path

from ..errors import InputError

DEMO_CT = "torso_3mm.nii.gz"
"""The reference CT of the TotalSegmentator repository's tests (Apache-2.0): abdomen and pelvis, 3 mm."""


def bundled_data(name: str) -> Path:
    """The path of a delivered file: beside the package (source tree, 3D Slicer), or where a wheel puts it.

    Raises :class:`InputError` when it is in neither place.
    """
    module = Path(__file__).resolve().parents[2]
    for folder in (module / "Resources" / "Data", Path(sys.prefix) / "share" / "gananomaly" / "data"):
        if (folder / name).is_file():
            return folder / name
    raise InputError(f"The bundled file {name} is missing: install GANAnomaly again from its complete source folder.")
