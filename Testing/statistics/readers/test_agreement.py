"""Kappas against published examples and scikit-learn's, intervals against drawing by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from GANAnomalyLab.statistics.readers.agreement import Labels, agreements, disagreements
from GANAnomalyLib.errors import InputError

# Fourteen readers, ten cases, five categories: how many readers chose each. Kappa 0.210.
COUNTS = (
    (0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1),
    (7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7),
)  # fmt: skip


def fourteen() -> Labels:
    said = [[str(name + 1) for name, times in enumerate(row) for _ in range(times)] for row in COUNTS]
    columns = [(f"R{r}", f"case {c}", label) for c, row in enumerate(said) for r, label in enumerate(row)]
    return Labels.of(*(list(column) for column in zip(*columns, strict=True)))


def test_fleiss_published_example():
    (everyone, *_) = agreements(fourteen(), draws=200)
    assert (everyone.what, everyone.items, len(everyone.readers)) == ("all readers", 10, 14)
    assert everyone.kappa.value == pytest.approx(0.210, abs=5e-4)
    assert everyone.agreement.value == pytest.approx(0.378, abs=5e-4)
    assert everyone.kappa.interval.low < 0.21 < everyone.kappa.interval.high


@pytest.mark.parametrize("weights", ["none", "linear", "quadratic"])
def test_cohen_is_scikit_learns(weights):
    labels = fourteen()
    for one in agreements(labels, weights, draws=0)[1:]:
        first, second = (labels.table[labels.readers.index(name)] for name in one.readers)
        known = cohen_kappa_score(first, second, labels=range(5), weights=None if weights == "none" else weights)
        assert one.kappa.value == pytest.approx(known, abs=1e-12)
        assert one.agreement.value == pytest.approx((first == second).mean())


def test_readers_with_gaps_are_compared_by_what_they_share():
    labels = Labels.of(list("AABBBC"), ["1", "2", "1", "2", "3", "3"], ["x", "y", "x", "x", "y", "y"])
    everyone, *pairs = agreements(labels, draws=0)
    assert everyone.items == 3
    assert everyone.agreement.value == pytest.approx(2 / 3)
    assert {one.readers: one.items for one in pairs} == {("A", "B"): 2, ("B", "C"): 1}


def test_a_reader_twice():
    labels = Labels.of(["A"] * 6, list("112233"), list("xyxxyy"))
    (one,) = agreements(labels, draws=0)
    assert (one.what, one.readers, one.items) == ("one reader twice", ("A",), 3)
    assert one.agreement.value == pytest.approx(2 / 3)
    assert one.kappa.value == pytest.approx(cohen_kappa_score(list("xxy"), list("yxy")))
    with pytest.raises(InputError, match="more than twice"):
        Labels.of(["A"] * 3, ["1"] * 3, list("xyx"))


def test_one_category_has_no_kappa():
    (everyone, pair) = agreements(Labels.of(list("AABB"), list("1212"), ["x"] * 4), draws=50)
    assert math.isnan(everyone.kappa.value)
    assert math.isnan(pair.kappa.value)
    assert everyone.kappa.interval is None
    assert everyone.agreement.value == 1


def test_patients_are_drawn_whole():
    """Two items a patient that say the same: the interval is that of half as many cases."""
    rng = np.random.default_rng(4)
    said = rng.integers(0, 2, (2, 40)).astype(str)
    once = Labels.of(["A"] * 40 + ["B"] * 40, [*map(str, range(40))] * 2, [*said[0], *said[1]])
    items = [f"{n}{side}" for n in range(40) for side in "lr"]
    doubled = [label for row in said for label in np.repeat(row, 2)]
    twice = Labels.of(["A"] * 80 + ["B"] * 80, items * 2, doubled, [item[:-1] for item in items] * 2)
    one, other = (agreements(labels, draws=500)[0] for labels in (once, twice))
    assert other.items == 2 * one.items
    assert other.kappa.interval.low == pytest.approx(one.kappa.interval.low, abs=1e-9)
    wide = agreements(Labels.of(["A"] * 80 + ["B"] * 80, items * 2, doubled), draws=500)[0].kappa.interval
    assert wide.high - wide.low < other.kappa.interval.high - other.kappa.interval.low


def test_categories_are_in_the_order_of_their_numbers():
    assert Labels.of(list("AAA"), list("123"), ["10", "2", "1"]).categories == ("1", "2", "10")
    assert Labels.of(list("AAA"), list("123"), ["b", "2", "a"]).categories == ("2", "a", "b")


def test_disagreements_name_who_said_what():
    labels = Labels.of(list("AABB"), list("1212"), list("xyxx"))
    assert disagreements(labels) == [("2", {"A": "y", "B": "x"})]


def test_bad_tables_are_refused():
    with pytest.raises(InputError, match="two patients"):
        Labels.of(list("AB"), ["1", "1"], ["x", "x"], ["p", "q"])
    with pytest.raises(InputError, match="one reader, case and rating"):
        Labels.of([], [], [])
    with pytest.raises(InputError, match="weights must be one of"):
        agreements(fourteen(), "cubic")
    with pytest.raises(InputError, match="said 21 different things"):
        agreements(Labels.of(["A"] * 21 + ["B"] * 21, [*map(str, range(21))] * 2, [*map(str, range(21))] * 2))
