"""A whole run of training: from its last snapshot if there is one, to a model with its card."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from GANAnomalyLib.errors import Cancelled, GANAnomalyError, InputError
from GANAnomalyLib.files import disk_errors, folder_lock, write_json, write_png
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part

from ..run_log import RunLog
from . import picard_snapshots as snapshots
from .patch_pool import Pool, Sampler
from .picard_card import make_card
from .picard_config import PicardConfig
from .picard_samples import grid
from .picard_trainer import Diverged, PicardTrainer

CHECKPOINTS = "checkpoints"


def train(
    config: PicardConfig,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    pool: Pool | None = None,
    validation: Pool | None = None,
    say: Callable[[str], None] = lambda sentence: None,
) -> Path:
    """Train an inpainter and its critics on normal images only; returns the finished model's file.

    Parameters
    ----------
    config: every number of the run; ``config.out`` is its folder. A run that was stopped or killed goes on from its
        last snapshot, on a CPU to the very same numbers as without the stop.
    progress, cancel: as everywhere; cancelling writes a snapshot first.
    pool, validation: slices in memory, in place of ``config.data`` and ``config.validation``.
    say: told in sentences what the person should know: files left out, where a run goes on.

    Raises
    ------
    InputError: settings that cannot be, data that cannot be used, a folder with another run.
    Cancelled: after the snapshot.
    GANAnomalyError: the losses are no numbers any more.
    """
    from GANAnomalyLib.detectors.picard.load import save_picard

    config.check()
    cancel = cancel or CancelToken()
    destination = Path(config.out) / f"{config.name}.safetensors"
    with folder_lock(config.out, "gananomaly train picard"), _threads(config.threads):
        run = _Run.open(config, part(progress, 0.0, 0.05), cancel, pool, validation, say)
        try:
            run.loop(part(progress, 0.05, 1.0), cancel)
        finally:
            run.log.close()
        save_picard(destination, run.trainer.model(), make_card(config, run.pool, run.trainer.iteration), force=True)
    progress(1.0, Message("trained"))
    return destination


@dataclass
class _Run:
    config: PicardConfig
    folder: Path
    pool: Pool
    sampler: Sampler
    watched: Sampler
    trainer: PicardTrainer
    log: RunLog
    watched_name: str
    seconds: float = 0.0
    snapshot_at: int = -1
    error: float | None = None

    @classmethod
    def open(
        cls,
        config: PicardConfig,
        progress: ProgressCallback,
        cancel: CancelToken,
        pool: Pool | None,
        validation: Pool | None,
        say: Callable[[str], None],
    ) -> _Run:
        """Everything a run needs, set to its last snapshot."""
        from GANAnomalyLib.analysis.pipeline import choose_device

        device = choose_device(config.device)
        folder = Path(config.out)
        if pool is None:
            from .slice_store import read_pool

            _check_apart(config)
            pool = read_pool(config, config.data, folder / "slices", None, progress, cancel, say)
            if config.validation is not None:
                store = folder / "validation"
                validation = read_pool(config, config.validation, store, pool.side, progress, cancel, say)
        _check_pool(config, pool)
        sampler = Sampler(pool, config)
        watched = Sampler(validation or pool, config, min(config.batch, max(config.samples, 8)), stream=1)
        trainer = PicardTrainer(config, device)
        extra = _resume(config, folder, trainer, {**config.fixed(), "images": pool.mark()})
        with disk_errors(folder, "the run"):
            folder.mkdir(parents=True, exist_ok=True)
            log = RunLog(folder, trainer.iteration if extra else 0, config.tensorboard)
            write_json(folder / "config.json", config.to_dict())
        log.sums = extra.get("sums", {})
        for sentence in (f"Going on from iteration {trainer.iteration}." if trainer.iteration else "", log.note):
            if sentence:
                say(sentence)
        name = "validation_hole_l1" if validation is not None else "fixed_hole_l1"
        run = cls(config, folder, pool, sampler, watched, trainer, log, name, float(extra.get("seconds", 0.0)))
        run.snapshot_at = trainer.iteration if extra else -1
        return run

    def loop(self, progress: ProgressCallback, cancel: CancelToken) -> None:
        """Iterate until the end, a budget or the user stops it."""
        config, trainer = self.config, self.trainer
        last = config.iterations or config.epochs * self.sampler.epoch_length
        begin = time.monotonic() - self.seconds
        saved = time.monotonic()
        if self.snapshot_at < 0:
            self._sample()
        while trainer.iteration < last:
            self.seconds = time.monotonic() - begin
            done = trainer.iteration / last
            if config.minutes is not None:
                done = max(done, self.seconds / (60 * config.minutes))
            if done >= 1:
                break
            if cancel.cancelled:
                self._snapshot()
                raise Cancelled(f"Stopped after {trainer.iteration} iterations: the same command goes on from there.")
            try:
                self.log.add(trainer.step(self.sampler.draw(trainer.iteration)))
            except Diverged as error:
                raise self._diverged(str(error)) from error
            if trainer.iteration % config.log_every == 0:
                self._log_line()
            if trainer.iteration % config.sample_every == 0:
                self._sample()
            late = config.snapshot_minutes is not None and time.monotonic() - saved > 60 * config.snapshot_minutes
            if late or trainer.iteration % config.snapshot_every == 0:
                self.seconds = time.monotonic() - begin
                self._snapshot()
                saved = time.monotonic()
            progress(done, self._message(last))
        if trainer.iteration != self.snapshot_at:
            self._snapshot()
        if trainer.iteration % config.sample_every:
            self._sample()

    def _message(self, last: int) -> str:
        self.error = self.log.means().get("hole_l1", self.error)
        error = "" if self.error is None else f", error in the hole {self.error:.3f}"
        # With a budget of time the last iteration is far away and says nothing.
        of = "" if self.config.minutes is not None else f" of {last}"
        return f"Training: iteration {self.trainer.iteration}{of}{error}"

    def _log_line(self) -> None:
        epoch = self.trainer.iteration // self.sampler.epoch_length
        self.log.write(self.trainer.iteration, {**self.log.means(), "epoch": epoch, "seconds": round(self.seconds, 1)})
        self.log.sums = {}

    def _sample(self) -> None:
        """The same patches each time: their error in the hole to the log, a picture of some beside it."""
        batch = self.watched.draw(0)
        coarse, fine = self.trainer.complete(batch)
        number = self.trainer.iteration
        self.log.write(number, {self.watched_name: self.trainer.measure(batch)})
        if self.config.samples:
            picture = grid(batch, coarse, fine, self.config.samples)
            write_png(self.folder / "samples" / f"{number:08d}.png", picture)
            self.log.picture(number, picture)

    def _snapshot(self) -> None:
        if not self.trainer.healthy():
            raise self._diverged("weights")
        extra = {
            "fixed": {**self.config.fixed(), "images": self.pool.mark()},
            "sums": self.log.sums,
            "seconds": self.seconds,
        }
        snapshots.write(self.folder / CHECKPOINTS, self.trainer, extra)
        self.snapshot_at = self.trainer.iteration

    def _diverged(self, what: str) -> GANAnomalyError:
        rate = self.config.learning_rate
        return GANAnomalyError(
            f"Training went wrong at iteration {self.trainer.iteration}: the {what} is no number any more. Start in "
            f"another folder with a smaller learning rate than {rate:g}; the last snapshot of this one stays usable."
        )


def _resume(config: PicardConfig, folder: Path, trainer: PicardTrainer, fixed: dict[str, Any]) -> dict[str, Any]:
    """Set the trainer to the run's own last snapshot, else to the checkpoint it was told to begin from."""
    own = snapshots.iterations(folder / CHECKPOINTS)
    if own:
        extra = snapshots.read(folder / CHECKPOINTS, trainer, own[-1])
        snapshots.check_same(extra.get("fixed", {}), fixed)
        return extra
    if config.resume is not None:
        other = Path(config.resume)
        if (other / CHECKPOINTS).is_dir():
            other = other / CHECKPOINTS
        known = snapshots.iterations(other)
        if known:
            snapshots.read(other, trainer, known[-1])
        else:
            from GANAnomalyLib.detectors.picard.load import read_folder

            snapshots.fill(trainer, read_folder(other))
    return {}


def _check_apart(config: PicardConfig) -> None:
    """The run's pictures and snapshots must not become tomorrow's training data."""
    out = Path(config.out).resolve()
    for source in (config.data, config.validation):
        if source is not None and Path(source).is_dir() and out.is_relative_to(Path(source).resolve()):
            raise InputError("The run's folder lies in the folder of its training images: choose another with --out.")


def _check_pool(config: PicardConfig, pool: Pool) -> None:
    if pool.channels != config.channels:
        raise InputError(f"The images have {pool.channels} channel(s), the training {config.channels}: set channels.")
    if pool.side < config.window:
        raise InputError(
            f"The images have {pool.side} pixels, less than a window of {config.window}: choose a smaller window."
        )


@contextmanager
def _threads(count: int | None) -> Iterator[None]:
    """torch's threads set for a while; None leaves them."""
    import torch

    before = torch.get_num_threads()
    if count is not None:
        torch.set_num_threads(min(count, os.cpu_count() or 1))
    try:
        yield
    finally:
        torch.set_num_threads(before)
