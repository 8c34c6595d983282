"""Attacks that tell which images a model was trained on, by the synthetic images alone, and how far they get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, part

from ...statistics.auroc import AurocEstimate, estimate_auroc
from ...statistics.compare import Comparison, compare_paired

RATES = (0.001, 0.01)
"""False positive rates at which attacks are told: an attacker who is sure of few is a breach for these."""


@dataclass(frozen=True)
class Scores:
    """What one attack says of training and of control images, (n,) and (m,): higher means "trained on"."""

    training: np.ndarray
    control: np.ndarray


@dataclass(frozen=True)
class Membership:
    """Attacks by name, the strongest one's, and what can be told without looking at the synthetic images.

    ``over_baseline`` is how much more the strongest tells than the baseline. ``scores`` are those of every attack.
    """

    attacks: dict[str, AurocEstimate]
    strongest: str
    baseline: str
    over_baseline: Comparison
    scores: dict[str, Scores]


def risk(estimate: AurocEstimate, rate: float) -> float:
    """What an attack finds beyond its false positives, of what it could: (found - false) / (1 - false).

    ``rate`` is one of :data:`RATES`. Giomi et al., "A Unified Framework for Quantifying Privacy Risk in Synthetic
    Data" (Anonymeter), PoPETs 2023, where success on training images is held against success on control images.
    """
    point = estimate.at_rate[rate]
    return max(0.0, (point.sensitivity - point.false_positive_rate) / (1 - point.false_positive_rate))


def attack(
    scores: Mapping[str, Scores],
    baseline: str,
    whose: tuple[list[str], list[str]],
    level: float,
    draws: int,
    seed: int,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> Membership:
    """How well each attack tells training images from control images.

    Parameters
    ----------
    scores: by attack; ``baseline`` is one that does not look at the synthetic images.
    whose: the patients of training and of control images: drawn whole for the intervals.
    """
    attacks = {}
    for n, (name, held) in enumerate(scores.items()):
        attacks[name] = estimate_auroc(
            held.control,
            held.training,
            level,
            draws,
            seed,
            normal_groups=whose[1],
            abnormal_groups=whose[0],
            at_rates=RATES,
            at_sensitivities=(),
            progress=part(progress, n / (len(scores) + 1), (n + 1) / (len(scores) + 1)),
            cancel=cancel,
        )
    strongest = max((name for name in scores if name != baseline), key=lambda name: attacks[name].value)
    best, plainly = (
        np.concatenate([scores[name].control, scores[name].training]) for name in (strongest, baseline)
    )  # fmt: skip
    truth = np.concatenate([np.zeros(len(whose[1]), bool), np.ones(len(whose[0]), bool)])
    over = compare_paired(best, plainly, truth, [*whose[1], *whose[0]], level, draws, 0, seed, cancel=cancel)
    return Membership(attacks, strongest, baseline, over, dict(scores))
