"""Scores of a set of cases, from a CSV in the published format or from result folders."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.results.result import FILES, MANIFEST, AnalysisResult

from ...tables.csv_table import Table, read_csv
from ..patients import patients_by_pattern

COLUMNS = ("dist", "distance", "score")
NAMES = ("filename", "file", "name", "case", "image", "path")
PATIENTS = ("patient", "patient_id", "patientid", "subject")
RESULT_COLUMNS = ("score", "patch_score", "wd", "mse", "ssim")


@dataclass(frozen=True)
class Distances:
    """Scores of one set.

    Attributes
    ----------
    values: (n,) float64, finite.
    names: what each score is of; "1", "2", ... where the table names nothing (``named`` is then False).
    patients: whose each is, or None where that is not known.
    column: where the values are from, as the file spells it.
    source: the file's or folder's name, without its path.
    """

    values: np.ndarray
    names: tuple[str, ...]
    patients: tuple[str, ...] | None
    column: str
    source: str
    named: bool = True

    def __len__(self) -> int:
        return len(self.values)

    def highest(self) -> Distances:
        """The highest score of each patient (of each volume, from result folders), in the order of first appearance."""
        if self.patients is None:
            raise InputError(
                f"{self.source} does not say which rows belong together: add a column 'patient', or give a pattern for "
                "the names with --patient-pattern."
            )
        best: dict[str, float] = {}
        for patient, value in zip(self.patients, self.values.tolist(), strict=True):
            best[patient] = max(value, best.get(patient, value))
        names = tuple(best)
        return replace(self, values=np.array(list(best.values())), names=names, patients=names, named=True)

    def turned(self) -> Distances:
        """With the sign changed, which the column's name then shows, for scores where low means abnormal."""
        return replace(self, values=-self.values, column=f"-{self.column}")


def read_distances(
    path: Path | str,
    column: str | None = None,
    *,
    highest: bool | None = None,
    name_column: str | None = None,
    patient_column: str | None = None,
    patient_pattern: str | None = None,
) -> Distances:
    """Read scores from a CSV, a result folder, or a folder of result folders.

    Parameters
    ----------
    path: a CSV (``filename,dist`` in the published format), one result of an analysis, or a folder of them.
    column: the column of the scores. By default ``dist``, ``distance`` or ``score`` of a CSV, ``patch_score`` of a
        result (also ``score``, ``wd``, ``mse``, ``ssim``).
    highest: one score a patient (a volume, from result folders), the highest of its rows; False: every row. By
        default every row of a CSV, but one score a volume from results: not every slice shows a volume's anomaly.
    name_column: of a CSV; by default ``filename``, ``file``, ``name``, ``case``, ``image`` or ``path``.
    patient_column: of a CSV; by default ``patient``, ``patient_id`` or ``subject``, where there is one. Result folders
        are a patient each.
    patient_pattern: a regular expression that finds the patient in each name (its first group, or all of it).

    Raises :class:`InputError` when something is missing, no finite number, or there twice.
    """
    path = Path(path)
    if path.is_dir():
        out = _from_results(path, column)
        highest = True if highest is None else highest
    else:
        out = _from_table(read_csv(path), column, name_column, patient_column)
    if patient_pattern is not None:
        out = replace(out, patients=tuple(patients_by_pattern(out.names, patient_pattern, out.source)))
    return out.highest() if highest else out


def _from_table(table: Table, column: str | None, name_column: str | None, patient_column: str | None) -> Distances:
    place = table.need(*(COLUMNS if column is None else (column,)))
    name_place = table.find(*NAMES) if name_column is None else table.need(name_column, option="--name-column")
    patient_place = table.find(*PATIENTS)
    if patient_column is not None:
        patient_place = table.need(patient_column, option="--patient-column")
    values = np.array(table.numbers(place))
    patients = None
    if patient_place is not None:
        patients = tuple(table.texts(patient_place))
        _no_gaps(table, patients, "patient")
    if name_place is None or name_place == place:
        names = tuple(str(number + 1) for number in range(len(values)))
        return Distances(values, names, patients, table.heading[place], table.path.name, False)
    names = tuple(table.texts(name_place))
    _no_gaps(table, names, "name")
    _no_twins(table, names, values)
    return Distances(values, names, patients, table.heading[place], table.path.name)


def _no_gaps(table: Table, texts: Sequence[str], what: str) -> None:
    for text, line in zip(texts, table.lines, strict=True):
        if not text:
            raise InputError(f"Line {line} of {table.path.name} has no {what}: add it.")


