"""What each kind of restorer costs: a whole torso CT with models of one's own, and a slice at the published size.

    python Testing/benchmarks/bench_normative.py --models FILE FILE   a torso CT each, by gananomaly analyze
    python Testing/benchmarks/bench_normative.py --kinds vae mae      these kinds at the published size, random weights
    python Testing/benchmarks/bench_normative.py --append             also add the table to RESULTS.md

Without --models there is no torso CT. "published": the published network at 128 pixels by its published schedule, one
slice. Diffusion's own network is asked NINE times, and what it is asked by the published schedule multiplied up
(AnoDDPM 251 times; autoDDPM 201 and five times 50 more).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "GANAnomaly"), str(ROOT)]
from measured_run import gananomaly, run_measured  # noqa: E402  (siblings, found by the line above)
from results_file import add_device, card, circumstances, markdown, measured, publish, tell_target  # noqa: E402

KINDS = (
    *("vae", "cevae", "sivae", "ra", "vqvae", "ltm", "fanogan", "mae", "morphaeus", "phanes"),
    *("anoddpm", "autoddpm", "patched_ddpm"),
)
DIFFUSION = ("anoddpm", "autoddpm", "patched_ddpm")
NINE = 9
EVALUATIONS = {"anoddpm": 251, "autoddpm": 201 + 5 * 50}
"""How often the published schedule asks the network, for the kinds that are measured by nine looks."""
MOST = {True: 180.0, False: 30.0}
"""Seconds that a torso CT may take, with diffusion and without."""
MOST_MIB = 3 * 1024


@dataclass
class Torso:
    """A whole analysis; see the top of the file."""

    slices: int
    clock: float
    processor: float
    peak_mib: float


def torso(model: str, device: str) -> tuple[str, Torso]:
    """The kind of a model, and what the bundled torso CT costs with it, pictures left out."""
    from GANAnomalyLab.demo_models import demo_cohort as cohort
    from GANAnomalyLib.models.registry import card_of

    found = card_of(model)
    if found is None:
        raise SystemExit(f"The model {model} is not there, or has no card.")
    kind = found.kind
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "result")
        wanted = ["analyze", str(cohort.bundled_ct()), "--model", model, "--out", out, "--device", device]
        run = run_measured(gananomaly(*wanted))
    return kind, Torso(len(cohort.source().slices), run.clock, run.processor, run.peak_mib)


def published(kind: str, threads: int, device: str) -> float:
    """Processor seconds of one slice at the published size by the published schedule, weights at random."""
    import numpy as np
    import torch

    from GANAnomalyLib.detectors.base import DetectorOptions
    from GANAnomalyLib.detectors.explain import explain
    from GANAnomalyLib.detectors.kinds import find_kind
    from GANAnomalyLib.models.card import ModelCard
    from GANAnomalyLib.running.seeded import seeded

    torch.set_num_threads(threads)
    reader = find_kind(kind).module("load").RESTORER
    about = ModelCard("published", kind, resolution=128, channels=1, architecture={})
    with seeded(0):
        networks = reader.networks(reader.architecture.of(about), 128, 1)
    held = {f"{part}.{name}": value for part, one in networks.items() for name, value in one.state_dict().items()}
    model = reader.made(about, held)
    model.to(device)
    rows = np.linspace(-1, 1, 128, dtype=np.float32)
    slices = np.sin(4 * rows[:, None] + 3 * rows[None])[None].astype(np.float32)
    settings: dict[str, Any] = {"noise_level": NINE - 1, "sampler": "ddpm"} if kind in EVALUATIONS else {}
    mode = "reference" if find_kind(kind).published_mode and kind not in EVALUATIONS else "fast"
    if kind == "autoddpm":
        kind, model.card.kind = "anoddpm", "anoddpm"  # the same network; its schedule is a number of looks
        model.perceptual, times = None, EVALUATIONS["autoddpm"] / NINE
    else:
        times = EVALUATIONS.get(kind, NINE) / NINE
    run = measured(lambda: list(explain(model, slices, DetectorOptions(mode=mode, device=device, settings=settings))))
    return run.seconds * times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=[], help="of any kind of restorer, for body-framed CTs")
    parser.add_argument("--kinds", nargs="*", choices=KINDS, default=list(KINDS), help="at the published size")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--one", choices=KINDS, help=argparse.SUPPRESS)
    add_device(parser)
    parser.add_argument("--append", action="store_true", help="add the table to RESULTS.md")
    options = parser.parse_args()
    if options.one:
        print(json.dumps(published(options.one, options.threads, options.device)))
        return
    torsos = {}
    for model in options.models:
        kind, cost = torso(model, options.device)
        torsos[kind] = cost
        print(kind, cost, flush=True)
    rows = []
    for kind in [one for one in KINDS if one in torsos or one in options.kinds]:
        row, cost = [f"`{kind}`"], torsos.get(kind)
        if cost is None:
            row += ["-"] * 4
        else:
            row += [f"{cost.processor / cost.slices:.3f}", f"{cost.clock:.0f}", f"{cost.processor:.0f}"]
            row += [f"{cost.peak_mib:.0f}"]
            most = MOST[kind in DIFFUSION]
            told = f"{cost.clock:.0f} s, {cost.peak_mib:.0f} MiB"
            met = cost.clock <= most and cost.peak_mib <= MOST_MIB
            tell_target(f"torso CT, {kind}", told, f"{most:.0f} s, {MOST_MIB} MiB", met)
        if kind in options.kinds:
            wanted = [sys.executable, __file__, "--one", kind, "--threads", str(options.threads)]
            run = run_measured([*wanted, "--device", options.device], {"OMP_NUM_THREADS": str(options.threads)})
            row += [f"{json.loads(run.output.splitlines()[-1]):.2f}", f"{run.peak_mib:.0f}"]
        else:
            row += ["-", "-"]
        rows.append(row)
        print(row, flush=True)
    head = ["kind", "CPU s a slice", "torso CT, s", "its CPU s", "its MiB", "published: CPU s a slice", "MiB"]
    block = f"{circumstances(options.threads, *card(options.device))}:\n\n{markdown(head, rows)}"
    publish(__file__, block, options.append)


if __name__ == "__main__":
    main()
