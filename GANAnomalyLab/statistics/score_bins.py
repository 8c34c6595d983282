"""Scores in bins that suit any heatmap: about two thousand for each doubling, so that nothing need be known ahead."""

from __future__ import annotations

import numpy as np

_DROPPED_BITS = 12
BINS = 1 << (32 - _DROPPED_BITS)
"""How many bins there are: a float32's sign, exponent and first 11 bits of its fraction."""

RELATIVE_WIDTH = 2.0**-11
"""A bin's width as a share of its score, at most."""

_TOP = np.uint32(1 << 31)


def bin_of(scores: np.ndarray) -> np.ndarray:
    """The bin (0 up to, not including, :data:`BINS`) of finite scores of any real type; higher scores never lower."""
    # Adding zero makes -0.0 the same as 0.0. Beyond float32's range all lands in its last bins, which is in order.
    with np.errstate(over="ignore"):
        bits = (np.asarray(scores).astype(np.float32) + np.float32(0)).view(np.uint32)
    # Floats of one sign are in the order of their bits; negative ones the other way round, and first.
    ordered = np.where(bits >= _TOP, ~bits, bits | _TOP)
    return (ordered >> _DROPPED_BITS).astype(np.int64)


def bin_score(bins: np.ndarray) -> np.ndarray:
    """A score in each bin, float32: the one nearest to zero, which short numbers such as grey levels meet exactly."""
    ordered = np.asarray(bins).astype(np.uint32) << np.uint32(_DROPPED_BITS)
    positive = ordered ^ _TOP
    negative = ~(ordered | np.uint32((1 << _DROPPED_BITS) - 1))
    values = np.where(ordered >= _TOP, positive, negative).astype(np.uint32).view(np.float32)
    limit = np.finfo(np.float32).max
    return np.clip(np.nan_to_num(values, nan=0.0, posinf=limit, neginf=-limit), -limit, limit)
