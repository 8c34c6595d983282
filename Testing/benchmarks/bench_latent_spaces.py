"""Which latent space and how much search the fast mode should use, judged by detection and not by error alone.

Every way to explain a slice (encoder alone, searches of w, W+, w with noise maps, starts from neighbours) sees the same
held-out virtual patients, without and with the smooth warp on top, is calibrated on its own explanations of other
normals, and is judged by slice AUROC over inserted anomalies and by where its highest patch lies.

    python Testing/benchmarks/bench_latent_spaces.py            small: under 8 minutes on one core, numbers are coarse
    python Testing/benchmarks/bench_latent_spaces.py --references 16 --normals 12 --cases 6     sharper
    python Testing/benchmarks/bench_latent_spaces.py --append   also add the table to RESULTS.md

Seconds are the processor's, as they hardly change when other programs run. Not in them: what is paid once a volume (the
spread of w; the random images that a start from neighbours needs).
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "GANAnomaly")]
from results_file import RESULTS, add_device, append_block, card, circumstances, markdown, measured  # noqa: E402

from GANAnomalyLab.demo_models import demo_cohort as cohort  # noqa: E402
from GANAnomalyLab.demo_models.demo_detection import Detection, calibrate, detection  # noqa: E402
from GANAnomalyLib.detectors.loading import load_model  # noqa: E402
from GANAnomalyLib.detectors.stylegan2.fast_projection import FastSettings, Starter, project_fast, refine  # noqa: E402
from GANAnomalyLib.detectors.stylegan2.load import StyleGAN2Model  # noqa: E402
from GANAnomalyLib.detectors.stylegan2.reference_projection import project_reference, w_statistics  # noqa: E402
from GANAnomalyLib.running.progress import CancelToken, no_progress  # noqa: E402
from GANAnomalyLib.score.warp import warp_to  # noqa: E402

BATCH = 16
SEED = 303
PATCH, METRIC = 8, "wd"
GOLDEN = (5**0.5 - 1) / 2

Search = Callable[[Tensor, list[range]], tuple[Tensor, float]]
"""Targets (N, C, R, R) and their runs (positions of one patient's neighbouring slices) to images of the same shape and
the mean number of steps taken."""


def model_facts(model: StyleGAN2Model) -> str:
    """A model's name and how its hash begins."""
    return f"model {model.card.name} {model.model_hash[:12]}"


def nothing() -> None:
    """The check of a loop that nobody cancels."""


class LayerLatents(nn.Module):
    """A generator seen through W+: one "w" of num_ws * w_dim numbers, its own part for every layer.

    Wears the generator's interface, so that the very search of w runs in W+.
    """

    num_ws = 1

    def __init__(self, generator: nn.Module) -> None:
        super().__init__()
        self.generator, self.layers, self.part = generator, generator.num_ws, generator.w_dim

    def synthesis(self, ws: Tensor, **options: object) -> Tensor:
        """Images (N, C, R, R) of ws (N, 1, num_ws * w_dim)."""
        return self.generator.synthesis(ws.reshape(len(ws), self.layers, self.part), **options)


class Searches:
    """The ways to search, over one model."""

    def __init__(self, model: StyleGAN2Model, reference_steps: int, device: str = "cpu") -> None:
        if model.encoder is None:
            raise SystemExit(f"The model {model.card.name} has no encoder: most of this benchmark needs one.")
        self.generator, self.encoder, self.device = model.generator, model.encoder, device
        self.base = FastSettings(**model.card.recommended.get("fast", {}))
        self.statistics = w_statistics(self.generator)
        self.reference_steps = reference_steps
        self.starter = Starter(self.generator, None, SEED)

    def all(self) -> Iterator[tuple[str, Search]]:
        """Every search with its name, cheap ones first."""
        yield "encoder alone", self.fast(0)
        for steps in (5, 20, 60):
            yield f"encoder, w, {steps} steps", self.fast(steps)
        yield "encoder, W+, 20 steps", self.per_layer(20)
        yield "neighbours, w, 20 steps", self.neighbours(20)
        yield f"published, w alone, {self.reference_steps} steps", self.published(False)
        yield f"published, w and noise maps, {self.reference_steps} steps", self.published(True)

    def _settings(self, steps: int) -> FastSettings:
        # The warp is put on afterwards, so that one search serves both of its rows.
        return dataclasses.replace(self.base, steps=steps, warp_steps=0)

    def fast(self, steps: int) -> Search:
        """The fast mode itself: the encoder's w, then at most ``steps`` steps of search."""

        def search(targets: Tensor, runs: list[range]) -> tuple[Tensor, float]:
            images, taken = torch.empty_like(targets), np.zeros(len(targets))
            settings, names = self._settings(steps), list(range(len(targets)))
            for row, image, _, count in project_fast(
                self.generator,
                self.encoder,
                targets.cpu().numpy(),
                names,
                settings,
                BATCH,
                SEED,
                self.device,
                no_progress,
                CancelToken(),
                [],
            ):
                images[row], taken[row] = torch.from_numpy(image).to(targets.device), count
            return images, float(taken.mean())

        return search

    def per_layer(self, steps: int) -> Search:
        """As :meth:`fast`, but every layer may move away from the encoder's w by itself."""
        view = LayerLatents(self.generator)

        def search(targets: Tensor, runs: list[range]) -> tuple[Tensor, float]:
            images, taken = torch.empty_like(targets), []
            for rows in torch.arange(len(targets)).split(BATCH):
                with torch.no_grad():
                    start = self.encoder(targets[rows]).float().repeat(1, self.generator.num_ws)
                images[rows], _, steps_taken = refine(view, targets[rows], start, self._settings(steps), nothing)
                taken.append(steps_taken)
            return images, float(torch.cat(taken).float().mean())

        return search

    def neighbours(self, steps: int) -> Search:
        """As the fast mode does without an encoder: sparse anchors first, searched four times as long.

        The random images are drawn once for all patients; the mode itself draws them once a volume.
        """

        def search(targets: Tensor, runs: list[range]) -> tuple[Tensor, float]:
            images, taken = torch.empty_like(targets), np.zeros(len(targets))
            for run in runs:
                self.starter.solved = {}
                for group in self.starter.order(list(run)):
                    rows = [run[place] for place in group]
                    if not rows:
                        continue
                    effort = self._settings(steps * (1 if self.starter.solved else 4))
                    start = self.starter.start(targets[rows], rows)
                    images[rows], w, count = refine(self.generator, targets[rows], start, effort, nothing)
                    taken[rows] = count.numpy()
                    self.starter.solved.update(zip(rows, w, strict=True))
            return images, float(taken.mean())

        return search

    def published(self, noise: bool) -> Search:
        """The published procedure from the mean w, with or without fitting the noise maps."""

        def search(targets: Tensor, runs: list[range]) -> tuple[Tensor, float]:
            parts = [
                project_reference(
                    self.generator,
                    part,
                    self.reference_steps,
                    SEED,
                    statistics=self.statistics,
                    optimise_noise=noise,
                ).images
                for part in targets.split(BATCH)
            ]
            return torch.from_numpy(np.concatenate(parts)).to(targets.device), float(self.reference_steps)

        return search


@dataclass
class Patients:
    """Slices (N, R, R) of several patients, and where each one's run of neighbours lies."""

    images: np.ndarray
    runs: list[range]


@dataclass
class Material:
    """What every search is judged on; ``marked`` are the abnormal slices with their masks and kinds."""

    calibration: Patients
    normal: Patients
    abnormal: Patients
    marked: cohort.Slices


def run_within(length: int, wanted: int, number: int) -> slice:
    """At most ``wanted`` neighbours out of ``length`` slices; consecutive numbers spread evenly over the places."""
    spare = max(length - wanted, 0)
    first = int(number * GOLDEN % 1 * (spare + 1))
    return slice(first, first + min(wanted, length))


def runs_of(lengths: list[int]) -> list[range]:
    """Positions of runs that lie one behind the other."""
    ends = np.cumsum(lengths).tolist()
    return [range(end - length, end) for end, length in zip(ends, lengths, strict=True)]


def normals(stack: cohort.AxialStack, first_seed: int, patients: int, wanted: int) -> Patients:
    """A run of slices of each of ``patients`` patients without anomalies."""
    parts = []
    for seed in range(first_seed, first_seed + patients):
        images = cohort.normal_slices(stack, seed, 1)
        parts.append(images[run_within(len(images), wanted, seed)])
    return Patients(np.concatenate(parts), runs_of([len(part) for part in parts]))


def abnormals(stack: cohort.AxialStack, cases: int, wanted: int) -> tuple[Patients, cohort.Slices]:
    """A run out of the slices of each anomaly that show it."""
    shown = cohort.abnormal_slices(stack, cases)
    # The cases of a kind alternate between two levels, so a change of kind or level is a change of patient.
    changes = np.flatnonzero((shown.kinds[1:] != shown.kinds[:-1]) | (shown.levels[1:] != shown.levels[:-1])) + 1
    parts = [
        part[run_within(len(part), wanted, number)]
        for number, part in enumerate(np.split(np.arange(len(shown.kinds)), changes))
    ]
    rows = np.concatenate(parts)
    marked = cohort.Slices(shown.images[rows], shown.masks[rows], shown.kinds[rows], shown.levels[rows])
    return Patients(marked.images, runs_of([len(part) for part in parts])), marked


@dataclass
class Judged:
    """One row of the table."""

    name: str
    steps: float
    seconds: float
    calibrated: Detection
    raw: Detection

    def cells(self) -> list[str]:
        """As Markdown cells, in the order of ``HEADER``."""
        return [
            self.name,
            f"{self.steps:.0f}",
            f"{self.calibrated.mse:.1f}",
            f"{self.calibrated.mean_auroc:.3f}",
            f"{self.raw.mean_auroc:.3f}",
            f"{self.calibrated.mean_located:.2f}",
            f"{self.seconds:.2f}",
        ]


HEADER = ["way", "steps", "MSE normals (8-bit)", "AUROC", "AUROC, raw", "top patch on anomaly", "CPU s a slice"]


def judge(name: str, steps: float, seconds: float, restored: list[Tensor], material: Material) -> Judged:
    """Score the explanations (N, C, R, R) of the calibration, normal and abnormal slices."""
    known, normal, abnormal = (np.clip(images.mean(1).cpu().numpy(), -1, 1) for images in restored)
    usual = calibrate(material.calibration.images, known, METRIC, PATCH)
    found = [
        detection(material.normal.images, normal, material.marked, abnormal, METRIC, PATCH, calibration)
        for calibration in (usual, None)
    ]
    return Judged(name, steps, seconds, *found)


def compare(searches: Searches, material: Material) -> Iterator[Judged]:
    """Two rows a search, without and with the warp, as soon as they are known."""
    groups = (material.calibration, material.normal, material.abnormal)
    channels = searches.generator.img_channels
    device = searches.device
    targets = [torch.from_numpy(np.repeat(group.images[:, None], channels, axis=1)).to(device) for group in groups]
    total = sum(len(target) for target in targets)
    searches.starter.start(targets[0][:1], [0])
    for name, search in searches.all():
        pairs = list(zip(targets, groups, strict=True))
        run = measured(lambda: [search(target, group.runs) for target, group in pairs], device)  # noqa: B023 - at once
        found, searched = run.found, run.seconds / total
        images = [part for part, _ in found]
        steps = sum(mean * len(part) for part, mean in found) / total
        yield judge(name, steps, searched, images, material)
        both = list(zip(images, targets, strict=True))
        run = measured(lambda: [_warped(*pair, searches.base) for pair in both], device)  # noqa: B023 - run at once
        yield judge(f"{name} + warp", steps, searched + run.seconds / total, run.found, material)


def _warped(images: Tensor, targets: Tensor, settings: FastSettings) -> Tensor:
    pairs = zip(images.split(BATCH), targets.split(BATCH), strict=True)
    return torch.cat([warp_to(image, target, settings.warp, nothing) for image, target in pairs])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--references", type=int, default=8, help="normal patients to calibrate on")
    parser.add_argument("--normals", type=int, default=5, help="normal patients to test on")
    parser.add_argument("--cases", type=int, default=2, help="abnormal patients of each kind")
    parser.add_argument("--slices", type=int, default=3, help="neighbouring slices of each patient, at most")
    parser.add_argument("--reference-steps", type=int, default=60, help="of the published procedure (published: 1000)")
    parser.add_argument("--model", default="demo")
    parser.add_argument("--threads", type=int, default=1)
    add_device(parser)
    parser.add_argument("--append", action="store_true", help="add the table to RESULTS.md")
    options = parser.parse_args()
    if min(value for value in vars(options).values() if type(value) is int) < 1:
        parser.error("numbers of patients, cases, slices, steps and threads must be at least 1")

    torch.set_num_threads(options.threads)
    model = load_model(options.model, options.device)
    stack = cohort.source()
    abnormal, marked = abnormals(stack, options.cases, options.slices)
    material = Material(
        normals(stack, cohort.CALIBRATION_SEED, options.references, options.slices),
        normals(stack, cohort.NORMAL_SEED, options.normals, options.slices),
        abnormal,
        marked,
    )
    counts = (
        f"{len(material.normal.images)} normal slices of {options.normals} patients, "
        f"{len(abnormal.images)} abnormal ones of {len(abnormal.runs)}, "
        f"calibrated on {len(material.calibration.images)} of {options.references}"
    )
    heading = circumstances(options.threads, model_facts(model), counts, *card(options.device))
    print(f"{heading}\n\n{markdown(HEADER, [])}", flush=True)
    rows = []
    for row in compare(Searches(model, options.reference_steps, options.device), material):
        rows.append(row.cells())
        print(f"| {' | '.join(rows[-1])} |", flush=True)
    if options.append:
        append_block(RESULTS, Path(__file__).name, f"{heading}:\n\n{markdown(HEADER, rows)}")


if __name__ == "__main__":
    main()
