"""Whether one configuration detects better than another, on the same cases: as published, and paired by patient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

from ...tables.write_csv import plain
from ..evaluation_options import Settings
from .study_summary import Sides, anomaly_sets, slice_sides, volume_sides
from .study_tables import StudyTables

MOST_PAIRS_OF = 4
"""Up to so many configurations are compared each with each; of more, the first with each other."""
COLUMNS = (
    "first",
    "second",
    "group",
    "of",
    "first_auroc",
    "second_auroc",
    "difference",
    "low",
    "high",
    "delong_p",
    "permutation_p",
    "published_first_mean",
    "published_first_sd",
    "published_second_mean",
    "published_second_sd",
    "one_sided_p",
    "as_published_p",
)


def compare_configurations(
    tables: StudyTables,
    settings: Settings | None = None,
    resamples: int | None = None,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> list[dict[str, Any]]:
    """A row for each pair of configurations, anomaly set, and "slices" or "volumes" where both classes occur.

    ``difference`` (first minus second AUROC), ``low``, ``high``, ``delong_p`` and ``permutation_p`` (two-sided) are of
    :func:`~..statistics.compare_paired`, patients whole. ``one_sided_p`` (H1: the mean of the first's published draws
    is above the second's) and ``as_published_p`` are of :func:`~..statistics.permutation_test`, which speaks of the
    draws and not of patients. Rows are told only where both configurations scored the same items.
    """
    from ...statistics import auroc_published, compare_paired, permutation_test
    from ...statistics.permutation import RESAMPLES

    settings, cancel = settings or Settings(), cancel or CancelToken()
    seed, jobs, out = settings.seed, list(_jobs(tables)), []
    for number, (first, second, group, of, sides) in enumerate(jobs):
        cancel.check()
        progress(
            number / len(jobs), Message("comparing_configurations", first=first, second=second, group=group, of=of)
        )
        one = sides[0]
        truth = np.repeat([False, True], [len(one.normal.scores), len(one.abnormal.scores)])
        ones, twos = (np.concatenate([side.normal.scores, side.abnormal.scores]) for side in sides)
        patients = (*one.normal.patients, *one.abnormal.patients)
        paired = compare_paired(ones, twos, truth, patients, settings.level, settings.draws, seed=seed, cancel=cancel)
        published = [auroc_published(side.normal.scores, side.abnormal.scores, seed=seed) for side in sides]
        test = permutation_test(
            published[0].draws, published[1].draws, RESAMPLES if resamples is None else resamples, seed, cancel=cancel
        )
        low, high = paired.percentile or (None, None)
        values = (
            *(first, second, group, of, paired.first, paired.second, paired.difference, low, high),
            *(plain(paired.delong.p), plain(paired.permutation_p)),
            *(published[0].mean, published[0].sd, published[1].mean, published[1].sd),
            *(test.p, test.published_p),
        )
        out.append(dict(zip(COLUMNS, values, strict=True)))
    return out


def _jobs(tables: StudyTables) -> Iterator[tuple[str, str, str, str, tuple[Sides, Sides]]]:
    for first, second in _pairs(tables.configurations):
        for group in anomaly_sets(tables):
            for of, sides_of in (("slices", slice_sides), ("volumes", volume_sides)):
                one, two = (sides_of(tables, name, group) for name in (first, second))
                same = one.normal.names == two.normal.names and one.abnormal.names == two.abnormal.names
                if one.both and same:
                    yield first, second, group, of, (one, two)


def _pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    if len(names) <= MOST_PAIRS_OF:
        return list(combinations(names, 2))
    return [(names[0], name) for name in names[1:]]
