"""Result folders beside what is known of them: their sets, their patients, their lesions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.results.result import FILES, MANIFEST

from ...images.case_names import case_name, find_files, some
from ...tables.csv_table import read_csv
from ..lesion_boxes import Box, read_boxes

NORMAL_SETS = ("baseline", "normal", "normals", "control", "controls")
"""Sets whose cases have nothing to find."""

_TABLES = (".csv", ".json", ".txt")
_NAMES = ("case", "filename", "name", "image")
_SETS = ("group", "set", "dataset", "kind")
_PATIENTS = ("patient", "patient_id", "subject")


@dataclass(frozen=True)
class FindingsCase:
    """One result, not read yet.

    Attributes
    ----------
    name: the folder's name.
    folder: the result.
    group: the set of anomalies that it belongs to.
    patient: whose it is; "" is a patient of its own.
    mask: the lesion on the input's grid, or None.
    boxes: or the lesion's boxes; None where it is a mask, or where readers decided.
    """

    name: str
    folder: Path
    group: str
    patient: str = ""
    mask: Path | None = None
    boxes: tuple[Box, ...] | None = None

    @property
    def drawn_with(self) -> str:
        """The patient, or the case itself where the patient is not known."""
        return self.patient or f"{self.group}/{self.name}"

    @property
    def normal(self) -> bool:
        """Whether its set has nothing to find."""
        return self.group.casefold() in NORMAL_SETS


def find_results(places: Sequence[Path | str]) -> list[FindingsCase]:
    """Finished results in the order of their names.

    Each of ``places`` is a result folder, a folder of results (a set, by its name), or a folder of such sets. Raises
    :class:`InputError` when one holds none, or a case is there twice in a set.
    """
    found: list[FindingsCase] = []
    for place in map(Path, places):
        here = _results_in(place)
        if not here:
            raise InputError(f"{place} holds no result of an analysis: give result folders, or a folder of them.")
        found += here
    seen: set[tuple[str, str]] = set()
    for case in found:
        if (case.group, case.name) in seen:
            raise InputError(f"The results hold the case {case.name} of the set {case.group} twice: give it once.")
        seen.add((case.group, case.name))
    return found


def match_results(
    places: Sequence[Path | str],
    truth: Path | str | None,
    table: Path | str | None = None,
    partial: bool = False,
) -> tuple[list[FindingsCase], list[str]]:
    """Pair results with truths by case, and sets and patients from a table; the second part are notes for the reader.

    Parameters
    ----------
    places: as :func:`find_results` takes them.
    truth: a folder of masks (or one mask), or a CSV or COCO JSON table of boxes (a case that it does not list is
        normal); None where readers' decisions are the truth. Masks may lie in a folder for each set.
    table: a CSV with the columns case, and group (or set) or patient or both, such as a study's cases.csv.
    partial: masks without a result are left out, not an error.

    Raises
    ------
    InputError: nothing there, a result without a truth, or a truth without a result (unless ``partial``), named.
    """
    cases = find_results(places)
    if table is not None:
        cases = _with_table(cases, Path(table))
    if truth is None:
        return cases, []
    truth = Path(truth)
    if truth.suffix.lower() in _TABLES and truth.is_file():
        boxes = read_boxes(truth)
        notes = _unpaired(boxes, {case.name for case in cases}, "boxes or a row", partial)
        return [replace(case, boxes=tuple(boxes.get(case.name, ()))) for case in cases], notes
    return _with_masks(cases, truth, partial)


def _results_in(place: Path) -> list[FindingsCase]:
    if _is_result(place):
        return [FindingsCase(place.resolve().name, place, place.resolve().parent.name)]
    entries = _folders(place)
    found = [FindingsCase(entry.name, entry, place.resolve().name) for entry in entries if _is_result(entry)]
    if found:
        return found
    return [
        FindingsCase(inner.name, inner, entry.name)
        for entry in entries
        for inner in _folders(entry)
        if _is_result(inner)
    ]


def _is_result(folder: Path) -> bool:
    whole = not folder.name.endswith((".partial", ".old"))
    return whole and (folder / MANIFEST).is_file() and (folder / FILES["findings"]).is_file()


def _folders(place: Path) -> list[Path]:
    if not place.is_dir():
        raise InputError(f"{place} does not exist or is no folder: give result folders, or a folder of them.")
    try:
        entries = [entry for entry in place.iterdir() if entry.is_dir() and not entry.name.startswith(".")]
    except OSError as error:
        raise InputError(f"{place} cannot be opened: check that it may be read.", str(error)) from error
    return sorted(entries, key=lambda entry: (entry.name.casefold(), entry.name))


def _with_masks(cases: Sequence[FindingsCase], truth: Path, partial: bool) -> tuple[list[FindingsCase], list[str]]:
    groups = list(dict.fromkeys(case.group for case in cases))
    shared = [group for group in groups if not (truth.is_dir() and (truth / group).is_dir())]
    notes: list[str] = []
    out: dict[int, FindingsCase] = {}
    for chosen, folder in [(shared, truth), *(([group], truth / group) for group in groups if group not in shared)]:
        if not chosen:
            continue
        held = [n for n, case in enumerate(cases) if case.group in chosen]
        # The masks of a set of normal cases need not exist: there is nothing to mark.
        needed = [n for n in held if not cases[n].normal]
        masks = find_files(folder, "mask") if needed else {}
        if len(masks) == len(held) == 1:
            masks = {cases[held[0]].name: next(iter(masks.values()))}
        named = {_plain_name(cases[n].name) for n in held}
        notes += _unpaired(masks, named, "a mask", partial)
        lacking = [cases[n].name for n in needed if _plain_name(cases[n].name) not in masks]
        if lacking:
            raise InputError(
                f"There is no mask for {some(lacking)}: add it (all zero where there is no lesion), or name the set "
                "of normal cases 'baseline' in the table of cases (--cases)."
            )
        for n in held:
            out[n] = replace(cases[n], mask=masks.get(_plain_name(cases[n].name)))
    return [out[n] for n in range(len(cases))], notes


def _plain_name(name: str) -> str:
    """Masks go by their case's name without endings; a result folder may be called after a whole file."""
    return case_name(name)


