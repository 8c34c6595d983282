"""What ``gananomaly dicom export`` takes on a series of 300 images of 512 x 512 with ten findings: seconds and memory.

    python Testing/benchmarks/bench_dicom.py             the whole command, three times each
    python Testing/benchmarks/bench_dicom.py --append    also add the table to RESULTS.md
    python Testing/benchmarks/bench_dicom.py --slices 40 --size 128

The findings' boxes are 48 pixels wide and 20 images deep, at random; in one row they overlap. Before it writes, the
command reads all images and compares them with those that were analysed, and afterwards it checks what it wrote.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent), str(ROOT / "GANAnomaly")]
from dicom.made import corners, stored, write_result, write_series  # noqa: E402  (siblings, found by the line above)
from measured_run import gananomaly, run_measured  # noqa: E402
from results_file import circumstances, markdown, publish, tell_target  # noqa: E402

from GANAnomalyLib.results.result import AnalysisResult  # noqa: E402
from GANAnomalyLib.volume import Volume, read_volume  # noqa: E402

TARGET_S = 5.0
FINDINGS = 10
KINDS = {
    "SEG and SR": (),
    "SEG and SR, boxes overlap": (),
    "SEG and SR, label map": ("--seg", "--sr", "--labelmap"),
    "Parametric Map": ("--map",),
    "all but the summary": ("--seg", "--sr", "--map", "--heat", "--gsps"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slices", type=int, default=300)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--append", action="store_true", help="add the table to RESULTS.md")
    options = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        results = made(Path(scratch), options.slices, options.size)
        for what, flags in KINDS.items():
            result = results["overlap" if "overlap" in what else "apart"]
            command = gananomaly("dicom", "export", str(result.folder), "--out", f"{scratch}/out", *flags)
            runs = [run_measured(command) for _ in range(options.repeats)]
            size = sum(path.stat().st_size for path in Path(scratch, "out").iterdir()) / 2**20
            clock = statistics.median(run.clock for run in runs)
            used, peak = statistics.median(run.processor for run in runs), max(run.peak_mib for run in runs)
            rows.append([what, f"{clock:.1f}", f"{used:.1f}", f"{peak:.0f}", f"{size:.1f}"])
            if not flags:
                said = f"{used:.1f} CPU s, {peak:.0f} MiB"
                tell_target(f"DICOM: {what} of {options.slices} images", said, f"{TARGET_S:.0f} s", used <= TARGET_S)
    table = markdown(["what", "s, median", "CPU s", "peak MiB", "MiB written"], rows)
    shape = f"{options.slices} images of {options.size} x {options.size}, {FINDINGS} findings"
    publish(__file__, f"{circumstances(1, shape, f'{options.repeats} runs each')}:\n\n{table}", options.append)


def made(folder: Path, slices: int, size: int) -> dict[str, AnalysisResult]:
    """A series, and two results on it: one whose boxes lie apart, one whose boxes overlap."""
    source = write_series(folder / "ct", stored(slices, size, size), corners(slices, 1.0), spacing=(0.75, 0.75))
    volume = read_volume(source)
    boxes = {"apart": _boxes(volume, apart=True), "overlap": _boxes(volume, apart=False)}
    return {name: write_result(folder / name, source, found, volume=volume) for name, found in boxes.items()}


def _boxes(volume: Volume, apart: bool) -> list[tuple[tuple[int, int], ...]]:
    random, (depth, size, _) = np.random.default_rng(1), volume.voxels.shape
    side, deep = size // 10, max(depth // 15, 2)
    found = []
    for n in range(FINDINGS):
        # Apart: each in a column of its own. Else in pairs that share a part of their boxes.
        i = n * side if apart else (n // 2) * 2 * side + (n % 2) * side // 2
        j = int(random.integers(size - side)) if apart else size // 3
        k = int(random.integers(depth - deep)) if apart else (n // 2) * depth // 6
        found.append(((i, i + side), (j, j + side), (k, k + deep)))
    return found


if __name__ == "__main__":
    main()
