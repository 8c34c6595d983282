"""How far the readers of a table agree: by treatment, by kind, and each reader with himself or herself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken

from ...report import file_hash
from ...statistics.readers.agreement import Agreement, Labels, agreements, disagreements
from ...statistics.readers.readings import in_order
from ...tables.csv_table import Table, read_csv
from ..reader_options import AgreementOptions
from .read_ratings import LESION, READER, TREATMENT

LABEL = ("rating", "score", "decision", "label")
ALL = "all"


@dataclass(frozen=True)
class AgreementGroup:
    """What was said under one treatment of one kind, "all" for every one; how far it agrees, and where it does not."""

    treatment: str
    kind: str
    labels: Labels
    found: list[Agreement]


@dataclass(frozen=True)
class AgreementStudy:
    """All groups of a table; ``clustered``: patients have several items, and are drawn whole."""

    groups: list[AgreementGroup]
    options: AgreementOptions
    sha256: str
    clustered: bool
    notes: list[str] = field(default_factory=list)

    def open_items(self) -> list[tuple[AgreementGroup, str, dict[str, str]]]:
        """What readers called by different names, for somebody to settle; kinds of it are not told apart."""
        groups = [group for group in self.groups if group.kind == ALL]
        return [(group, item, said) for group in groups for item, said in disagreements(group.labels)]


def agreement_study(
    path: Path | str,
    options: AgreementOptions,
    label: str | None = None,
    kind: str | None = None,
    patient: str | None = None,
    cancel: CancelToken | None = None,
) -> AgreementStudy:
    """Read a table with the columns reader, case and rating (or decision, or label), and treatment where there are any.

    Parameters
    ----------
    label, kind, patient: the columns with what was said, the kind of the case (each gets its own numbers), and whose
        case it is; without the latter cases are drawn. A lesion (or region, finding) of a case is an item of its own.

    A second row of a reader, treatment and item is a second reading of it. Rows that say nothing are left out. Raises
    :class:`InputError` for a table that cannot be used, or nothing that two readings share.
    """
    table, sha256 = read_csv(path), file_hash(path)
    said = _labels(table, table.need(*((label,) if label else LABEL), option="--label"), options.threshold)
    held = [n for n, value in enumerate(said) if value != ""]
    notes = [] if len(held) == len(said) else [f"{len(said) - len(held)} rows say nothing, and are left out."]
    if not held:
        raise InputError(f"No row of {Path(path).name} says anything: fill in what readers said.")
    case, part = table.texts(table.need("case", "caseID")), table.find(*LESION, "finding")
    item = (
        case if part is None else [f"{one} {more}".strip() for one, more in zip(case, table.texts(part), strict=True)]
    )
    unit = case if patient is None else table.texts(table.need(patient, option="--patient"))
    under, place = [ALL] * len(said), table.find(*TREATMENT)
    if place is not None:
        under = table.texts(place)
    kinds = [""] * len(said) if kind is None else table.texts(table.need(kind, option="--kind"))
    reader = table.texts(table.need(*READER))
    wanted = [ALL, *in_order(one for one in kinds if one)] if kind else [ALL]
    groups = []
    for treatment in in_order(under[n] for n in held):
        for one in wanted:
            rows = [n for n in held if under[n] == treatment and one in (ALL, kinds[n])]
            if not rows:
                continue
            labels = Labels.of(*([column[n] for n in rows] for column in (reader, item, said, unit)))
            found = agreements(labels, options.weights, options.draws, options.level, options.seed, cancel)
            if found:
                groups.append(AgreementGroup(treatment, one, labels, found))
    if not groups:
        raise InputError("No case has two readings: there is nothing that could agree.")
    notes += _notes(groups, options)
    clustered = any(len(set(group.labels.unit.tolist())) < len(group.labels.items) for group in groups)
    return AgreementStudy(groups, options, sha256, clustered, notes)


def _labels(table: Table, place: int, threshold: float | None) -> Sequence[str]:
    if threshold is None:
        return table.texts(place)
    below, above = f"below {threshold:g}", f"{threshold:g} or more"
    values = table.numbers(place, missing=True)
    return ["" if value != value else above if value >= threshold else below for value in values]


def _notes(groups: Sequence[AgreementGroup], options: AgreementOptions) -> list[str]:
    notes = []
    found = [one for group in groups for one in group.found]
    if any(one.kappa.value != one.kappa.value for one in found):
        notes.append("Where all readings are of one category there is no agreement beyond chance, and no kappa.")
    if options.draws and any(one.agreement.interval is None for one in found):
        notes.append("With one patient there is nothing to draw anew, and no interval.")
    if options.weights != "none" and any(one.what == "all readers" for one in found):
        notes.append("Weights are of the kappas of two readings; Fleiss' kappa has none.")
    if any((group.labels.again >= 0).any() and len(group.labels.readers) > 1 for group in groups):
        notes.append("Readers are compared by their first readings, second ones only with the same reader's first.")
    return notes
