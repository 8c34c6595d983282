"""Whether one row of the leaderboard is better than another, on the same patients: the difference and its interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..evaluate.study import BASELINE, StudyTables

DRAWS, SEED, LEVEL = 2000, 303, 0.95


@dataclass(frozen=True)
class Difference:
    """Slice AUROC of ``first`` less that of ``second``, means over the kinds of anomaly, with a percentile interval."""

    first: str
    second: str
    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:+.3f} ({100 * LEVEL:.0f} % interval {self.low:+.3f} to {self.high:+.3f})"


def slice_difference(tables: StudyTables, first: str, second: str) -> Difference | None:
    """Compare two configurations on the cases that both have a result for; None where there are too few.

    The bootstrap draws whole patients (a case is one), normal ones and those of each kind apart, and the same ones for
    both configurations. Every kind counts once.
    """
    scores = [_by_case(tables, name) for name in (first, second)]
    shared = [case for case in scores[0] if case in scores[1]]
    groups: dict[str, list[str]] = {}
    for case in shared:
        groups.setdefault(case[0], []).append(case[1])
    normal = groups.pop(BASELINE, [])
    if len(normal) < 2 or not groups:
        return None
    random = np.random.default_rng(SEED)
    # Row 0 is everybody once: the difference itself.
    drawn = np.concatenate([np.ones((1, len(normal))), _multiplicities(random, len(normal))])
    differences = np.zeros(DRAWS + 1)
    for kind, cases in groups.items():
        weights = np.concatenate([np.ones((1, len(cases))), _multiplicities(random, len(cases))])
        areas = [
            _areas([held[BASELINE, case] for case in normal], [held[kind, case] for case in cases], drawn, weights)
            for held in scores
        ]
        differences += (areas[0] - areas[1]) / len(groups)
    low, high = np.percentile(differences[1:], [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return Difference(first, second, float(differences[0]), float(low), float(high))


def _by_case(tables: StudyTables, configuration: str) -> dict[tuple[str, str], np.ndarray]:
    """Finite scores of the slices that count, by (group, case): all of a normal one, abnormal ones of the others."""
    found: dict[tuple[str, str], list[float]] = {}
    for row in tables.slices:
        if row["configuration"] == configuration and (row["group"] == BASELINE or row["abnormal"]):
            score = tables.scoring.of_slice(row)
            if np.isfinite(score):
                found.setdefault((row["group"], row["case"]), []).append(score)
    return {case: np.array(values) for case, values in found.items()}


def _multiplicities(random: np.random.Generator, count: int) -> np.ndarray:
    """(DRAWS, count): how often each of ``count`` is in a draw of as many with replacement."""
    return random.multinomial(count, np.full(count, 1 / count), size=DRAWS).astype(float)


def _areas(normal: list[np.ndarray], abnormal: list[np.ndarray], drawn: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """AUROC of each draw; ``drawn`` and ``weights`` say how often it has each normal and each abnormal case."""
    # Won comparisons of each pair of cases, ties half: draws only weigh them.
    won = np.array([[(a[:, None] > n).sum() + 0.5 * (a[:, None] == n).sum() for a in abnormal] for n in normal])
    total = (drawn @ [len(n) for n in normal]) * (weights @ [len(a) for a in abnormal])
    return ((drawn @ won) * weights).sum(1) / total
