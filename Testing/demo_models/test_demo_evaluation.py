"""The numbers on the demo model's card: how they are counted, against plain counting."""

from __future__ import annotations

import numpy as np
import pytest

from GANAnomalyLab.demo_models.demo_cohort import Slices
from GANAnomalyLab.demo_models.demo_detection import auroc, detection


def test_auroc_is_the_share_of_pairs_in_the_right_order():
    rng = np.random.default_rng(0)
    normal, abnormal = rng.integers(0, 8, 30), rng.integers(2, 10, 20)
    pairs = [1.0 if a > n else 0.5 if a == n else 0.0 for n in normal for a in abnormal]
    assert auroc(normal, abnormal) == pytest.approx(np.mean(pairs))


def test_a_visible_square_is_detected_and_located_and_a_missed_one_is_not():
    clean = np.full((5, 32, 32), -0.2, np.float32)
    normal = clean + np.random.default_rng(0).normal(0, 0.02, clean.shape).astype(np.float32)
    marked, masks = normal.copy(), np.zeros(clean.shape, bool)
    marked[:, 10:16, 20:26] = 0.9
    masks[:, 10:16, 20:26] = True
    cases = Slices(marked, masks, np.array(["square"] * 5), np.full(5, 3))
    found = detection(normal, clean, cases, clean, "wd", 4, None)
    assert found.auroc == {"square": 1.0}
    assert found.located == {"square": 1.0}
    explained_away = detection(normal, clean, cases, marked, "wd", 4, None)
    assert explained_away.auroc["square"] == 0.0
