"""One small study: healthy scans whose restorations are a little blurred, ill ones that are healed."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from evaluate_normative import made

from GANAnomalyLab.evaluate.normative import read_pairs


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    """Three healthy scans, two ill ones restored as they were without their lesion, and three training scans."""
    folder = tmp_path_factory.mktemp("study")
    healthy = [
        made.write_scan(folder / "healthy", f"h{n}", made.body(n), lambda p: made.blurred(p, 0.5)) for n in range(3)
    ]
    ill = []
    for n in range(2):
        seen: list[np.ndarray] = []
        made.write_scan(folder / "probe", f"i{n}", made.body(10 + n), lambda p, seen=seen: seen.append(p) or p)
        hu, mask = made.with_lesion(made.body(10 + n))
        ill.append(made.write_scan(folder / "ill", f"i{n}", hu, lambda p, seen=seen: seen[0], mask))
    training = [
        read_pairs(made.write_scan(folder / "training", f"t{n}", made.body(50 + n), made.identity)).originals
        for n in range(3)
    ]
    return SimpleNamespace(folder=folder, healthy=healthy, ill=ill, training=[lambda one=one: one for one in training])
