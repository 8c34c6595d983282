"""A whole training of any :class:`.trainer.Trainer`: from settings and images to a model with its card."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import folder_lock
from GANAnomalyLib.files.reading import read_object
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part

from ..trainer_kinds import TrainerKind, find_trainer
from .run_devices import team, threads, under_torchrun
from .run_files import CONFIG, check_outside, models
from .run_state import check_same
from .task import Say
from .trainer_settings import TrainerSettings
from .training_loop import run as run_loop

if TYPE_CHECKING:
    from ...images import ImageSet

STORE = "images"
_OF_IMAGES = (
    *("resolution", "channels", "modality", "percentile", "percentile_of", "framing"),
    *("allow_any", "hu_offset", "patients", "split", "seed"),
)
READING = 0.05
"""The share of a run's progress that making the images ready has."""


def train(
    kind: TrainerKind,
    settings: TrainerSettings,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    say: Say = lambda sentence: None,
    images: ImageSet | None = None,
    held_out: ImageSet | None = None,
) -> Path:
    """Train, and return the last model's file; ``settings.out`` is the run's folder.

    A stopped or killed run goes on from its last state, on a CPU to the very same numbers as without the stop.

    Parameters
    ----------
    progress, cancel: as everywhere; cancelling keeps the state first.
    say: told in sentences what the person should know.
    images, held_out: sets in memory, in place of what the settings name.

    Raises
    ------
    InputError: settings that cannot be, data that cannot be used, a folder with another run.
    Cancelled: after the state was kept.
    GANAnomalyError: the losses are no numbers any more, or the disk is full.
    """
    from GANAnomalyLib.running.devices import choose_device

    settings.validate()
    cancel, command = cancel or CancelToken(), f"gananomaly train {kind.name}"
    device, folder = choose_device(settings.device), Path(str(settings.out))
    if settings.gpus > 1 and not under_torchrun():
        from .launch import launch

        def prepare(once: Say) -> Callable[..., Path]:
            if images is None:
                read_images(settings, folder / STORE, part(progress, 0.0, READING), cancel, once)
            return partial(train, kind, settings, images=images, held_out=held_out)

        return launch(prepare, settings.gpus, device, READING, progress, cancel, say)
    with threads(settings.threads), team(device) as mates, ExitStack() as held:
        settings = mates.adopted(settings)
        if mates.leads:
            held.enter_context(folder_lock(folder, command))
        else:
            progress, say = no_progress, lambda sentence: None
        if images is None:
            reading = part(progress, 0.0, READING)
            images, held_out = mates.first_here(lambda: read_images(settings, folder / STORE, reading, cancel, say))
        _check_same(folder, kind, settings, images)
        task = kind.task(settings, images, held_out, mates.device(device), mates)
        if mates.leads:
            task.open_folder({"trainer": kind.name, "settings": settings.to_dict(), "images": images.mark()})
        try:
            task.open(say)
            run_loop(task, part(progress, READING, 1.0), cancel)
        finally:
            task.close()
    progress(1.0, Message("trained"))
    return models(folder)[-1]


def read_run(folder: Path) -> tuple[TrainerKind, TrainerSettings, str] | None:
    """The trainer, the settings and the images' mark of a run; None for a folder that no :class:`Trainer` wrote.

    Raises :class:`InputError` for a run of a trainer that is not installed, and for settings that it does not have.
    """
    try:
        content: dict[str, Any] = read_object(folder / CONFIG)
        name, values, mark = content["trainer"], dict(content["settings"]), str(content["images"])
    except (InputError, OSError, KeyError, TypeError, ValueError):
        return None
    kind = find_trainer(str(name))
    return kind, kind.settings.read(values), mark


def read_images(
    settings: TrainerSettings, store: Path, progress: ProgressCallback, cancel: CancelToken, say: Say
) -> tuple[ImageSet, ImageSet | None]:
    """The training images and those that are held out, no patient in both."""
    images = open_data(settings, store, part(progress, 0.0, 0.5), cancel, say)
    return settings.divide(images, store, part(progress, 0.5, 1.0), cancel, say)


def open_data(
    settings: TrainerSettings, store: Path, progress: ProgressCallback, cancel: CancelToken, say: Say
) -> ImageSet:
    """All images of the data that settings name, kept in ``store``; raises :class:`InputError`."""
    from ...images import ImageSource, open_images

    own = settings.own_images(say)
    if own is not None:
        return own
    if not settings.data:
        raise InputError("There is nothing to train on: give normal images with --data.")
    check_outside(store.parent, str(settings.data))
    source = ImageSource(
        path=settings.data,
        hu_window=settings.window,
        hu_level=settings.level,
        part=settings.part if settings.split else None,
        **{name: getattr(settings, name) for name in _OF_IMAGES},
        **settings.labelling(),
    )
    return open_images(source, store, progress, cancel, say)


def _check_same(folder: Path, kind: TrainerKind, settings: TrainerSettings, images: ImageSet) -> None:
    """Raise :class:`InputError` where the folder holds a run that began otherwise."""
    known = read_run(folder)
    if known is None or known[0].name != kind.name:
        if (folder / CONFIG).exists():
            raise InputError("The folder holds a run of another trainer: choose another one with --out.")
        return
    _, was, mark = known
    check_same({**was.fixed(), "images": mark}, {**settings.fixed(), "images": images.mark()})
