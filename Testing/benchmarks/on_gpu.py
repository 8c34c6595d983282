"""All that is asked of a graphics card, on a bare machine that has one: tests and speeds, as one block for RESULTS.md.

    python3 Testing/benchmarks/on_gpu.py --install             makes the environment as the README says, then all parts
    python Testing/benchmarks/on_gpu.py --out FOLDER           with this Python; the block also goes to FOLDER/on_gpu.md
    python Testing/benchmarks/on_gpu.py --only tests picard    some parts
    python Testing/benchmarks/on_gpu.py --device cpu --quick   a rehearsal without a card, small: a few minutes

Each part is a process of its own under a time limit (12 minutes in all; ``--share 2`` doubles them), and what it had
measured until then is kept. Goals are those of the issue, for an H100 or H200. Networks are of the published size with
random weights: their pictures mean nothing, time and memory are those of trained ones.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "GANAnomaly"), str(ROOT)]

LIMITS = {"tests": 210, "projection": 110, "volume": 120, "picard": 60, "training": 220}
"""Seconds of each part."""
PROJECTION_GOAL, PICARD_GOAL, VOLUME_GOAL, TRAINING_GOAL = 1.0, 2.0, 15.0, 6.0
"""A published projection, seconds a slice in a batch; PICARD 512 x 512 exact, seconds; 300 slices, seconds; training at
256 px, seconds a thousand images."""


def peak(device: str) -> str:
    """The most of the card's memory that was held since :func:`forget`; nothing on the processor."""
    import torch

    return f"{torch.cuda.max_memory_allocated() / 2**30:.1f} GiB" if device == "cuda" else "not measured"


def forget(device: str) -> None:
    """Begin to count memory anew."""
    import torch

    if device == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def tell(what: str, number: float, unit: str, goal: float | None, more: str = "") -> None:
    """One row of the block; a goal is a number not to be above."""
    from results_file import tell_target

    said = f"{number:.2f} {unit}" + (f", {more}" if more else "")
    tell_target(what, said, "" if goal is None else f"{goal:g} {unit}", None if goal is None else number <= goal)


def tests(device: str, quick: bool) -> None:
    """Every test that is marked for a card; without one, those that can be rehearsed."""
    from results_file import tell_target

    places = ["Testing/train/test_stylegan2_gpu.py", "Testing/score"] if quick else ["Testing"]
    command = [sys.executable, "-m", "pytest", "-q", "-m", "gpu", "--card", device, "-p", "no:cacheprovider", *places]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "GANAnomaly"), str(ROOT)])}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    print(done.stdout[-4000:], flush=True)
    tell_target("pytest -m gpu", done.stdout.strip().splitlines()[-1].strip("= "), "all pass", done.returncode == 0)


def projection(device: str, quick: bool) -> None:
    """The published projection at 256 px by batch: some steps are timed, and counted as its 1000."""
    import numpy as np
    import torch
    from results_file import measured

    from GANAnomalyLib.detectors.stylegan2.network.generator import Generator
    from GANAnomalyLib.detectors.stylegan2.reference_projection import project_reference, w_statistics
    from GANAnomalyLib.running.seeded import seeded

    size, base, steps = (32, 512, 4) if quick else (256, 16384, 100)
    with seeded(303):
        network = Generator(512, 0, 512, size, 1, 8, channel_base=base, channel_max=512).eval().to(device)
    statistics = w_statistics(network)
    images = np.random.default_rng(0).uniform(-1, 1, (64, 1, size, size)).astype(np.float32)
    batches = (1, 2) if quick else (1, 4, 8, 16, 32, 64)
    for batch in batches:
        forget(device)
        try:
            project_reference(network, images[:batch], 2, statistics=statistics)
            run = measured(lambda: project_reference(network, images[:batch], steps, statistics=statistics), device)  # noqa: B023
        except torch.cuda.OutOfMemoryError:
            print(f"a batch of {batch} does not fit", flush=True)
            break
        each = 1000 * run.clock / steps / batch
        what = f"published projection, {size} px, 1000 steps, batch of {batch}"
        tell(what, each, "s a slice", PROJECTION_GOAL if batch == batches[-1] else None, peak(device))


def volume(device: str, quick: bool) -> None:
    """512 x 512 x 300 through ``gananomaly analyze``, as a user runs it, start of the program included."""
    from bench_volume import analysed, enlarged, random_model

    shape = (96, 96, 12) if quick else (512, 512, 300)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        ct = enlarged(folder, shape)
        models = ["demo"] if quick else ["demo", str(random_model(folder, encoder=True))]
        for number, model in enumerate(models):
            run, manifest = analysed(device, ct, folder / f"out{number}", "--model", model)
            stages = ", ".join(f"{name} {seconds:.1f}" for name, seconds in manifest["timings_s"].items())
            what = f"{' x '.join(map(str, shape))}, {'demo model' if model == 'demo' else '256 px with encoder'}"
            tell(what, run.clock, "s", VOLUME_GOAL, f"{run.peak_mib:.0f} MiB of the processor's; {stages}")


