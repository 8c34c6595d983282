"""One hill or two: whether the way between two findings has a saddle."""

from __future__ import annotations

import numpy as np
import pytest

from GANAnomalyLib.score import PatchFinding, Peak, merge_touching
from GANAnomalyLib.score.hills import Hills

SIZE = 8


def maps(*peaks: tuple[int, int, int, float], wide: float = 6.0) -> dict[int, np.ndarray]:
    """Round hills (slice, row, col, height) in five slices of 40 x 40 windows."""
    z, y, x = np.mgrid[:5, :40, :40]
    hills = [h * np.exp(-((3 * (z - s)) ** 2 + (y - r) ** 2 + (x - c) ** 2) / (2 * wide**2)) for s, r, c, h in peaks]
    return dict(enumerate(np.max(hills, axis=0)))


def finding(rank: int, at: tuple[int, int, int], held: dict[int, np.ndarray]) -> PatchFinding:
    score = float(held[at[0]][at[1:]])
    return PatchFinding(rank, score, *at, SIZE, (at[0], at[0]), [Peak(*at, score)])


@pytest.mark.parametrize("at", [(2, 20, 20), (2, 12, 20), (3, 14, 14)])
def test_a_flank_is_of_its_hill(at):
    held = maps((2, 20, 12, 10.0))
    assert Hills(held).one(finding(1, (2, 20, 12), held), finding(2, at, held))


def test_two_hills_have_a_saddle():
    held = maps((2, 20, 8, 10.0), (2, 20, 30, 4.0), wide=4.0)
    high, low = finding(1, (2, 20, 8), held), finding(2, (2, 20, 30), held)
    assert not Hills(held).one(high, low)
    level = dict(held)
    level[2] = np.maximum(held[2], 3.9)
    assert Hills(level).one(high, low), "a ridge joins them"


def test_what_was_not_looked_at_parts_them():
    held = maps((2, 20, 12, 10.0))
    cut = {index: np.where(np.arange(40) == 16, np.nan, one) for index, one in held.items()}
    assert not Hills(cut).one(finding(1, (2, 20, 12), held), finding(2, (2, 20, 20), held))
    gone = {index: one for index, one in held.items() if index != 3}
    assert not Hills(gone).one(finding(1, (2, 20, 12), held), finding(2, (4, 20, 12), held))


def test_a_flank_makes_no_finding_of_its_own():
    held = maps((2, 20, 8, 10.0), (2, 20, 30, 4.0), wide=4.0)
    findings = [finding(rank, (2, 20, col), held) for rank, col in enumerate((8, 30, 13), 1)]
    assert findings[2].score < 0.5 * findings[0].score
    kept = merge_touching(findings, fraction=0.5, gap=SIZE, one=Hills(held).one)
    assert [(one.col, len(one.members)) for one in kept] == [(8, 1), (30, 1)]
    assert len(merge_touching(findings, fraction=0.5, gap=SIZE)) == 3
