"""What is made of a result to be sent back: DICOM files."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class ObjectMaker(Protocol):
    """Makes DICOM files of a result in the new folder ``out``, all or none; ``images`` is the folder of the series.

    They are sent in the order of their names, and belong to the images' study. No folder: there is nothing to send.
    """

    def __call__(self, result: Path, images: Path, out: Path) -> None: ...


def nothing(result: Path, images: Path, out: Path) -> None:
    """An :class:`ObjectMaker` for those who only want results."""
