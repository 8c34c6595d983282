"""Whether findings say rightly why they were marked: simulated anomalies of every kind, and the words that come out.

Virtual patients of seeds of their own, neither the benchmark's nor the demo model's. "found": the highest finding that
lies on the anomaly (six pixels of its mask in each of its patches, on the average). "placed": patches set on the
anomaly by its mask in three slices, so that kinds the model does not find are told of, too.

    python Testing/benchmarks/bench_finding_words.py                4 patients a kind and level: about 15 minutes
    python Testing/benchmarks/bench_finding_words.py --patients 1   quicker
    python Testing/benchmarks/bench_finding_words.py --append       also add the table to RESULTS.md
"""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import numpy as np
from scipy import ndimage

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "GANAnomaly"), str(ROOT)]
from results_file import add_device, card, circumstances, markdown, publish, tell_target  # noqa: E402  (a sibling)

if TYPE_CHECKING:
    from GANAnomalyLib.analysis.analysis_state import Analysis
    from GANAnomalyLib.results.why import Why

SEED = 640_000
SLAB, PLACED, LEAST = 12, 3, 6
EXPECTED = {
    "mass_hyper": "brighter",
    "mass_hypo": "darker",
    "missing": "smoother",
    "metal": "brighter",
    "air": "darker",
    "needle": "brighter",
    "stent": "brighter",
    "displaced": "displaced",
}
"""Kinds of which the word is known; fluid is brighter in fat and darker in organs, faults of the scan are anything."""


def moved_part(hu: np.ndarray, spacing: tuple[float, float, float], seed: int, level: int, middle: int):
    """Part of the body of some 35 mm, moved by 8, 12 or 16 mm; its surroundings stretch. Returns HU and mask."""
    from GANAnomalyLib.volume import find_body

    random = np.random.default_rng(seed)
    inside = ndimage.binary_erosion(find_body(hu, -125, spacing).mask[middle], iterations=round(50 / spacing[1]))
    row, col = random.choice(np.argwhere(inside))
    angle, mm = random.uniform(0, 2 * np.pi), 4 + 4 * level
    grid = np.indices(hu.shape).astype(np.float32)
    away = [(grid[axis] - at) * step for axis, at, step in zip(range(3), (middle, row, col), spacing, strict=True)]
    bump = np.exp(-((sum(part**2 for part in away) / 35.0**2) ** 2))
    shift = (0.0, mm * np.sin(angle) / spacing[1], mm * np.cos(angle) / spacing[2])
    made = ndimage.map_coordinates(hu, [axis - by * bump for axis, by in zip(grid, shift, strict=True)], order=1)
    return np.rint(made).astype(hu.dtype), bump > 0.75


def inserted(kind: str, level: int, number: int) -> tuple[np.ndarray, np.ndarray]:
    """A virtual patient with an anomaly, (S, H, W) HU, and its mask; InputError where there is no room for it."""
    from GANAnomalyLab.benchmark.benchmark_cohort import patient, source
    from GANAnomalyLab.simulate.anomalies import insert_array
    from GANAnomalyLib.data import DEMO_CT

    _, stack, _ = source(DEMO_CT)
    hu = patient(DEMO_CT, number)
    middle = SLAB + number * 37 % (len(hu) - 2 * SLAB)
    if kind == "displaced":
        return moved_part(hu, stack.spacing_mm, number, level, middle)
    return insert_array(hu, stack.spacing_mm, kind, number, level, slices=(middle - 3, middle + 4))


