"""The cases of a study from folders: normal ones, anomaly sets, lesion masks and patients, paired by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from GANAnomalyLib.batch.find_cases import find_cases
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files.reading import read_csv

from ...images.case_names import case_name, find_files, some
from ..patients import patients_by_pattern
from .study_cases import BASELINE, MEAN, StudyCase

_CASE_COLUMNS = ("case", "filename", "file", "name", "image", "path")
_PATIENT_COLUMNS = ("patient", "patient_id", "patientid", "subject")


def find_study_cases(
    baseline: Iterable[Path | str],
    anomalies: Mapping[str, Iterable[Path | str]],
    masks: Path | str | None = None,
    region_masks: Path | str | None = None,
    patients: Path | str | None = None,
    patient_pattern: str | None = None,
    slices: tuple[int, int] | None = None,
) -> list[StudyCase]:
    """Every volume or picture of the sets, as :func:`~GANAnomalyLib.batch.find_cases` finds them.

    Parameters
    ----------
    baseline: files and folders of normal cases.
    anomalies: files and folders by the set's name.
    masks: a folder of lesion masks, one a case by its name (p1.nii.gz and p1_mask.nii.gz, or a folder p1 with
        mask.nrrd); a folder of the set's name in it is looked into for that set. A set without any has no masks.
    region_masks: in the same way, masks of where to score; normal cases need them too.
    patients: a CSV with columns ``case`` and ``patient``; cases that it does not list are patients of their own.
    patient_pattern: a regular expression found in a case's name; its first group (or all of it) is the patient.
    slices: (first, stop) of every case.

    Raises
    ------
    InputError: nothing found, a mask without its case, or a case of a set with masks without one; all named.
    """
    if not anomalies:
        raise InputError("A study needs at least one anomaly set: give --anomaly NAME=FOLDER.")
    cases: list[StudyCase] = []
    for group, inputs in ((BASELINE, baseline), *anomalies.items()):
        if group in (BASELINE, MEAN) and inputs is not baseline:
            raise InputError(f"An anomaly set cannot be called {group!r}: choose another name.")
        for found in find_cases(list(inputs)):
            cases.append(StudyCase(f"{group}_{found.name}", found.path, group, slices=slices))
    _refuse_shared(cases)
    if masks is not None:
        cases = _masked(cases, Path(masks), "lesion mask", lambda case, path: replace(case, mask=path), normal=False)
    if region_masks is not None:
        cases = _masked(
            cases, Path(region_masks), "region mask", lambda case, path: replace(case, region_mask=path), normal=True
        )
    if patients is not None:
        cases = _with_patients(cases, Path(patients))
    if patient_pattern is None:
        return cases
    told = patients_by_pattern([_own_name(case) for case in cases], patient_pattern, "the study")
    return [replace(case, patient=patient) for case, patient in zip(cases, told, strict=True)]


def _refuse_shared(cases: Sequence[StudyCase]) -> None:
    """One image in two sets would be normal and abnormal at once."""
    seen: dict[Path, str] = {}
    for case in cases:
        path = case.path.resolve()
        if seen.setdefault(path, case.group) != case.group:
            raise InputError(f"{case.path.name} is in the sets {seen[path]} and {case.group}: leave it in one.")


def _own_name(case: StudyCase) -> str:
    return case.name[len(case.group) + 1 :]


def _names(case: StudyCase) -> list[str]:
    """What a file of this case may be called, the most certain first."""
    return list(dict.fromkeys((case.name, _own_name(case), case_name(case.path.name), case.path.resolve().parent.name)))


def _masked(
    cases: Sequence[StudyCase],
    folder: Path,
    what: str,
    put: Callable[[StudyCase, Path], StudyCase],
    normal: bool,
) -> list[StudyCase]:
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder of {what}s: check the path.")
    groups = [group for group in dict.fromkeys(case.group for case in cases) if normal or group != BASELINE]
    own = {group: folder / group for group in groups if (folder / group).is_dir()}
    common = [group for group in groups if group not in own]
    out = {case.name: case for case in cases}
    for source, held in [(path, [group]) for group, path in own.items()] + ([(folder, common)] if common else []):
        if source == folder and own and not any(entry.is_file() for entry in folder.iterdir()):
            # Only folders of other sets lie there.
            continue
        files = find_files(source, what)
        taken: dict[str, str] = {}
        for case in (case for case in cases if case.group in held):
            name = next((name for name in _names(case) if name in files), None)
            if name is None:
                continue
            if name in taken:
                raise InputError(
                    f"The {what} {files[name].name} could be of {taken[name]} or of {case.name}: put masks into a "
                    "folder of each set's name."
                )
            taken[name] = case.name
            out[case.name] = put(case, files[name])
        alone = [name for name in files if name not in taken and name not in own]
        if alone:
            raise InputError(f"There is a {what} but no case for {some(alone)}: add the case, or take the mask out.")
    for group in groups:
        made = [out[case.name] for case in cases if case.group == group]
        lacking = [case.name for case, before in zip(made, _of(cases, group), strict=True) if case == before]
        if lacking and len(lacking) < len(made):
            raise InputError(f"There is no {what} for {some(lacking)}: add it, or take the case out.")
    if all(out[case.name] == case for case in cases):
        raise InputError(f"No {what} in {folder} belongs to a case: name each file as its case.")
    return list(out.values())


def _of(cases: Sequence[StudyCase], group: str) -> list[StudyCase]:
    return [case for case in cases if case.group == group]


def _with_patients(cases: Sequence[StudyCase], table: Path) -> list[StudyCase]:
    held = read_csv(table, ragged=True)
    heads = {name.lower(): name for name in held.heading}
    columns = [
        next((heads[name] for name in names if name in heads), "") for names in (_CASE_COLUMNS, _PATIENT_COLUMNS)
    ]
    if "" in columns:
        raise InputError(f"{table.name} needs the columns 'case' and 'patient': it has {', '.join(heads)}.")
    rows = [tuple(row[column] for column in columns) for row in held.by_name()]
    listed: dict[str, str] = {}
    known = {name for case in cases for name in _names(case)}
    for name, patient in rows:
        key = name if name in known else case_name(name)
        if not name or not patient:
            raise InputError(f"{table.name} has a row without a case or a patient: fill it in.")
        if listed.setdefault(key, patient) != patient:
            raise InputError(f"{table.name} gives {name} two patients: keep one.")
    alone = [name for name in listed if name not in known]
    if alone:
        raise InputError(f"{table.name} lists {some(alone)}, which is no case of the study: correct the name.")
    out = []
    for case in cases:
        own = next((name for name in _names(case) if name in listed), None)
        out.append(case if own is None else replace(case, patient=listed[own]))
    return out
