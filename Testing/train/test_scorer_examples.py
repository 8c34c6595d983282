"""Made-up anomalies: what is changed is marked, what is not is not, and the same seed makes the same."""

from __future__ import annotations

import numpy as np
import pytest

from GANAnomalyLab.images import ImageSet
from GANAnomalyLab.train.scorer import families, free_shapes, make_examples
from GANAnomalyLab.train.scorer.blending import seamless
from GANAnomalyLab.train.scorer.families import FAMILIES, MAKE, Place
from GANAnomalyLab.train.scorer.make_examples import make_example, soft_label, varied
from GANAnomalyLab.train.scorer.stacks import DEPTH, Stacks

SIZE = (6, 64, 64)


def body(seed: int = 0) -> np.ndarray:
    """(S, R, R) HU: something round with something rounder in it, and noise."""
    rng = np.random.default_rng(seed)
    rows, cols = np.mgrid[: SIZE[1], : SIZE[2]] - 31.5
    away = np.hypot(rows, cols)
    hu = np.where(away < 26, 40.0, -1000.0) + 80 * (np.hypot(rows - 8, cols) < 9)
    grain: np.ndarray = (hu + rng.normal(0, 8, SIZE)).astype(np.float32)
    return grain


def place(seed: int) -> Place:
    return Place((3, 30, 30), body(1)[:, ::-1], np.random.default_rng(seed))


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_changes_a_part_and_nothing_else(name):
    shares = []
    for seed in range(6):
        hu = body()
        changed = MAKE[name](hu, place(seed))
        assert changed.shape == hu.shape
        assert np.isfinite(changed).all()
        np.testing.assert_array_equal(hu, body())
        np.testing.assert_array_equal(changed, MAKE[name](body(), place(seed)))
        shares.append(float((np.abs(changed - hu) > 1).mean()))
    assert max(shares) > 0
    assert max(shares) < 0.5


def test_every_family_is_drawn_and_their_shares_are_one():
    assert set(MAKE) == set(FAMILIES)
    assert sum(FAMILIES.values()) == pytest.approx(1)


@pytest.mark.parametrize("make", [free_shapes.shape, free_shapes.ribbon])
def test_shapes_lie_around_their_centre(make):
    for seed in range(12):
        made = make(SIZE, (3, 20, 40), np.random.default_rng(seed))
        assert made.shape == SIZE
        assert made.min() >= 0
        assert made.max() <= 1
        if made.any():
            middle = [float(np.average(index, weights=made)) for index in np.indices(SIZE)]
            assert np.hypot(middle[1] - 20, middle[2] - 40) < 12


def test_blending_leaves_no_seam_and_takes_the_grain_along():
    target, source = np.zeros((20, 20), np.float32), np.full((20, 20), 500.0, np.float32)
    source[10, 10] += 100
    inside = np.zeros((20, 20), bool)
    inside[5:15, 5:15] = True
    made = seamless(target, source, inside)
    assert np.abs(made[~inside]).max() == 0
    assert np.abs(made[6, 6]) < 5
    assert made[10, 10] - made[10, 12] > 60
    np.testing.assert_array_equal(seamless(target, source, np.zeros((20, 20), bool)), target)


def test_labels_rise_with_the_change_and_are_none_below_half_the_noise():
    difference = np.zeros((1, 40, 40), np.float32)
    for col, size in enumerate((2, 6, 10, 40)):
        difference[0, 5:35, 10 * col + 1 : 10 * col + 9] = size
    label = soft_label(difference, 10.0)[0, 20, [5, 15, 25, 35]]
    assert label[0] == 0
    assert 0.2 < label[1] < label[2] < label[3]
    assert label[2] == pytest.approx(0.82, abs=0.02)
    assert label[3] > 0.99
    assert soft_label(difference, 10.0)[0, 2].max() == 0


def test_examples_are_marked_where_they_were_changed():
    marked, untouched = 0, 0
    for seed in range(40):
        made = make_example(body(), body(2), -1000.0, np.random.default_rng(seed))
        again = make_example(body(), body(2), -1000.0, np.random.default_rng(seed))
        np.testing.assert_array_equal(made.hu, again.hu)
        np.testing.assert_array_equal(made.label, again.label)
        assert made.label.min() >= 0
        assert made.label.max() <= 1
        untouched += not made.families
        assert made.families or not made.label.any()
        marked += bool(made.label.max() > 0.5)
    assert 8 <= untouched <= 24
    assert marked >= 10


def test_a_piece_from_its_own_place_is_not_abnormal(monkeypatch):
    monkeypatch.setattr(make_examples, "VARIED", 0.0)
    monkeypatch.setattr(make_examples, "IDENTITY", 1.0)
    monkeypatch.setattr(make_examples, "UNTOUCHED", 1.0)
    changed = 0
    for seed in range(8):
        made = make_example(body(), body(2), -1000.0, np.random.default_rng(seed))
        assert not made.label.any()
        changed += not np.array_equal(made.hu, body())
    assert changed


def test_varied_patients_differ_but_keep_their_anatomy():
    hu = body()
    other = varied(hu, np.random.default_rng(4))
    assert not np.array_equal(hu, other)
    inside = np.s_[:, 28:36, 28:36]
    assert abs(float(other[inside].mean() - hu[inside].mean())) < 40
    assert other[:, :3, :3].max() < -800


def test_noise_is_measured():
    hu = np.zeros(SIZE, np.float32) + np.random.default_rng(0).normal(0, 12, SIZE).astype(np.float32)
    assert families.noise_of(hu) == pytest.approx(12, rel=0.1)


def numbered(stacks: int = 3, slices: int = 9) -> ImageSet:
    """Each slice has its own grey; files and slices are mixed."""
    count = stacks * slices
    pixels = (np.arange(count, dtype=np.uint16) * 1000)[:, None, None, None] + np.zeros((1, 1, 8, 8), np.uint16)
    order = np.random.default_rng(0).permutation(count)
    who = np.arange(count) // slices
    whole = ImageSet.from_array(pixels, patients=who, items=who, slices=np.arange(count) % slices)
    return whole.take(order)


def test_stacks_are_of_one_file_and_in_order():
    stacks = Stacks(numbered(), 2000.0, 0.0)
    assert [len(rows) for rows in stacks.rows] == [9, 9, 9]
    seen = set()
    for seed in range(40):
        hu = stacks.hu(stacks.draw(np.random.default_rng(seed)))[:, 0, 0]
        assert len(hu) == DEPTH
        np.testing.assert_allclose(np.diff(hu), hu[1] - hu[0], atol=0.2)
        assert hu[1] > hu[0]
        seen.add(round(float(hu[0])))
    assert len(seen) > 6
    below, own, above = stacks.hu(stacks.around(1, 0))[:, 0, 0]
    assert below == own
    assert above > own
    assert len(stacks.spread(7)) == 7
    np.testing.assert_allclose(stacks.hu(stacks.shown(np.zeros(1)).astype(int) + 3).shape, (1, 8, 8))


def test_a_smaller_donor_repeats_its_last_slice():
    stacks = Stacks(numbered(2, 3), 2000.0, 0.0)
    rows = stacks.draw(np.random.default_rng(0), 6)
    assert len(rows) == 6
    assert len(set(rows.tolist())) == 3
    assert rows[2] == rows[5]