def analysed(hu: np.ndarray, mask: np.ndarray, device: str) -> tuple[Analysis, np.ndarray]:
    """The anomaly's slab through the demo model, up to the words; and its mask, (N, R, R) in the network's frame."""
    from GANAnomalyLab.benchmark.benchmark_cohort import source
    from GANAnomalyLib import write_volume
    from GANAnomalyLib.analysis.analysis_state import Analysis
    from GANAnomalyLib.analysis.pipeline import STAGES
    from GANAnomalyLib.analysis.request import AnalysisRequest
    from GANAnomalyLib.data import DEMO_CT
    from GANAnomalyLib.running.progress import CancelToken, no_progress

    volume, stack, _ = source(DEMO_CT)
    first = int(np.clip(np.argmax(mask.sum((1, 2))) - SLAB // 2, 0, len(hu) - SLAB))
    with tempfile.TemporaryDirectory() as folder:
        path = write_volume(volume.like(stack.to_voxels(hu)), Path(folder) / "ct.nrrd")
        asked = {"output": f"{folder}/out", "model": "demo", "slices": (first, first + SLAB), "device": device}
        analysis = Analysis(AnalysisRequest(str(path), **asked), CancelToken())
        for stage in STAGES[: [stage.name for stage in STAGES].index("write_result")]:
            importlib.import_module(f"GANAnomalyLib.analysis.{stage.name}").run_stage(analysis, no_progress)
    prepared = analysis.prepared
    shown = prepared.frames.mask_to_network(mask[prepared.indices], prepared.indices)
    return analysis, shown & mask[prepared.indices].any((1, 2))[:, None, None]


def found(analysis: Analysis, mask: np.ndarray) -> Why | None:
    """What the highest finding on the anomaly says; None where none is there."""
    from GANAnomalyLib.analysis.explain_findings import highest

    at, size = analysis.prepared.indices.index, analysis.scored.patch_size
    for finding in analysis.scored.findings:
        patches = [(at(slice_), row, col) for slice_, row, col in highest(finding)]
        if np.mean([mask[n, row : row + size, col : col + size].sum() for n, row, col in patches]) >= LEAST:
            return finding.why
    return None


def placed(analysis: Analysis, mask: np.ndarray) -> Why:
    """What would be said of patches on the anomaly, in the slices that show most of it."""
    from GANAnomalyLib.analysis.explain_findings import view_of, why_of

    size, places = analysis.scored.patch_size, []
    for n in np.argsort(-mask.sum((1, 2)), kind="stable")[:PLACED]:
        windows = np.lib.stride_tricks.sliding_window_view(mask[n], (size, size)).sum((2, 3))
        # Of equal ones the middle one: inside a large anomaly many patches hold nothing else.
        best = np.argwhere(windows == windows.max())
        row, col = best[np.argmin(np.square(best - best.mean(0)).sum(1))]
        places.append((view_of(analysis, analysis.prepared.indices[n]), int(row), int(col)))
    return why_of(places, size)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patients", type=int, default=4, help="of each kind and level")
    parser.add_argument("--seed", type=int, default=SEED, help="of the first patient")
    parser.add_argument("--kinds", nargs="+", help="some kinds only")
    parser.add_argument("--threads", type=int, default=1)
    add_device(parser)
    parser.add_argument("--append", action="store_true", help="add the table to RESULTS.md")
    options = parser.parse_args()

    import torch

    from GANAnomalyLab.benchmark.benchmark_plan import KINDS
    from GANAnomalyLib.errors import InputError
    from GANAnomalyLib.results.why import Kind

    torch.set_num_threads(options.threads)
    said = {way: defaultdict(Counter) for way in ("found", "placed")}
    amounts = defaultdict(list)
    kinds = [*KINDS, "displaced"]
    for kind in options.kinds or kinds:
        for level in (1, 2, 3):
            for n in range(options.patients):
                number = options.seed + 1000 * kinds.index(kind) + 3 * n + level - 1
                try:
                    hu, mask = inserted(kind, level, number)
                except InputError as error:  # no room for it in this patient
                    print(f"{kind} {level} {n}: {error}", flush=True)
                    continue
                analysis, mask = analysed(hu, mask, options.device)
                words = {"found": found(analysis, mask), "placed": placed(analysis, mask)}
                for way, why in words.items():
                    said[way][kind][why.code if why else "not found"] += 1
                    if why is not None and why.hu is not None and why.code == EXPECTED.get(kind):
                        amounts[kind, level].append(why.hu)
                cells = [why.cell() if why else "-" for why in words.values()]
                print(f"{kind} {level} {n}: {' / '.join(cells)}", flush=True)
    columns = [*get_args(Kind), "not found"]
    rows = []
    for kind in said["placed"]:
        right = EXPECTED.get(kind)
        cells = []
        for column in columns:
            pair = [said[way][kind][column] for way in said]
            text = f"{pair[0]} / {pair[1]}" if any(pair) else ""
            cells.append(f"**{text}**" if column == right and text else text)
        hu = ", ".join(f"{np.median(amounts[kind, level]):.0f}" for level in (1, 2, 3) if amounts[kind, level])
        rows.append([kind, *cells, hu])
    table = markdown(["kind", *(f"{name} (found / placed)" for name in columns), "median HU by level"], rows)
    for kind in ("mass_hyper", "mass_hypo", "missing", "metal", "air"):
        counts = said["placed"][kind]
        if counts:
            right, total = counts[EXPECTED[kind]], sum(counts.values())
            tell_target(f"{kind} says {EXPECTED[kind]}", f"{right} of {total}", "most", 2 * right > total)
    heading = circumstances(
        options.threads, f"patients from {options.seed}", f"{options.patients} a kind and level", *card(options.device)
    )
    publish(__file__, f"{heading}:\n\n{table}", options.append)


if __name__ == "__main__":
    main()