def _with_table(cases: Sequence[FindingsCase], path: Path) -> list[FindingsCase]:
    table = read_csv(path)
    place = table.need(*_NAMES, option="the heading 'case'")
    group_place, patient_place = table.find(*_SETS), table.find(*_PATIENTS)
    if group_place is None and patient_place is None:
        raise InputError(f"{path.name} says neither set nor patient: add a column 'group', 'patient' or both.")
    known: dict[str, tuple[str, str]] = {}
    for row, line in zip(table.rows, table.lines, strict=True):
        facts = tuple("" if n is None else row[n] for n in (group_place, patient_place))
        name = _plain_name(row[place])
        if known.setdefault(name, (facts[0], facts[1])) != facts:
            raise InputError(f"Line {line} of {path.name} says otherwise of {row[place][:80]} than a line before it.")
    lacking = [case.name for case in cases if _plain_name(case.name) not in known]
    if lacking:
        raise InputError(f"{path.name} does not list {some(lacking)}: add a row for each result.")
    out = []
    for case in cases:
        group, patient = known[_plain_name(case.name)]
        out.append(replace(case, group=group or case.group, patient=patient))
    return out


def _unpaired(found: Mapping[str, object], cases: set[str], what: str, partial: bool) -> list[str]:
    names = {_plain_name(name) for name in cases} | cases
    unmatched = [name for name in found if name not in names]
    if not unmatched:
        return []
    if not partial:
        raise InputError(
            f"There is {what} but no result for {some(unmatched)}: an analysis that failed found nothing; add its "
            "result, or leave such cases out with --partial."
        )
    return [f"{len(unmatched)} cases with {what} have no result and are left out: {some(unmatched)}."]
