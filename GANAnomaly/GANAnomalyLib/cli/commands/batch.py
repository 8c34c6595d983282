"""``gananomaly batch``: many CTs, one result folder each, a table and a sheet of their top findings."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ...analysis.request import REGIONS, AnalysisRequest
from ...batch.batch_summary import most_abnormal
from ...errors import InputError
from ..bar import at_work, duration
from ..finding_tables import print_table
from ..options import analysis_options, given, usual_option
from ..session import Session, standard_options
from ..worklist_cases import keeping_results, waiting_cases

SHOWN_ROWS = 30
_REGIONS = tuple(region for region in REGIONS if region != "mask")


@click.command("batch", short_help="Many CTs: a result folder each, summary.csv, contact sheet.")
@click.argument("inputs", metavar="INPUT...", nargs=-1)
@click.option("--out", required=True, metavar="FOLDER", help="Where results, summary.csv and contact_sheet.png go.")
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="CTs at a time.")
@click.option("--region", type=click.Choice(_REGIONS), default="full", show_default=True, help="Where to score.")
@click.option("--series", help="Which series of each DICOM folder: DICOM's own number, or words of its description.")
@click.option(
    "--worklist",
    "from_worklist",
    is_flag=True,
    help="Put each result on the worklist of the review database; without INPUT analyse what waits there.",
)
@analysis_options
@usual_option
@standard_options
def command(
    session: Session,
    inputs: tuple[str, ...],
    out: str,
    workers: int,
    series: str | None,
    from_worklist: bool,
    force: bool,
    usual: int,
    **options: Any,
) -> None:
    """Analyse many CTs, some at a time, in processes that a failure does not stop.

    INPUT is a volume or a folder that is searched: NIfTI, NRRD and MetaImage files, and folders of DICOM files.
    Results, and files or folders called mask, label or segmentation, are passed over. Of a folder with several series
    of one patient the largest CT is taken, and said, unless --series chooses; a folder without that series fails.

    \b
    Example:
      gananomaly batch studies/ --out results --workers 2
      gananomaly batch studies/ --out results --series "portal venous"
      gananomaly batch a.nii.gz b.nii.gz --out results --metric ssim
      gananomaly batch --worklist --out results

    \b
    What comes out:
      FOLDER/CASE/...            a result each, as gananomaly analyze writes it
      FOLDER/summary.csv         case, status, findings, how many of them are above the usual, highest
                                 score and its slice, mean score, whether the scan is what the model knows
      FOLDER/contact_sheet.png   the top finding of each, the most abnormal first; beyond 60 also
                                 contact_sheet_2.png and so on

    With --worklist each result also goes into the review database, where gananomaly worklist and the panel list it.

    A CT that cannot be analysed stops no other. Stop with Ctrl-C; the same command goes on from there and passes over
    what is finished. Each worker needs the memory of one analysis; on a graphics card, one worker is mostly best.

    Exit codes: 0 all went well, 1 some failed, 2 none could be used, 130 stopped by you. Research use only.
    """
    from ...batch import find_cases, run_batch
    from ...volume.formats.dicom_series import OWN_NUMBER

    if not inputs and not from_worklist:
        raise InputError("There is nothing to analyse: give volumes or folders that hold some, or --worklist.")
    cases = find_cases(inputs) if inputs else waiting_cases(session)
    if not cases:
        session.say("Nothing on the worklist waits to be analysed here.")
        return
    keep = keeping_results(session, Path(out), {case.name: case.path for case in cases}) if from_worklist else None
    if series is not None and series.strip().isdecimal():
        series = f"{OWN_NUMBER}{series.strip()}"  # a number in one folder's listing means nothing in another's
    template = AnalysisRequest(str(cases[0].path), series=series, **given(options))
    with at_work() as (bar, cancel):
        summary = run_batch(
            *(cases, template, Path(out), workers),
            progress=bar,
            cancel=cancel,
            force=force,
            on_result=keep,
            usual=usual,
        )
    if session.json:
        session.emit(
            {
                "summary": str(summary.path),
                "contact_sheets": [str(path) for path in summary.sheets],
                "stopped": summary.stopped,
                "cases": [dataclasses.asdict(row) for row in summary.rows],
            }
        )
    else:
        _tell(session, summary)
    click.get_current_context().exit(summary.exit_code)


def _tell(session: Session, summary: Any) -> None:
    rows: Sequence[Any] = sorted(summary.rows, key=most_abnormal)
    table = [
        [
            row.case,
            row.status,
            row.scan,
            "" if row.findings is None else str(row.findings),
            "" if row.above_usual is None else str(row.above_usual),
            "" if row.top_score is None else f"{row.top_score:.2f}",
            "" if row.top_slice is None else str(row.top_slice),
            "" if row.seconds is None else duration(row.seconds),
        ]
        for row in rows[:SHOWN_ROWS]
    ]
    heads = ["case", "status", "scan", "findings", "above usual", "score", "slice", "took"]
    print_table("Cases, most findings above the usual first", heads, table)
    if len(rows) > SHOWN_ROWS:
        session.say(f"and {len(rows) - SHOWN_ROWS} more in the summary.")
    for row in rows:
        if row.status == "failed":
            session.say(f"Failed: {row.case}: {row.message}")
    counts = {status: summary.count(status) for status in ("done", "reused", "failed", "cancelled")}
    session.say(", ".join(f"{count} {status}" for status, count in counts.items() if count) + ".")
    for path in (summary.path, *summary.sheets):
        session.say(f"Written: {path}")
    if summary.stopped:
        session.say("Stopped; the same command goes on from here.")
