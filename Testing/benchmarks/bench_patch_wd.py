"""How much faster our dense Wasserstein patch map is than one SciPy call a window, and whether it says the same.

The pair: an axial slice of the torso CT in the project, windowed and enlarged to 512 x 512, and a blurred copy of it.

    python Testing/benchmarks/bench_patch_wd.py            SciPy timed on a sample of windows and scaled up
    python Testing/benchmarks/bench_patch_wd.py --full     SciPy timed on every window (about a minute)
    python Testing/benchmarks/bench_patch_wd.py --append   also add a row to RESULTS.md
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import statistics
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "GANAnomaly")]
from results_file import RESULTS, add_device, measured, processor, tell_target  # noqa: E402  (a sibling, found by the line above)

SIDE = 512
PATCH = 32


def make_pair() -> tuple[np.ndarray, np.ndarray]:
    """Two (512, 512) uint8 images: the middle slice at window 350, level 50, and the same blurred by 3 pixels."""
    import nibabel
    from scipy.ndimage import gaussian_filter, zoom

    volume = np.asarray(
        nibabel.load(ROOT / "GANAnomaly" / "GANAnomalyLib" / "data" / "torso_3mm.nii.gz").dataobj, dtype=np.float32
    )
    hounsfield = volume[:, :, volume.shape[2] // 2].T
    enlarged = zoom(hounsfield, [SIDE / n for n in hounsfield.shape], order=1)
    original = np.rint(np.clip((enlarged + 125) / 350 * 255, 0, 255)).astype(np.uint8)
    return original, np.rint(gaussian_filter(original.astype(np.float32), 3)).astype(np.uint8)


def time_ours(original: np.ndarray, reconstruction: np.ndarray, threads: int, repeats: int) -> tuple[float, np.ndarray]:
    """Median seconds for one map, compiled beforehand, and the map."""
    from GANAnomalyLib.score import patch_distance_map

    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        scores = patch_distance_map(original, reconstruction, PATCH, "wd", threads=threads)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds), scores


def time_scipy(
    original: np.ndarray, reconstruction: np.ndarray, scores: np.ndarray, sample: int | None
) -> tuple[float, int, float]:
    """Seconds for all windows (scaled up from ``sample``), how many were timed, the largest difference."""
    from scipy.stats import wasserstein_distance

    windows = [(r, c) for r in range(scores.shape[0]) for c in range(scores.shape[1])]
    total = len(windows)
    if sample is not None:
        chosen = np.random.default_rng(0).choice(total, min(sample, total), replace=False)
        windows = [windows[i] for i in np.sort(chosen)]
    theirs = np.empty(len(windows))
    start = time.perf_counter()
    for i, (r, c) in enumerate(windows):
        theirs[i] = wasserstein_distance(
            original[r : r + PATCH, c : c + PATCH].ravel(), reconstruction[r : r + PATCH, c : c + PATCH].ravel()
        )
    seconds = time.perf_counter() - start
    ours = np.array([scores[window] for window in windows])
    return seconds * total / len(windows), len(windows), float(np.abs(ours - theirs).max())


def time_card(original: np.ndarray, reconstruction: np.ndarray, device: str, repeats: int) -> tuple[float, np.ndarray]:
    """Median seconds a map on a graphics card, of 16 at a time, transfers included; and the map."""
    from GANAnomalyLib.score.patches_torch import patch_distance_maps_torch

    stacks = [np.repeat(image[None], 16, axis=0) for image in (original, reconstruction)]
    work = partial(patch_distance_maps_torch, *stacks, PATCH, "wd", device=device)
    runs = [measured(work, device) for _ in range(repeats + 1)]  # the first one warms up
    return statistics.median(run.clock for run in runs[1:]) / 16, runs[0].found[0]


def append(row: list[str]) -> None:
    """Add a row below the last one of this benchmark's table in RESULTS.md."""
    lines = RESULTS.read_text(encoding="utf-8").splitlines()
    heading = next(i for i, line in enumerate(lines) if line.startswith("## ") and Path(__file__).name in line)
    ends = (i for i in range(heading + 1, len(lines)) if lines[i].startswith("## "))
    last = max(i for i in range(heading, next(ends, len(lines))) if lines[i].startswith("|"))
    lines.insert(last + 1, f"| {' | '.join(row)} |")
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="time SciPy on every window")
    parser.add_argument("--sample", type=int, default=4000, help="windows that SciPy is timed on otherwise")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--repeats", type=int, default=50)
    add_device(parser)
    parser.add_argument("--append", action="store_true", help="add a row to RESULTS.md")
    options = parser.parse_args()

    import numba
    import scipy

    from GANAnomalyLib.score import warm_up

    start = time.perf_counter()
    path = warm_up()
    print(f"compiled or read from the cache in {time.perf_counter() - start:.2f} s ({path})")
    original, reconstruction = make_pair()
    single, scores = time_ours(original, reconstruction, 1, options.repeats)
    several, _ = time_ours(original, reconstruction, options.threads, options.repeats)
    sample = None if options.full else options.sample
    scipy_seconds, timed, difference = time_scipy(original, reconstruction, scores, sample)
    best = min(single, several)
    print(f"{SIDE} x {SIDE}, patch {PATCH}, {scores.size} windows")
    print(f"ours:  {1000 * single:.2f} ms on 1 thread, {1000 * several:.2f} ms on {options.threads} (median)")
    if options.device != "cpu":
        on_card, there = time_card(original, reconstruction, options.device, max(options.repeats // 10, 1))
        print(f"on {options.device}: {1000 * on_card:.2f} ms of 16 at a time, equal: {bool((there == scores).all())}")
    print(f"SciPy: {scipy_seconds:.1f} s, from {timed} of {scores.size} windows timed")
    print(f"ratio: {scipy_seconds / single:,.0f} (1 thread), {scipy_seconds / best:,.0f} (best)")
    print(f"largest difference: {difference:.1e}")
    tell_target(
        f"dense WD map, {SIDE} x {SIDE}, patch {PATCH}",
        f"{scipy_seconds / single:,.0f} x (1 thread), {scipy_seconds / best:,.0f} x (best), apart by {difference:.0e}",
        "1,000 x, equal to 1e-6",
        scipy_seconds / single >= 1000 and difference <= 1e-6,
    )
    if options.append:
        append(
            [
                datetime.date.today().isoformat(),
                f"{processor()}, {os.cpu_count()} cores",
                f"Python {platform.python_version()}, NumPy {np.__version__}, SciPy {scipy.__version__}, "
                f"numba {numba.__version__}",
                f"{1000 * single:.2f} ms",
                f"{1000 * several:.2f} ms ({options.threads})",
                f"{scipy_seconds:.1f} s ({timed} windows)",
                f"{scipy_seconds / single:,.0f}",
                f"{difference:.1e}",
            ]
        )


if __name__ == "__main__":
    main()
