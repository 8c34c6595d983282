"""``gananomaly dicom import``: findings of other systems, from their segmentations and reports."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from ...errors import InputError
from ..finding_tables import print_table
from ..session import Session, standard_options


@click.command("import", short_help="Read findings of other systems from SEG and SR.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--result", metavar="FOLDER", help="The result on the same series: writes imported.json into it.")
@click.option("--out", metavar="FILE", help="A JSON file instead, or as well.")
@standard_options
def command(session: Session, files: tuple[str, ...], result: str | None, out: str | None) -> None:
    """Read segmentations (SEG) and measurement reports (SR, TID 1500) of other systems as a reader's findings.

    With --result they must be on the series that the result was made of. What a report says of a segment is taken to
    it where both are given.

    \b
    Example:
      gananomaly dicom import other_seg.dcm other_sr.dcm --result chest_result
      gananomaly dicom import other_seg.dcm --out other.json

    What comes out: a finding for each segment or region, with its box in millimetres (RAS), who marked it, what was
    measured and judged, and the object's UID. Research use only.
    """
    if result is None and out is None:
        raise InputError("Say where the findings go: --result FOLDER, --out FILE, or both.")
    from ...dicom.packages_needed import needing
    from ...results.result import AnalysisResult

    known = None if result is None else AnalysisResult.read(result)
    with needing("DICOM import"):
        from ...dicom.import_findings import import_findings
        from ...review.imported_findings import IMPORTED_FILE, save_imported
    imported = import_findings(files, known)
    folder = None if known is None else known.folder
    places = [*([] if folder is None else [folder / IMPORTED_FILE]), *([] if out is None else [Path(out)])]
    written = [save_imported(place, imported.findings, folder) for place in places]
    if session.json:
        findings = [dataclasses.asdict(finding) for finding in imported.findings]
        session.emit({"findings": findings, "notes": imported.notes, "files": [str(path) for path in written]})
        return
    rows = [
        [
            str(one.rank),
            one.label,
            one.kind,
            one.observer,
            ", ".join(f"{value:.0f}" for value in one.centre_ras),
            "" if one.volume_mm3 is None else f"{one.volume_mm3:.0f}",
        ]
        for one in imported.findings
    ]
    print_table("Imported findings", ["", "label", "kind", "by", "R, A, S (mm)", "mm3"], rows)
    for note in imported.notes:
        session.say(f"Note: {note}")
    for path in written:
        session.say(f"Written: {path}")
