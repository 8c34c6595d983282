"""A small StyleGAN2 trainer with an encoder beside the generator, for models that must learn in an hour on a CPU.

Generator and discriminator train as published (non-saturating loss, lazy R1, EMA). An encoder learns at the same time
to find the latent of a slice: G(E(painted slice)) is compared with the clean slice, so the generator covers the
training slices instead of a part of them, and E(G(w)) with w, so both speak the same latent space.
"""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...models.stylegan2 import Discriminator, Encoder, Generator
from ..encoder.corrupt import corrupt, mask_bank
from ..stylegan2.losses import discriminator_loss, generator_loss, r1_penalty, reconstruction_loss


@dataclass
class TrainerConfig:
    """Every number of a run. Lengths of training count images seen, in thousands (kimg)."""

    resolution: int = 128
    z_dim: int = 64
    w_dim: int = 64
    mapping_layers: int = 2
    channel_base: int = 1024
    channel_max: int = 128
    batch: int = 8
    learning_rate: float = 0.002
    encoder_learning_rate: float = 0.002
    r1_gamma: float = 1.0
    r1_every: int = 8
    adversarial_every: int = 4
    adversarial_weight: float = 1.0
    reconstruction_weight: float = 20.0
    latent_weight: float = 0.5
    ema_kimg: float = 4.0
    ema_rampup: float = 0.05
    decay_from: float = 0.6
    bfloat16: bool = True
    seed: int = 0


