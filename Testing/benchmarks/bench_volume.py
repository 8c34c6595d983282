"""A whole CT through ``gananomaly analyze``, as a user runs it: seconds and memory, and how they grow with the slices.

    python Testing/benchmarks/bench_volume.py torso             the torso CT, demo model, all outputs and the scene
    python Testing/benchmarks/bench_volume.py large             512 x 512 x 300 and a network of 256 px
    python Testing/benchmarks/bench_volume.py growth            8 to 512 slices, demo model
    python Testing/benchmarks/bench_volume.py torso --append    also add the table to RESULTS.md

The network of 256 px has the published size (channel base 16384, 24.8 million weights) and random weights: its pictures
mean nothing, its time and memory are those of a trained one. It comes with an encoder, as the demo model does; the
row without one starts from the neighbouring slice and searches. Neither carries a calibration.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "GANAnomaly")]
from measured_run import Run, gananomaly, run_measured  # noqa: E402  (siblings, found by the line above)
from results_file import add_device, card, circumstances, markdown, publish, tell_target  # noqa: E402

TORSO = ROOT / "GANAnomaly" / "GANAnomalyLib" / "data" / "torso_3mm.nii.gz"
GROWTH = (8, 16, 32, 64, 128, 256, 512)
SLOPE_TOLERANCE = 0.10
SEARCHED = 8
"""Slices of the large CT that are analysed without an encoder: all 300 would take more than an hour."""
HEADER = ["what", "slices", "s", "CPU s", "peak MiB", "ms a slice", "notes"]


def enlarged(folder: Path, shape: tuple[int, int, int]) -> Path:
    """The torso CT resampled to ``shape`` (columns, rows, slices) as a NIfTI file, with noise of its own (15 HU)."""
    import nibabel
    from scipy.ndimage import zoom

    source = nibabel.load(TORSO)
    values = np.asarray(source.dataobj, np.float32)
    factors = [new / old for new, old in zip(shape, values.shape, strict=True)]
    values = zoom(values, factors, order=1) + np.random.default_rng(0).normal(0, 15, shape).astype(np.float32)
    affine = source.affine @ np.diag([*(1 / factor for factor in factors), 1.0])
    path = folder / f"ct_{'x'.join(map(str, shape))}.nii.gz"
    nibabel.save(nibabel.Nifti1Image(np.rint(values).astype(np.int16), affine), path)
    return path


def random_model(folder: Path, encoder: bool) -> Path:
    """A StyleGAN2 of 256 px and the published size with random weights, as a model file with its card."""
    import torch

    from GANAnomalyLib.detectors.stylegan2.network.encoder import Encoder
    from GANAnomalyLib.detectors.stylegan2.network.generator import Generator
    from GANAnomalyLib.models.card import ModelCard
    from GANAnomalyLib.models.store import save_model

    torch.manual_seed(303)
    shape = {"z_dim": 512, "c_dim": 0, "w_dim": 512, "img_resolution": 256, "img_channels": 1}
    widths = {"channel_base": 16384, "channel_max": 512}
    generator = Generator(**shape, mapping_layers=8, **widths)
    tensors = {f"G_ema.{name}": value for name, value in generator.state_dict().items()}
    architecture: dict[str, object] = {**shape, "mapping_layers": 8, **widths}
    recommended: dict[str, object] = {"metric": "wd", "patch_size": 16}
    if encoder:
        narrow = {"w_dim": 512, "img_resolution": 256, "img_channels": 1, "channel_base": 4096, "channel_max": 256}
        network = Encoder(**narrow)
        tensors |= {f"encoder.{name}": value for name, value in network.state_dict().items()}
        architecture["encoder"], recommended["steps"] = narrow, 0
    name = f"random_256{'_encoder' if encoder else ''}"
    card = ModelCard(name, resolution=256, architecture=architecture, framing="body", recommended=recommended)
    save_model(folder / f"{name}.safetensors", tensors, card)
    return folder / f"{name}.safetensors"


def analysed(device: str, volume: Path, out: Path, *arguments: str) -> tuple[Run, dict[str, object]]:
    """One analysis in a process of its own, and the result's record."""
    run = run_measured(gananomaly("analyze", str(volume), "--out", str(out), "--device", device, *arguments))
    return run, json.loads((out / "result.json").read_text(encoding="utf-8"))


