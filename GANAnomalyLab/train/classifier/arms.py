"""Classifiers alike but for what they learn from: real images, synthetic ones, mixes; judged on the same real ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, part

from ...images import ImageSet, check_apart, split_by_class
from ..loop.train_on_images import STORE, open_data, train
from . import TRAINER
from .settings import ClassifierSettings

Say = Callable[[str], None]
REAL, RUNS = "real", "runs"


@dataclass(frozen=True)
class Arm:
    """What one of them learns from: thousands of synthetic images of each class (() for none), with or without real
    ones."""

    synthetic: tuple[float, ...] = ()
    alone: bool = False

    @property
    def name(self) -> str:
        """What a page calls it: "real", "real + 0,1.5 thousand", "1,1 thousand synthetic"."""
        counts = ",".join(f"{count:g}" for count in self.synthetic)
        if not counts:
            return REAL
        return f"{counts} thousand synthetic" if self.alone else f"real + {counts} thousand"

    @property
    def folder(self) -> str:
        """The name of its run's folder."""
        counts = "_".join(f"{count:g}" for count in self.synthetic)
        return f"{'synthetic' if self.alone else 'real'}{'_' if counts else ''}{counts}"


def train_arms(
    settings: ClassifierSettings,
    arms: Sequence[Arm],
    folder: Path,
    test: str | None,
    test_share: float,
    progress: ProgressCallback,
    cancel: CancelToken,
    say: Say,
) -> tuple[dict[str, Path], ImageSet]:
    """Train each arm in ``folder/runs``; returns the models by the arms' names, and the images that none has seen.

    These are of another set, ``test``, or a share of the patients of each class. What is held out of the rest, to end
    the trainings, is the same for all, and real. Runs that are there already go on, or are taken as they are. Raises
    :class:`InputError` for sets that share patients or images, or are of other classes.
    """
    store = folder / STORE
    whole = open_data(settings, store, part(progress, 0.0, 0.05), cancel, say)
    if test is None:
        rest, unseen = split_by_class(whole, test_share, settings.seed, say)
    else:
        # Of one size with what is learnt from.
        of_test = dataclasses.replace(settings, data=test, resolution=whole.resolution)
        rest, unseen = whole, open_data(of_test, store, part(progress, 0.05, 0.1), cancel, say)
        check_apart(whole, unseen)
        if unseen.label_names != whole.label_names:
            raise InputError(
                f"The test images are of the classes {', '.join(unseen.label_names)} and those to learn from of "
                f"{', '.join(whole.label_names)}: give sets of the same classes."
            )
    models: dict[str, Path] = {}
    for number, arm in enumerate(arms):
        synthetic = arm.synthetic or None
        own = dataclasses.replace(
            settings,
            out=str(folder / RUNS / arm.folder),
            name=arm.name,
            synthetic=synthetic,
            synthetic_from=settings.synthetic_from if synthetic else None,
            only_synthetic=arm.alone,
        )
        own.validate()
        told = part(progress, 0.1 + 0.9 * number / len(arms), 0.1 + 0.9 * (number + 1) / len(arms))
        learnt, held_out = own.divide(rest, store, part(told, 0.0, 0.1), cancel, say)
        say(f"Training {arm.name}: {len(learnt):,} images.")
        models[arm.name] = train(TRAINER, own, part(told, 0.1, 1.0), cancel, say, learnt, held_out)
    return models, unseen
