"""A whole run of training: from its last state if there is one, to a model with its card."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from GANAnomalyLib.files import folder_lock, write_png
from GANAnomalyLib.running.background import cancellable
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part

from ..loop.loss_sums import Losses
from ..loop.reals import Reals
from ..loop.run_devices import Team, fast, team, threads, under_torchrun
from ..loop.run_files import states
from ..loop.run_state import load_state, write_model, write_state
from ..loop.task import Pace, Task
from ..loop.training_loop import run as run_loop
from . import ticks
from .joint import patches
from .private_plan import card_facts, last_step, spent
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
    from GANAnomalyLib.running.devices import choose_device

    cancel = cancel or CancelToken()
    if options.gpus > 1 and not under_torchrun():
        from ..loop.launch import launch

        def prepare(once: Say) -> Callable[..., Path]:
            # The first process of the team will hold the folder; that another run does is told before any starts.
            with folder_lock(folder, COMMAND) if folder is not None else nullcontext():
                pass
            planned = make_plan(options, folder, images, validation, part(progress, 0.0, READING), cancel, once)
            return partial(train, options, folder, images=planned.images, validation=planned.validation)

        return launch(prepare, options.gpus, choose_device(options.device), READING, progress, cancel, say)
    with threads(options.threads), team(choose_device(options.device)) as mates, ExitStack() as held:
        options = mates.adopted(options)
        if not mates.leads:
            progress, say = no_progress, lambda sentence: None
        elif folder is not None:
            held.enter_context(folder_lock(folder, COMMAND))
        reading = part(progress, 0.0, READING)
        planned = mates.first_here(lambda: make_plan(options, folder, images, validation, reading, cancel, say))
        run = Run(planned, mates, say, cancel)
        if mates.leads and folder is None:
            held.enter_context(folder_lock(run.folder, COMMAND))
        try:
            with fast(planned.config.benchmark, planned.config.tf32):
                run_loop(run, part(progress, READING, 1.0), cancel)
        finally:
            run.close()
    progress(1.0, Message("trained"))
    return run.folder


NEEDED = ("extra.resolved", "number", "G_ema")
"""What a state must have."""


class Run(Task):
    """One run, set to its last state; its clock counts images."""

    watched = ("generator_loss", "discriminator_loss", "reconstruction_loss", "latent_loss")

    def __init__(self, planned: Plan, mates: Team, say: Say, cancel: CancelToken) -> None:
        self.options, self.config, self.facts = planned.options, planned.config, planned.facts
        self._speak = say
        config, options = self.config, self.options
        self.metrics = Metrics(options, planned.images, config)
        device = mates.device(config.device)
        self.reals = Reals(planned.images, config.batch, config.seed, bool(config.labels), options.workers)
        joint = config.encoder == "joint"
        bank = cancellable(lambda tell: patches(config), cancel) if joint else None
        domain = None
        if options.domain_loss is not None:
            from .domain_loss import load_domain_loss

            names = planned.images.label_names
            domain = load_domain_loss(options.domain_loss, names, torch.device(device), config.domain_as_published)
        self.trainer = Trainer(config, self.reals, device, mates, bank, domain)
        self.validation = planned.validation
        known = states(planned.folder) if planned.folder else []
        state = load_state(known[-1], NEEDED) if known else None
        if state is not None:
            self.trainer.load_state(state)
        elif options.resume is not None:
            fill(self.trainer.networks, options.resume, say, self.trainer.joint)
        made = planned.folder or (new_run(Path(options.outdir), planned.name) if mates.leads else None)
        tick = options.tick * 1000
        allowed = last_step(config)
        length = config.kimg * 1000 if allowed is None else min(config.kimg * 1000, allowed * config.batch)
        pace = Pace(length, options.minutes, tick, None, tick * options.snap, options.state_minutes, rest=True)
        super().__init__(mates.tell(made), pace, mates, device)
        if state is not None:
            self.go_on(state["extra"])
        if mates.leads:
            self._open()

    @property
    def number(self) -> int:
        return self.trainer.seen

    @property
    def file_number(self) -> int:
        return self.number // 1000

    def where(self) -> str:
        return f"{self.number / 1000:g} thousand images"

    def learnt(self) -> dict[str, Any]:
        return {"kimg": self.number / 1000}

    def _open(self) -> None:
        write_options(self.folder, self.options, self.config, self.facts)
        self.metrics.forget_after(self.folder, self.number)
        self.sheets = Sheets(self.config, self.reals, self.options.grid, self.trainer.device)
        self.say(f"Run {self.folder.name}")
        self.open_log(self.say, self.options.tensorboard, "stats.jsonl", "images")

    def say(self, sentence: str) -> None:
        """Tell the person, and ``log.txt``."""
        self._speak(sentence)
        with open(self.folder / "log.txt", "a", encoding="utf-8") as file:
            file.write(sentence + "\n")

    def begin(self) -> None:
        """See :class:`Task`: training images, and what untrained networks make."""
        write_png(self.folder / "reals.png", self.sheets.reals())
        self._fakes()

    def step(self, done: float, check: Callable[[], None]) -> Losses:
        """See :class:`Task`; it is not cut short."""
        self.trainer.set_rates(done)
        return self.trainer.step()

    def message(self) -> Message:
        return Message("training_images", seen=self.number / 1000, planned=self.planned)

    def close(self) -> None:
        """See :class:`Task`."""
        self.reals.close()
        super().close()

    @property
    def planned(self) -> str:
        return f" of {self.config.kimg:g}" if self.options.minutes is None else ""

    def write_log(self, seconds_each: float) -> None:
        """See :class:`Task`: a row of ``stats.jsonl`` and a line for the person."""
        trainer, rate = self.trainer, seconds_each * 1000
        values: dict[str, Any] = {"kimg": self.number / 1000, **self.sums.means(), "seconds": round(self.seconds, 2)}
        values.update(s_per_kimg=rate, path_mean=trainer.path_mean.item(), **ticks.memory(trainer.device))
        if trainer.pipe is not None:
            values["augment_p"] = trainer.pipe.p.item()
        if trainer.ada is not None:
            values["augment_r"] = trainer.ada.r
        if self.validation is not None:
            values.update(watched_logits(trainer, self.reals.images, self.validation))
            values.update(watched_reconstructions(trainer, self.reals.images, self.validation))
        epsilon = spent(self.config, trainer.number)
        values |= {} if epsilon is None else {"epsilon": epsilon}
        done = self.done()
        if self.config.decay_from is not None:
            values["lr"] = self.config.lr * trainer.rate(done)
        self.row(values)
        left = self.seconds * (1 - done) / done if 0 < done < 1 else None
        self.say(ticks.line(self.number, self.planned, self.seconds, rate, values, left))

    def _fakes(self) -> None:
        sheet = self.sheets.fakes(self.trainer.networks.G_ema)
        write_png(self.folder / f"fakes{self.number // 1000:06d}.png", sheet)
        if self.log is not None:
            self.log.picture(self.number, sheet)
        joint, generator = self.trainer.joint, self.trainer.networks.G_ema
        if joint is not None:
            restored = self.sheets.restored(lambda images: joint.restored(generator, images))
            write_png(self.folder / f"restored{self.number // 1000:06d}.png", restored)

    def write_model(self, cancel: CancelToken) -> None:
        """See :class:`Task`: the model with its pictures and measurements."""
        self._fakes()
        facts = {name: value for name, value in self.facts.items() if name != "mark"}
        facts["hours"] = round(self.seconds / 3600, 3)
        facts |= {**self.learnt(), **card_facts(self.config, self.trainer.number)}
        card = make_card(self.options, self.config, self.folder.name, facts)
        path = write_model(self.folder, self.file_number, self.trainer.tensors(), card, self._go_on())
        for sentence in self.metrics.measure(self.folder, path, self.number, self.trainer.networks.G_ema, cancel):
            self.say(sentence)

    def write_state(self) -> None:
        extra = {"resolved": self.config.to_dict(), "mark": self.facts["mark"], **self.kept()}
        state = {**self.trainer.state(), "extra": extra}
        write_state(self.folder, self.file_number, state, self.options.keep, self._go_on())

    def _go_on(self) -> str:
        return f"go on with --resume {self.folder.name}"

    def healthy(self) -> bool:
        return self.trainer.healthy()

    def stopped(self) -> str:
        return f"Stopped after {self.where()}: go on with --resume {self.folder}."

    def too_large(self) -> str:
        return (
            f"There is not enough memory for {self.config.batch_gpu} images at a time: give a smaller "
            "--batch-gpu, or --device cpu; what is saved can be gone on with (--resume)."
        )

    def gentler(self) -> str:
        return f"Begin again with a larger --gamma than {self.config.gamma:g} or a smaller --lr than {self.config.lr:g}"
