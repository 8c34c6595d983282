"""The fast projection: whole stacks at once, from an encoder's or the neighbours' latents, with early stopping.

Only w is searched, not the noise maps, and what w leaves over in shape is taken up by a smooth warp. How far to search
is the model's own advice, chosen by detection and not by error: see Testing/benchmarks/RESULTS.md.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ...errors import out_of_memory
from ...running.messages import Message
from ...running.progress import CancelToken, ProgressCallback
from ...score.warp import WarpSettings, warp_to
from .grain import fit_grain
from .network.generator import Generator

ANCHOR_STRIDE = 8
W_SAMPLES = 2000
STOP_WINDOW = 10


@dataclass
class FastSettings:
    """How hard to search. ``anchor_weight`` pulls w back to its start (a prior: the encoder's word counts).

    ``stop`` ends a slice whose loss fell by less than this fraction over the last 10 steps. ``warp_*``: the smooth warp
    that follows the search, see :mod:`.warp`; ``warp_steps`` 0 leaves it out. ``grain_steps`` above 0 fit noise maps
    too, in the place of search and warp, see :mod:`.grain`. ``latent``: "w", one for all layers, or "w+", one for each,
    which explains more of everything, anomalies included.
    """

    steps: int = 20
    learning_rate: float = 0.02
    anchor_weight: float = 0.0
    stop: float = 0.01
    warp_steps: int = WarpSettings.steps
    warp_grid: int = WarpSettings.grid
    warp_smooth: float = WarpSettings.smooth
    grain_steps: int = 0
    latent: str = "w"

    @property
    def warp(self) -> WarpSettings:
        return WarpSettings(steps=int(self.warp_steps), grid=int(self.warp_grid), smooth=self.warp_smooth)


def pixel_loss(images: Tensor, targets: Tensor, levels: int = 3) -> Tensor:
    """(N,) squared difference of (N, C, R, R) images, summed over ``levels`` of 2x2 average pooling."""
    difference = images - targets
    loss = difference.square().mean((1, 2, 3))
    for _ in range(levels - 1):
        difference = functional.avg_pool2d(difference, 2)
        loss = loss + difference.square().mean((1, 2, 3))
    return loss


def synthesise(generator: Generator, w: Tensor) -> Tensor:
    """(N, C, R, R) images of one w (N, w_dim) a sample, or one a layer (N, layers, w_dim), without noise."""
    ws = w if w.ndim == 3 else w[:, None].expand(-1, generator.num_ws, -1)
    with torch.autocast("cuda", dtype=torch.float16, enabled=w.device.type == "cuda"):
        image: Tensor = generator.synthesis(ws, noise_mode="none")
    return image.float()


StepCallback = Callable[[int, Tensor, Tensor], None]
"""Called with the number of a step (0: the start), the image (1, C, R, R) of that step and its loss (1,), detached."""


def refine(
    generator: Generator,
    targets: Tensor,
    start: Tensor,
    settings: FastSettings,
    check: Callable[[], None],
    watched: int = 0,
    on_step: StepCallback | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Search w for a batch of targets (N, C, R, R); returns images (N, C, R, R), w as ``start``, steps taken (N,).

    ``start`` is (N, w_dim), or (N, layers, w_dim) to search each layer's by itself.
    Each slice has its own Adam state and stops by itself, so its result does not depend on its batch. The best w seen
    is kept, never a worse one than the start. ``on_step`` follows the row ``watched`` until it stops.
    """
    count = targets.shape[0]
    best_w, best_loss = start.clone(), torch.full((count,), float("inf"), device=start.device)
    best_images = torch.empty_like(targets)
    taken = torch.zeros(count, dtype=torch.long)
    active = torch.arange(count, device=start.device)
    w, first, second = start.clone(), torch.zeros_like(start), torch.zeros_like(start)
    history: list[Tensor] = []
    for step in range(settings.steps + 1):
        check()
        live = w[active].detach().requires_grad_(step < settings.steps)
        images = synthesise(generator, live)
        loss = pixel_loss(images, targets[active])
        with torch.no_grad():
            better = loss < best_loss[active]
            rows = active[better]
            best_loss[rows], best_w[rows], best_images[rows] = loss[better], live[better].detach(), images[better]
            history.append(best_loss.clone())
            if on_step is not None:
                for place in torch.nonzero(active == watched).flatten().tolist():
                    on_step(step, images[place : place + 1].detach(), loss[place : place + 1].detach())
        if step == settings.steps:
            break
        total = loss + settings.anchor_weight * (live - start[active]).square().flatten(1).mean(1)
        (gradient,) = torch.autograd.grad(total.sum(), live)
        rate = settings.learning_rate * (0.5 + 0.5 * np.cos(np.pi * step / settings.steps))
        first[active] = 0.9 * first[active] + 0.1 * gradient
        second[active] = 0.99 * second[active] + 0.01 * gradient.square()
        # The gradient's size depends on the picture; its root mean square over w keeps flat directions from exploding.
        scale = (second[active] / (1 - 0.99 ** (step + 1))).sqrt().flatten(1).mean(1) + 1e-12
        scale = scale.reshape(-1, *[1] * (w.ndim - 1))
        w[active] = live.detach() - rate * (first[active] / (1 - 0.9 ** (step + 1))) / scale
        taken[active.cpu()] = step + 1
        if step >= STOP_WINDOW:
            fallen = 1 - best_loss[active] / history[step - STOP_WINDOW][active]
            active = active[fallen >= settings.stop]
            if not len(active):
                break
    return best_images, best_w, taken


class Starter:
    """Where the search for a stack begins: an encoder's latents, or those of already solved neighbours."""

    def __init__(self, generator: Generator, encoder: nn.Module | None, seed: int) -> None:
        self.generator, self.encoder = generator, encoder
        self.solved: dict[int, Tensor] = {}
        self.pool: tuple[Tensor, Tensor] | None = None
        self.seed = seed

    def order(self, indices: list[int]) -> Iterator[list[int]]:
        """Groups of positions in ``indices`` that may run together; without an encoder, sparse anchors go first."""
        positions = list(range(len(indices)))
        if self.encoder is not None:
            yield positions
            return
        yield positions[::ANCHOR_STRIDE]
        yield [position for position in positions if position % ANCHOR_STRIDE]

    @torch.no_grad()
    def start(self, targets: Tensor, indices: list[int]) -> Tensor:
        """(N, w_dim) starting latents for targets (N, C, R, R)."""
        if self.encoder is not None:
            latents: Tensor = self.encoder(targets).float()
            return latents
        rows = []
        for target, index in zip(targets, indices, strict=True):
            rows.append(self._from_neighbours(index) if self.solved else self._from_samples(target))
        return torch.stack(rows)

    def _from_neighbours(self, index: int) -> Tensor:
        below = max((i for i in self.solved if i <= index), default=min(self.solved))
        above = min((i for i in self.solved if i >= index), default=max(self.solved))
        if below == above:
            return self.solved[below]
        return torch.lerp(self.solved[below], self.solved[above], (index - below) / (above - below))

    def _from_samples(self, target: Tensor) -> Tensor:
        """The latent of the closest of many random images, compared when shrunk to at most 32 pixels."""
        if self.pool is None:
            random = torch.Generator().manual_seed(self.seed)
            z = torch.randn(W_SAMPLES, self.generator.z_dim, generator=random).to(target.device)
            label = torch.zeros(W_SAMPLES, self.generator.c_dim, device=target.device)
            if self.generator.c_dim:
                label[torch.arange(W_SAMPLES), torch.arange(W_SAMPLES) % self.generator.c_dim] = 1
            w = self.generator.mapping(z, label if self.generator.c_dim else None)[:, 0]
            shrunk = [self._shrink(synthesise(self.generator, part)) for part in w.split(32)]
            self.pool = w, torch.cat(shrunk)
        w, small = self.pool
        distance = (small - self._shrink(target[None])).square().mean((1, 2, 3))
        return w[int(distance.argmin())]

    @staticmethod
    def _shrink(images: Tensor) -> Tensor:
        factor = max(images.shape[-1] // 32, 1)
        return functional.avg_pool2d(images, factor) if factor > 1 else images


def project_fast(
    generator: Generator,
    encoder: nn.Module | None,
    targets: np.ndarray,
    indices: list[int],
    settings: FastSettings,
    batch: int,
    seed: int,
    device: str,
    progress: ProgressCallback,
    cancel: CancelToken,
    notes: list[str],
    known: Mapping[int, np.ndarray] | None = None,
    watched: int | None = None,
    on_step: StepCallback | None = None,
) -> Iterator[tuple[int, np.ndarray, np.ndarray, int]]:
    """Project (N, C, R, R) float32 targets; yields (position, image (C, R, R), w, steps) as they are done; w is
    (w_dim,), or (layers, w_dim) where each layer has its own.

    ``known`` maps indices that an earlier run finished to their w; they are not yielded again. Batches are the same
    with and without them, because rounding depends on the batch: an interrupted run ends with an uninterrupted one's
    numbers. ``on_step`` follows the slice named ``watched``.
    Out of memory halves the batch and goes on; ``notes`` then says so. A batch of one that does not fit is an error.
    """
    starter = Starter(generator, encoder, seed)
    known = known or {}
    done = len(known)
    for group in starter.order(indices):
        todo = list(group)
        before = [indices[row] for row in group if indices[row] in known]
        solved = {index: torch.from_numpy(known[index]).to(device) for index in before}
        # Anchors have no good start: they search four times as long.
        lonely = encoder is None and not starter.solved
        own = dataclasses.replace(settings, steps=settings.steps * (4 if lonely else 1))
        while todo:
            cancel.check()
            rows = todo[:batch]
            fresh = [row for row in rows if indices[row] not in known]
            if not fresh:
                todo = todo[batch:]
                continue
            names = [indices[row] for row in rows]
            follow = (names.index(watched), on_step) if watched in names else (0, None)
            try:
                target = torch.from_numpy(targets[rows]).to(device)
                start = starter.start(target, names)
                if own.latent == "w+" and start.ndim == 2:
                    start = start[:, None].repeat(1, generator.num_ws, 1)
                if own.grain_steps:
                    images, w = fit_grain(generator, target, start, int(own.grain_steps), cancel.check)
                    taken = torch.full((len(rows),), int(own.grain_steps))
                else:
                    images, w, taken = refine(generator, target, start, own, cancel.check, *follow)
                    images = warp_to(images, target, own.warp, cancel.check)
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error) or batch == 1:
                    raise
                batch = max(batch // 2, 1)
                notes.append(Message("batch_halved_slices", batch=batch))
                if device.startswith("cuda"):
                    torch.cuda.empty_cache()
                continue
            todo = todo[batch:]
            for row, image, latent, steps in zip(rows, images, w, taken, strict=True):
                if row not in fresh:
                    continue
                solved[indices[row]] = latent
                yield row, image.cpu().numpy(), latent.cpu().numpy(), int(steps)
            done += len(fresh)
            progress(done / len(indices), Message("explaining_slices", number=done, count=len(indices)))
        starter.solved.update(solved)
