"""A finished study in files: summary.csv, comparisons.csv, distances, results.json and the report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part

from ...tables.write_csv import write_table
from ..evaluation_options import Settings
from .study_cases import Configuration
from .study_comparisons import COLUMNS as COMPARISON_COLUMNS
from .study_comparisons import compare_configurations
from .study_conclusions import Conclusions, study_facts
from .study_distances import write_distances
from .study_report import study_page
from .study_store import write_json
from .study_summary import COLUMNS, anomaly_sets, summarise
from .study_tables import StudyTables

SUMMARY, COMPARISONS, DATA, REPORT = "summary.csv", "comparisons.csv", "results.json", "report.html"


def conclude(
    tables: StudyTables,
    configurations: Sequence[Configuration],
    out: Path,
    settings: Settings | None = None,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> Conclusions:
    """Draw the conclusions of a study and write them into its folder, each file whole or not at all.

    Raises :class:`InputError` when no case has a result, GANAnomalyError when the disk refuses.
    """
    settings, cancel = settings or Settings(), cancel or CancelToken()
    progress(0.0, Message("summarising"))
    rows = summarise(tables, settings, cancel)
    found = Conclusions(rows, [], notes(tables, rows))
    found.comparisons = compare_configurations(tables, settings, progress=part(progress, 0.2, 0.8), cancel=cancel)
    progress(0.8, Message("writing_tables"))
    write_table(out / SUMMARY, COLUMNS, rows)
    write_table(out / COMPARISONS, COMPARISON_COLUMNS, found.comparisons)
    found.files = [out / SUMMARY, out / COMPARISONS, *write_distances(tables, out, cancel)]
    write_json(out / DATA, results_data(tables, configurations, found, settings))
    progress(0.85, Message("writing_report"))
    page = study_page(tables, configurations, found, settings, part(progress, 0.85, 1.0), cancel)
    found.files += [out / DATA, page.write(out / REPORT)]
    progress(1.0, Message("done"))
    return found


def notes(tables: StudyTables, rows: Sequence[dict[str, Any]]) -> list[str]:
    """What a reader must know before the numbers, one sentence each."""
    out = []
    failed = len(tables.failed)
    if failed:
        out.append(f"{failed} of {len(tables.cases)} analyses failed and are in none of the numbers: see cases.csv.")
    for group in anomaly_sets(tables):
        held = [row for row in tables.cases if row["group"] == group and row["status"] != "failed"]
        if held and all(row["false_positives"] is None for row in held):
            out.append(
                f"The set {group} has no lesion masks: nothing is said of where its findings lie, and only cases of "
                "one slice count as abnormal slices."
            )
    small = sorted({row["group"] for row in rows if row["patients"] is not None and row["patients"] < 10} - {"mean"})
    if small:
        out.append(f"Fewer than ten patients: {', '.join(small)}. Intervals of so few patients are too narrow.")
    baseline = [row for row in tables.cases if row["group"] == "baseline" and row["status"] != "failed"]
    if not baseline:
        out.append("No normal case has a result: there is no AUROC.")
    return out


def results_data(
    tables: StudyTables, configurations: Sequence[Configuration], found: Conclusions, settings: Settings
) -> dict[str, Any]:
    """The study in plain values: what results.json holds."""
    return {
        **study_facts("study", tables, configurations, settings),
        "summary": found.rows,
        "comparisons": found.comparisons,
        "failed": [
            {name: row[name] for name in ("configuration", "case", "group", "message")} for row in tables.failed
        ],
        "notes": found.notes,
    }
