"""What is made of a result to be sent back: DICOM files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from ..errors import InputError
from ..results.result import AnalysisResult


class ObjectMaker(Protocol):
    """Makes DICOM files of a result in the new folder ``out``, all or none; ``images`` is the folder of the series.

    They are sent in the order of their names, and belong to the images' study. No folder: there is nothing to send.
    """

    def __call__(self, result: Path, images: Path, out: Path) -> None: ...


def nothing(result: Path, images: Path, out: Path) -> None:
    """An :class:`ObjectMaker` for those who only want results."""


def exported_objects(kinds: Sequence[str], root: str | None = None) -> ObjectMaker:
    """An :class:`ObjectMaker` for what ``gananomaly dicom export`` writes: ``kinds`` as "seg", UIDs below ``root``.

    Raises :class:`InputError` for a kind that there is not, a root that is none, and where highdicom is not installed.
    """
    from ..dicom.packages_needed import needing

    with needing("Sending results back"):
        from ..dicom.export_objects import KINDS, Wanted, export
        from ..dicom.uids import ANY, check_root

    for kind in kinds:
        if kind not in KINDS:
            raise InputError(f"There is no kind of object {kind!r}; there are: {', '.join(KINDS)}.", field="send")
    wanted = Wanted(tuple(kinds), root=check_root(ANY if root is None else root))

    def make(result: Path, images: Path, out: Path) -> None:
        export(AnalysisResult.read(result), out, wanted, images)

    return make
