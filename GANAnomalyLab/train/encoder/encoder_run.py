"""A whole training of an encoder: from its last state if there is one, to the model with the encoder in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from GANAnomalyLib.detectors.stylegan2.load import StyleGAN2Model, model_tensors
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import folder_lock
from GANAnomalyLib.models.store import save_model
from GANAnomalyLib.running.background import cancellable
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part

from ...images import ImageSet
from ..loop.loss_sums import Losses, Sums
from ..loop.run_devices import threads
from ..loop.run_files import check_outside
from ..loop.run_state import NOT_FULL, check_same, load_state, save_state, writing_errors
from ..loop.task import Pace, Task
from ..loop.training_loop import run as run_loop
from .corrupt import mask_bank, mask_count
from .encoder_config import EncoderConfig
from .encoder_source import Data, read_data, read_model, split
from .encoder_trainer import EncoderTrainer, encoder_arguments

STATE = "state.pt"
MASKS_AT_128 = 1000


@dataclass
class EncoderResult:
    """``path`` of the model; errors at the beginning and at the end, see :meth:`EncoderTrainer.measure`."""

    path: Path
    before: dict[str, float] = field(default_factory=dict)
    after: dict[str, float] = field(default_factory=dict)
    steps: int = 0


def train_encoder(
    config: EncoderConfig,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    say: Callable[[str], None] = lambda sentence: None,
    images: ImageSet | None = None,
) -> EncoderResult:
    """Train an encoder for a frozen generator and write ``out/name.safetensors``: the generator with its encoder.

    Parameters
    ----------
    config: every number; ``config.out`` is the run's folder. A stopped or killed run goes on from its last state; with
        ``steps`` and no ``minutes``, on a CPU, to the very same numbers as without the stop.
    progress, cancel: as everywhere; cancelling keeps the state first.
    say: told in sentences what the person should know.
    images: normal images in memory, in place of ``config.data``.

    Raises
    ------
    InputError: settings, model or data that cannot be used; a folder with another run.
    Cancelled: after the state was kept. GANAnomalyError: the loss is no number any more, or the disk is full.
    """
    from GANAnomalyLib.running.devices import choose_device

    config.check()
    cancel = cancel or CancelToken()
    device = choose_device(config.device)
    with folder_lock(config.out, "gananomaly train encoder"), threads(config.threads):
        model = read_model(config.model, device)
        name = config.name or model.card.name
        _check_place(config, model, name)
        progress(0.0, Message("preparing"))
        opening = part(progress, 0.0, 0.05)
        data = read_data(config, model, opening, cancel, say) if images is None else split(images, config, say)
        run = _Run(config, model, data, device, cancel, say)
        run_loop(run, part(progress, 0.05, 1.0), cancel)
        path = Path(config.out) / f"{name}.safetensors"
        _save(path, run, name)
    progress(1.0, Message("trained"))
    return EncoderResult(path, run.before, run.after, run.number)


class _Run(Task):
    """One run, set to its last state or to its beginning."""

    def __init__(
        self,
        config: EncoderConfig,
        model: StyleGAN2Model,
        data: Data | None,
        device: str,
        cancel: CancelToken,
        say: Callable[[str], None],
    ) -> None:
        self.config, self.model, self.data = config, model, data
        pace = Pace(config.steps, config.minutes, config.log_every, state_minutes=config.snapshot_minutes)
        super().__init__(Path(config.out), pace, device=device)
        arguments = encoder_arguments(config, model.generator, model.card.architecture.get("generator", {}))
        begin = None
        if model.encoder is not None and config.channel_base is None and config.channel_max is None:
            arguments, begin = dict(model.card.architecture["encoder"]), model.encoder.state_dict()
        marks = {"model": model.model_hash, "images": "" if data is None else data.mark()}
        self.fixed = {**config.fixed(), **marks}
        state = _read_state(self.folder / STATE, self.fixed)
        bank = None
        if config.painted > 0:
            side = model.generator.img_resolution
            bank = cancellable(lambda tell: mask_bank(side, mask_count(side, MASKS_AT_128), config.seed), cancel)
        self.trainer = EncoderTrainer(config, model.generator, arguments, bank, device, begin)
        self.open_folder(config.to_dict())
        self.held_out = None if data is None else data.held_out
        self.after: dict[str, float] = {}
        if state is not None:
            self.trainer.load_state(state["trainer"])
            self.before = state["before"]
            self.go_on(state)
        self.open_log(say)
        if state is None:
            self.before = self.trainer.measure(self.held_out, cancel.check)
            self.row(self.before)
            if begin is not None:
                say("It begins from the encoder that the model has.")

    @property
    def number(self) -> int:
        return self.trainer.number

    def step(self, done: float, check: Callable[[], None]) -> Losses:
        """See :class:`Task`."""
        images = None
        if self.data is not None and self.config.data_share > 0:
            images = torch.from_numpy(self.data.draws.batch(self.number).images)
        return self.trainer.step(images, done, check)

    def message(self) -> Message:
        return Message("training_encoder", number=self.number)

    def finish(self, spent: bool, cancel: CancelToken) -> None:
        """See :class:`Task`: what the encoder can do now, on what it never learnt from."""
        self.after = self.trainer.measure(self.held_out, cancel.check)
        self.row({**self.sums.means(), **self.after, "seconds": round(self.seconds, 1)})
        self.sums = Sums()
        self.save(again=True)

    def write_state(self) -> None:
        state = {"trainer": self.trainer.state(), "fixed": self.fixed, "before": self.before, **self.kept()}
        with writing_errors(self.folder / STATE, lambda error: f"{NOT_FULL}; the state before it is good."):
            save_state(self.folder / STATE, state)

    def healthy(self) -> bool:
        return self.trainer.healthy()

    def gentler(self) -> str:
        return f"Start in another folder with a smaller learning_rate than {self.config.learning_rate:g}"


def _read_state(path: Path, fixed: dict[str, Any]) -> dict[str, Any] | None:
    """The state to go on from, or None; raises :class:`InputError` for a damaged one and for one of another run."""
    if not path.exists():
        return None
    needed = ("trainer.number", "fixed", "before", "sums", "seconds")
    state = load_state(path, needed, otherwise="begin anew, or choose another folder")
    check_same(state["fixed"], fixed)
    return state


def _check_place(config: EncoderConfig, model: StyleGAN2Model, name: str) -> None:
    """The model to write must have a usable name and must not be the model that is read."""
    if name != Path(name).name or name in ("", ".", ".."):
        raise InputError(f"{name!r} cannot be a model's name: it is the name of a file, without a folder.")
    destination = Path(config.out) / f"{name}.safetensors"
    if destination.resolve() == model.path.resolve():
        raise InputError("The new model would replace the one it is for: choose another --out or --name.")
    check_outside(config.out, config.data)


def _save(path: Path, run: _Run, name: str) -> None:
    """The generator, its encoder and their card; what was calibrated with another encoder does not hold any more."""
    card, trainer = run.model.card, run.trainer
    tensors = model_tensors(run.model.generator, trainer.average)
    card.name = name
    generator = card.architecture.get("generator", card.architecture)
    card.architecture = {"generator": generator, "encoder": dict(trainer.arguments)}
    card.thresholds = {}
    for stale in ("heatmap_threshold", "heatmap_thresholds", "heatmap_thresholds_from"):
        card.recommended.pop(stale, None)
    learnt = {**run.config.fixed(), "steps": trainer.number, "minutes": round(run.seconds / 60, 1)}
    learnt.update({f"{key}_before": value for key, value in run.before.items()})
    learnt.update(run.after)
    rounded = {key: float(f"{value:.4g}") if isinstance(value, float) else value for key, value in learnt.items()}
    card.training = {**card.training, "encoder": rounded}
    save_model(path, tensors, card, force=True)
