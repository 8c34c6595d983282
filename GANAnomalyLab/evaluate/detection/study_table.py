"""Scores of two configurations, or of baseline and anomaly sets, from the slices.csv of a study."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from GANAnomalyLib.errors import InputError

from ...tables.csv_table import Table, read_csv
from .score_files import Distances

BASELINE = "baseline"
_NEEDED = ("configuration", "case", "group", "slice", "abnormal")
_YES = ("1", "1.0", "true", "True")


@dataclass(frozen=True)
class StudyScores:
    """One configuration's scores of a study: the baseline's, and those of each anomaly set by its name."""

    configuration: str
    baseline: Distances
    sets: dict[str, Distances]

    def turned(self) -> StudyScores:
        """With the sign changed, for scores where low means abnormal."""
        return replace(
            self, baseline=self.baseline.turned(), sets={name: item.turned() for name, item in self.sets.items()}
        )


def slices_table(path: Path | str) -> Path:
    """The table of slices in a study's folder, or the file itself."""
    path = Path(path)
    return path / "slices.csv" if path.is_dir() else path


def read_study(
    path: Path | str, configuration: str | None = None, column: str | None = None, highest: bool = False
) -> StudyScores:
    """Read one configuration of a study.

    Parameters
    ----------
    path: the study's slices.csv, or its folder.
    configuration: its name; None where the study has only one.
    column: ``patch_score`` (the default), ``score``, ``wd``, ``mse`` or ``ssim``.
    highest: one score a case, the highest of its slices; else slices, those of the baseline against the ones of a set
        that show its anomaly.

    Raises :class:`InputError` when it is no such table, lacks the configuration, or a class is empty.
    """
    table = read_csv(slices_table(path))
    missing = [name for name in _NEEDED if table.find(name) is None]
    if missing:
        raise InputError(
            f"{table.path.name} is no table of a study's slices (there is no column {missing[0]!r}): give the "
            "slices.csv that gananomaly evaluate study writes."
        )
    chosen = _configuration(table, configuration)
    held, group_of, abnormal = (table.texts(table.need(name)) for name in ("configuration", "group", "abnormal"))
    groups: dict[str, list[int]] = {}
    for number, group in enumerate(group_of):
        shown = highest or group == BASELINE or abnormal[number] in _YES
        if held[number] == chosen and shown:
            groups.setdefault(group, []).append(number)
    if BASELINE not in groups or len(groups) < 2:
        what = "baseline" if BASELINE not in groups else "abnormal slice"
        raise InputError(f"{table.path.name} holds no {what} of {chosen}: evaluate a study that has both.")
    sets = {group: _distances(table, rows, column or "patch_score", highest) for group, rows in groups.items()}
    return StudyScores(chosen, sets.pop(BASELINE), sets)


def _configuration(table: Table, wanted: str | None) -> str:
    held = list(dict.fromkeys(table.texts(table.need("configuration"))))
    if wanted is None and len(held) == 1:
        return held[0]
    if wanted is None or wanted not in held:
        what = "several configurations" if wanted is None else f"no configuration {wanted!r}"
        raise InputError(f"{table.path.name} holds {what}; it has {', '.join(held[:12])}: name one of them.")
    return wanted


def _distances(table: Table, rows: list[int], column: str, highest: bool) -> Distances:
    place, patient = table.need(column), table.find("patient")
    part = replace(table, rows=tuple(table.rows[n] for n in rows), lines=tuple(table.lines[n] for n in rows))
    cases, slices = (part.texts(part.need(name)) for name in ("case", "slice"))
    # A case without a patient is a patient of its own.
    patients = cases if patient is None else [p or case for p, case in zip(part.texts(patient), cases, strict=True)]
    names = tuple(f"{case}/{number}" for case, number in zip(cases, slices, strict=True))
    out = Distances(np.array(part.numbers(place)), names, tuple(patients), table.heading[place], table.path.name)
    if not highest:
        return out
    volumes = replace(out, patients=tuple(cases)).highest()
    owner = dict(zip(cases, patients, strict=True))
    return replace(volumes, patients=tuple(owner[case] for case in volumes.names))
