"""Score files as people have them."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np

from GANAnomalyLib.results.result import FILES, MANIFEST


def write_scores(path: Path, values, names=None, heads=("filename", "dist"), extra=None) -> Path:
    """A CSV in the published format; ``extra`` maps further columns to their cells."""
    names = [f"{path.stem}_{n:03d}.png" for n in range(len(values))] if names is None else names
    extra = extra or {}
    rows = zip(names, values, *extra.values(), strict=True)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*heads, *extra])
        writer.writerows(rows)
    return path


def write_result(folder: Path, patch_scores, wd=None) -> Path:
    """What an analysis leaves of its scores."""
    folder.mkdir(parents=True)
    (folder / MANIFEST).write_text(json.dumps({"schema_version": 1}))
    (folder / FILES["findings"]).write_text(json.dumps({"findings": []}))
    wd = np.zeros(len(patch_scores)) if wd is None else wd
    rows = [f"{n},{a},{b}" for n, (a, b) in enumerate(zip(patch_scores, wd, strict=True))]
    (folder / FILES["scores"]).write_text("\n".join(["slice,patch_score,wd", *rows]) + "\n")
    return folder


def write_study(path: Path, seed: int = 0) -> Path:
    """slices.csv of two configurations: "good" tells needles apart, "poor" hardly."""
    rng = np.random.default_rng(seed)
    rows = []
    for configuration, lift in (("good", 3.0), ("poor", 0.5)):
        for group in ("baseline", "needle", "probe"):
            for number in range(8):
                for n in range(4):
                    sick = int(group != "baseline" and n == 2)
                    score = rng.normal() + lift * sick
                    case = f"{group}{number}", group, f"p{number}_{group}"
                    rows.append([configuration, *case, n, sick, 9 * sick, score, score])
    heads = ["configuration", "case", "group", "patient", "slice", "abnormal", "lesion_pixels", "score", "patch_score"]
    with open(path, "w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(heads)
        writer.writerows(rows)
    return path
