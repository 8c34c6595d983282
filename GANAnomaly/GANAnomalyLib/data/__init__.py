"""Files delivered with the program: a CT, the same with simulated anomalies and their truth, and (models/) models.

They are part of the package, so that they are there wherever it is: in 3D Slicer, a source tree, any kind of install.
"""

from __future__ import annotations

from pathlib import Path

from ..errors import InputError

DEMO_CT = "torso_3mm.nii.gz"
"""The reference CT of the TotalSegmentator repository's tests (Apache-2.0): abdomen and pelvis, 3 mm."""


def bundled_folder() -> Path:
    """The folder of the delivered files; models are in its ``models``."""
    from importlib.resources import files

    return Path(str(files(__name__)))


def bundled_file(name: str) -> Path:
    """The path of a delivered file; raises :class:`InputError` when it is missing."""
    path = bundled_folder() / name
    if not path.is_file():
        raise InputError(f"The bundled file {name} is missing: install GANAnomaly again from its complete source.")
    return path
