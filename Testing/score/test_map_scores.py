"""A detector's own anomaly map, scored by patches."""

from __future__ import annotations

import numpy as np
import pytest

from GANAnomalyLib.models.score_units import CALIBRATED
from GANAnomalyLib.score.map_scores import MapScores

SIDE = 64


def maps(count: int = 6, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Anomaly maps (count, R, R), always high along one edge, and reconstructions."""
    random = np.random.default_rng(seed)
    found = random.uniform(0.01, 0.02, (count, SIDE, SIDE)).astype(np.float32)
    found[:, :, :16] *= 20
    return found, random.integers(90, 110, (count, SIDE, SIDE)).astype(np.uint8)


def test_a_patch_has_the_mean_of_the_map():
    scores = MapScores.of_model(SIDE, {})
    assert scores.patch_size == 4
    anomaly, picture = (part[0] for part in maps())
    found = scores.scores(anomaly, picture)
    assert found.windows.shape == (SIDE - 3, SIDE - 3)
    assert found.windows[10, 20] == pytest.approx(anomaly[10:14, 20:24].mean(), rel=1e-5)
    assert found.heat.shape == (SIDE, SIDE)
    assert found.heat[30, 30] == pytest.approx(found.windows[27:31, 27:31].mean(), rel=1e-5)
    assert scores.unit("map") == "map"
    assert MapScores.of_model(512, {}).patch_size == 32


def test_what_normals_show_everywhere_counts_for_little():
    plain = MapScores.of_model(SIDE, {})
    anomalies, pictures = maps()
    stored = plain.learnt(np.stack([plain.means(one) for one in anomalies]), pictures)
    scores = MapScores.of_model(SIDE, stored)
    assert scores.unit("map") == CALIBRATED
    anomaly, picture = (part[0].copy() for part in maps(seed=7))
    anomaly[40:46, 40:46] = 0.2
    raw, found = plain.scores(anomaly, picture), scores.scores(anomaly, picture)
    marked = np.s_[41:43, 41:43]
    assert raw.windows[marked].mean() < raw.windows[:, :8].mean()
    assert found.windows[marked].mean() > 1.5 * found.windows[:, :8].mean()
    assert np.median(found.windows[:, :8]) == pytest.approx(1, abs=0.35)


def test_maps_that_are_zero_almost_everywhere_have_a_floor():
    """Nothing of a normal slice is suspect but some pixels here and there: what is usual is nearly 0."""
    random = np.random.default_rng(3)
    sparse = np.where(random.uniform(size=(12, SIDE, SIDE)) > 0.999, 0.3, 1e-6).astype(np.float32)
    pictures = random.integers(90, 110, (12, SIDE, SIDE)).astype(np.uint8)
    plain = MapScores.of_model(SIDE, {})
    stored = plain.learnt(np.stack([plain.means(one) for one in sparse[:8]]), pictures[:8])
    scores = MapScores.of_model(SIDE, stored)
    highest = [scores.scores(one, picture).windows.max() for one, picture in zip(sparse[8:], pictures[8:], strict=True)]
    assert 1 < max(highest) < 10
    marked = sparse[8].copy()
    marked[30:38, 30:38] = 0.3
    assert scores.scores(marked, pictures[8]).windows[32, 32] > 2 * max(highest)
