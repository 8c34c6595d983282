"""The indices alone, and on restorers whose worth is known."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from evaluate_normative import made
from hypothesis import given
from hypothesis import strategies as st

from GANAnomalyLab.evaluate.normative import (
    anomaly_to_healthy,
    conservation_correction,
    normative_indices,
    read_pairs,
    restoration_quality,
)
from GANAnomalyLab.evaluate.normative.similarity import Perceptual, likeness

ANY = st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, 0.0])
DISTANCE = st.floats(0, 1e6)


@given(ANY, ANY, ANY)
def test_indices_are_bounded_or_not_numbers(a, b, c):
    for value in (restoration_quality(a, b), anomaly_to_healthy(a, b, c), conservation_correction(a, b)):
        assert math.isnan(value) or 0 <= value <= 1


@given(DISTANCE, DISTANCE, st.floats(0.001, 1e6))
def test_a_worse_restoration_never_has_a_higher_rqi(one, other, blank):
    better, worse = sorted((one, other))
    assert restoration_quality(better, blank) >= restoration_quality(worse, blank)
    assert restoration_quality(0.0, blank) == 1.0
    assert restoration_quality(blank, blank) == 0.0


@given(DISTANCE, DISTANCE, DISTANCE, DISTANCE)
def test_restorations_nearer_to_normal_have_no_lower_ahi(pathological, unseen, one, other):
    near, far = sorted((one, other))
    if pathological > unseen:
        assert anomaly_to_healthy(pathological, near, unseen) >= anomaly_to_healthy(pathological, far, unseen)
        assert anomaly_to_healthy(pathological, pathological, unseen) == 0.0
        assert anomaly_to_healthy(pathological, unseen, unseen) == 1.0
    else:
        assert math.isnan(anomaly_to_healthy(pathological, near, unseen))


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_caci_grows_with_what_is_kept_outside_and_changed_inside(outside, one, other):
    alike, changed = max(one, other), min(one, other)
    assert conservation_correction(outside, changed) >= conservation_correction(outside, alike) - 1e-12
    assert (
        conservation_correction(max(one, other), outside) >= conservation_correction(min(one, other), outside) - 1e-12
    )
    assert conservation_correction(1.0, 1.0) == 0.0
    assert conservation_correction(1.0, 0.0) == 1.0


def test_a_scan_given_back_as_it_is_equals_itself(tmp_path):
    """Also though its grid is not the network's: 40 pixels of 2 mm against 32."""
    hu, mask = made.with_lesion(made.body(3))
    healthy = made.write_scan(tmp_path / "a", "same", made.body(3), made.identity)
    ill = made.write_scan(tmp_path / "b", "same", hu, made.identity, mask)
    pairs = read_pairs(healthy)
    assert np.array_equal(pairs.originals, pairs.restored)
    assert pairs.originals.std() > 20, "there is something to see"
    found = normative_indices([healthy], {"ill": [ill]})
    assert found.rqi.value == 1.0
    (row,) = [row for row in found.cases if row.dataset == "ill"]
    assert row.likeness.pixels_in > 20
    assert (row.conservation, row.correction, row.caci) == (1.0, 0.0, 0.0)


def test_rqi_falls_as_restorations_are_blurred_and_ends_at_a_blank(tmp_path):
    values = []
    for n, sigma in enumerate((0.0, 0.5, 1.0, 2.0)):
        scan = made.write_scan(tmp_path / str(n), "s", made.body(4), lambda p, s=sigma: made.blurred(p, s))
        values.append(normative_indices([scan], {}).rqi.value)
    assert values[0] == 1.0
    assert all(a > b for a, b in itertools.pairwise(values)), values
    scan = made.write_scan(tmp_path / "blank", "s", made.body(4), made.blank)
    assert normative_indices([scan], {}).rqi.value == 0.0


def test_a_healer_corrects_and_keeps(study):
    found = normative_indices(study.healthy, {"ill": study.ill}, study.training)
    rows = [row for row in found.cases if row.dataset == "ill"]
    for row in rows:
        assert row.conservation > 0.9
        assert 0.3 < row.correction < 1
        assert row.likeness.mae_in > 40 > 3 > row.likeness.mae_out
    assert found.caci["ill"].value == pytest.approx(np.mean([row.caci for row in rows]))
    assert found.caci["ill"].interval.low <= found.caci["ill"].value <= found.caci["ill"].interval.high
    assert found.form == "ssim"
    assert any("ssim form" in text for text in found.warnings)


def test_ahi_is_high_for_a_healer_and_zero_for_who_changes_nothing(study, tmp_path):
    healed = normative_indices(study.healthy, {"ill": study.ill}, study.training)
    same = []
    for n in range(2):
        hu, mask = made.with_lesion(made.body(10 + n))
        same.append(made.write_scan(tmp_path, f"i{n}", hu, made.identity, mask))
    kept = normative_indices(study.healthy, {"ill": same}, study.training)
    d = healed.distances["ill"]
    assert d.pathological > d.unseen
    assert d.slices == (12, 4, 4, 4, 4), "no more unseen normals than pathological slices"
    assert healed.ahi["ill"] > 0.5
    assert kept.ahi["ill"] == 0.0
    assert any("mostly chance" in text for text in kept.warnings)


def test_lpips_takes_the_place_of_ssim_where_it_is_given(study):
    perceptual = Perceptual("lpips", lambda a, b: np.abs(a.astype(np.float32) - b) / 255)
    found = normative_indices(study.healthy, {"ill": study.ill}, perceptual=perceptual)
    row = found.cases[0]
    assert found.form == "lpips"
    assert row.rqi == pytest.approx(1 - row.likeness.perceptual / row.likeness.perceptual_blank)
    assert row.likeness.perceptual == pytest.approx(row.likeness.mae / 255, rel=1e-5)
    assert any("no AHI" in text for text in found.warnings)


def test_the_body_alone_leaves_air_out(study):
    whole, inner = (read_pairs(study.healthy[0], region) for region in ("image", "body"))
    assert inner.counted.sum() < whole.counted.sum()
    assert likeness(inner).mae > likeness(whole).mae, "air is given back perfectly"