def _no_twins(table: Table, names: Sequence[str], values: np.ndarray) -> None:
    first: dict[str, int] = {}
    for number, name in enumerate(names):
        if name in first:
            before = first[name]
            same = "the same score" if values[before] == values[number] else "another score"
            raise InputError(
                f"{table.path.name} names {name[:80]} twice (lines {table.lines[before]} and {table.lines[number]}, "
                f"with {same}): keep one row for each case, or name another column with --name-column."
            )
        first[name] = number


def _from_results(folder: Path, column: str | None) -> Distances:
    names, values, patients = [], [], []
    wanted = "patch_score" if column is None else column
    for result in _results(folder):
        case = result.folder.resolve().name
        if not result.scores:
            raise InputError(f"The result {case} holds no slice's scores: run the analysis again.")
        if wanted not in result.scores[0]:
            raise InputError(
                f"The result {case} has no column {wanted!r}: choose {', '.join(RESULT_COLUMNS)} with --column."
            )
        for row in result.scores:
            value = row[wanted]
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not np.isfinite(value):
                raise InputError(
                    f"The result {case} holds no finite number in {wanted!r} of slice {row.get('slice')}: run the "
                    "analysis again."
                )
            names.append(f"{case}/{row.get('slice')}")
            values.append(float(value))
            patients.append(case)
    return Distances(np.array(values), tuple(names), tuple(patients), wanted, folder.resolve().name)


def _results(folder: Path) -> list[AnalysisResult]:
    """One result, or those in the folder by name; raises :class:`InputError` when there is none."""
    if (folder / MANIFEST).is_file() and (folder / FILES["scores"]).is_file():
        return [AnalysisResult.read(folder)]
    try:
        entries = sorted(entry for entry in folder.iterdir() if not entry.name.endswith((".partial", ".old")))
    except OSError as error:
        raise InputError(f"{folder} cannot be opened: check that it may be read.", str(error)) from error
    found = [entry for entry in entries if (entry / MANIFEST).is_file() and (entry / FILES["scores"]).is_file()]
    if not found:
        raise InputError(f"{folder} holds no result of an analysis: give a CSV, a result or a folder of results.")
    return [AnalysisResult.read(entry) for entry in found]


@dataclass(frozen=True)
class Matched:
    """The same cases in two sets: (n,) places in each, and the names that only one of them has."""

    first: np.ndarray
    second: np.ndarray
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]


def match_names(first: Distances, second: Distances) -> Matched:
    """Pair two sets by name: as written, or, where that tells all cases apart, without folders and endings.

    Tables without names are paired row by row when they are equally long. Raises :class:`InputError` when nothing can
    be paired.
    """
    if not first.named and not second.named:
        if len(first) != len(second):
            raise InputError(
                f"{first.source} has {len(first)} rows and {second.source} {len(second)}, and neither names its cases: "
                "add a column 'filename', so that they can be paired."
            )
        every = np.arange(len(first))
        return Matched(every, every, (), ())
    if first.named != second.named:
        which = second if first.named else first
        raise InputError(
            f"{which.source} does not name its cases: add a column 'filename', so that they can be paired."
        )
    for key in (str, _short):
        one, two = ([key(name) for name in side.names] for side in (first, second))
        if len(set(one)) < len(one) or len(set(two)) < len(two):
            continue
        places = {name: place for place, name in enumerate(two)}
        pairs = [(place, places[name]) for place, name in enumerate(one) if name in places]
        if not pairs:
            continue
        paired = np.array(pairs)
        left_one = sorted(set(range(len(one))) - set(paired[:, 0].tolist()))
        left_two = sorted(set(range(len(two))) - set(paired[:, 1].tolist()))
        return Matched(
            paired[:, 0],
            paired[:, 1],
            tuple(first.names[n] for n in left_one),
            tuple(second.names[n] for n in left_two),
        )
    raise InputError(
        f"No case of {first.source} is in {second.source} (they begin with {first.names[0][:60]!r} and "
        f"{second.names[0][:60]!r}): give scores of the same cases, or compare them as unpaired."
    )


def _short(name: str) -> str:
    name = name.replace("\\", "/")
    # A volume's slice is known by its place below the volume: its number alone tells nothing.
    if re.search(r"/\d+$", name):
        return name
    name = name.rsplit("/", 1)[-1]
    return re.sub(r"(?i)(\.nii)?\.(gz|nii|nrrd|nhdr|mh[ad]|png|jpe?g|tiff?|bmp|dcm|npy|npz)$", "", name) or name
