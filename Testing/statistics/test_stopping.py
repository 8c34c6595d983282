"""Whatever takes long is stopped after the first report of how far it is."""

from __future__ import annotations

import numpy as np
import pytest

from GANAnomalyLab.statistics import compare_paired, compare_unpaired, estimate_auroc, permutation_test, power
from GANAnomalyLib.errors import Cancelled
from GANAnomalyLib.running.progress import CancelToken

MANY, OTHERS = np.random.default_rng(6).random((2, 20_000))
SICK = np.arange(20_000) % 2 == 1


@pytest.mark.parametrize(
    ("work", "given"),
    [
        (estimate_auroc, (MANY, OTHERS)),
        (compare_paired, (MANY, OTHERS, SICK)),
        (compare_paired, (MANY, OTHERS, SICK, None, 0.95, 0)),
        (compare_unpaired, ((MANY, OTHERS), (OTHERS, MANY))),
        (permutation_test, (MANY[:2000], OTHERS[:2000])),
        (power, (MANY[:2000], OTHERS[:2000])),
    ],
)
def test_it_stops_when_told(work, given):
    cancel, seen = CancelToken(), []

    def progress(fraction, message):
        seen.append(fraction)
        cancel.cancel()

    with pytest.raises(Cancelled):
        work(*given, progress=progress, cancel=cancel)
    assert len(seen) == 1
    assert 0 < seen[0] < 1
