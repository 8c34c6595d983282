"""``gananomaly dicom export``: a result as DICOM objects."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from ...errors import InputError
from ...running.languages import languages
from ..bar import at_work
from ..session import Session, standard_options

_KINDS = {
    "seg": "The findings as Segmentation.",
    "sr": "The findings, measured, as Structured Report (brings the Segmentation with it).",
    "map": "The heat as Parametric Map.",
    "heat": "Where the heat is above the result's threshold, as Segmentation.",
    "capture": "The summary picture as Secondary Capture.",
    "pdf": "The report on the case as Encapsulated PDF.",
    "gsps": "Boxes around the findings as Presentation State.",
}


def _kind_options(function: Any) -> Any:
    for name, help in reversed(_KINDS.items()):
        function = click.option(f"--{name}", is_flag=True, help=help)(function)
    return function


@click.command("export", short_help="Write a result as DICOM objects on its own images.")
@click.argument("result")
@click.option("--out", required=True, metavar="FOLDER", help="Where the objects go: a new or an empty folder.")
@click.option("--source", metavar="FOLDER", help="Where the images lie now, if not where they were analysed.")
@_kind_options
@click.option(
    "--labelmap", is_flag=True, help="The findings' Segmentation as LABELMAP: smaller, but few viewers read it."
)
@click.option("--uid-root", metavar="ROOT", help="Your site's root for new UIDs.  [default: 2.25]")
@click.option("--reader", metavar="NAME", help="Who decided on the findings; writes the decisions as a second report.")
@click.option("--decisions", metavar="PATH", help="The reader's decisions.json, or its folder.  [default: RESULT]")
@click.option(
    "--language", type=click.Choice(languages()), default="en", show_default=True, help="What the PDF is written in."
)
@standard_options
def command(
    session: Session,
    result: str,
    out: str,
    source: str | None,
    labelmap: bool,
    uid_root: str | None,
    reader: str | None,
    decisions: str | None,
    language: str,
    **kinds: bool,
) -> None:
    """Write a result as DICOM objects that refer to the images it was made of, also where these were resampled.

    The images must be there and be the same. What is said of the patient and the study is copied from them. The same
    result gives the same objects, with the same UIDs.

    \b
    Example:
      gananomaly dicom export chest_result --out chest_dicom
      gananomaly dicom export chest_result --out chest_dicom --seg --sr --map --source /archive/ct
      gananomaly dicom export chest_result --out chest_dicom --reader "Doe^Jane"

    \b
    What comes out (--seg and --sr, if none is chosen):
      findings_seg.dcm, findings_sr.dcm, heat_map.dcm, heat_seg.dcm, summary.dcm, report_pdf.dcm,
      boxes_gsps.dcm, and with --reader reader_sr.dcm, whose predecessor is findings_sr.dcm, and reader_seg.dcm
      with the boxes that the reader added

    They are checked against each other before they appear. Research use only: no report is verified.
    """
    from ...dicom.packages_needed import needing
    from ...results.result import AnalysisResult

    found = AnalysisResult.read(result)
    if decisions is not None and reader is None:
        raise InputError("Decisions need the name of who made them: add --reader NAME.", field="reader")
    said = None if reader is None else _reading(found, Path(decisions or result))
    chosen = tuple(name for name, wanted in kinds.items() if wanted) or ("seg", "sr")
    with needing("DICOM export"):
        from ...dicom.export_objects import Wanted, export
        from ...dicom.uids import ANY
    wanted = Wanted(chosen, labelmap, ANY if uid_root is None else uid_root, language=language)
    if said is not None:
        decided = {one.rank: one for one in said.decisions}
        own = {"added": list(said.added), "verdict": said.verdict}
        wanted = dataclasses.replace(wanted, decisions=decided, reader=reader or "", **own)
    with at_work() as (bar, cancel):
        exported = export(found, out, wanted, source, bar, cancel)
    if session.json:
        files = {kind: str(path) for kind, path in exported.files.items()}
        session.emit({"files": files, "notes": exported.notes})
        return
    for path in exported.files.values():
        session.say(f"Written: {path}")
    for note in exported.notes:
        session.say(f"Note: {note}")


def _reading(result: Any, place: Path) -> Any:
    """What the reader said; raises :class:`InputError` where that is nothing on this result."""
    from ...results.result import read_manifest
    from ...review.decisions import DECISIONS_FILE, load_reading

    if place.is_file() and place.name != DECISIONS_FILE:
        raise InputError(f"{place.name} is not {DECISIONS_FILE}: give that file of a result folder, or the folder.")
    folder = place.parent if place.is_file() else place
    if read_manifest(folder).get("fingerprint") != result.manifest.get("fingerprint"):
        raise InputError("The decisions are on another result: give those on this one.", field="decisions")
    found = load_reading(folder)
    if not found.added and not found.verdict.verdict and not any(one.decision for one in found.decisions):
        raise InputError("Nothing was decided on the findings of this result yet.", field="decisions")
    return found
