"""One step of StyleGAN2-ADA training (Karras et al. 2020a, 2020b)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn.functional import softplus

from ..augment import PIPELINES, AdaController, AugmentPipe
from ..loop.run_devices import Team
from ..privacy.private_gradients import disturb
from .joint import Joint
from .private_steps import PrivateReals
from .step_draws import StepDraws, contiguous_shares, noise_maps, shares
from .stylegan2_config import ResolvedConfig
from .stylegan2_losses import add_up, path_lengths, r1_norms
from .stylegan2_options import AS_PUBLISHED, PRIVATE
from .training_networks import Networks

if TYPE_CHECKING:
    from ..loop.reals import Reals
    from .domain_loss import DomainLoss

Labelled = tuple[Tensor, Tensor | None]
W_AVERAGE = 0.995
"""How much of ``w_avg`` stays in a step."""


class Trainer:
    """Networks and everything that changes with them; :meth:`step` takes one batch through every loss that is due.

    The batch is shared among the team's processes and, within each, computed ``batch_gpu`` images at a time; losses
    are sums over images divided by the whole batch, so that neither changes a gradient. ``bank`` is for :class:`Joint`;
    ``domain`` judges what classes made images show.
    """

    def __init__(
        self,
        config: ResolvedConfig,
        reals: Reals,
        device: str = "cpu",
        team: Team | None = None,
        bank: Tensor | None = None,
        domain: DomainLoss | None = None,
    ) -> None:
        self.config, self.reals, self.team = config, reals, team or Team()
        self.device = torch.device(device)
        self.networks = networks = Networks(config, self.device)
        self.joint = Joint(config, self.device, self._precision, bank) if config.encoder == "joint" else None
        optimisers = [networks.opt_G, networks.opt_D, *([] if self.joint is None else [self.joint.opt_E])]
        self.domain = domain
        self.private = PrivateReals(config, reals.images) if config.privacy == PRIVATE else None
        self._rates = [(optimiser, optimiser.param_groups[0]["lr"]) for optimiser in optimisers]
        self.pipe = AugmentPipe(PIPELINES[config.augpipe]).to(self.device) if config.augpipe else None
        self.ada = None
        if self.pipe is not None:
            self.pipe.p.fill_(config.p)
            if config.target is not None:
                self.ada = AdaController(self.pipe, config.target, config.ada_every, config.ada_kimg)
        self.path_mean = torch.zeros((), device=self.device)
        self.number = self.seen = self._disturbed = 0
        self.sides = list(self.networks.G.synthesis.noise_shapes().items())
        turns = config.batch // config.gpus // config.batch_gpu
        mine = slice(self.team.rank * turns, (self.team.rank + 1) * turns)
        self.rows = shares(config.batch, config.gpus * turns, config.mbstd)[mine]
        self.path_count = max(config.batch // config.pl_shrink, 1)
        self.path_rows = contiguous_shares(self.path_count, config.gpus * turns)[mine]
        self._synthesis: Callable[..., Tensor] = self.networks.G.synthesis
        self._discriminator: Callable[..., Tensor] = self.networks.D
        if config.compile:
            # Compiled code cannot be differentiated twice: the regularisation runs without it.
            self._synthesis, self._discriminator = torch.compile(self._synthesis), torch.compile(self._discriminator)

    def step(self) -> dict[str, Tensor]:
        """One batch; returns sums and counts (see :meth:`means`) of what was measured, over the whole team."""
        config, networks = self.config, self.networks
        draws = StepDraws(config.seed, self.number, self.device)
        batch = None if self.private is not None else self.reals.take(self.number, torch.cat(self.rows))
        reals = [] if batch is None else self._in_turns(*batch)
        sums: dict[str, Tensor] = {}
        self._disturbed = 0
        networks.train_only("G")
        if self.joint is not None and batch is not None:
            self._explain_images(draws, batch[0], reals, sums)
        if self._due(1):
            self._teach_generator(draws, sums)
        self._take_step("G")
        if self.joint is not None:
            self._take_step("E")
        if config.pl_weight and self._due(config.pl_every):
            self._regularise_generator(draws, sums)
        if self._due(1):
            networks.train_only("D")
            self._teach_discriminator(draws, reals, sums)
        if config.gamma and self.private is None and self._due(config.r1_every):
            self._regularise_discriminator(draws, reals, sums)
        self._agree(sums)
        if self.ada is not None and self._due(config.ada_every, last=True):
            self.ada.update(config.batch)
        self.seen += config.batch
        self.number += 1
        networks.average(self.seen)
        if self.joint is not None:
            self.joint.average(self.seen)
        return sums

    def _due(self, every: int, last: bool = False) -> bool:
        """Whether the networks compete in this step, and it is the first (or last) of each ``every`` such."""
        turn, rest = divmod(self.number, self.config.adversarial_every)
        return rest == 0 and turn % every == (every - 1 if last else 0)

    def set_rates(self, done: float) -> None:
        """Learning rates at the share ``done`` of the run: after ``decay_from`` they fall linearly to a tenth."""
        for optimiser, rate in self._rates:
            optimiser.param_groups[0]["lr"] = rate * self.rate(done)

    def rate(self, done: float) -> float:
        """What the learning rates are multiplied with."""
        begin = self.config.decay_from
        return 1.0 if begin is None or done <= begin else 1.0 - 0.9 * min((done - begin) / (1 - begin), 1.0)

    def _in_turns(self, images: Tensor, labels: Tensor | None) -> list[Labelled]:
        """This process's rows of the step's batch on the device, as many at a time as are computed together."""
        turns = images.to(self.device, non_blocking=True).split(self.config.batch_gpu)
        classes = None if labels is None else labels.to(self.device).split(self.config.batch_gpu)
        return [(part, None if classes is None else classes[turn]) for turn, part in enumerate(turns)]

    def _explain_images(self, draws: StepDraws, images: Tensor, reals: list[Labelled], sums: dict[str, Tensor]) -> None:
        joint = self.joint
        assert joint is not None  # only then there is something to explain images with
        shown = joint.painted(draws, images, torch.cat(self.rows)).to(self.device)
        for part, (clean, _) in zip(shown.split(self.config.batch_gpu), reals, strict=True):
            joint.learn_images(self._synthesis, self.networks.G.num_ws, part, clean, sums)

    def _teach_generator(self, draws: StepDraws, sums: dict[str, Tensor]) -> None:
        for rows in self.rows:
            ws, labels, first = self._styles(draws, "generator", rows, self.config.batch)
            with self._precision():
                fake = self._synthesis(ws, noises=self._noise(draws, "generator", rows, self.config.batch))
                logits = self._judge(fake, labels, draws, "generator", rows)
            loss = softplus(-logits)
            total = loss.sum()
            if self.domain is not None and labels is not None:
                found = self.domain.losses(fake, labels)
                total = total + self.config.domain_weight * found.sum()
                add_up(sums, "domain_loss", found)
            (total / self.config.batch).backward()
            add_up(sums, "generator_loss", loss)
            add_up(sums, "w", first.detach(), self.config.batch)
            if self.joint is not None:
                self.joint.learn_latents(fake, ws, sums)

    def _regularise_generator(self, draws: StepDraws, sums: dict[str, Tensor]) -> None:
        """The average that lengths are compared with is the one before this batch, so that its parts need not meet."""
        config = self.config
        for rows in self.path_rows:
            if not len(rows):
                continue
            ws, _, _ = self._styles(draws, "path", rows, self.path_count)
            noises = self._noise(draws, "path", rows, self.path_count)
            images = self.networks.G.synthesis(ws, noises=noises)
            shape = images.shape[1:]
            along = draws.noise("path", 1, rows, self.path_count, shape.numel()).reshape(images.shape)
            lengths = path_lengths(images, ws, along)
            penalty = (lengths - self.path_mean).square()
            (penalty.sum() * (config.pl_weight * config.pl_every / self.path_count)).backward()
            add_up(sums, "path_length", lengths)
            add_up(sums, "path_penalty", penalty)
        self._take_step("G")

    def _teach_discriminator(self, draws: StepDraws, reals: list[Labelled], sums: dict[str, Tensor]) -> None:
        config = self.config
        for turn, rows in enumerate(self.rows):
            with torch.no_grad(), self._precision():
                ws, labels, _ = self._styles(draws, "discriminator", rows, config.batch)
                fake = self._synthesis(ws, noises=self._noise(draws, "discriminator", rows, config.batch))
            with self._precision():
                logits = self._judge(fake, labels, draws, "discriminator", rows)
            loss = softplus(logits)
            (loss.sum() / config.batch).backward()
            add_up(sums, "fake_logit", logits)
            if self.private is not None:
                add_up(sums, "discriminator_loss", loss)
                continue
            images, classes = reals[turn]
            with self._precision():
                logits = self._judge(images, classes, draws, "real", rows)
            real_loss = softplus(-logits)
            (real_loss.sum() / config.batch).backward()
            add_up(sums, "discriminator_loss", loss + real_loss)
            add_up(sums, "real_logit", logits)
            add_up(sums, "real_sign", logits.sign())
        if self.private is not None:
            penalised = bool(config.gamma) and self._due(config.r1_every)

            # One patient more changes how everybody's images are augmented: known from the run's seed, that would be a
            # share without a bound.
            hidden = StepDraws(self.private.secret, self.number, self.device)

            def augment(images: Tensor) -> Tensor:
                return self._augmented(images, hidden, "real", torch.arange(len(images)), len(images))

            self.private.add_gradients(self.networks.D, self.number, penalised, augment, sums)
        self._take_step("D")

    def _regularise_discriminator(self, draws: StepDraws, reals: list[Labelled], sums: dict[str, Tensor]) -> None:
        config = self.config
        for rows, (images, classes) in zip(self.rows, reals, strict=True):
            shown = images.detach().requires_grad_()
            logits = self._judge(shown, classes, draws, "penalty", rows, self.networks.D)
            norms = r1_norms(shown, logits)
            (norms.sum() * (0.5 * config.gamma * config.r1_every / config.batch)).backward()
            add_up(sums, "r1_penalty", norms)
        self._take_step("D")

    def _styles(self, draws: StepDraws, stream: str, rows: Tensor, count: int) -> tuple[Tensor, Tensor | None, Tensor]:
        """ws (n, num_ws, w_dim) with mixed styles, the labels, and the unmixed w (n, w_dim)."""
        config, mapping = self.config, self.networks.G.mapping
        first, second = draws.latents(stream, count, config.z_dim)
        labels = None
        if config.labels:
            labels = self._labels(draws, stream, count)[rows].to(self.device)
        ws = mapping(first[rows].to(self.device), labels)
        plain = ws[:, 0]
        if config.style_mixing:
            cutoffs = draws.cutoffs(stream, count, ws.shape[1], config.style_mixing)[rows].to(self.device)
            later = torch.arange(ws.shape[1], device=self.device) >= cutoffs[:, None]
            ws = torch.where(later[:, :, None], mapping(second[rows].to(self.device), labels), ws)
        return ws, labels, plain

    def _labels(self, draws: StepDraws, stream: str, count: int) -> Tensor:
        """(count, L) labels that images are made for: as the data has them, but of private data all alike often."""
        if self.private is not None:
            return torch.eye(self.config.labels)[draws.rows(stream, count, self.config.labels)]
        return self.reals.labels(draws.rows(stream, count, len(self.reals)))

    def _noise(self, draws: StepDraws, stream: str, rows: Tensor, count: int) -> dict[str, Tensor]:
        size = sum(side * side for _, side in self.sides)
        return noise_maps(draws.noise(stream, 0, rows, count, size), self.sides)

    def _judge(
        self,
        images: Tensor,
        labels: Tensor | None,
        draws: StepDraws,
        stream: str,
        rows: Tensor,
        discriminator: Any = None,
    ) -> Tensor:
        """Logits (n,) float32 of augmented images."""
        images = self._augmented(images, draws, stream, rows, self.config.batch)
        if self.config.nhwc:
            images = images.contiguous(memory_format=torch.channels_last)
        return (discriminator or self._discriminator)(images, labels)[:, 0].float()

    def _augmented(self, images: Tensor, draws: StepDraws, stream: str, rows: Tensor, count: int) -> Tensor:
        """Images that are ``rows`` of ``count``, augmented."""
        if self.pipe is None:
            return images
        _, channels, height, width = images.shape
        drawn = self.pipe.draw(count, channels, height, width, draws.generator(stream, 3))
        return self.pipe.apply(images, {name: value[rows] for name, value in drawn.items()})

    def _take_step(self, which: str) -> None:
        """Of "G", "D" or "E", with the gradients of the whole team."""
        owner = self.joint if which == "E" else self.networks
        optimiser = getattr(owner, f"opt_{which}")
        parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
        if not self._due(1):
            # Reconstruction does not reach the mapping; momentum alone must not carry it on.
            parameters = [parameter for parameter in parameters if parameter.grad is not None]
        self.team.sum_gradients(parameters, mend=self.config.precision == "fp16")
        if self.config.privacy == AS_PUBLISHED:
            self._disturbed += 1
            random = StepDraws(self.config.seed, self.number, self.device).generator("privacy", self._disturbed)
            disturb(parameters, self.config.noise, self.config.clip, random)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)

    @torch.no_grad()
    def _agree(self, sums: dict[str, Tensor]) -> None:
        """Add up over the team; then what follows from the whole batch: w_avg, the mean path length, ADA's signs."""
        names = sorted(self._expected())
        width = self.config.w_dim
        empty = {name: torch.zeros(width if name == "w" else 2, device=self.device) for name in names}
        flat = self.team.sum(torch.cat([sums.get(name, empty[name]) for name in names]))
        pieces = flat.split([width if name == "w" else 2 for name in names])
        sums.update(zip(names, pieces, strict=True))
        if "w" in sums:
            self.networks.G.mapping.w_avg.lerp_(sums.pop("w"), 1 - W_AVERAGE)
        if "path_length" in sums:
            total, count = sums["path_length"]
            self.path_mean.lerp_(total / count, self.config.pl_decay)
        if self.ada is not None and "real_sign" in sums:
            signs = sums["real_sign"].cpu() if self.device.type == "mps" else sums["real_sign"]
            self.ada.sums = self.ada.sums.to(signs.device) + signs.double()

    def _expected(self) -> list[str]:
        """What this step measures: the same for every process, also one whose share of something was empty."""
        names = [] if self.joint is None else ["reconstruction_loss"]
        if self._due(1):
            names += ["generator_loss", "w", "fake_logit", "discriminator_loss"]
            names += [] if self.domain is None else ["domain_loss"]
            names += ["real_logit", "real_sign"] if self.private is None else ["clipped"]
            names += [] if self.joint is None else ["latent_loss"]
        if self.config.pl_weight and self._due(self.config.pl_every):
            names += ["path_length", "path_penalty"]
        if self.config.gamma and self.private is None and self._due(self.config.r1_every):
            names += ["r1_penalty"]
        return names

    def _precision(self) -> contextlib.AbstractContextManager[Any]:
        if self.config.precision != "bf16":
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)

    def healthy(self) -> bool:
        """Whether all weights are finite numbers."""
        return self.networks.healthy() and (self.joint is None or self.joint.healthy())

    def tensors(self) -> dict[str, Tensor]:
        """What a model keeps: the averaged generator and encoder, and G and D for others to begin from."""
        kept = {name: getattr(self.networks, name) for name in ("G_ema", "G", "D")}
        kept |= {} if self.joint is None else {"encoder": self.joint.E_ema}
        return {f"{name}.{key}": value for name, one in kept.items() for key, value in one.state_dict().items()}

    def state(self) -> dict[str, Any]:
        """What it takes to go on exactly."""
        return {
            **self.networks.state(),
            **({} if self.joint is None else self.joint.state()),
            **({} if self.private is None else {"private": self.private.state()}),
            "path_mean": self.path_mean,
            "p": None if self.pipe is None else self.pipe.p.clone(),
            "ada": None if self.ada is None else self.ada.state_dict(),
            "number": self.number,
            "seen": self.seen,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """The inverse of :meth:`state`."""
        self.networks.load_state(state)
        if self.joint is not None:
            self.joint.load_state(state)
        if self.private is not None:
            self.private.load_state(state["private"])
        self.path_mean.copy_(state["path_mean"])
        if self.pipe is not None and state["p"] is not None:
            self.pipe.p.copy_(state["p"])
        if self.ada is not None and state["ada"] is not None:
            self.ada.load_state_dict(state["ada"])
        self.number, self.seen = int(state["number"]), int(state["seen"])
