"""What a study's tables say: one row a configuration and anomaly set, and one over all sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken

from ...statistics.bootstrap import Draws, ratio_interval
from ...statistics.froc import FrocCase, froc, rate_at, sensitivity_at
from ...statistics.mean_interval import Items, mean_auroc_interval
from ...tables.write_csv import plain
from ..evaluation_options import Settings
from .study_cases import BASELINE, MEAN
from .study_tables import StudyTables

_AREAS = ("auroc", "auroc_low", "auroc_high", "delong_low", "delong_high", "published_mean", "published_sd")
COLUMNS = (
    "configuration",
    "group",
    "cases",
    "patients",
    "abnormal_slices",
    "normal_slices",
    *(f"{kind}_{name}" for kind in ("slice", "volume") for name in _AREAS),
    "located",
    "located_low",
    "located_high",
    "located_cases",
    "located_cases_low",
    "located_cases_high",
    "found_3d",
    "froc_3d",
    "pixel_auroc",
    "pixel_ap",
    "sensitivity",
    "fp_per_slice",
    "seconds_per_slice",
    "peak_mib",
    "failed",
)
_AVERAGED = (
    "slice_auroc",
    "slice_published_mean",
    "slice_published_sd",
    "volume_auroc",
    "volume_published_mean",
    "volume_published_sd",
    "located",
    "located_cases",
    "found_3d",
    "froc_3d",
    "pixel_auroc",
    "pixel_ap",
    "fp_per_slice",
)

TOP_3D = 3
"""A lesion is found in 3-D by one of so many highest findings of its volume."""


@dataclass(frozen=True)
class Sides:
    """Scores of the normal and of the abnormal side, with whose each is: what an AUROC is computed from."""

    normal: Items
    abnormal: Items

    @property
    def both(self) -> bool:
        """Whether neither is empty."""
        return bool(len(self.normal.scores) and len(self.abnormal.scores))


def summarise(
    tables: StudyTables, settings: Settings | None = None, cancel: CancelToken | None = None
) -> list[dict[str, Any]]:
    """One row a configuration and anomaly set against the baseline, and a row :data:`~.cases.MEAN` over the sets.

    Scores are those of ``tables.scoring``. Intervals (``_low``, ``_high``) are percentiles of bootstrap draws of whole
    patients; ``delong`` ones are DeLong's; ``published`` mean and sd are the published bootstrap's. ``located`` is the
    share of abnormal slices whose highest patch is on the lesion, ``located_cases`` that of cases whose first finding
    is. Findings being patches joined over slices, two numbers look at lesions in 3-D: ``found_3d``, the share that one
    of the :data:`TOP_3D` highest findings of the volume is on, and ``froc_3d``, the mean share found at 1/8 to 8 false
    findings a volume (:data:`~...statistics.froc.RATES`). ``fp_per_slice`` counts findings off the lesion, of abnormal
    and normal cases, at the threshold where a ``sensitivity`` of the cases are found. Pixel values are means over
    cases; ``seconds_per_slice`` the median of the cases (normal ones too), ``peak_mib`` the highest. The mean's shares
    and areas are means over the sets, each counting once. None where something cannot be told.

    Raises :class:`InputError` when there is no result at all.
    """
    settings = settings or Settings()
    if not any(row["status"] != "failed" for row in tables.cases):
        raise InputError("No case of the study has a result: see the messages in cases.csv.")
    cancel, out = cancel or CancelToken(), []
    for configuration, own in tables.apart().items():
        groups = anomaly_sets(tables)
        rows = []
        for group in groups:
            cancel.check()
            rows.append(_row(own, configuration, group, settings, cancel))
        out += rows
        if rows:
            out.append(_mean(own, configuration, groups, rows, settings, cancel))
    return out


def anomaly_sets(tables: StudyTables) -> list[str]:
    """The names of the anomaly sets, in the order of the cases."""
    return [group for group in dict.fromkeys(row["group"] for row in tables.cases) if group != BASELINE]


def slice_sides(tables: StudyTables, configuration: str, group: str) -> Sides:
    """Slices of normal cases, and abnormal slices of a set."""
    rows = [row for row in tables.slices if row["configuration"] == configuration]
    score = tables.scoring.of_slice
    return Sides(
        _items((row, score(row)) for row in rows if row["group"] == BASELINE and row["abnormal"] == 0),
        _items((row, score(row)) for row in rows if row["group"] == group and row["abnormal"] == 1),
    )


def volume_sides(tables: StudyTables, configuration: str, group: str) -> Sides:
    """Normal cases, and the cases of a set."""
    rows = [row for row in tables.cases if row["configuration"] == configuration and row["score"] is not None]
    return Sides(
        _items((row, row["score"]) for row in rows if row["group"] == BASELINE),
        _items((row, row["score"]) for row in rows if row["group"] == group),
    )


def froc_cases(tables: StudyTables, configuration: str, group: str) -> list[FrocCase]:
    """The set's cases whose lesion is known (all of it as one lesion) and the normal ones, images being slices."""
    held: dict[str, list[dict[str, Any]]] = {}
    for row in tables.findings:
        if row["configuration"] == configuration:
            held.setdefault(row["case"], []).append(row)
    out = []
    for case in tables.cases:
        normal = case["group"] == BASELINE
        known = case["false_positives"] is not None and case["status"] != "failed"
        if case["configuration"] != configuration or not known or not (normal or case["group"] == group):
            continue
        findings = held.get(case["case"], [])
        scores = [row["score"] for row in findings]
        out.append(
            FrocCase.of(scores, [[0] if row["hit"] else [] for row in findings], int(not normal), case["slices"])
        )
    return out


