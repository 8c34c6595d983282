"""The most alike rows, against all products at once."""

from __future__ import annotations

import numpy as np
import pytest

from GANAnomalyLab.statistics import neighbours
from GANAnomalyLab.statistics.neighbours import expected_coverage, most_alike, unit_rows


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    return unit_rows(rng.normal(size=(37, 9))), unit_rows(rng.normal(size=(53, 9)))


@pytest.mark.parametrize("count", [1, 4, 53])
@pytest.mark.parametrize(("tall", "wide"), [(1024, 8192), (5, 7), (37, 53)])
def test_equal_to_all_products_at_once_whatever_the_blocks(rows, count, tall, wide, monkeypatch) -> None:
    monkeypatch.setattr(neighbours, "ROWS", tall)
    monkeypatch.setattr(neighbours, "COLUMNS", wide)
    alike, places = most_alike(*rows, count)
    products = rows[0] @ rows[1].T
    order = np.argsort(-products, axis=1)[:, :count]
    assert np.array_equal(places, order)
    assert np.allclose(alike, np.take_along_axis(products, order, 1), atol=1e-6)


def test_pairs_of_one_group_are_passed_over(rows) -> None:
    groups = np.arange(53) % 5
    alike, places = most_alike(rows[1], rows[1], 3, (groups, groups))
    assert (groups[places] != groups[:, None]).all()
    products = rows[1] @ rows[1].T
    products[groups[:, None] == groups[None]] = -np.inf
    assert np.array_equal(places[:, 0], products.argmax(1))
    assert np.allclose(alike[:, 0], products.max(1), atol=1e-6)


def test_fewer_than_asked_for_are_marked_as_none(rows) -> None:
    alike, places = most_alike(rows[0], rows[1][:2], 4)
    assert (places[:, 2:] == neighbours.NONE).all()
    assert np.isneginf(alike[:, 2:]).all()
    same = np.zeros(53, int)
    assert (most_alike(rows[1], rows[1], 1, (same, same))[1] == neighbours.NONE).all()


def test_rows_of_zeros_stay_zeros() -> None:
    assert np.array_equal(unit_rows(np.zeros((2, 3))), np.zeros((2, 3)))


def test_expected_coverage_is_what_equal_sources_reach() -> None:
    rng = np.random.default_rng(1)
    points, others, k, reached = 40, 30, 3, []
    for _ in range(300):
        own, other = unit_rows(rng.normal(size=(points, 6))), unit_rows(rng.normal(size=(others, 6)))
        each = np.arange(points)
        radius = most_alike(own, own, k, (each, each))[0][:, -1]
        reached.append(np.mean(most_alike(own, other)[0][:, 0] >= radius))
    assert np.mean(reached) == pytest.approx(expected_coverage(points, others, k), abs=0.01)
    assert expected_coverage(10, 0, 3) == 0
