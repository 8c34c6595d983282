"""Files delivered with the program."""

from __future__ import annotations

import sys
from pathlib import Path

from ..errors import InputError

DEMO_CT = "torso_3mm.nii.gz"
"""The reference CT of the TotalSegmentator repository's tests (Apache-2.0): abdomen and pelvis, 3 mm."""


def bundled_data(name: str) -> Path:
    """The path of a delivered file: in the package, beside it, in the source tree, or where a wheel puts it."""
    package = Path(__file__).resolve().parents[1]
    module = package.parent
    folders = [package / "Resources", module / "Resources", module.parent / "Resources"]
    for path in (*(folder / "Data" / name for folder in folders), Path(sys.prefix) / "share/gananomaly/data" / name):
        if path.is_file():
            return path
    raise InputError(f"The bundled file {name} is missing: install GANAnomaly again from its complete source folder.")
