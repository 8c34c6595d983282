"""A whole run of training: from its last snapshot if there is one, to a model with its card."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import folder_lock
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part

from ..loop.loss_sums import Losses
from ..loop.run_devices import threads
from ..loop.run_files import check_outside
from ..loop.run_state import check_same
from ..loop.task import Pace, Task
from ..loop.training_loop import run as run_loop
from . import picard_snapshots as snapshots
from .patch_pool import Pool, Sampler
from .picard_card import make_card
from .picard_config import PicardConfig
from .picard_samples import grid
from .picard_trainer import PicardTrainer

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
    with folder_lock(config.out, "gananomaly train picard"), threads(config.threads):
        run = _Run(config, part(progress, 0.0, 0.05), cancel, pool, validation, say)
        try:
            run_loop(run, part(progress, 0.05, 1.0), cancel)
        finally:
            run.close()
        save_picard(destination, run.trainer.model(), make_card(config, run.pool, run.number), force=True)
    progress(1.0, Message("trained"))
    return destination


class _Run(Task):
    """One run, set to its last snapshot."""

    unit = "iteration"

    def __init__(
        self,
        config: PicardConfig,
        progress: ProgressCallback,
        cancel: CancelToken,
        pool: Pool | None,
        validation: Pool | None,
        say: Callable[[str], None],
    ) -> None:
        from GANAnomalyLib.running.devices import choose_device

        device = choose_device(config.device)
        folder = Path(config.out)
        if pool is None:
            from .slice_store import read_pool

            check_outside(config.out, config.data, config.validation)
            pool = read_pool(config, config.data, folder / "slices", None, progress, cancel, say)
            if config.validation is not None:
                store = folder / "validation"
                validation = read_pool(config, config.validation, store, pool.side, progress, cancel, say)
        _check_pool(config, pool)
        self.config, self.pool, self.sampler = config, pool, Sampler(pool, config)
        self.watched_batch = Sampler(
            validation or pool, config, min(config.batch, max(config.samples, 8)), stream=1
        ).draw(0)
        self.watched_name = "validation_hole_l1" if validation is not None else "fixed_hole_l1"
        self.trainer = PicardTrainer(config, device)
        self.fixed = {**config.fixed(), "images": pool.mark()}
        last = config.iterations or config.epochs * self.sampler.epoch_length
        every = (config.log_every, config.sample_every, config.snapshot_every)
        super().__init__(folder, Pace(last, config.minutes, *every, config.snapshot_minutes), device=device)
        extra = _resume(config, folder, self.trainer, self.fixed)
        if extra:
            self.go_on(extra)
        self.open_folder(config.to_dict())
        self.open_log(say, config.tensorboard, clock="iteration")
        self.error: float | None = None

    @property
    def number(self) -> int:
        return self.trainer.iteration

    def begin(self) -> None:
        """See :class:`Task`."""
        self.sample()

    def step(self, done: float, check: Callable[[], None]) -> Losses:
        """See :class:`Task`; it is not cut short."""
        return self.trainer.step(self.sampler.draw(self.number))

    def message(self) -> Message:
        self.error = self.sums.means().get("hole_l1", self.error)
        error = "" if self.error is None else Message("error_in_hole", error=f"{self.error:.3f}")
        return Message("training_iterations", number=self.number, planned=self.planned, error=error)

    def write_log(self, seconds_each: float) -> None:
        """See :class:`Task`."""
        epoch = self.number // self.sampler.epoch_length
        self.row({**self.sums.means(), "epoch": epoch, "seconds": round(self.seconds, 1)})

    def sample(self) -> None:
        """The same patches each time: their error in the hole to the log, a picture of some beside it."""
        batch = self.watched_batch
        coarse, fine = self.trainer.complete(batch)
        self.row({self.watched_name: self.trainer.measure(batch)})
        if self.config.samples:
            self.show(grid(batch, coarse, fine, self.config.samples))

    def write_state(self) -> None:
        snapshots.write(self.folder / CHECKPOINTS, self.trainer, {"fixed": self.fixed, **self.kept()})

    def finish(self, spent: bool, cancel: CancelToken) -> None:
        """See :class:`Task`."""
        self.save()
        if self.number % self.config.sample_every:
            self.sample()

    def healthy(self) -> bool:
        return self.trainer.healthy()

    def gentler(self) -> str:
        return f"Start in another folder with a smaller learning rate than {self.config.learning_rate:g}"


def _resume(config: PicardConfig, folder: Path, trainer: PicardTrainer, fixed: dict[str, Any]) -> dict[str, Any]:
    """Set the trainer to the run's own last snapshot, else to the checkpoint it was told to begin from."""
    own = snapshots.iterations(folder / CHECKPOINTS)
    if own:
        extra = snapshots.read(folder / CHECKPOINTS, trainer, own[-1])
        check_same(extra.get("fixed", {}), fixed)
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


def _check_pool(config: PicardConfig, pool: Pool) -> None:
    if pool.channels != config.channels:
        raise InputError(f"The images have {pool.channels} channel(s), the training {config.channels}: set channels.")
    if pool.side < config.window:
        raise InputError(
            f"The images have {pool.side} pixels, less than a window of {config.window}: choose a smaller window."
        )