def picard(device: str, quick: bool) -> None:
    """PICARD on 512 x 512 pixels, published size, every window's ten completions and the adaptive mode."""
    from bench_picard import COMPLETIONS, HOLE, SEED, STRIDE, TOP, WINDOW, random_model, torso_slice
    from results_file import measured

    from GANAnomalyLib.detectors.picard.heatmaps import PicardSettings, heatmaps

    model, image = random_model(4 if quick else 32, device), torso_slice()
    completions = 2 if quick else COMPLETIONS
    if quick:
        image = image[:WINDOW, : WINDOW + STRIDE]
    heatmaps(model, image[:WINDOW, :WINDOW], PicardSettings(completions=2, mode="exact", border=False))
    for mode in ("exact", "adaptive"):
        forget(device)
        named = {"mode": mode, "skip_background": mode == "adaptive", "border": False, "seed": SEED, "top": TOP}
        settings = PicardSettings(WINDOW, HOLE, STRIDE, completions, **named)
        run = measured(lambda: heatmaps(model, image, settings), device)  # noqa: B023 - run at once
        what = f"PICARD, {image.shape[0]} x {image.shape[1]}, {mode}"
        more = f"{int(run.found.completions.sum())} completions, {peak(device)}"
        tell(what, run.clock, "s", PICARD_GOAL if mode == "exact" else None, more)


def training(device: str, quick: bool) -> None:
    """StyleGAN2-ADA as configured by itself: 16 steps, in which every regularisation is due as often as ever."""
    import numpy as np
    import torch
    from results_file import measured

    from GANAnomalyLab.images import ImageSet
    from GANAnomalyLab.train.loop.reals import Reals
    from GANAnomalyLab.train.loop.run_devices import fast
    from GANAnomalyLab.train.stylegan2.stylegan2_config import resolve
    from GANAnomalyLab.train.stylegan2.stylegan2_options import TrainOptions
    from GANAnomalyLab.train.stylegan2.stylegan2_trainer import Trainer

    steps = 16
    for size in (16,) if quick else (256, 128, 512):
        pixels = np.random.default_rng(0).integers(0, 256, (256, 1, size, size), np.uint8)
        for precision in ("fp32",) if quick else ("fp16", "bf16"):
            forget(device)
            asked = {"outdir": "", "device": device, "precision": precision, "workers": 0}
            if quick:
                asked |= {"fmaps": 128 / 32768, "channel_max": 16, "batch": 8}
            config = resolve(TrainOptions.from_dict(asked), size, 1, 0, "volumes", device)
            images = ImageSet.from_array(pixels)
            trainer = Trainer(config, Reals(images, config.batch, config.seed, False), device)

            def some(trainer: Trainer = trainer) -> None:
                for _ in range(steps):
                    trainer.step()

            with fast(config.benchmark, config.tf32):
                try:
                    some()
                    run = measured(some, device)
                except torch.cuda.OutOfMemoryError:
                    print(f"{size} px in {precision} does not fit", flush=True)
                    continue
            each = 1000 * run.clock / steps / config.batch
            what = f"training, {size} px, {precision}, batch of {config.batch}"
            tell(what, each, "s/kimg", TRAINING_GOAL if size == 256 else None, peak(device))
            del trainer, some


PARTS: dict[str, Callable[[str, bool], None]] = {
    "training": training,
    "projection": projection,
    "picard": picard,
    "volume": volume,
    "tests": tests,
}
"""What is most wanted first: a borrowed card may go before the end."""


def run_part(name: str, options: argparse.Namespace) -> tuple[list[dict[str, object]], str]:
    """A part in a process of its own; what it told, and how it ended where that was not well."""
    from results_file import told_targets

    limit = LIMITS[name] * options.share
    command = [sys.executable, str(Path(__file__)), "--part", name, "--device", options.device]
    print(f"\n== {name}, at most {limit:.0f} s", flush=True)
    with tempfile.TemporaryFile("w+") as file:
        try:
            done = subprocess.run(
                [*command, *["--quick"] * options.quick], stdout=file, stderr=subprocess.STDOUT, timeout=limit
            )
            ended = "" if done.returncode == 0 else f"{name} ended with {done.returncode}."
        except subprocess.TimeoutExpired:
            ended = f"{name} was stopped after {limit:.0f} s."
        file.seek(0)
        output = file.read()
    print(output, flush=True)
    return told_targets(output), ended


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that everything runs")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), help="some parts")
    parser.add_argument("--share", type=float, default=1.0, help="of the time limits")
    parser.add_argument("--out", type=Path, help="a folder for on_gpu.md")
    parser.add_argument("--install", action="store_true", help="make the environment first, as the README says")
    parser.add_argument("--part", choices=list(PARTS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.install:
        import start

        code = start.install(["evaluate", "headless", "normative", "test"])
        if code:
            raise SystemExit(code)
        rest = [argument for argument in sys.argv[1:] if argument != "--install"]
        raise SystemExit(subprocess.run([str(start.PYTHON), str(Path(__file__)), *rest]).returncode)
    if options.part:
        PARTS[options.part](options.device, options.quick)
        return

    import torch
    from results_file import card, circumstances, markdown

    if options.device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("There is no CUDA device here; --device cpu --quick rehearses without one.")
    rows, remarks, begin = [], [], time.monotonic()
    words = {True: "yes", False: "NO", None: ""}
    for name in options.only or PARTS:
        told, remark = run_part(name, options)
        # Small sizes are not what the goals are of.
        judged = [("", "") if options.quick else (str(one["target"]), words[one["met"]]) for one in told]
        rows += [[str(one["what"]), str(one["measured"]), *goal] for one, goal in zip(told, judged, strict=True)]
        remarks += [remark] if remark else []
    minutes = f"{(time.monotonic() - begin) / 60:.0f} minutes in all"
    heading = circumstances(torch.get_num_threads(), *card(options.device), minutes)
    table = markdown(["what", "measured", "goal", "met"], rows)
    block = "\n".join([f"{heading}:", "", table, *([""] + [f"- {remark}" for remark in remarks] if remarks else [])])
    print(f"\n{block}")
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "on_gpu.md").write_text(block + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
