"""The evaluation in plain values: for results.json, the two tables, and the page."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from GANAnomalyLib.version import __version__

from ...statistics.bootstrap import Measured
from ...tables.write_csv import plain
from .indices import DEFINITIONS
from .map_detection import MapScores
from .normative_evaluation import HEALTHY, CaseIndices, CaseObjects, NormativeEvaluation
from .objects import ObjectCounts
from .similarity import ScanSimilarity

_SIMILARITY = tuple(item.name for item in dataclasses.fields(ScanSimilarity))
_INDICES = ("rqi", "conservation", "correction", "caci")


def results_data(evaluation: NormativeEvaluation, facts: dict[str, Any] | None = None) -> dict[str, Any]:
    """The evaluation without its scans; what is not a number becomes None. ``facts``: what it was made with."""
    datasets = {name: _dataset(evaluation, name) for name in (HEALTHY, *evaluation.caci)}
    return {
        "schema_version": 2,
        "kind": "normative evaluation",
        "version": __version__,
        "made_with": dict(facts or {}),
        "settings": dataclasses.asdict(evaluation.options),
        "definitions": DEFINITIONS,
        "rqi_form": evaluation.form,
        "restores": evaluation.restores,
        "frechet_features": {"what": evaluation.features, "version": evaluation.features_digest},
        "thresholds": evaluation.thresholds,
        "datasets": datasets,
        "warnings": list(evaluation.warnings),
    }


def case_data(row: CaseIndices) -> dict[str, Any]:
    """One scan's row of cases.csv; None for what is not a number. Indices come first, their ingredients after."""
    found = {"case": row.case, "dataset": row.dataset}
    found |= {name: plain(getattr(row, name)) for name in _INDICES}
    return found | {name: plain(getattr(row.likeness, name)) for name in _SIMILARITY}


def object_data(row: CaseObjects) -> dict[str, Any]:
    """One row of objects.csv: a scan at a threshold."""
    found = {"case": row.case, "dataset": row.dataset, "threshold": row.threshold, "value": plain(row.value)}
    return found | counts_data(row.counts)


def counts_data(counts: ObjectCounts) -> dict[str, Any]:
    """Counted lesions and responses, and what follows."""
    found: dict[str, Any] = dataclasses.asdict(counts)
    return found | {name: plain(getattr(counts, name)) for name in ("precision", "recall", "f1")}


def ingredients(evaluation: NormativeEvaluation, dataset: str) -> dict[str, float]:
    """The means over a dataset's scans of what the indices are made of; NaN where there is none."""
    rows = [row for row in evaluation.cases if belongs(evaluation, row.dataset, dataset)]
    names = [name for name in _SIMILARITY if name not in ("slices", "slices_in", "pixels_in")]
    found = {name: _mean([getattr(row.likeness, name) for row in rows]) for name in names}
    return found | {name: _mean([getattr(row, name) for row in rows]) for name in ("conservation", "correction")}


def belongs(evaluation: NormativeEvaluation, held: str, dataset: str) -> bool:
    """Whether a scan of the dataset ``held`` counts for ``dataset``, which may stand for all pathological ones."""
    together = dataset != HEALTHY and dataset in evaluation.caci and len(evaluation.caci) > 1
    return held == dataset or (together and dataset == list(evaluation.caci)[-1] and held != HEALTHY)


def _dataset(evaluation: NormativeEvaluation, name: str) -> dict[str, Any]:
    rows = [row for row in evaluation.cases if belongs(evaluation, row.dataset, name)]
    out: dict[str, Any] = {"scans": len(rows), "slices": sum(row.likeness.slices for row in rows)}
    if name == HEALTHY:
        out["rqi"] = measured(evaluation.rqi)
    else:
        out["slices_with_lesion"] = sum(row.likeness.slices_in for row in rows)
        out["caci"] = measured(evaluation.caci[name])
        out["ahi"] = plain(evaluation.ahi.get(name, math.nan))
        interval = evaluation.ahi_intervals.get(name)
        out["ahi_interval"] = None if interval is None else dataclasses.asdict(interval)
        out["maps"] = {key: _map_value(value) for key, value in vars(evaluation.maps.get(name, MapScores())).items()}
        shown = [row for row in evaluation.lesion_slices if belongs(evaluation, row.dataset, name)]
        out["lesion_slices"] = [dataclasses.asdict(row) for row in shown]
        if name in evaluation.distances:
            found = evaluation.distances[name]
            out["frechet"] = {
                "F_P": plain(found.pathological),
                "F_RP": plain(found.restored),
                "F_UN": plain(found.unseen),
                "F_RUN": plain(found.restored_unseen),
                "slices": dict(zip(("training", "P", "RP", "UN", "RUN"), found.slices, strict=True)),
            }
    out["ingredients"] = {key: plain(value) for key, value in ingredients(evaluation, name).items()}
    out["objects"] = {at: counts_data(counts) for at, counts in evaluation.objects.get(name, {}).items()}
    return out


def measured(value: Measured) -> dict[str, Any]:
    """A number with its interval."""
    found: dict[str, Any] = {"value": plain(value.value)}
    return found | (dataclasses.asdict(value.interval) if value.interval is not None else {})


def _map_value(value: Any) -> Any:
    return measured(value) if isinstance(value, Measured) else plain(value)


def _mean(values: list[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return sum(known) / len(known) if known else math.nan
