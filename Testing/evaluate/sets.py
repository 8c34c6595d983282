"""Small sets of heatmaps whose lesions are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from GANAnomalyLab.evaluate.heatmap.heatmap_cases import HeatmapCase
from GANAnomalyLab.evaluate.lesion_boxes import Box

SHAPE = (32, 40)


def boxed_set(folder: Path, count: int = 6, normal: int = 2, lift: float = 1.0) -> dict[str, list[Box]]:
    """Noise heatmaps ``folder/heat/*.npy`` with lifted boxes; the first ``normal`` cases have none."""
    rng = np.random.default_rng(11)
    (folder / "heat").mkdir(parents=True)
    out: dict[str, list[Box]] = {}
    for n in range(count):
        heat = rng.random(SHAPE).astype(np.float32)
        boxes = []
        for half in range(2 if n >= normal else 0):
            y, x = int(rng.integers(0, 20)), int(rng.integers(0, 8)) + 20 * half
            box = Box(None, x, y, x + 9, y + 8)
            boxes.append(box)
            heat[y : y + 8, x : x + 9] += lift
        np.save(folder / "heat" / f"case{n}.npy", heat)
        out[f"case{n}"] = boxes
    return out


def write_csv(path: Path, boxes: dict[str, list[Box]]) -> Path:
    rows = [f"{case},{b.x0:g},{b.y0:g},{b.x1:g},{b.y1:g}" for case, listed in boxes.items() for b in listed]
    path.write_text("\n".join(["case,x0,y0,x1,y1", *rows]) + "\n")
    return path


def write_masks(folder: Path, boxes: dict[str, list[Box]]) -> Path:
    folder.mkdir()
    for case, listed in boxes.items():
        mask = np.zeros(SHAPE, np.uint8)
        for box in listed:
            mask[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1)] = 1
        np.save(folder / f"{case}.npy", mask)
    return folder


def case_of(folder: Path, heat: np.ndarray, mask: np.ndarray, ignore: np.ndarray | None = None) -> HeatmapCase:
    """One case, written."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for name, array in (("heat", heat), ("mask", mask), ("ignore", ignore)):
        if array is not None:
            paths[name] = folder / f"{name}.npy"
            np.save(paths[name], array)
    return HeatmapCase(folder.name, paths["heat"], paths["mask"], None, paths.get("ignore"))