def row(what: str, slices: int, run: Run, notes: str = "") -> list[str]:
    cells = [what, str(slices), f"{run.clock:.1f}", f"{run.processor:.1f}", f"{run.peak_mib:.0f}"]
    print("  ".join([*cells, notes]), flush=True)
    return [*cells, f"{1000 * run.clock / slices:.0f}", notes]


def torso(folder: Path, device: str) -> list[list[str]]:
    """The torso CT with all outputs and the scene, twice: the second run finds compiled code."""
    rows = []
    for number, note in enumerate(("first run", "second run")):
        run, _ = analysed(device, TORSO, folder / f"torso{number}", "--scene")
        rows.append(row("torso CT, demo model, all outputs and scene", 112, run, note))
    tell_target("whole torso CT, all outputs and scene: time", f"{run.clock:.1f} s", "60 s", run.clock <= 60)
    tell_target("whole torso CT: peak memory", f"{run.peak_mib:.0f} MiB", "2048 MiB", run.peak_mib <= 2048)
    return rows


def large(folder: Path, device: str) -> list[list[str]]:
    """512 x 512 x 300: the demo model for comparison, then a network of 256 px with an encoder and without one."""
    volume = enlarged(folder, (512, 512, 300))
    run, _ = analysed(device, volume, folder / "large_demo")
    rows = [row("512 x 512 x 300, demo model (128 px)", 300, run)]
    model = random_model(folder, encoder=True)
    run, _ = analysed(device, volume, folder / model.stem, "--model", str(model))
    rows.append(row("512 x 512 x 300, 256 px, encoder, no search", 300, run))
    told = f"{run.clock:.0f} s, {run.peak_mib:.0f} MiB"
    tell_target("512 x 512 x 300, 256 px, encoder", told, "reported", None)
    model = random_model(folder, encoder=False)
    run, _ = analysed(device, volume, folder / model.stem, "--model", str(model), "--slices", f"0:{SEARCHED}")
    rows.append(row("the same, no encoder: neighbour start and search", SEARCHED, run, f"first {SEARCHED} slices only"))
    return rows


def growth(folder: Path, device: str) -> list[list[str]]:
    """The same CT with 8 to 512 slices of 192 x 192: whether time grows with the slices and with nothing else."""
    rows, clocks = [], []
    analysed(device, enlarged(folder, (192, 192, 8)), folder / "unmeasured")
    for count in GROWTH:
        run, _ = analysed(device, enlarged(folder, (192, 192, count)), folder / f"growth{count}")
        rows.append(row("192 x 192, demo model", count, run))
        clocks.append(run.processor)
    slopes = np.diff(clocks) / np.diff(GROWTH)
    # The first steps are short beside what a process costs anyway, so that their slope is mostly chance.
    base, late = (clocks[4] - clocks[0]) / (GROWTH[4] - GROWTH[0]), (clocks[-1] - clocks[4]) / (GROWTH[-1] - GROWTH[4])
    told = ", ".join(f"{1000 * slope:.0f}" for slope in slopes)
    print(f"CPU ms for each further slice: {told}; {1000 * base:.1f} up to 128 and {1000 * late:.1f} beyond")
    tell_target(
        "growth, 8 to 512 slices: CPU time for a further slice",
        f"{1000 * base:.1f} ms up to 128, {1000 * late:.1f} ms beyond ({100 * (late / base - 1):+.0f} %)",
        "linear, slope within 10 %",
        abs(late / base - 1) <= SLOPE_TOLERANCE,
    )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["torso", "large", "growth"], nargs="+")
    add_device(parser)
    parser.add_argument("--append", action="store_true", help="add the table to RESULTS.md")
    options = parser.parse_args()
    rows = []
    for what in options.what:
        with tempfile.TemporaryDirectory() as folder:
            rows += {"torso": torso, "large": large, "growth": growth}[what](Path(folder), options.device)
    block = f"{circumstances(os.cpu_count() or 1, *card(options.device))}:\n\n{markdown(HEADER, rows)}"
    publish(__file__, block, options.append)


if __name__ == "__main__":
    main()
