"""Slicer's DICOM database as the panel uses it: the files of a scan that was loaded from it, and objects into it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

INSTANCES = "DICOM.instanceUIDs"
"""The attribute in which Slicer's DICOM plugins tell of a node's images, with blanks between."""


def database() -> Any:
    """Slicer's open ctkDICOMDatabase; None where this Slicer has none, or it is not open."""
    found = getattr(slicer, "dicomDatabase", None)
    return found if found is not None and found.isOpen else None


def why_not(node: Any) -> str:
    """Why objects cannot be made on a scan's own images, as a sentence; "" where they can."""
    if getattr(slicer, "dicomDatabase", None) is None:
        return _("This Slicer has no DICOM database: it was built or started without its DICOM module.")
    if database() is None:
        return _("Slicer's DICOM database is not open: open the DICOM module once.")
    if not _instances(node):
        return _("The scan does not come from Slicer's DICOM database: its own images are not known.")
    return ""


def files_of(node: Any) -> list[str]:
    """The files of the images that a node was loaded from.

    Raises :class:`GANAnomalyLib.errors.InputError` where the database does not have all of them any more.
    """
    from GANAnomalyLib.errors import InputError

    wanted, there = _instances(node), database()
    found = [there.fileForInstance(uid) for uid in wanted]
    held = [file for file in found if file and Path(file).is_file()]
    if len(held) < len(wanted):
        gone = _(
            "{missing} of the {count} images of the scan are not in Slicer's DICOM database any more: import them and "
            "load the scan again."
        )
        raise InputError(gone.format(missing=len(wanted) - len(held), count=len(wanted)))
    return held


def put(files: Iterable[Path]) -> int:
    """Copy objects into the database; returns how many files. The same again is there once.

    Raises :class:`GANAnomalyLib.errors.GANAnomalyError` where it did not take all: it says so only in its log.
    """
    from pydicom import dcmread

    from GANAnomalyLib.errors import GANAnomalyError

    there, count = database(), 0
    if there is None:
        raise GANAnomalyError(_("Slicer's DICOM database was closed meanwhile: open the DICOM module and save again."))
    there.prepareInsert()
    for file in files:
        there.insert(str(file))
        uid = str(dcmread(file, specific_tags=["SOPInstanceUID"]).SOPInstanceUID)
        held = there.fileForInstance(uid)
        if not held or not Path(held).is_file():
            raise GANAnomalyError(_("Slicer's DICOM database did not take the objects: is its disk full? See the log."))
        count += 1
    there.updateDisplayedFields()
    return count


def _instances(node: Any) -> list[str]:
    return (node.GetAttribute(INSTANCES) or "").split() if node is not None else []
