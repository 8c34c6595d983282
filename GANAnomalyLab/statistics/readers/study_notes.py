"""What a reader of a study's numbers must know of them, in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .reader_anova import Anova, Components, Estimate
from .reader_cells import Cells
from .reader_designs import Design

FEW_READERS = 4
"""Below so many readers random readers are warned of."""


@dataclass(frozen=True)
class Difference:
    """The figure under ``a`` minus that under ``b``, of one ``reader`` or ("") of their mean."""

    a: str
    b: str
    estimate: Estimate
    reader: str = ""


def study_notes(
    cells: Cells,
    design: Design,
    fixed: str | None,
    anova: Anova,
    differences: Sequence[Difference],
    treatments: Mapping[str, Estimate],
    metric: str,
) -> list[str]:
    """The notes of an analysis of ``cells``."""
    notes = []
    if design.missing:
        notes.append(
            f"{design.missing} of {design.missing + int(cells.read.sum())} readings are missing: each reader's figure "
            "is of the cases that were read, and covariances are of the cases that two readings share."
        )
    if cells.clustered:
        notes.append(
            f"Cases hold up to {int(cells.items.sum(0).max())} ratings of one reader and treatment: they are taken as "
            "lesions or regions of one case, whose ratings depend on each other, and cases are drawn whole."
        )
    notes += [note for one in differences if (note := _without_error(one, anova.components))]
    for name, found in treatments.items():
        if found.se is None:
            what = "all its readers are perfect" if found.estimate == 1 else "its figures vary with nothing"
            notes.append(f"Treatment {name!r} has no interval: {what}, so that there is no error to estimate.")
    notes += _components(anova.components, fixed, len(treatments))
    if len(treatments) > 2:
        notes.append("Differences are not corrected for their number: look at the global test first.")
    low = [name for name, found in treatments.items() if found.estimate < 0.5]
    if metric == "auc" and low:
        notes.append(f"The AUC of {', '.join(low)} is below 0.5: check that a high rating means abnormal.")
    return notes


def _without_error(difference: Difference, components: Components) -> str:
    a, b, found = difference.a, difference.b, difference.estimate
    if found.se == 0:
        return f"{a!r} and {b!r} were rated alike: the difference is 0, and nothing speaks for another (p 1)."
    if found.se is None:
        why = "" if components.error > 0 else ", for every figure is the same whichever case is left out"
        return f"There is no error to estimate of {a!r} against {b!r}{why}: there is no interval and no p."
    return ""


def _components(found: Components, fixed: str | None, treatments: int) -> list[str]:
    notes = []
    named = (("reader", "reader"), ("treatment_reader", "treatment by reader"))
    below = [words for name, words in named if (getattr(found, name) or 0) < -1e-11 * found.error]
    if below:
        notes.append(f"Estimated below 0, which counts as 0: the variance component {' and '.join(below)}.")
    if fixed is None and treatments > 1 and (found.cov2 or 0) < (found.cov3 or 0):
        notes.append(
            "Two readers go together less under one treatment than under two (cov2 is below cov3); the test takes "
            "their difference as 0."
        )
    return notes
