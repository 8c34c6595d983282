"""The size of the next study, against published sizes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from vandyke import analysed, rows

from GANAnomalyLab.statistics.readers.reader_power import cases_needed, power_table, study_power
from GANAnomalyLib.errors import InputError

CASES = 114


@pytest.fixture(scope="module")
def pilot():
    return analysed(rows())


def test_the_power_is_rjafrocs(pilot):
    """Of 6 readers and 111 cases for the difference that was found, readers and cases random."""
    difference = abs(pilot.differences[0].estimate.estimate)
    assert study_power(pilot.components, CASES, difference, 6, 111) == pytest.approx(0.5526116, abs=5e-8)


def test_the_fewest_cases_reach_the_power_and_one_less_does_not(pilot):
    known = {3: None, 4: 1089, 5: 344, 6: 251, 7: 211, 8: 188, 9: 173, 10: 163}
    difference = abs(pilot.differences[0].estimate.estimate)
    found = {readers: cases_needed(pilot.components, CASES, difference, readers) for readers in known}
    assert {readers: one and one.cases for readers, one in found.items()} == known
    for readers, one in found.items():
        if one is not None:
            assert one.power == study_power(pilot.components, CASES, difference, readers, one.cases) >= 0.8
            assert study_power(pilot.components, CASES, difference, readers, one.cases - 1) < 0.8


def test_power_rises_with_readers_cases_and_the_difference(pilot):
    table = power_table(pilot.components, CASES, 0.05, (4, 8, 16), (50, 150, 450))
    power = np.array([one.power for one in table]).reshape(3, 3)
    assert (np.diff(power, axis=0) > 0).all()
    assert (np.diff(power, axis=1) > 0).all()
    assert study_power(pilot.components, CASES, 0.03, 8, 150) < power[1, 1]
    # The difference's sign does not matter; without any difference the test's level remains.
    assert study_power(pilot.components, CASES, -0.05, 8, 150) == power[1, 1]
    assert study_power(pilot.components, CASES, 1e-9, 8, 150) == pytest.approx(0.05, abs=1e-6)


def test_what_is_fixed_needs_fewer(pilot):
    both = study_power(pilot.components, CASES, 0.05, 6, 150)
    assert study_power(pilot.components, CASES, 0.05, 6, 150, fixed="readers") > both
    assert study_power(pilot.components, CASES, 0.05, 6, 150, fixed="cases") > both
    # With readers fixed a normal test of known variance.
    parts = pilot.components
    variance = 2 / 6 * CASES / 150 * (parts.error - parts.cov1 + 5 * (parts.cov2 - parts.cov3))
    from scipy.stats import norm

    known = norm.sf(1.959964 - 0.05 / variance**0.5) + norm.cdf(-1.959964 - 0.05 / variance**0.5)
    assert study_power(parts, CASES, 0.05, 6, 150, fixed="readers") == pytest.approx(known, abs=1e-6)


def test_components_below_zero_count_as_none(pilot):
    below = replace(pilot.components, treatment_reader=-0.001)
    assert study_power(below, CASES, 0.05, 6, 150) == study_power(
        replace(below, treatment_reader=0.0), CASES, 0.05, 6, 150
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [({"difference": 0.0}, "difference to find"), ({"readers": 1}, "number of readers"), ({"cases": 1}, "of cases"),
     ({"alpha": 1.5}, "alpha")],
)  # fmt: skip
def test_bad_settings_are_refused(pilot, change, words):
    settings = {"difference": 0.05, "readers": 6, "cases": 150, "alpha": 0.05} | change
    with pytest.raises(InputError, match=words):
        study_power(pilot.components, CASES, **settings)
    with pytest.raises(InputError, match="all variance components"):
        study_power(replace(pilot.components, cov2=None), CASES, 0.05, 6, 150)
