"""The evaluation's folder: results.json, cases.csv and pictures, all of them or none."""

from __future__ import annotations

import csv
import dataclasses
import importlib.util
import json
import math
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import InputError
from ..workfolder import disk_errors
from .heatmaps import CaseMeasures, HeatmapEvaluation, Measure

SCHEMA_VERSION = 1
RESULTS, CASES = "results.json", "cases.csv"
PICTURES = ("roc.png", "precision_recall.png", "histograms.png")
_KIND = "heatmap evaluation"


def check_folder(folder: Path | str, force: bool = False) -> None:
    """Raise :class:`InputError` unless the folder is new or empty, or an earlier evaluation that may go (``force``)."""
    folder = Path(folder)
    if not folder.exists():
        return
    if not folder.is_dir():
        raise InputError(f"{folder} is a file, not a folder: choose another output folder.")
    held = {entry.name for entry in folder.iterdir()}
    if not held:
        return
    if RESULTS not in held or held - {RESULTS, CASES, *PICTURES}:
        raise InputError(f"{folder} holds other files: choose another output folder.")
    if not force:
        raise InputError(f"{folder} already holds an evaluation: choose another folder, or replace it with --force.")


def write_report(evaluation: HeatmapEvaluation, folder: Path | str, force: bool = False) -> list[Path]:
    """Write the folder, whole or not at all, and return its files.

    Without matplotlib there are no pictures, and a warning says so. Raises :class:`InputError` as
    :func:`check_folder`, GANAnomalyError when the disk refuses.
    """
    folder = Path(os.path.abspath(folder))
    check_folder(folder, force)
    with disk_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            # Made private to the user above; the folder in its place is like any other.
            work.chmod(0o777 & ~_umask())
            _write(evaluation, work)
            _put(work, folder)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return [folder / name for name in (RESULTS, CASES, *PICTURES) if (folder / name).is_file()]


def results_data(evaluation: HeatmapEvaluation) -> dict[str, Any]:
    """The evaluation in plain values, without its cases; what is not a number becomes None."""
    rows = evaluation.cases
    return {
        "schema_version": SCHEMA_VERSION,
        "kind": _KIND,
        "version": __version__,
        "settings": dataclasses.asdict(evaluation.options),
        "cases": len(rows),
        "lesion_cases": sum(row.lesion_pixels > 0 for row in rows),
        "images": evaluation.images.negative + evaluation.images.positive,
        "lesion_images": evaluation.images.positive,
        "pixels": evaluation.pixels.negative + evaluation.pixels.positive,
        "lesion_pixels": evaluation.pixels.positive,
        "ignored_pixels": sum(row.ignored_pixels for row in rows),
        "exact": evaluation.exact,
        "measures": {name: _measure(measure) for name, measure in evaluation.measures.items()},
        "warnings": evaluation.warnings,
    }


def case_data(row: CaseMeasures) -> dict[str, Any]:
    """One case in plain values; what is not a number becomes None."""
    return {name: _plain(value) for name, value in dataclasses.asdict(row).items()}


def _measure(measure: Measure) -> dict[str, Any]:
    data: dict[str, Any] = {"value": _plain(measure.value), "error": _plain(measure.error)}
    if measure.interval is not None:
        data |= dataclasses.asdict(measure.interval)
    return data


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _write(evaluation: HeatmapEvaluation, folder: Path) -> None:
    if importlib.util.find_spec("matplotlib") is None:
        evaluation.warnings.append("No pictures were drawn: install matplotlib (the extra 'pictures') for them.")
    else:
        from .heatmap_pictures import write_pictures

        write_pictures(evaluation, *(folder / name for name in PICTURES))
    with open(folder / CASES, "w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, [item.name for item in dataclasses.fields(CaseMeasures)])
        writer.writeheader()
        for row in evaluation.cases:
            data = {name: "" if value is None else value for name, value in case_data(row).items()}
            # A file may be called like a spreadsheet's formula.
            data["case"] = f"'{row.case}" if row.case[:1] in ("=", "+", "@", "-") else row.case
            writer.writerow(data)
    text = json.dumps(results_data(evaluation), indent=2, allow_nan=False)
    (folder / RESULTS).write_text(text + "\n", encoding="utf-8")


def _put(work: Path, folder: Path) -> None:
    """Into place; an older evaluation goes only when the new one stands."""
    old = None
    if folder.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{folder.name}.old.", dir=folder.parent))
        os.replace(folder, old / "old")
    try:
        os.replace(work, folder)
    except OSError:
        if old is not None:
            os.replace(old / "old", folder)
        raise
    finally:
        if old is not None:
            shutil.rmtree(old, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
