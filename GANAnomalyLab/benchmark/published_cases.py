"""The published cases' hashes, by which two people know that they have the same ones.

``python -m GANAnomalyLab.benchmark.published_cases OUT FILE`` writes them anew from the folder of a finished
benchmark of a standard size (of version 1: ``--full``).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from GANAnomalyLib.data import bundled_file

from .benchmark_cases import read_manifest
from .benchmark_plan import BENCHMARK_VERSION, DEVELOPMENT, STANDARD

FILES = {
    (1, STANDARD): "benchmark_cases.json",
    (2, STANDARD): "benchmark_cases_2.json",
    (2, DEVELOPMENT): "benchmark_cases_2_development.json",
}
"""By version and cohort."""
DIGITS = 16
"""Hexadecimal digits kept of each hash: 64 bits tell a few hundred cases apart."""

MEAN_TOLERANCE_HU, LESION_TOLERANCE = 0.02, 0.01
"""How far the mean and the share of lesion voxels may lie apart before a case is another one than published."""


@lru_cache(maxsize=3)
def published_cases(version: int = BENCHMARK_VERSION, cohort: str = STANDARD) -> dict[str, dict[str, Any]]:
    """``ct``, ``mask`` (beginnings of hashes), ``mean_hu`` and ``lesion_voxels`` by case."""
    data = json.loads(bundled_file(FILES[version, cohort]).read_text(encoding="utf-8"))
    return {name: dict(zip(data["columns"], values, strict=True)) for name, values in data["cases"].items()}


def agreement(record: dict[str, Any], published: dict[str, Any]) -> str:
    """How a case compares with the published one: "same", "rounded" (other last digits only) or "other"."""
    if record["ct"].startswith(published["ct"]) and record["mask"].startswith(published["mask"]):
        return "same"
    near = abs(record["mean_hu"] - published["mean_hu"]) <= MEAN_TOLERANCE_HU
    voxels = abs(record["lesion_voxels"] - published["lesion_voxels"])
    return "rounded" if near and voxels <= 2 + LESION_TOLERANCE * published["lesion_voxels"] else "other"


def agreements(
    records: Sequence[dict[str, Any]], version: int = BENCHMARK_VERSION, cohort: str = STANDARD
) -> dict[str, int]:
    """How many cases are the "same" as published, "rounded", "other", or "unknown" (not published)."""
    known, counts = published_cases(version, cohort), {"same": 0, "rounded": 0, "other": 0, "unknown": 0}
    for record in records:
        one = known.get(record["name"])
        counts["unknown" if one is None else agreement(record, one)] += 1
    return counts


def publish(out: Path, destination: Path) -> int:
    """Write ``destination`` from the manifest of a benchmark's folder; returns the number of cases."""
    manifest = read_manifest(out)
    columns = ("ct", "mask", "mean_hu", "lesion_voxels")
    rows = {
        record["name"]: [record[name][:DIGITS] if name in ("ct", "mask") else record[name] for name in columns]
        for record in manifest["cases"]
    }
    lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(row)}" for name, row in sorted(rows.items()))
    head = f'{{\n  "benchmark": {manifest["benchmark"]},\n  "columns": {json.dumps(columns)},\n  "cases": {{\n'
    destination.write_text(head + lines + "\n  }\n}\n", encoding="utf-8")
    return len(rows)


def main() -> None:
    """The command line; see ``--help``."""
    parser = argparse.ArgumentParser(prog="python -m GANAnomalyLab.benchmark.published_cases", description=__doc__)
    parser.add_argument("out", type=Path, help="the folder of a benchmark")
    parser.add_argument("destination", type=Path, help="the file to write, one of those beside the bundled CT")
    arguments = parser.parse_args()
    print(f"{publish(arguments.out, arguments.destination)} cases")


if __name__ == "__main__":
    main()
