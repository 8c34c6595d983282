"""The study's tables: a row a slice, a case and a finding, in CSV and back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files.reading import read_csv

from ...tables.write_csv import cell_text, plain, write_table
from .measure import Measured
from .scoring import DEFAULT, Scoring
from .study_cases import Configuration, StudyCase

SLICES, CASES, FINDINGS = "slices.csv", "cases.csv", "findings.csv"
_KEYS = ("configuration", "case", "group", "patient")
SLICE_COLUMNS = (
    *_KEYS,
    "slice",
    "abnormal",
    "lesion_pixels",
    "score",
    "patch_score",
    "wd",
    "mse",
    "ssim",
    "located",
)
CASE_COLUMNS = (
    *_KEYS,
    "level",
    "abnormal",
    "score",
    "located",
    "hit_rank",
    "false_positives",
    "pixel_auroc",
    "pixel_ap",
    "slices",
    "seconds",
    "seconds_per_slice",
    "peak_mib",
    "status",
    "message",
    "metric",
    "unit",
    "patch_size",
    "lesion_pixels_needed",
    "model_hash",
    "input_hash",
)
FINDING_COLUMNS = (*_KEYS, "rank", "slice", "score", "hit")
_TEXTS = (*_KEYS, "status", "message", "metric", "unit", "model_hash", "input_hash")
_OF_CASE = (*_KEYS, "level", "abnormal", "score", "slices", "status", "message")
_FROM_MEASURED = tuple(name for name in CASE_COLUMNS if name not in _OF_CASE)


@dataclass
class StudyTables:
    """What came of a study, in plain rows; None where a value is not known.

    ``slices``, ``cases``, ``findings``: dicts with :data:`SLICE_COLUMNS`, :data:`CASE_COLUMNS`,
    :data:`FINDING_COLUMNS`. ``abnormal``, ``located`` and ``hit`` are 1, 0 or None. A case's ``score`` is brought
    together from its slices as ``scoring`` says; ``status`` is "done", "reused" or "failed" with a ``message``.
    """

    slices: list[dict[str, Any]] = field(default_factory=list)
    cases: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    scoring: Scoring = DEFAULT

    def add(self, configuration: Configuration, case: StudyCase, measured: Measured, status: str) -> None:
        """Add a finished run."""
        keys = _keys(configuration, case)
        self.slices += [{**keys, **{name: row[name] for name in SLICE_COLUMNS[4:]}} for row in measured.slices]
        for finding in measured.findings:
            hit = finding["hit"]
            self.findings.append({**keys, **finding, "hit": None if hit is None else int(hit)})
        row = self._row(configuration, case, status)
        row.update({name: measured.case.get(name) for name in _FROM_MEASURED})
        row["slices"] = len(measured.slices)
        row["score"] = plain(self.scoring.of_volume([self.scoring.of_slice(one) for one in measured.slices]))
        self.cases.append(row)

    def add_failed(self, configuration: Configuration, case: StudyCase, message: str) -> None:
        """Add a run that gave no result, with the sentence that says why."""
        self.cases.append({**self._row(configuration, case, "failed"), "message": message})

    @staticmethod
    def _row(configuration: Configuration, case: StudyCase, status: str) -> dict[str, Any]:
        row: dict[str, Any] = dict.fromkeys(CASE_COLUMNS)
        row.update(_keys(configuration, case), level=case.facts.get("level"), abnormal=int(not case.normal))
        return {**row, "status": status, "message": ""}

    def rescored(self, scoring: Scoring) -> StudyTables:
        """The same tables with the cases' scores brought together in another way."""
        held: dict[tuple[str, str], list[float]] = {}
        for row in self.slices:
            held.setdefault((row["configuration"], row["case"]), []).append(scoring.of_slice(row))
        cases = []
        for row in self.cases:
            slices = held.get((row["configuration"], row["case"]), [])
            cases.append({**row, "score": plain(scoring.of_volume(slices))})
        return StudyTables(self.slices, cases, self.findings, scoring)

    @property
    def configurations(self) -> list[str]:
        """Their names, in the order they were run."""
        return list(dict.fromkeys(row["configuration"] for row in self.cases))

    def apart(self) -> dict[str, StudyTables]:
        """Tables of each configuration alone, in their order: whoever looks at one need not go through all rows."""
        found = {name: StudyTables(scoring=self.scoring) for name in self.configurations}
        for kind in ("slices", "cases", "findings"):
            for row in getattr(self, kind):
                getattr(found[row["configuration"]], kind).append(row)
        return found

    @property
    def failed(self) -> list[dict[str, Any]]:
        """The cases without a result."""
        return [row for row in self.cases if row["status"] == "failed"]

    def write(self, folder: Path) -> list[Path]:
        """Write the three CSV files, each whole or not at all; raises a GANAnomalyError when the disk refuses."""
        given = ((SLICES, SLICE_COLUMNS, self.slices), (CASES, CASE_COLUMNS, self.cases))
        for name, columns, rows in (*given, (FINDINGS, FINDING_COLUMNS, self.findings)):
            write_table(folder / name, columns, rows)
        return [folder / SLICES, folder / CASES, folder / FINDINGS]

    @classmethod
    def read(cls, folder: Path | str, scoring: Scoring = DEFAULT) -> StudyTables:
        """The tables that a study left in its folder, with the cases' scores as ``scoring`` says.

        Raises :class:`InputError` for a missing, damaged or foreign table.
        """
        folder = Path(folder)
        slices, cases, findings = (
            read_table(folder / name, columns)
            for name, columns in ((SLICES, SLICE_COLUMNS), (CASES, CASE_COLUMNS), (FINDINGS, FINDING_COLUMNS))
        )
        return cls(slices, cases, findings).rescored(scoring)


def read_table(path: Path, columns: Sequence[str]) -> list[dict[str, Any]]:
    """The inverse of :func:`write_table`: numbers, None for empty cells; raises :class:`InputError`."""
    if not path.is_file():
        raise InputError(f"{path.parent} holds no finished study: {path.name} is missing.")
    table = read_csv(path)
    lacking = [name for name in columns if name not in table.heading]
    if lacking:
        raise InputError(f"{path} has no column {lacking[0]!r}: give the table as the study wrote it.")
    try:
        return [{name: _value(name, row[name]) for name in columns} for row in table.by_name()]
    except ValueError as error:
        raise InputError(f"{path} is damaged or no table of a study: run the study again.", repr(error)) from error


def _keys(configuration: Configuration, case: StudyCase) -> dict[str, Any]:
    return {"configuration": configuration.name, "case": case.name, "group": case.group, "patient": case.drawn_with}


def _value(name: str, text: str) -> Any:
    if name in _TEXTS:
        return cell_text(text)
    if text == "":
        return None
    try:
        return int(text)
    except ValueError:
        number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{name} is {text}")
    return number
