"""Scores of a study as CSV files in the seeds' format, ``filename,dist``, one a set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from GANAnomalyLib.running.progress import CancelToken

from ...tables.write_csv import write_table
from .study_cases import BASELINE
from .study_tables import StudyTables

FOLDER = "distances"
_COLUMNS = ("filename", "dist", "patient")


def write_distances(tables: StudyTables, out: Path, cancel: CancelToken | None = None) -> list[Path]:
    """Write ``distances/<configuration>/<set>.csv`` of slices and ``<set>_volumes.csv`` of cases below ``out``.

    A slice is called <case>_<slice, four digits>. Of an anomaly set the slices that show the anomaly are listed, or all
    of them where no lesion is known. ``dist`` is the score that the study judges by; high means abnormal.
    """
    cancel, written = cancel or CancelToken(), []
    for configuration in tables.configurations:
        for group in dict.fromkeys(row["group"] for row in tables.cases):
            cancel.check()
            folder = out / FOLDER / configuration
            for name, rows in (
                (f"{group}.csv", _slices(tables, configuration, group)),
                (f"{group}_volumes.csv", _cases(tables, configuration, group)),
            ):
                if rows:
                    write_table(folder / name, _COLUMNS, rows)
                    written.append(folder / name)
    return written


def _slices(tables: StudyTables, configuration: str, group: str) -> list[dict[str, Any]]:
    rows = [row for row in tables.slices if row["configuration"] == configuration and row["group"] == group]
    if group != BASELINE and any(row["abnormal"] is not None for row in rows):
        rows = [row for row in rows if row["abnormal"] == 1]
    return [_row(f"{row['case']}_{row['slice']:04d}", tables.scoring.of_slice(row), row["patient"]) for row in rows]


def _cases(tables: StudyTables, configuration: str, group: str) -> list[dict[str, Any]]:
    return [
        _row(row["case"], row["score"], row["patient"])
        for row in tables.cases
        if row["configuration"] == configuration and row["group"] == group and row["score"] is not None
    ]


def _row(name: str, value: float, patient: str) -> dict[str, Any]:
    return {"filename": name, "dist": value, "patient": patient}