def found_in_3d(case: dict[str, Any]) -> float | None:
    """1 where one of a case's highest findings is on its lesion, 0 where none is, None without a known lesion."""
    if case["located"] is None:
        return None
    return float(case["hit_rank"] is not None and case["hit_rank"] <= TOP_3D)


def _row(
    tables: StudyTables, configuration: str, group: str, settings: Settings, cancel: CancelToken
) -> dict[str, Any]:
    cases = [row for row in tables.cases if row["configuration"] == configuration and row["group"] == group]
    done = [row for row in cases if row["status"] != "failed"]
    slices = [row for row in tables.slices if row["configuration"] == configuration and row["group"] == group]
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    by_slice, by_volume = slice_sides(tables, configuration, group), volume_sides(tables, configuration, group)
    row.update(
        configuration=configuration,
        group=group,
        cases=len(done),
        patients=len({case["patient"] for case in done}),
        abnormal_slices=len(by_slice.abnormal.scores),
        normal_slices=len(by_slice.normal.scores),
        failed=len(cases) - len(done),
        sensitivity=settings.sensitivity,
    )
    row |= _areas("slice", by_slice, settings, cancel) | _areas("volume", by_volume, settings, cancel)
    for name, rows in (("located", slices), ("located_cases", done)):
        row |= _share(name, rows, settings, cancel)
    row["found_3d"] = _mean_of([found_in_3d(case) for case in done])
    for name in ("pixel_auroc", "pixel_ap"):
        row[name] = _mean_of([case[name] for case in done])
    known = froc_cases(tables, configuration, group)
    if any(case.lesions for case in known):
        rates, found, _ = froc(known)
        row["fp_per_slice"] = plain(rate_at(rates, found, settings.sensitivity))
        rates, found, _ = froc([replace(case, images=1) for case in known])
        row["froc_3d"] = float(sensitivity_at(rates, found).mean())
    return row | _costs(tables, configuration, (group, BASELINE))


