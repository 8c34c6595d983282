"""A scan compared with a model's normals: what lies beyond them, and the verdict that follows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ..running.messages import Message, ranges
from .reference import Reference
from .slice_traits import CELLS, TRAITS
from .verdict import KNOWN, UNKNOWN, UNUSUAL, Domain

UNUSUAL_SHARE, UNKNOWN_SHARE = 0.15, 0.5
"""Of a scan's slices: so many farther from all normal ones than those are, or so many like none of them at all."""
HIGH_SHARE = 0.5
"""Of the slices: so many with a score that 1 in 100 normal ones reaches, and it is the scan that differs."""
TURNED = -0.7
"""Correlation of the slices' heights with those of the slices they resemble, in a scan that lies upside down."""
_FEW = 10

Range = tuple[float, float, float]
"""A scan's own value, and the lowest and the highest that similar slices of normals have."""


@dataclass(frozen=True)
class Trait:
    """One of :data:`~.slice_traits.TRAITS` and how far it may lie beyond what similar normal slices have.

    ``above`` and ``below`` are differences or, with ``times``, factors; None for any distance. The scan's value is that
    which ``share`` percent of its slices reach at most; of the normal ones that each resembles, those within the
    percents of ``spread`` count. ``say`` makes the reason. With ``alike`` only slices that resemble a normal one count:
    another part of the body has other tissue.
    """

    name: str
    above: float | None
    below: float | None
    say: Callable[[float, float, float], Message]
    times: bool = False
    share: float = 50
    spread: tuple[float, float] = (0, 100)
    alike: bool = False

    def told(self, rows: np.ndarray, expected: np.ndarray) -> Range:
        """Of slices (N, numbers) and the normal ones that each resembles (N, k, numbers); not-a-number if unknown."""
        column = CELLS + TRAITS.index(self.name)
        own, others = rows[:, column], expected[:, :, column]
        seen = np.isfinite(own) & np.isfinite(others).all(1)
        if not seen.any():
            return np.nan, np.nan, np.nan
        values = own[seen], *np.percentile(others[seen], self.spread, 1)
        own_value, low, high = (round(float(np.percentile(value, self.share)), 2) for value in values)
        return own_value, low, high

    def beyond(self, told: Range) -> bool:
        """Whether the scan's value lies outside of that range and the tolerance around it."""
        own, low, high = told
        if self.times:
            ceiling, floor = high * (self.above or np.inf), low / (self.below or np.inf)
        else:
            ceiling = np.inf if self.above is None else high + self.above
            floor = -np.inf if self.below is None else low - self.below
        return bool(own > ceiling or own < floor)


AIR = Trait("air", 100, 100, lambda own, low, high: Message("domain_air", own=own, low=low, high=high))
FAT = Trait("fat", 20, 20, lambda own, low, high: Message("domain_fat", own=own, low=low, high=high))
COMPARED = (
    AIR,
    FAT,
    Trait("slice_mm", 1.5, None, lambda own, low, high: Message("domain_slices", own=own, high=high), times=True),
    Trait("pixel_mm", 1.4, None, lambda own, low, high: Message("domain_pixels", own=own, high=high), times=True),
    Trait(
        "noise",
        1.4,
        1.4,
        lambda own, low, high: Message("domain_noise", own=own, low=low, high=high),
        times=True,
        alike=True,
    ),
    Trait(
        "edge",
        1.4,
        1.4,
        lambda own, low, high: Message("domain_edge", own=own, low=low, high=high),
        times=True,
        alike=True,
    ),
    Trait(
        "enhancement",
        35,
        25,
        lambda own, low, high: Message("domain_enhancement", own=own, low=low, high=high),
        share=90,
        spread=(25, 75),
        alike=True,
    ),
    Trait("cut", 0.15, None, lambda own, low, high: Message("domain_cut", own=own, high=high)),
)


def judge(reference: Reference | None, rows: np.ndarray | None, numbers: Sequence[int], high: int = 0) -> Domain:
    """Compare a scan with a model's normals.

    ``rows`` are its slices ``numbers`` as :func:`~.slice_traits.describe` makes them, None for an image that is not in
    Hounsfield units; ``high`` is how many of them have a score that 1 in 100 normal slices reaches.
    """
    if reference is None:
        return Domain()
    if rows is None:
        return Domain(UNKNOWN, [Message("domain_no_hounsfield")])
    held = np.isfinite(rows[:, 0])
    if not held.any():
        return Domain(UNKNOWN, [Message("no_body")])
    rows, numbers = rows[held], np.asarray(numbers)[held].tolist()
    distance, near = reference.nearest(rows)
    expected = reference.rows[near]
    count = len(rows)
    strange = distance > reference.strange
    unknown = bool(strange.mean() > UNKNOWN_SHARE)
    unlike = strange if unknown else distance > reference.usual
    reasons = []
    if unlike.mean() > UNUSUAL_SHARE:
        where = ranges(int(number) for number in np.asarray(numbers)[unlike])
        reasons.append(Message("domain_body", number=int(unlike.sum()), count=count, where=where))
    told = {}
    for trait in COMPARED:
        counted = ~strange if trait.alike else np.ones(count, bool)
        told[trait] = trait.told(rows[counted], expected[counted])
    reasons += [trait.say(*values) for trait, values in told.items() if trait.beyond(values)]
    # Air alone may have been cut off at the end of a window; without fat in its place these are other units.
    no_units = AIR.beyond(told[AIR]) and (np.isnan(told[FAT][0]) or FAT.beyond(told[FAT]))
    if _turned(rows, expected[:, 0]):
        reasons.append(Message("domain_turned"))
    if high > HIGH_SHARE * count:
        reasons.append(Message("domain_scores", number=high, count=count))
    return Domain(UNKNOWN if unknown or no_units else UNUSUAL if reasons else KNOWN, reasons)


def _turned(rows: np.ndarray, resembled: np.ndarray) -> bool:
    """Whether the slices run the other way than those they resemble."""
    from scipy import stats

    column = CELLS + TRAITS.index("z_mm")
    ours, theirs = rows[:, column], resembled[:, column]
    if len(rows) < _FEW or np.ptp(ours) == 0 or np.ptp(theirs) == 0:
        return False
    return bool(stats.spearmanr(ours, theirs).statistic < TURNED)
