"""The published cases' hashes, by which two people know that they have the same ones.

``python -m GANAnomalyLab.benchmark.published_cases OUT FILE`` writes them anew from a finished ``--full`` benchmark folder.
"""

from __future__ import annotations

import argparse
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from GANAnomalyLib.data import bundled_file

from .benchmark_plan import BENCHMARK_VERSION

FILE = "benchmark_cases.json"
DIGITS = 16
"""Hexadecimal digits kept of each hash: 64 bits tell a few hundred cases apart."""


@lru_cache(maxsize=1)
def published_cases() -> dict[str, dict[str, Any]]:
    """``ct``, ``mask`` (beginnings of hashes), ``mean_hu`` and ``lesion_voxels`` by case; {} for another version."""
    data = json.loads(bundled_file(FILE).read_text(encoding="utf-8"))
    if data["benchmark"] != BENCHMARK_VERSION:
        return {}
    return {name: dict(zip(data["columns"], values, strict=True)) for name, values in data["cases"].items()}


def publish(out: Path, destination: Path) -> int:
    """Write ``destination`` from the manifest of a benchmark's folder; returns the number of cases."""
    from .benchmark_cases import read_manifest

    manifest = read_manifest(out)
    columns = ("ct", "mask", "mean_hu", "lesion_voxels")
    rows = {
        record["name"]: [record[name][:DIGITS] if name in ("ct", "mask") else record[name] for name in columns]
        for record in manifest["cases"]
    }
    lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(row)}" for name, row in sorted(rows.items()))
    head = f'{{\n  "benchmark": {BENCHMARK_VERSION},\n  "columns": {json.dumps(columns)},\n  "cases": {{\n'
    destination.write_text(head + lines + "\n  }\n}\n", encoding="utf-8")
    return len(rows)


def main() -> None:
    """The command line; see ``--help``."""
    parser = argparse.ArgumentParser(prog="python -m GANAnomalyLab.benchmark.published_cases", description=__doc__)
    parser.add_argument("out", type=Path, help="the folder of a benchmark")
    parser.add_argument("destination", type=Path, help=f"the file to write, {FILE} beside the bundled CT")
    arguments = parser.parse_args()
    print(f"{publish(arguments.out, arguments.destination)} cases")


if __name__ == "__main__":
    main()
