"""How large the next study must be: the power of a factorial study of two treatments, by readers and cases.

Source: Hillis, Obuchowski and Berbaum 2011; the error's variance and covariances shrink with the number of cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from GANAnomalyLib.errors import InputError

from ..score_checks import share, whole_number
from .reader_anova import Components

MOST_CASES = 10_000


@dataclass(frozen=True)
class StudyPower:
    """``power`` (0..1) of ``readers`` x ``cases``."""

    readers: int
    cases: int
    power: float


def study_power(
    components: Components,
    pilot_cases: int,
    difference: float,
    readers: int,
    cases: int,
    alpha: float = 0.05,
    fixed: str | None = None,
) -> float:
    """How probably (0..1) a study finds ``difference`` between two treatments at the two-sided level ``alpha``.

    Parameters
    ----------
    components: as a study of ``pilot_cases`` cases estimated them; components below 0 count as 0.
    difference: of the figures of merit, not 0.
    readers, cases: of the study to come, in which every reader reads every case under both treatments; cases of both
        classes in the pilot's shares.
    fixed: None, "readers" or "cases", as the study will be analysed.

    Raises :class:`InputError` for components that a design could not tell, or settings out of range.
    """
    from scipy import stats

    alpha = share(alpha, "alpha")
    readers = whole_number(readers, "number of readers", 1 if fixed == "readers" else 2)
    cases = whole_number(cases, "number of cases", 2)
    pilot_cases = whole_number(pilot_cases, "number of the pilot's cases", 2)
    if not 0 < abs(difference) < 1:
        raise InputError(f"The difference to find must be a number between 0 and 1, not {difference:g}.")
    parts = (components.treatment_reader, components.cov1, components.cov2, components.cov3)
    if any(part is None for part in parts):
        raise InputError(
            "The study does not tell all variance components: they take several readers who read under both treatments."
        )
    by_reader, cov1, cov2, cov3 = (float(part or 0) for part in parts)
    # After the paper: readers' share, error of one reader's difference, and what readers have in common.
    by_reader, common = max(by_reader, 0.0), max(cov2 - cov3, 0.0)
    less = pilot_cases / cases
    own = less * max(components.error - cov1 - common, 0.0) + (0.0 if fixed == "readers" else by_reader)
    if fixed == "cases":
        common = 0.0
    noise = own + less * readers * common
    if not noise > 0:
        return 1.0
    centre = readers * difference**2 / 2 / noise
    if fixed == "readers":
        return float(stats.ncx2.sf(stats.chi2.isf(alpha, 1), 1, centre))
    if not own > 0:
        return float(stats.ncx2.sf(stats.chi2.isf(alpha, 1), 1, centre))
    df = noise**2 / own**2 * (readers - 1)
    return float(stats.ncf.sf(stats.f.isf(alpha, 1, df), 1, df, centre))


def power_table(
    components: Components,
    pilot_cases: int,
    difference: float,
    readers: Sequence[int],
    cases: Sequence[int],
    alpha: float = 0.05,
    fixed: str | None = None,
) -> list[StudyPower]:
    """The power of each number of readers with each number of cases, as :func:`study_power`."""
    return [
        StudyPower(r, c, study_power(components, pilot_cases, difference, r, c, alpha, fixed))
        for r in readers
        for c in cases
    ]


def cases_needed(
    components: Components,
    pilot_cases: int,
    difference: float,
    readers: int,
    power: float = 0.8,
    alpha: float = 0.05,
    fixed: str | None = None,
) -> StudyPower | None:
    """The fewest cases with which ``readers`` reach a power (0..1); None where 10,000 are not enough."""
    power = share(power, "power")

    def reached(cases: int) -> float:
        return study_power(components, pilot_cases, difference, readers, cases, alpha, fixed)

    if reached(MOST_CASES) < power:
        return None
    low, high = 1, MOST_CASES  # the power rises with the cases
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) >= power else (middle, high)
    return StudyPower(readers, high, reached(high))
