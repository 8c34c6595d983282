"""A study of readers analysed: each reader, each treatment, how treatments differ, and what to know about it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from GANAnomalyLib.errors import InputError

from ..score_checks import share
from .reader_anova import Components, Estimate, GlobalTest, analyse_cells, combined
from .reader_cells import METRICS, Cells, cells_of
from .reader_covariance import COVARIANCES, cell_covariance
from .reader_designs import Design, crossed_readers, design_of
from .readings import Readings
from .study_notes import FEW_READERS, Difference, study_notes

FIXED = ("readers", "cases")
WORDS = {"auc": "AUC", "sensitivity": "sensitivity", "specificity": "specificity", "jafroc": "JAFROC figure of merit"}
_CLASSES = ("normal", "abnormal")


@dataclass(frozen=True)
class ReaderFigure:
    """One reader under one treatment: the figure over ``normal`` and ``abnormal`` cases, its interval over drawn cases.

    ``used`` is false where the reader was left out of the comparison.
    """

    reader: str
    treatment: str
    figure: Estimate
    normal: int
    abnormal: int
    used: bool


@dataclass(frozen=True)
class StudyAnalysis:
    """What a study of readers shows; ``fixed`` is what was fixed in the end, ``cases`` are (normal, abnormal)."""

    metric: str
    threshold: float | None
    covariance: str
    fixed: str | None
    level: float
    design: str
    cases: tuple[int, int]
    readers: list[ReaderFigure]
    reader_differences: list[Difference]
    treatments: dict[str, Estimate]
    differences: list[Difference]
    test: GlobalTest | None
    components: Components
    notes: list[str]

    @property
    def used_readers(self) -> int:
        """How many readers the comparison rests on; in a split plot those of one treatment, on average."""
        used = {(one.reader, one.treatment) for one in self.readers if one.used}
        return round(len(used) / len(self.treatments))


def analyse_readings(
    readings: Readings,
    metric: str = "auc",
    threshold: float | None = None,
    covariance: str = "jackknife",
    fixed: str | None = None,
    level: float = 0.95,
) -> StudyAnalysis:
    """Analyse a study of several readers and cases; the design is recognised from the readings.

    Parameters
    ----------
    metric: one of :data:`METRICS`; sensitivity and specificity need a ``threshold``: rated that or more is abnormal.
    covariance: how errors are estimated, one of :data:`COVARIANCES`.
    fixed: None, or what the conclusions are confined to: "readers" or "cases" of this study.
    level: of the intervals, 0..1.

    Raises
    ------
    InputError: settings that cannot be, a case that is both normal and abnormal, or no reader who can be analysed.
    """
    for value, known, what in ((metric, METRICS, "metric"), (covariance, COVARIANCES, "covariance")):
        if value not in known:
            raise InputError(f"The {what} must be one of {', '.join(known)}, not {str(value)[:40]!r}.")
    if fixed not in (None, *FIXED):
        raise InputError(f"What is fixed must be readers or cases, not {str(fixed)[:40]!r}.")
    level = share(level, "level")
    if metric in ("sensitivity", "specificity"):
        if threshold is None or not math.isfinite(threshold):
            raise InputError(f"The {metric} needs a threshold: the lowest rating that counts as abnormal.")
    else:
        threshold = None
    check_truth(readings, metric)
    whole = cells_of(readings, metric, threshold)
    notes: list[str] = []
    used = _usable(whole, readings, metric, notes)
    cells = _taken(whole, used)
    design = design_of(cells.read, cells.reader, cells.treatment)
    fixed = _fixed(fixed, cells, design, notes)
    spread = cell_covariance(cells, covariance)
    anova = analyse_cells(cells.value, cells.reader, cells.treatment, spread, fixed, level)
    kinds = np.unique(cells.treatment)
    names = [readings.treatments[one] for one in kinds]
    differences = [Difference(names[a], names[b], found) for (a, b), found in anova.differences.items()]
    treatments = dict(zip(names, anova.treatments, strict=True))
    notes += study_notes(cells, design, fixed, anova, differences, treatments, metric)
    counts = [int((cells.items[side] > 0).any(0).sum()) for side in (0, 1)]
    return StudyAnalysis(
        metric,
        threshold,
        covariance,
        fixed,
        level,
        design.name,
        (counts[0], counts[1]),
        _figures(whole, readings, used, spread, level),
        _by_reader(cells, readings, spread, level),
        treatments,
        differences,
        anova.test,
        anova.components,
        notes,
    )


def check_truth(readings: Readings, metric: str) -> None:
    """Raise :class:`InputError` for a case (a lesion of it) that is normal in one row and abnormal in another, and for
    located findings without what they need."""
    if metric == "jafroc":
        on = readings.lesion >= 0
        if (on & ~readings.truth).any():
            case = readings.cases[readings.case[on & ~readings.truth][0]]
            raise InputError(f"Case {case} has a lesion, but a truth of 0: correct one of them.")
        bare = np.setdiff1d(readings.case[readings.truth], readings.case[on])
        if len(bare):
            raise InputError(
                f"Case {readings.cases[bare[0]]} is abnormal, but none of its lesions is named: name each in the "
                "column lesion, also those that nobody marked."
            )
        both = np.intersect1d(readings.case[readings.truth], readings.case[~readings.truth])
        if len(both):
            raise InputError(
                f"Case {readings.cases[both[0]]} has lesions, but also rows with a truth of 0: the truth is the "
                "case's, also in the rows of marks beside its lesions."
            )
        return
    readings_of = np.stack([readings.reader, readings.treatment, readings.case, readings.lesion])
    if len(np.unique(readings_of, axis=1).T) < readings_of.shape[1]:
        return  # several ratings a case without names: each may be of a lesion of its own
    key = readings.case * (int(readings.lesion.max()) + 2) + readings.lesion + 1
    both = np.intersect1d(key[readings.truth], key[~readings.truth])
    if len(both):
        case = readings.cases[int(both[0]) // (int(readings.lesion.max()) + 2)]
        raise InputError(f"Case {case} has a truth of 0 in some rows and of 1 in others: correct it.")


def _usable(cells: Cells, readings: Readings, metric: str, notes: list[str]) -> np.ndarray:
    """(c,) which cells can be compared, and why not the others."""
    sides = (0, 1) if cells.pairs else ((0,) if metric == "specificity" else (1,))
    held = np.stack([(cells.items[side] > 0).sum(1) for side in sides])
    poor: dict[int, str] = {}
    for n in np.flatnonzero((held < 2).any(0)):
        count = held[:, n].min()
        kind = _CLASSES[sides[int(held[:, n].argmin())]]
        reader, treatment = readings.readers[cells.reader[n]], readings.treatments[cells.treatment[n]]
        lacks = (
            f"read no {kind} case under {treatment}, and has no {WORDS[metric]} there"
            if count == 0
            else f"read one {kind} case under {treatment}, from which no error can be estimated"
        )
        poor.setdefault(int(cells.reader[n]), f"Left out: reader {reader}, who {lacks}.")
    kept = ~np.isin(cells.reader, list(poor))
    if not kept.any():
        raise InputError(
            f"No reader can be analysed: {next(iter(poor.values())).removeprefix('Left out: ').rstrip('.')}. "
            f"{'An AUC needs' if metric == 'auc' else 'It takes'} at least two cases of each class."
            if cells.pairs
            else f"No reader read two {_CLASSES[sides[0]]} cases: the {metric} needs them."
        )
    notes += poor.values()
    found = crossed_readers(cells.reader[kept], cells.treatment[kept])
    if found is None:
        return kept
    if not len(found):
        raise InputError(
            "No reader read under every treatment, and some read under several: choose two treatments, or leave out "
            "readings until each reader has one treatment or all."
        )
    partial = sorted(set(cells.reader[kept].tolist()) - set(found.tolist()))
    if partial:
        names = ", ".join(readings.readers[one] for one in partial[:5]) + (", ..." if len(partial) > 5 else "")
        notes.append(f"Left out of the comparison, as they did not read under every treatment: readers {names}.")
    return kept & np.isin(cells.reader, found)


def _taken(cells: Cells, used: np.ndarray) -> Cells:
    """The cells that are used; cases that none of them read are gone from the numbers."""
    kernel = cells.kernel
    return Cells(
        cells.reader[used],
        cells.treatment[used],
        cells.value[used],
        cells.read[used],
        cells.items[:, used],
        cells.sums[:, used],
        cells.within[used],
        cells.pairs,
        None if kernel is None else lambda first, stop: kernel(first, stop)[used],
        cells.normals,
    )


def _fixed(fixed: str | None, cells: Cells, design: Design, notes: list[str]) -> str | None:
    fewest = min(int((cells.treatment == one).sum()) for one in np.unique(cells.treatment))
    most = max(int((cells.treatment == one).sum()) for one in np.unique(cells.treatment))
    if most == 1:
        if fixed == "cases":
            raise InputError(
                "With one reader and cases fixed nothing is left that varies: leave the cases random, or add readers."
            )
        if fixed is None:
            notes.append(
                "There is one reader"
                + (" for each treatment" if design.split else "")
                + ", who is taken as fixed: the "
                "intervals hold for this reader and cases like these, and say nothing of other readers."
            )
        return "readers"
    if fixed != "readers" and fewest < FEW_READERS:
        under = " under a treatment" if design.split else ""
        notes.append(
            f"Only {fewest} readers{under}: an interval that is to hold for other readers too rests on very few. Look "
            "at each reader, or take the readers as fixed."
        )
    return fixed


def _figures(
    cells: Cells, readings: Readings, used: np.ndarray, spread: np.ndarray, level: float
) -> list[ReaderFigure]:
    variance = np.full(len(used), math.nan)
    variance[used] = np.diag(spread)
    counts = (cells.items > 0).sum(2)
    return [
        ReaderFigure(
            readings.readers[cells.reader[n]],
            readings.treatments[cells.treatment[n]],
            combined(cells.value[n], variance[n], math.inf, level),
            int(counts[0, n]),
            int(counts[1, n]),
            bool(used[n]),
        )
        for n in range(len(used))
    ]


def _by_reader(cells: Cells, readings: Readings, spread: np.ndarray, level: float) -> list[Difference]:
    """Each reader's differences; there are none where readers are nested in treatments."""
    found = []
    for reader in np.unique(cells.reader):
        own = np.flatnonzero(cells.reader == reader)
        for first in range(len(own)):
            for second in range(first + 1, len(own)):
                a, b = own[first], own[second]
                variance = float(spread[a, a] + spread[b, b] - 2 * spread[a, b])
                variance = 0.0 if variance < 1e-11 * float(spread[a, a] + spread[b, b]) else variance
                one, other = (readings.treatments[cells.treatment[n]] for n in (a, b))
                difference = float(cells.value[a] - cells.value[b])
                difference = 0.0 if abs(difference) < 1e-11 else difference
                estimate = combined(difference, variance, math.inf, level, True)
                found.append(Difference(one, other, estimate, readings.readers[reader]))
    return found
