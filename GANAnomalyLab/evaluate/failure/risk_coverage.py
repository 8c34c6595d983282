"""Risk against coverage: what is left of the errors when the cases with the highest scores are kept aside."""

from __future__ import annotations

import numpy as np


def risk_curve(scores: np.ndarray, losses: np.ndarray) -> np.ndarray:
    """(n,) the mean loss of the 1, 2, ... n cases with the lowest scores.

    ``losses`` (n,) are any; cases of one score (n,) come in no order, so that each stands for their mean. The mean of
    the curve is the area under it (AURC): the lower, the better. Source: Geifman and others 2019.
    """
    _, tied = np.unique(scores, return_inverse=True)
    means = np.bincount(tied, losses) / np.bincount(tied)
    order = np.argsort(tied, kind="stable")
    return np.cumsum(means[tied][order]) / np.arange(1, len(order) + 1)


def best_curve(losses: np.ndarray) -> np.ndarray:
    """(n,) as :func:`risk_curve`, of a score that knows the losses."""
    return risk_curve(losses, losses)
