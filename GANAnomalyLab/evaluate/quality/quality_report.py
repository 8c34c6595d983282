"""The numbers as a file: JSON with all that is needed to read them later, or a table."""

from __future__ import annotations

import csv
import dataclasses
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import locked, write_whole
from GANAnomalyLib.version import __version__

from ..evaluation_options import SourceOptions
from .metric_names import KINDS, PRDC_LITE, parse_metric, parse_metrics

SCHEMA_VERSION = 1
KIND = "generative quality"
ENDINGS = (".json", ".csv")
_ENDINGS = {
    "": "",
    "_precision": "precision: generated images near a real one",
    "_recall": "recall: real images near a generated one",
    "_density": "density: how many real images a generated one is near, of those that are to be expected",
    "_coverage": "coverage: real images with a generated one near them",
    "_mean": ", mean",
    "_std": ", deviation",
    "_steady": ", without rounding",
}


def check_file(path: Path | str, force: bool) -> None:
    """Raise :class:`InputError` unless a report may be written there."""
    path = Path(path)
    if path.suffix.lower() not in ENDINGS:
        raise InputError(f"{path.name} must end in .json or .csv.")
    if path.is_dir() or not path.parent.is_dir():
        raise InputError(f"{path} cannot be written: name a file in a folder that exists.")
    if path.exists() and not force:
        raise InputError(f"{path} exists already: choose another file, or replace it with --force.")


def words(key: str) -> str:
    """What a number is, in words."""
    base, halves, _ = key.partition("_floor")
    for ending, said in _ENDINGS.items():
        name = base.removesuffix(ending)
        if ending and name == base:
            continue
        try:
            metric = parse_metric(name)
        except InputError:
            continue
        if base in metric.keys:
            text = KINDS[metric.kind] + said
            if metric.kind in ("pr", PRDC_LITE):
                text = said if metric.kind == "pr" else f"EfficientNet-Lite0, {said}"
            return f"{text}; real halves" if halves else text
    return key


def report_data(
    results: Mapping[str, float],
    names: str,
    options: SourceOptions,
    counts: Mapping[str, Mapping[str, int]],
    notes: list[str],
    model: str = "",
    generated: str = "",
) -> dict[str, Any]:
    """The measurement in plain values; minus infinity (nothing tells the sets apart) becomes None.

    ``counts`` are the real and generated images by metric; ``model`` the SHA-256 of the model's file,
    ``generated`` that of the generated pictures' files.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": KIND,
        "version": __version__,
        "metrics": [metric.name for metric in parse_metrics(names)],
        "results": {name: value if math.isfinite(value) else None for name, value in results.items()},
        "images": {name: dict(count) for name, count in counts.items()},
        "model_sha256": model,
        "generated_sha256": generated,
        "settings": dataclasses.asdict(options),
        "notes": notes,
    }


@locked("path", "gananomaly metrics")
def write_report(path: Path | str, data: Mapping[str, Any], force: bool = False) -> None:
    """Write ``.json`` (everything) or ``.csv`` (metric, value, what), whole or not at all.

    Raises :class:`InputError` as :func:`check_file`, GANAnomalyError when the disk is full.
    """
    path = Path(path)
    check_file(path, force)

    def fill(part: Path) -> None:
        with open(part, "w", newline="", encoding="utf-8") as file:
            if path.suffix.lower() == ".json":
                file.write(json.dumps(data, indent=2, allow_nan=False) + "\n")
                return
            writer = csv.writer(file)
            writer.writerow(["metric", "value", "what"])
            writer.writerows(
                [name, "" if value is None else repr(value), words(name)] for name, value in data["results"].items()
            )

    write_whole(path, fill, "the report")
