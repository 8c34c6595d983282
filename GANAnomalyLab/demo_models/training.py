"""The demo model's training: StyleGAN2 with an encoder beside it, on virtual patients, wide ones first, then near ones.

Each stage is a run of :mod:`GANAnomalyLab.train.stylegan2` of its own; the second begins from the first one's model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.running.background import cancellable
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part

from ..simulate.virtual_cohort import CohortSettings
from ..train.stylegan2.presets import CHANNEL_BASE
from ..train.stylegan2.stylegan2_options import TrainOptions
from . import demo_cohort as cohort

if TYPE_CHECKING:
    from ..images import ImageSet

Stage = tuple[int, CohortSettings, float]
STAGES: tuple[Stage, ...] = ((280, CohortSettings(), 14.4), (120, cohort.NEAR, 385.6))
"""Training patients, how far they stray from the source, and for how many thousand images at most."""

Say = Callable[[str], None]


def demo_options(outdir: Path, kimg: float, minutes: float, threads: int) -> TrainOptions:
    """Small enough to learn on two cores in an hour: the networks compete in every fourth step only."""
    return TrainOptions.from_dict(
        {
            "outdir": str(outdir),
            "name": "demo",
            "resolution": cohort.RESOLUTION,
            "window": cohort.WINDOW,
            "level": cohort.LEVEL,
            "framing": cohort.FRAMING,
            "z_dim": 64,
            "w_dim": 64,
            "map": 2,
            "fmaps": 1024 / CHANNEL_BASE,
            "channel_max": 128,
            "batch": 8,
            "lr": 0.002,
            "gamma": 1.0,
            "r1_every": 8,
            "ema_kimg": 4.0,
            "aug": "noaug",
            "encoder": "joint",
            "adversarial_every": 4,
            "decay_from": 0.6,
            "kimg": kimg,
            "minutes": minutes,
            "precision": "bf16",
            "device": "cpu",
            "threads": threads,
            "tick": 1.6,
            "snap": 10,
            "state_minutes": 3.0,
            "keep": 1,
        }
    )


def train_demo(
    folder: Path,
    minutes: float,
    threads: int,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    say: Say = lambda sentence: None,
    stages: Sequence[Stage] = STAGES,
    changes: dict[str, Any] | None = None,
) -> Path:
    """Train all stages into ``folder/stage1``, ...; returns the last run's folder.

    A folder in which this was begun goes on where it stopped. ``minutes`` are for all stages together; ``changes`` are
    options of :class:`TrainOptions` that differ from the demo's. Raises as :func:`GANAnomalyLab.train.stylegan2.train`.
    """
    from ..train.loop.run_files import models
    from ..train.stylegan2.stylegan2_plan import read_request
    from ..train.stylegan2.train_stylegan2 import train

    cancel = cancel or CancelToken()
    run, left = None, minutes
    for number, (patients, settings, kimg) in enumerate(stages, 1):
        before, place = run, folder / f"stage{number}"
        known = stage_run(place)
        seen, spent = (0, 0.0) if known is None else how_far(known)
        if known is not None and seen >= kimg * 1000 and models(known):
            run, left = known, left - spent / 60
            continue
        if left <= 0:
            break
        given = {**demo_options(place, kimg, left, threads).to_dict(), **(changes or {})}
        if known is not None:
            given["outdir"] = str(known)
        if before is not None:
            given["resume"] = str(models(before)[-1])
        options, on = read_request(given)
        say(f"Stage {number} of {len(stages)}: making {patients} virtual patients.")
        images = cancellable(partial(_virtual_images, patients, settings), cancel)
        share = (number - 1) / len(stages), number / len(stages)
        run = train(options, on, part(progress, *share), cancel, say, images)
        left -= how_far(run)[1] / 60
    if run is None:
        raise InputError("There is no time to train anything: give more --minutes.")
    return run


def _virtual_images(patients: int, settings: CohortSettings, progress: ProgressCallback) -> ImageSet:
    """The slices of so many training patients, in memory."""
    import numpy as np

    from ..images import ImageSet

    stack = cohort.source()
    pool = cohort.training_pool(stack, patients, settings)
    return ImageSet.from_array(pool[:, None], patients=np.arange(len(pool)) // len(stack.slices), kind="volumes")


def stage_run(place: Path) -> Path | None:
    """The run in a stage's folder."""
    from ..train.stylegan2.run_folder import is_run

    return next((path for path in sorted(place.glob("0*")) if is_run(path)), None)


def how_far(run: Path) -> tuple[int, float]:
    """Images seen and seconds spent, by the last state of a run."""
    from ..train.loop.run_files import states
    from ..train.loop.run_state import load_state

    known = states(run)
    if not known:
        return 0, 0.0
    state = load_state(known[-1], ("seen", "extra.seconds"))
    return int(state["seen"]), float(state["extra"]["seconds"])


def trained_models(folder: Path) -> list[Path]:
    """The newest model of each stage in ``folder``, or of the one run that ``folder`` is.

    Raises :class:`InputError` when there is none.
    """
    from ..train.loop.run_files import models
    from ..train.stylegan2.run_folder import is_run

    runs = [folder] if is_run(folder) else [stage_run(place) for place in sorted(folder.glob("stage*"))]
    found = [models(run)[-1] for run in runs if run is not None and models(run)]
    if not found:
        raise InputError(f"{folder} holds no model of a training yet: train first.")
    return found


def seen_kimg(models: Sequence[Path]) -> list[float]:
    """Thousand images that each stage's model has learnt from, by its card."""
    return [float(ModelCard.read(path.with_suffix(".json")).training["kimg"]) for path in models]
