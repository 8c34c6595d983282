"""The demonstration's films are what they are said to be, and what does not belong comes first."""

import numpy as np
import pytest

from GANAnomalyLab.curate.demo_films import ATTRIBUTES, FilmMaker


@pytest.fixture(scope="module")
def maker():
    return FilmMaker()


def test_there_are_sixteen_ways_not_to_belong():
    assert len(ATTRIBUTES) == len(set(ATTRIBUTES)) == 16


@pytest.mark.slow
@pytest.mark.parametrize("attribute", ATTRIBUTES)
def test_an_odd_film_differs_from_the_patients_own(maker, attribute):
    odd, normal = maker.odd(410_000, attribute, 64), maker.normal(410_000, side=64)
    assert odd.shape == normal.shape == (64, 64)
    assert odd.dtype == np.float32
    assert 0 <= odd.min() <= odd.max() <= 1
    assert np.abs(odd - normal).max() > 0.05
    np.testing.assert_array_equal(odd, maker.odd(410_000, attribute, 64))


@pytest.mark.minutes
@pytest.mark.slow
def test_the_demonstration_finds_what_it_put_in(tmp_path):
    from GANAnomalyLab.curate.curate_demo import curate_demo

    found = curate_demo(tmp_path / "demo", workers=2, normal=40, each=5)
    assert found.summary.unreadable == 0
    best = {row["attribute"]: max(row["score"], row["checks"]) for row in found.found}
    assert set(best) == set(ATTRIBUTES)
    assert sum(area > 0.9 for area in best.values()) >= 10
    assert "By attribute" in found.gallery.read_text(encoding="utf-8")