class Trainer:
    """Trains on ``images`` (N, R, R) uint8 in memory; :meth:`run` until a time or image budget is spent."""

    def __init__(self, config: TrainerConfig, images: Tensor, device: str = "cpu") -> None:
        self.config, self.images, self.device = config, images, device
        torch.manual_seed(config.seed)
        self.random = torch.Generator().manual_seed(config.seed)
        widths = {"channel_base": config.channel_base, "channel_max": config.channel_max}
        self.generator_kwargs: dict[str, Any] = {
            "z_dim": config.z_dim,
            "c_dim": 0,
            "w_dim": config.w_dim,
            "img_resolution": config.resolution,
            "img_channels": 1,
            "mapping_layers": config.mapping_layers,
            **widths,
        }
        self.encoder_kwargs = {"w_dim": config.w_dim, "img_resolution": config.resolution, "img_channels": 1, **widths}
        self.G = Generator(**self.generator_kwargs).to(device)
        self.D = Discriminator(0, config.resolution, 1, **widths).to(device)
        self.E = Encoder(**self.encoder_kwargs).to(device)
        self.G_ema = copy.deepcopy(self.G).requires_grad_(False)
        self.E_ema = copy.deepcopy(self.E).requires_grad_(False)
        self.bank = mask_bank(config.resolution, 3000, config.seed)
        # Lazy regularisation changes the optimiser's time constants: Karras et al. 2020a, appendix B.
        ratio = config.r1_every / (config.r1_every + 1)
        same = {"eps": 1e-8, "fused": True}
        self.opt_G = torch.optim.Adam(self.G.parameters(), config.learning_rate, (0.5, 0.99), **same)
        self.opt_E = torch.optim.Adam(self.E.parameters(), config.encoder_learning_rate, (0.5, 0.99), **same)
        self.opt_D = torch.optim.Adam(self.D.parameters(), config.learning_rate * ratio, (0.0, 0.99**ratio), **same)
        self.seen = 0
        self.step = 0

    def _batch(self) -> Tensor:
        pick = torch.randint(len(self.images), (self.config.batch,), generator=self.random)
        return (self.images[pick].to(self.device).float() / 127.5 - 1.0)[:, None]

    def _precision(self) -> contextlib.AbstractContextManager[Any]:
        if not self.config.bfloat16:
            return contextlib.nullcontext()
        return torch.autocast(torch.device(self.device).type, dtype=torch.bfloat16)

    def _latents(self) -> Tensor:
        return torch.randn(self.config.batch, self.config.z_dim, generator=self.random).to(self.device)

    def train_step(self) -> dict[str, float]:
        """One step of everything that is due; returns the losses."""
        config, log = self.config, {}
        adversarial = self.step % config.adversarial_every == 0
        real = self._batch()
        self.opt_G.zero_grad(set_to_none=True)
        self.opt_E.zero_grad(set_to_none=True)
        painted = corrupt(real, self.bank, self.random)
        with self._precision():
            w = self.E(painted).float()
            restored = self.G.synthesis(w[:, None].expand(-1, self.G.num_ws, -1), noise_mode="none")
        rec = reconstruction_loss(restored, real)
        total = config.reconstruction_weight * rec
        log["reconstruction"] = rec.item()
        fake = None
        if adversarial:
            self.D.requires_grad_(False)
            ws = self.G.mapping(self._latents(), None)
            self.G.mapping.w_avg.lerp_(ws[:, 0].detach().mean(0), 1 - 0.995)
            with self._precision():
                fake = self.G.synthesis(ws, noise_mode="random")
                adv = generator_loss(self.D(fake).float())
                latent = (self.E(fake.detach()).float() - ws[:, 0].detach()).square().mean()
            total = total + config.adversarial_weight * adv + config.latent_weight * latent
            log.update(generator=adv.item(), latent=latent.item())
        total.backward()
        self.opt_G.step()
        self.opt_E.step()
        if adversarial:
            self._train_discriminator(real, fake.detach(), log)
        self.seen += config.batch
        self.step += 1
        self._average()
        return log

    def _train_discriminator(self, real: Tensor, fake: Tensor, log: dict[str, float]) -> None:
        config = self.config
        self.D.requires_grad_(True)
        self.opt_D.zero_grad(set_to_none=True)
        regularise = (self.step // config.adversarial_every) % config.r1_every == 0
        real = real.detach().requires_grad_(regularise)
        # The penalty differentiates twice and wants full precision.
        with contextlib.nullcontext() if regularise else self._precision():
            real_logits, fake_logits = self.D(real).float(), self.D(fake).float()
        loss = discriminator_loss(real_logits, fake_logits)
        if regularise:
            loss = loss + 0.5 * config.r1_gamma * config.r1_every * r1_penalty(real, real_logits)
        loss.backward()
        self.opt_D.step()
        log["discriminator"] = loss.item()

    def _average(self) -> None:
        half_life = min(self.config.ema_kimg * 1000, self.config.ema_rampup * self.seen)
        beta = 0.5 ** (self.config.batch / max(half_life, 1e-8))
        with torch.no_grad():
            for average, live in ((self.G_ema, self.G), (self.E_ema, self.E)):
                torch._foreach_lerp_(list(average.parameters()), list(live.parameters()), 1 - beta)
                for a, p in zip(average.buffers(), live.buffers(), strict=True):
                    a.copy_(p)

    def set_decay(self, fraction: float) -> None:
        """Lower the learning rates linearly to a tenth over the last part of the run."""
        start = self.config.decay_from
        factor = 1.0 if fraction < start else 1.0 - 0.9 * (fraction - start) / (1 - start)
        ratio = self.config.r1_every / (self.config.r1_every + 1)
        for optimiser, base in (
            (self.opt_G, self.config.learning_rate),
            (self.opt_E, self.config.encoder_learning_rate),
            (self.opt_D, self.config.learning_rate * ratio),
        ):
            for group in optimiser.param_groups:
                group["lr"] = base * factor

    _STATEFUL = ("G", "D", "E", "G_ema", "E_ema", "opt_G", "opt_E", "opt_D")

    def save(self, path: Path) -> None:
        """Write everything needed to go on, atomically."""
        state = {name: getattr(self, name).state_dict() for name in self._STATEFUL}
        state.update(seen=self.seen, step=self.step, random=self.random.get_state(), torch_random=torch.get_rng_state())
        part = path.with_suffix(".part")
        torch.save(state, part)
        os.replace(part, path)

    def load(self, path: Path) -> None:
        """Go on exactly from a file that :meth:`save` wrote."""
        state = torch.load(path, weights_only=True)
        for name in self._STATEFUL:
            getattr(self, name).load_state_dict(state[name])
        self.seen, self.step = state["seen"], state["step"]
        self.random.set_state(state["random"])
        torch.set_rng_state(state["torch_random"])

    def run(self, folder: Path, minutes: float, kimg: float, snapshot_minutes: float = 3.0) -> None:
        """Train until either budget is spent, logging a JSON line a tick and keeping the last snapshot."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text(json.dumps(dataclasses.asdict(self.config), indent=2))
        snapshot = folder / "state.pt"
        spent = 0.0
        if snapshot.exists():
            self.load(snapshot)
            spent = json.loads((folder / "spent.json").read_text())["seconds"]
        start = time.monotonic() - spent
        last = time.monotonic()
        sums: dict[str, list[float]] = {}
        while True:
            elapsed = time.monotonic() - start
            fraction = max(elapsed / (60 * minutes), self.seen / (1000 * kimg))
            if fraction >= 1:
                break
            self.set_decay(fraction)
            for name, value in self.train_step().items():
                sums.setdefault(name, []).append(value)
            if self.step % 200 == 0:
                line = {name: round(sum(values) / len(values), 4) for name, values in sums.items()}
                sums = {}
                line.update(kimg=self.seen / 1000, minutes=round(elapsed / 60, 2))
                with open(folder / "stats.jsonl", "a", encoding="utf-8") as file:
                    file.write(json.dumps(line) + "\n")
            if time.monotonic() - last > 60 * snapshot_minutes:
                self._snapshot(folder, snapshot, start)
                last = time.monotonic()
        self._snapshot(folder, snapshot, start)

    def _snapshot(self, folder: Path, snapshot: Path, start: float) -> None:
        self.save(snapshot)
        (folder / "spent.json").write_text(json.dumps({"seconds": time.monotonic() - start}))
