"""A whole training of an encoder: from its last state if there is one, to the model with the encoder in it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from GANAnomalyLib.detectors.stylegan2.load import StyleGAN2Model, model_tensors
from GANAnomalyLib.errors import Cancelled, GANAnomalyError, InputError
from GANAnomalyLib.files import disk_errors, folder_lock, write_json
from GANAnomalyLib.models.store import save_model
from GANAnomalyLib.running.background import cancellable
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part

from ...images import ImageSet
from ..run_log import RunLog
from ..state_file import save_state
from .corrupt import mask_bank
from .encoder_config import EncoderConfig
from .encoder_source import Data, read_data, read_model, split
from .encoder_trainer import Diverged, EncoderTrainer, encoder_arguments

STATE, LOG, CONFIG = "state.pt", "log.jsonl", "config.json"
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
    from GANAnomalyLib.analysis.pipeline import choose_device

    config.check()
    cancel = cancel or CancelToken()
    device = choose_device(config.device)
    with folder_lock(config.out, "gananomaly train encoder"), _threads(config.threads):
        model = read_model(config.model, device)
        name = config.name or model.card.name
        _check_place(config, model, name)
        progress(0.0, Message("preparing"))
        opening = part(progress, 0.0, 0.05)
        data = read_data(config, model, opening, cancel, say) if images is None else split(images, config, say)
        run = _Run.open(config, model, data, device, cancel, say)
        run.loop(part(progress, 0.05, 1.0), cancel)
        path = Path(config.out) / f"{name}.safetensors"
        _save(path, run, name)
    progress(1.0, Message("trained"))
    return EncoderResult(path, run.before, run.after, run.trainer.number)


@dataclass
class _Run:
    config: EncoderConfig
    model: StyleGAN2Model
    data: Data | None
    trainer: EncoderTrainer
    log: RunLog
    fixed: dict[str, Any]
    before: dict[str, float]
    seconds: float = 0.0
    after: dict[str, float] = field(default_factory=dict)

    @classmethod
    def open(
        cls,
        config: EncoderConfig,
        model: StyleGAN2Model,
        data: Data | None,
        device: str,
        cancel: CancelToken,
        say: Callable[[str], None],
    ) -> _Run:
        """Everything set to the run's last state, or to its beginning."""
        folder = Path(config.out)
        arguments = encoder_arguments(config, model.generator, model.card.architecture.get("generator", {}))
        begin = None
        if model.encoder is not None and config.channel_base is None and config.channel_max is None:
            arguments, begin = dict(model.card.architecture["encoder"]), model.encoder.state_dict()
        fixed = {**config.fixed(), "model": model.model_hash, "images": "" if data is None else data.mark()}
        state = _read_state(folder / STATE, fixed)
        bank = None
        if config.painted > 0:
            side = model.generator.img_resolution
            count = max(min(MASKS_AT_128, MASKS_AT_128 * 128**2 // side**2), 100)
            bank = cancellable(lambda tell: mask_bank(side, count, config.seed), cancel)
        trainer = EncoderTrainer(config, model.generator, arguments, bank, device, begin)
        with disk_errors(folder, "the run"):
            folder.mkdir(parents=True, exist_ok=True)
            write_json(folder / CONFIG, config.to_dict())
            log = RunLog(folder, int(state["trainer"]["number"]) if state else 0, False, LOG, "step")
        held_out = None if data is None else data.held_out
        if state is None:
            before = trainer.measure(held_out, cancel.check)
            log.write(0, before)
            if begin is not None:
                say("It begins from the encoder that the model has.")
            return cls(config, model, data, trainer, log, fixed, before)
        trainer.load_state(state["trainer"])
        log.sums = state["sums"]
        say(f"Going on from step {trainer.number}.")
        return cls(config, model, data, trainer, log, fixed, state["before"], state["seconds"])

    def loop(self, progress: ProgressCallback, cancel: CancelToken) -> None:
        """Take steps until one of the limits is reached or the user stops it."""
        config, trainer, log = self.config, self.trainer, self.log
        begin, kept = time.monotonic() - self.seconds, time.monotonic()
        done = self._done()
        try:
            while done < 1:
                images = None
                if self.data is not None and config.data_share > 0:
                    images = torch.from_numpy(self.data.draws.batch(trainer.number).images)
                log.add(trainer.step(images, done, cancel.check))
                self.seconds = time.monotonic() - begin
                if trainer.number % config.log_every == 0:
                    self._log_line()
                if time.monotonic() - kept > 60 * config.snapshot_minutes:
                    self._keep()
                    kept = time.monotonic()
                done = self._done()
                progress(done, Message("training_encoder", number=trainer.number))
            self.after = self.trainer.measure(None if self.data is None else self.data.held_out, cancel.check)
        except Cancelled as error:
            self._keep()
            raise Cancelled(f"Stopped after {trainer.number} steps: the same command goes on from there.") from error
        except Diverged as error:
            raise self._diverged(str(error)) from error
        self._log_line(self.after)
        self._keep()

    def _done(self) -> float:
        done = self.trainer.number / self.config.steps
        if self.config.minutes is not None:
            done = max(done, self.seconds / (60 * self.config.minutes))
        return done

    def _log_line(self, more: dict[str, float] | None = None) -> None:
        try:
            self.log.write(self.trainer.number, {**self.log.means(), **(more or {}), "seconds": round(self.seconds, 1)})
        except OSError as error:
            raise _full(self.log.path, error) from error
        self.log.sums = {}

    def _keep(self) -> None:
        if not self.trainer.healthy():
            raise self._diverged("weights")
        state = {
            "trainer": self.trainer.state(),
            "fixed": self.fixed,
            "before": self.before,
            "sums": self.log.sums,
            "seconds": self.seconds,
        }
        path = Path(self.config.out) / STATE
        try:
            save_state(path, state)
        except GANAnomalyError as error:
            raise _full(path, error) from error

    def _diverged(self, what: str) -> GANAnomalyError:
        return GANAnomalyError(
            f"Training went wrong at step {self.trainer.number}: the {what} is no number any more. Start in another "
            f"folder with a smaller learning_rate than {self.config.learning_rate:g}."
        )


def _read_state(path: Path, fixed: dict[str, Any]) -> dict[str, Any] | None:
    """The state to go on from, or None; raises :class:`InputError` for a damaged one and for one of another run."""
    if not path.exists():
        return None
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        before = dict(state["fixed"])
        state["trainer"]["number"], state["before"], state["sums"], state["seconds"]
    except Exception as error:  # unpickling a damaged file fails in many ways
        raise InputError(
            f"The state {path.name} is damaged: delete it to begin anew, or choose another folder.", str(error)
        ) from error
    for name, value in fixed.items():
        if before.get(name, value) != value:
            shown = "another model" if name == "model" else "other images" if name == "images" else f"another {name}"
            raise InputError(f"The run in this folder began with {shown}: use the same, or another folder with --out.")
    return state


def _check_place(config: EncoderConfig, model: StyleGAN2Model, name: str) -> None:
    """The model to write must have a usable name and must not be the model that is read."""
    if name != Path(name).name or name in ("", ".", ".."):
        raise InputError(f"{name!r} cannot be a model's name: it is the name of a file, without a folder.")
    destination = Path(config.out) / f"{name}.safetensors"
    if destination.resolve() == model.path.resolve():
        raise InputError("The new model would replace the one it is for: choose another --out or --name.")
    data = None if config.data is None else Path(config.data)
    if data is not None and data.is_dir() and Path(config.out).resolve().is_relative_to(data.resolve()):
        raise InputError("The run's folder lies in the folder of its images: choose another with --out.")


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


def _full(path: Path, error: Exception) -> GANAnomalyError:
    return GANAnomalyError(
        f"{path.name} cannot be written: check that its folder is writable and not full; the state before it is good.",
        str(error),
    )


@contextmanager
def _threads(count: int | None) -> Iterator[None]:
    """torch's threads set for a while; None leaves them."""
    before = torch.get_num_threads()
    if count is not None:
        torch.set_num_threads(min(count, os.cpu_count() or 1))
    try:
        yield
    finally:
        torch.set_num_threads(before)