def _areas(kind: str, sides: Sides, settings: Settings, cancel: CancelToken) -> dict[str, Any]:
    from ...statistics import auroc_published, estimate_auroc

    if not sides.both:
        return {}
    one, two = sides.normal, sides.abnormal
    found = estimate_auroc(
        one.scores,
        two.scores,
        settings.level,
        settings.draws,
        settings.seed,
        one.patients,
        two.patients,
        at_rates=(),
        at_sensitivities=(),
        cancel=cancel,
    )
    published = auroc_published(one.scores, two.scores, seed=settings.seed)
    (low, high), (below, above) = found.percentile or (None, None), found.delong or (None, None)
    values = (found.value, low, high, below, above, published.mean, published.sd)
    return {f"{kind}_{name}": value for name, value in zip(_AREAS, values, strict=True)}


def _share(name: str, rows: Sequence[dict[str, Any]], settings: Settings, cancel: CancelToken) -> dict[str, Any]:
    """The share of rows that are located, and its interval over patients."""
    known = [row for row in rows if row["located"] is not None]
    if not known:
        return {}
    hits: dict[str, list[int]] = {}
    for row in known:
        hits.setdefault(row["patient"], []).append(row["located"])
    parts, wholes = (np.array([float(f(held)) for held in hits.values()]) for f in (sum, len))
    draws = Draws(len(hits), settings.draws, settings.seed, settings.level)
    interval = ratio_interval(parts, wholes, draws, cancel)
    out: dict[str, Any] = {name: float(parts.sum() / wholes.sum())}
    return out if interval is None else out | {f"{name}_low": interval.low, f"{name}_high": interval.high}


def _mean(
    tables: StudyTables,
    configuration: str,
    groups: Sequence[str],
    rows: Sequence[dict[str, Any]],
    settings: Settings,
    cancel: CancelToken,
) -> dict[str, Any]:
    out: dict[str, Any] = dict.fromkeys(COLUMNS)
    out.update(configuration=configuration, group=MEAN, sensitivity=rows[0]["sensitivity"])
    out["normal_slices"] = rows[0]["normal_slices"]
    for name in ("cases", "abnormal_slices", "failed"):
        out[name] = sum(row[name] for row in rows)
    known = [row for row in tables.cases if row["configuration"] == configuration and row["status"] != "failed"]
    out["patients"] = len({row["patient"] for row in known if row["group"] != BASELINE})
    for name in _AVERAGED:
        values = [row[name] for row in rows]
        # A mean over some of the sets only would be compared with others' means over all.
        out[name] = None if any(value is None for value in values) else _mean_of(values)
    for kind, sides_of in (("slice", slice_sides), ("volume", volume_sides)):
        sides = [sides_of(tables, configuration, group) for group in groups]
        if all(side.both for side in sides):
            abnormal = [side.abnormal for side in sides]
            interval = mean_auroc_interval(
                sides[0].normal, abnormal, settings.draws, settings.level, settings.seed, cancel
            )
            out[f"{kind}_auroc_low"], out[f"{kind}_auroc_high"] = interval or (None, None)
    return out | _costs(tables, configuration, (*groups, BASELINE))


def _costs(tables: StudyTables, configuration: str, groups: Sequence[str]) -> dict[str, Any]:
    rows = [row for row in tables.cases if row["configuration"] == configuration and row["group"] in groups]
    seconds = [row["seconds_per_slice"] for row in rows if row["seconds_per_slice"] is not None]
    peaks = [row["peak_mib"] for row in rows if row["peak_mib"] is not None]
    # The median: the first case of each process pays for what is loaded and compiled once.
    return {
        "seconds_per_slice": float(np.median(seconds)) if seconds else None,
        "peak_mib": max(peaks) if peaks else None,
    }


def _items(given: Iterator[tuple[dict[str, Any], float]]) -> Items:
    held = list(given)
    scores = np.array([score for _, score in held], dtype=np.float64)
    names = (f"{row['case']} {row.get('slice', '')}" for row, _ in held)
    return Items(scores, tuple(row["patient"] for row, _ in held), tuple(names))


def _mean_of(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
