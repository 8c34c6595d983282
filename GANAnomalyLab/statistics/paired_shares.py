"""Is one of two judges of the same cases right more often: a test by patients."""

from __future__ import annotations

import numpy as np

from GANAnomalyLib.errors import InputError

from .score_checks import whole_number

EXACT_UP_TO = 12
"""Patients who differ, below which every exchange is tried."""


def paired_share_test(
    first: object, second: object, groups: object | None = None, permutations: int = 10_000, seed: int = 303
) -> float:
    """The two-sided p-value of the difference of two shares of cases that are right, judged on the same cases.

    ``first`` and ``second`` (n,) are true where a judge is right, ``groups`` (n,) whose each case is (None: each its
    own). A patient's two judges change places together, as under the hypothesis they might; with one case a patient
    that is McNemar's test, exact where few patients differ. Raises :class:`InputError` for unequal lengths.
    """
    one, two = np.asarray(first, bool), np.asarray(second, bool)
    permutations = whole_number(permutations, "number of permutations", 1)
    if one.shape != two.shape or one.ndim != 1 or not len(one):
        raise InputError("Both judges must have judged the same cases: give as many of each.")
    difference = one.astype(np.int64) - two
    if groups is not None:
        _, people = np.unique(np.asarray(groups), return_inverse=True)
        if len(people) != len(one):
            raise InputError("There must be a patient for each case.")
        difference = np.bincount(people, difference).astype(np.int64)
    own = difference[difference != 0]
    if not len(own):
        return 1.0
    observed = abs(int(own.sum()))
    if len(own) <= EXACT_UP_TO:
        signs = 1 - 2 * ((np.arange(1 << len(own))[:, None] >> np.arange(len(own))) & 1)
        return float((np.abs(signs @ own) >= observed).mean())
    rng = np.random.default_rng(seed)
    reached, left = 0, permutations
    while left:
        signs = 1 - 2 * rng.integers(0, 2, (min(left, 2000), len(own)))
        reached += int((np.abs(signs @ own) >= observed).sum())
        left -= len(signs)
    # The observed one is one of the exchanges.
    return (reached + 1) / (permutations + 1)
