"""A comparison in plain values: a row for each model and dataset, out of what each model's evaluation left."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...tables.csv_table import read_csv
from ...tables.write_csv import cell_text
from .normative_evaluation import ALL, HEALTHY
from .normative_report import CASES, MAP_MEASURES

MAP_ONLY = "map only: no restoration"
FAILED = "failed: "
BOXES = {"rqi": "RQI", "caci": "CACI", "conservation": "conservation", "correction": "correction"}
"""What is known of each scan, as its column and its name."""

_NO_ENDS = {"low": None, "high": None}


@dataclass(frozen=True)
class Judged:
    """One model of a comparison: its name there, the folder of its evaluation with what results.json holds, or
    ``failure``, the sentence that it failed with."""

    name: str
    kind: str
    folder: Path
    data: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    failure: str = ""

    @property
    def datasets(self) -> dict[str, Any]:
        """What results.json says by dataset, the healthy one first."""
        found: dict[str, Any] = self.data.get("datasets", {})
        return found


def rows_of(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """A row for each model and dataset; one alone, that says why, for a model that failed. None: not known."""
    rates = [rate for one in judged for rate in one.data.get("thresholds", {})]
    out = []
    for one in judged:
        if one.failure:
            out.append({"model": one.name, "kind": one.kind, "dataset": None, "note": f"{FAILED}{one.failure}"})
        out += [_row(one, name, found, list(dict.fromkeys(rates))) for name, found in one.datasets.items()]
    names = dict.fromkeys(name for row in sorted(out, key=len, reverse=True) for name in row)
    return [{name: row.get(name) for name in names} for row in out]


def _row(one: Judged, name: str, found: Mapping[str, Any], rates: Sequence[str]) -> dict[str, Any]:
    row = {"model": one.name, "kind": one.kind, "dataset": name, "scans": found["scans"]}
    indices = {
        "rqi": one.datasets.get(HEALTHY, {}).get("rqi"),
        "ahi": {"value": found.get("ahi"), **(found.get("ahi_interval") or {})},
        "caci": found.get("caci"),
    }
    for measure, held in (indices | {key: found.get("maps", {}).get(key) for key in MAP_MEASURES}).items():
        row[measure] = (held or {}).get("value")
        if measure != "best_dice":
            row |= {f"{measure}_{end}": (_NO_ENDS | (held or {}))[end] for end in _NO_ENDS}
    maps = found.get("maps", {})
    row["lesion_share"] = maps.get("prevalence")
    row |= {side: found.get("ingredients", {}).get(side) for side in ("conservation", "correction")}
    objects = found.get("objects", {})
    lesions = [counts["lesions"] for counts in objects.values()]
    row["lesions"] = lesions[0] if lesions and name != HEALTHY else None
    for rate in rates:
        counts = objects.get(rate, {})
        row[f"found_at_{rate}"] = counts.get("found") if name != HEALTHY else None
        row[f"false_at_{rate}"] = counts.get("false_positives")
    return row | {"note": "" if one.data.get("restores", True) else MAP_ONLY}


def by_scan(one: Judged) -> dict[str, dict[str, list[float]]]:
    """The indices of each scan that has any, by dataset and index, out of cases.csv."""
    table = read_csv(one.folder / CASES)
    places = {name: table.need(name) for name in ("dataset", *BOXES)}
    out: dict[str, dict[str, list[float]]] = {}
    for row in table.rows:
        dataset = cell_text(row[places["dataset"]])
        for index, name in BOXES.items():
            if row[places[index]] and (index != "rqi" or dataset == HEALTHY):
                out.setdefault(dataset, {}).setdefault(name, []).append(float(row[places[index]]))
    return out


def healthy_cases(one: Judged) -> set[str]:
    """The healthy scans that a model was judged on."""
    table = read_csv(one.folder / CASES)
    datasets, cases = (map(cell_text, table.texts(table.need(name))) for name in ("dataset", "case"))
    return {case for dataset, case in zip(datasets, cases, strict=True) if dataset == HEALTHY}


def around(row: Mapping[str, Any]) -> dict[str, float]:
    """What the circular summary shows of a row, each 0 to 1, higher being better; NaN where it is not known."""
    widest = max(
        (name.removeprefix("found_at_") for name in row if name.startswith("found_at_")), key=float, default=""
    )
    found, lesions = row.get(f"found_at_{widest}"), row["lesions"]
    values = {
        "RQI": row["rqi"],
        "AHI": row["ahi"],
        "conservation": row["conservation"],
        "correction": row["correction"],
        "CACI": row["caci"],
        "image AUROC": row["image_auroc"],
        "pixel AUROC": row["pixel_auroc"],
        "pixel AP": row["pixel_average_precision"],
        "found": found / lesions if lesions and found is not None else None,
    }
    return {name: math.nan if value is None else float(value) for name, value in values.items()}


def lesion_slices(judged: Sequence[Judged]) -> dict[str, list[dict[str, Any]]]:
    """By dataset, the slice of each scan that shows most of its lesions, largest first; scans that all models have."""
    out: dict[str, list[dict[str, Any]]] = {}
    finished = [one for one in judged if one.data]
    for name in finished[0].datasets:
        if name in (HEALTHY, ALL):
            continue
        held = [{row["case"]: row for row in one.datasets[name].get("lesion_slices", ())} for one in finished]
        common = [row for case, row in held[0].items() if all(case in other for other in held)]
        out[name] = sorted(common, key=lambda row: (-row["mm2"], row["case"]))
    return out
