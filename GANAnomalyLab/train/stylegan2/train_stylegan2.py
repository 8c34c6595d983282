"""A whole run of training: from its last state if there is one, to a model with its card."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from GANAnomalyLib.errors import Cancelled, GANAnomalyError, OutOfMemory, out_of_memory
from GANAnomalyLib.files import folder_lock, write_png
from GANAnomalyLib.running.background import cancellable
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part

from ..run_log import RunLog
from . import stylegan2_snapshots as snapshots
from . import ticks
from .joint import patches
from .parallel import Team, team, under_torchrun
from .reals import Reals
from .run_folder import new_run, write_options
from .snapshot_metrics import Metrics
from .stylegan2_card import make_card
from .stylegan2_options import TrainOptions
from .stylegan2_plan import COMMAND, READING, Plan, Say, make_plan
from .stylegan2_samples import Sheets
from .stylegan2_trainer import Trainer
from .transfer import fill
from .watch import watched_logits, watched_reconstructions

if TYPE_CHECKING:
    from ...images import ImageSet

CHECK_EVERY = 16
"""Steps between looks at the losses on a graphics card, which must wait for it; on a CPU every step is looked at."""


def train(
    options: TrainOptions,
    folder: Path | None = None,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    say: Say = lambda sentence: None,
    images: ImageSet | None = None,
    validation: ImageSet | None = None,
) -> Path:
    """Train StyleGAN2-ADA; returns the run's folder.

    Parameters
    ----------
    options: what is asked for. ``gpus`` above 1 starts that many processes, unless torchrun already did.
    folder: a run to go on with (see :func:`.plan.read_request`), on a CPU to the very same numbers as without a stop.
    progress, cancel: as everywhere; cancelling ends the step that is being computed and writes a state first.
    say: told in sentences what the person should know, and a line a tick.
    images, validation: sets in memory, in place of what the options name.

    Raises
    ------
    InputError: settings that cannot be, data that cannot be used, a run that began otherwise.
    Cancelled: after the state.
    GANAnomalyError: the losses are no numbers any more, the disk is full.
    """
    cancel = cancel or CancelToken()
    if options.gpus > 1 and not under_torchrun():
        from .launch import launch

        return launch(train, options, folder, progress, cancel, say, images, validation)
    from GANAnomalyLib.analysis.pipeline import choose_device

    with _threads(options.threads), team(choose_device(options.device)) as mates, ExitStack() as held:
        options = mates.adopted(options)
        if not mates.leads:
            progress, say = no_progress, lambda sentence: None
        elif folder is not None:
            held.enter_context(folder_lock(folder, COMMAND))
        if mates.local_rank:
            mates.wait()  # one process a machine makes the images ready, the others then find them
        planned = make_plan(options, folder, images, validation, part(progress, 0.0, READING), cancel, say)
        if not mates.local_rank:
            mates.wait()
        run = Run(planned, mates, say, cancel)
        if mates.leads and folder is None:
            held.enter_context(folder_lock(run.folder, COMMAND))
        try:
            with _fast(planned):
                run.loop(part(progress, READING, 1.0), cancel)
        finally:
            run.close()
    progress(1.0, Message("trained"))
    return run.folder


class Run:
    """One run, set to its last state."""

    def __init__(self, planned: Plan, mates: Team, say: Say, cancel: CancelToken) -> None:
        self.options, self.config, self.facts = planned.options, planned.config, planned.facts
        self.team, self._speak = mates, say
        config, options = self.config, self.options
        self.metrics = Metrics(options, planned.images, config) if mates.leads else None
        device = f"cuda:{mates.local_rank}" if config.device == "cuda" and mates.world > 1 else config.device
        self.reals = Reals(planned.images, config.batch, config.seed, bool(config.labels), options.workers)
        joint = config.encoder == "joint"
        bank = cancellable(lambda tell: patches(config), cancel) if joint else None
        self.trainer = Trainer(config, self.reals, device, mates, bank)
        self.validation = planned.validation
        self.seconds, self.sums, self.log = 0.0, ticks.Sums(), None
        known = snapshots.states(planned.folder) if planned.folder else []
        if known:
            self._load(snapshots.read_state(known[-1]))
        elif options.resume is not None:
            fill(self.trainer.networks, options.resume, say, self.trainer.joint)
        made = planned.folder or (new_run(Path(options.outdir), planned.name) if mates.leads else None)
        self.folder = mates.tell(made)
        self.saved_at = self.trainer.seen if known else -1
        if mates.leads:
            self._open()

    def _open(self) -> None:
        begin = self.trainer.seen
        write_options(self.folder, self.options, self.config, self.facts)
        self.log = RunLog(self.folder, begin, self.options.tensorboard, "stats.jsonl", "images")
        self.metrics.forget_after(self.folder, begin)
        self.sheets = Sheets(self.config, self.reals, self.options.grid, self.trainer.device)
        self.say(f"Run {self.folder.name}")
        if begin:
            self.say(f"Going on from {begin / 1000:g} thousand images.")
        if self.log.note:
            self.say(self.log.note)
        if not begin:
            write_png(self.folder / "reals.png", self.sheets.reals())
            self._fakes()

    def say(self, sentence: str) -> None:
        """Tell the person, and ``log.txt``."""
        self._speak(sentence)
        with open(self.folder / "log.txt", "a", encoding="utf-8") as file:
            file.write(sentence + "\n")

    def loop(self, progress: ProgressCallback, cancel: CancelToken) -> None:
        """Step until the end, a budget or the user stops it."""
        config, options, trainer = self.config, self.options, self.trainer
        last = config.kimg * 1000
        begin = time.monotonic() - self.seconds
        ticked = saved = time.monotonic()
        ticked_seen, stop = trainer.seen, ""
        while trainer.seen < last:
            self.seconds = time.monotonic() - begin
            # One clock for all processes: learning rates follow it.
            done = self.team.tell(self._done(last))
            stop = self.team.tell("cancel" if cancel.cancelled else "time" if done >= 1 else "")
            if stop == "cancel":
                self._save()
                raise Cancelled(
                    f"Stopped after {trainer.seen / 1000:g} thousand images: go on with --resume {self.folder}."
                )
            if stop:
                break
            before = trainer.seen
            trainer.set_rates(done)
            self._step()
            self._check()
            self.seconds = time.monotonic() - begin
            progress(done, Message("training_images", seen=trainer.seen / 1000, planned=self._planned))
            if self._passed(before, options.tick):
                now = time.monotonic()
                self._tick(last, (now - ticked) * 1000 / (trainer.seen - ticked_seen))
                ticked, ticked_seen = now, trainer.seen
            if self._passed(before, options.tick * options.snap):
                self._snapshot(cancel)
                saved = time.monotonic()
            elif time.monotonic() - saved > 60 * options.state_minutes:
                self._save()
                saved = time.monotonic()
        if self.trainer.seen != ticked_seen:
            self._tick(last, (time.monotonic() - ticked) * 1000 / (trainer.seen - ticked_seen))
        if not snapshots.has_model(self.folder, trainer.seen):
            self._snapshot(cancel)
        elif stop:
            self._save(again=True)  # the time that is spent, or a run that goes on would spend some more

    def _step(self) -> None:
        try:
            self.sums.add(self.trainer.step())
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
            raise OutOfMemory(
                f"There is not enough memory for {self.config.batch_gpu} images at a time: give a smaller "
                "--batch-gpu, or --device cpu; what is saved can be gone on with (--resume).",
                str(error),
            ) from error

    def close(self) -> None:
        """End threads and files."""
        self.reals.close()
        if self.log is not None:
            self.log.close()

    def _done(self, last: float) -> float:
        done = self.trainer.seen / last
        if self.options.minutes is not None:
            done = max(done, self.seconds / (60 * self.options.minutes))
        return done

    @property
    def _planned(self) -> str:
        """With a budget of time the last image is far away and says nothing."""
        return f" of {self.config.kimg:g}" if self.options.minutes is None else ""

    def _passed(self, before: int, kimg: float) -> bool:
        """Whether a multiple of ``kimg`` was reached since ``before`` images."""
        return int(self.trainer.seen / (kimg * 1000)) > int(before / (kimg * 1000))

    def _check(self) -> None:
        if self.trainer.device.type == "cpu" or self.trainer.number % CHECK_EVERY == 0:
            wrong = self.sums.diverged()
            if wrong:
                raise self._diverged(wrong)

    def _tick(self, last: float, rate: float) -> None:
        trainer = self.trainer
        means = self.sums.means()
        self.sums.totals = {}
        if not self.team.leads:
            return
        values: dict[str, Any] = {"kimg": trainer.seen / 1000, **means, "seconds": round(self.seconds, 2)}
        values.update(s_per_kimg=rate, path_mean=trainer.path_mean.item(), **ticks.memory(trainer.device))
        if trainer.pipe is not None:
            values["augment_p"] = trainer.pipe.p.item()
        if trainer.ada is not None:
            values["augment_r"] = trainer.ada.r
        if self.validation is not None:
            values.update(watched_logits(trainer, self.reals.images, self.validation))
            values.update(watched_reconstructions(trainer, self.reals.images, self.validation))
        done = self._done(last)
        if self.config.decay_from is not None:
            values["lr"] = self.config.lr * trainer.rate(done)
        self.log.write(trainer.seen, values)
        left = self.seconds * (1 - done) / done if 0 < done < 1 else None
        self.say(ticks.line(trainer.seen, self._planned, self.seconds, rate, values, left))

    def _fakes(self) -> None:
        sheet = self.sheets.fakes(self.trainer.networks.G_ema)
        write_png(self.folder / f"fakes{self.trainer.seen // 1000:06d}.png", sheet)
        self.log.picture(self.trainer.seen, sheet)
        joint, generator = self.trainer.joint, self.trainer.networks.G_ema
        if joint is not None:
            restored = self.sheets.restored(lambda images: joint.restored(generator, images))
            write_png(self.folder / f"restored{self.trainer.seen // 1000:06d}.png", restored)

    def _snapshot(self, cancel: CancelToken) -> None:
        """A model with its pictures and measurements, then the state to go on from."""
        if self.team.leads:
            self._must_be_healthy()
            seen = self.trainer.seen
            self._fakes()
            card = make_card(self.options, self.config, self.folder.name, seen, self._card_facts())
            path = snapshots.write_model(self.folder, seen, self.trainer.networks, card, self.trainer.joint)
            try:
                generator = self.trainer.networks.G_ema
                for sentence in self.metrics.measure(self.folder, path, seen, generator, cancel):
                    self.say(sentence)
            except Cancelled:
                self._save()
                raise
        self._save()

    def _save(self, again: bool = False) -> None:
        if self.team.leads and (again or self.trainer.seen != self.saved_at):
            self._must_be_healthy()
            extra = {
                "resolved": self.config.to_dict(),
                "mark": self.facts["mark"],
                "seconds": self.seconds,
                "sums": self.sums.totals,
            }
            snapshots.write_state(
                self.folder, self.trainer.seen, {**self.trainer.state(), "extra": extra}, self.options.keep
            )
        self.saved_at = self.trainer.seen

    def _load(self, state: dict[str, Any]) -> None:
        self.trainer.load_state(state)
        self.seconds = float(state["extra"]["seconds"])
        device = self.trainer.device
        self.sums.totals = {name: value.to(device) for name, value in state["extra"]["sums"].items()}

    def _card_facts(self) -> dict[str, Any]:
        facts = {name: value for name, value in self.facts.items() if name != "mark"}
        return {**facts, "hours": round(self.seconds / 3600, 3)}

    def _must_be_healthy(self) -> None:
        joint = self.trainer.joint
        if not self.trainer.networks.healthy() or (joint is not None and not joint.healthy()):
            raise self._diverged("weights")

    def _diverged(self, what: str) -> GANAnomalyError:
        return GANAnomalyError(
            f"Training went wrong after {self.trainer.seen / 1000:g} thousand images: the {what} are no numbers any "
            f"more. Begin again with a larger --gamma than {self.config.gamma:g} or a smaller --lr than "
            f"{self.config.lr:g}; the last state of this run stays usable."
        )


@contextmanager
def _fast(planned: Plan) -> Iterator[None]:
    """The switches of cuDNN that the options ask for, while training."""
    cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul
    before = cudnn.benchmark, cudnn.allow_tf32, matmul.allow_tf32
    cudnn.benchmark = planned.config.benchmark
    cudnn.allow_tf32 = matmul.allow_tf32 = planned.config.tf32
    try:
        yield
    finally:
        cudnn.benchmark, cudnn.allow_tf32, matmul.allow_tf32 = before


@contextmanager
def _threads(count: int | None) -> Iterator[None]:
    """torch's threads set for a while; None leaves them."""
    before = torch.get_num_threads()
    if count is not None:
        torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
