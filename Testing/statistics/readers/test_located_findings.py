"""The weighted figure of merit of located findings, against counting pairs one by one."""

from __future__ import annotations

import numpy as np
import pytest
from vandyke import rows

from GANAnomalyLab.statistics.readers.reader_cells import cells_of
from GANAnomalyLab.statistics.readers.reader_covariance import cell_covariance
from GANAnomalyLab.statistics.readers.reader_study import analyse_readings
from GANAnomalyLab.statistics.readers.readings import Readings
from GANAnomalyLib.errors import InputError

LESIONS = {case: 1 + case % 3 for case in range(10, 24)}  # cases 0 to 9 are normal


def marks(seed: int, readers: int = 4) -> list[tuple]:
    """(reader, treatment, case, truth, rating, lesion, weight) of every mark, lesion without one, and empty case."""
    rng = np.random.default_rng(seed)
    found = []
    for reader in range(readers):
        for treatment in "ab":
            for case in range(24):
                truth = int(case in LESIONS)
                off = rng.integers(0, 3)
                found += [(reader, treatment, case, truth, float(rng.integers(1, 6)), "", 1.0) for _ in range(off)]
                for lesion in range(LESIONS.get(case, 0)):
                    hit = rng.random() < (0.6 if treatment == "a" else 0.85)
                    rating = float(rng.integers(2, 8)) if hit else -np.inf
                    found.append((reader, treatment, case, truth, rating, f"L{lesion}", 1.0 + lesion))
                if not off and not truth:
                    found.append((reader, treatment, case, truth, -np.inf, "", 1.0))
    return found


def readings_of(table) -> Readings:
    reader, treatment, case, truth, rating, lesion, weight = zip(*table, strict=True)
    return Readings.of(reader, treatment, case, truth, rating, lesion, weight)


def counted(table, reader, treatment, without=None) -> float:
    """Pair by pair: each abnormal case's lesions by weight, against the highest mark on each normal case."""
    own = [row for row in table if row[:2] == (reader, treatment) and row[2] != without]
    normal = {row[2]: -np.inf for row in own if not row[3]}
    for row in own:
        if not row[3]:
            normal[row[2]] = max(normal[row[2]], row[4])
    values = []
    for case in {row[2] for row in own if row[3]}:
        lesions = [row for row in own if row[2] == case and row[5]]
        whole = sum(row[6] for row in lesions)
        for high in normal.values():
            values.append(sum(row[6] * ((row[4] > high) + 0.5 * (row[4] == high)) for row in lesions) / whole)
    return float(np.mean(values))


def test_the_figure_and_its_jackknife_are_those_of_counting():
    table = marks(1)
    cells = cells_of(readings_of(table), "jafroc")
    order = [(reader, treatment) for treatment in "ab" for reader in range(4)]
    assert cells.value == pytest.approx([counted(table, *one) for one in order], abs=1e-12)
    left = np.array([[counted(table, *one, without=case) for one in order] for case in range(24)])
    apart = left - left.mean(0)
    np.testing.assert_allclose(cell_covariance(cells, "jackknife"), 23 / 24 * apart.T @ apart, rtol=1e-9)


@pytest.mark.parametrize("covariance", ["delong", "unbiased"])
def test_other_covariances_come_near(covariance):
    cells = cells_of(readings_of(marks(2)), "jafroc")
    known, found = cell_covariance(cells, "jackknife"), cell_covariance(cells, covariance)
    np.testing.assert_allclose(np.diag(found), np.diag(known), rtol=0.15)


@pytest.mark.parametrize("covariance", ["jackknife", "delong", "unbiased"])
def test_with_one_lesion_a_case_and_a_mark_on_each_it_is_the_auc(covariance):
    columns = [[row[name] for row in rows()] for name in ("reader", "treatment", "case", "truth")]
    rating = [float(row["rating"]) for row in rows()]
    lesion = ["1" if row["truth"] == "1" else "" for row in rows()]
    one = analyse_readings(Readings.of(*columns, rating, lesion), "jafroc", covariance=covariance)
    other = analyse_readings(Readings.of(*columns, rating), "auc", covariance=covariance)
    assert vars(one.differences[0].estimate) == pytest.approx(vars(other.differences[0].estimate), rel=1e-9)
    assert vars(one.components) == pytest.approx(vars(other.components), rel=1e-6)


def test_a_study_of_marks():
    found = analyse_readings(readings_of(marks(3, readers=5)), "jafroc")
    assert found.cases == (10, 14)
    assert found.design == "factorial"
    (difference,) = found.differences
    assert difference.estimate.low < difference.estimate.estimate < 0
    assert difference.estimate.df > 4


def test_marks_that_contradict_themselves_are_refused():
    table = marks(4)
    lesion = next(n for n, row in enumerate(table) if row[5])
    for n, change, words in ((lesion, 0, "has a lesion, but a truth of 0"), (0, 1, "none of its lesions is named")):
        reader, treatment, case, _, *rest = table[n]
        wrong = [*table[:n], (reader, treatment, case, change, *rest), *table[n + 1 :]]
        with pytest.raises(InputError, match=words):
            analyse_readings(readings_of(wrong), "jafroc")
    with pytest.raises(InputError, match="weights of lesions"):
        readings_of([(*row[:6], -1.0) for row in table])
