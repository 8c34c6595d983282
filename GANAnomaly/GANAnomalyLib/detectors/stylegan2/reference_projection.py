"""The published projection of pictures onto a generator, for many pictures at once.

The procedure (Karras et al. 2020, "Analyzing and improving the image quality of StyleGAN", appendix D, with the
numbers of the published -ADA projector): starting from the mean latent, Adam searches one w per picture together with
the generator's noise maps, so that the synthesised picture looks like the target.

Here every picture of a batch has its own w, its own noise maps and its own random stream. The loss is a sum over the
pictures and Adam works element by element, so that no picture influences another: projected alone or in a batch,
the result is the same up to floating point rounding.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ...errors import InputError
from ...files import disk_errors, replace
from ...running.messages import Message
from ...running.progress import CancelToken, ProgressCallback, no_progress
from .features import FeatureSpace, PixelFeatures, feature_distance
from .network.generator import Generator

# The schedule's numbers, steps 1 to 5 of the published procedure.
STEPS = 1000
SEED = 303
W_SAMPLES = 10_000
W_SEED = 123
ADAM_BETAS = (0.9, 0.999)
LEARNING_RATE = 0.1
RAMP_UP = 0.05
"""Share of the steps over which the learning rate rises linearly from 0."""
RAMP_DOWN = 0.25
"""Share of the steps over which it falls to 0 along a cosine."""
PERTURBATION = 0.05
"""Standard deviation of the noise on w at the first step, in units of w_std."""
PERTURBATION_UNTIL = 0.75
"""Share of the steps after which w is no longer perturbed."""
NOISE_WEIGHT = 1e5
"""Weight of the noise regulariser. The same in every feature space, as in the published sum: beside perceptual
features (distances below ten) it dominates the first steps; beside pixel features (hundreds) it is a mild pull."""
NOISE_PYRAMID_MIN = 8
"""Pixels. The regulariser's pyramid ends at this size."""

_MAPPING_CHUNK = 2000
_RANGE_SLACK = 1e-3

StepCallback = Callable[[int, Tensor, Tensor], None]
"""Called after every step with its number (from 1), the pictures of that step (N, C, R, R) in about [-1, 1] and their
feature distances (N,); both detached."""


@dataclass
class ProjectionResult:
    """What the projection found for N pictures.

    Attributes
    ----------
    ws: (N, 1, w_dim) float32, one w per picture, used by every layer.
    images: (N, C, R, R) float32 in [-1, 1], synthesised from ``ws`` and the found noise maps.
    losses: (N,) float32, feature distance of ``images`` to the targets (without the noise regulariser).
    w_avg, w_std: (w_dim,) float32 and a scalar, the statistics of w that the search started from.
    num_ws: how many layers share each w.
    noises: noise maps by layer ("b8.conv0"), (N, 1, r, r) float32; empty when the network's own were used.
    """

    ws: np.ndarray
    images: np.ndarray
    losses: np.ndarray
    w_avg: np.ndarray
    w_std: float
    num_ws: int
    noises: dict[str, np.ndarray] = field(default_factory=dict)


def learning_rate(t: float) -> float:
    """Learning rate at ``t`` in 0..1 (step k of n has t = k / n): a linear rise, a plateau, a cosine fall."""
    fall = 0.5 - 0.5 * math.cos(math.pi * min(1.0, (1.0 - t) / RAMP_DOWN))
    return LEARNING_RATE * min(1.0, t / RAMP_UP) * fall


def perturbation(t: float, w_std: float) -> float:
    """Standard deviation of the Gaussian noise added to w at ``t`` in 0..1, in the units of w."""
    return w_std * PERTURBATION * max(0.0, 1.0 - t / PERTURBATION_UNTIL) ** 2


def noise_regulariser(noises: Sequence[Tensor]) -> Tensor:
    """How far noise maps (N, 1, r, r) are from white noise, per picture: (N,).

    At every level of each map's pyramid (2 x 2 averages, down to 8 pixels), the squares of the mean products with the
    map shifted by one pixel, cyclically, along x and along y (Karras et al. 2020, appendix D).
    """
    total = noises[0].new_zeros(noises[0].shape[0])
    for level in noises:
        while True:
            for axis in (-1, -2):
                total = total + (level * level.roll(1, axis)).mean(dim=(1, 2, 3)).square()
            if level.shape[-1] <= NOISE_PYRAMID_MIN:
                break
            level = F.avg_pool2d(level, 2)
    return total


@torch.no_grad()
def normalise_noise(noises: Sequence[Tensor]) -> None:
    """Bring every map of (N, 1, r, r) to zero mean and unit second moment, in place."""
    for noise in noises:
        noise -= noise.mean(dim=(1, 2, 3), keepdim=True)
        noise *= noise.square().mean(dim=(1, 2, 3), keepdim=True).rsqrt()


@torch.no_grad()
def w_statistics(
    generator: Generator, samples: int = W_SAMPLES, label: np.ndarray | None = None
) -> tuple[np.ndarray, float]:
    """Mean w (w_dim,) float32 and the scalar spread sqrt(sum of squared deviations / samples).

    z is drawn by NumPy's RandomState(123), as published, so that every run and machine starts alike.
    ``label`` (c_dim,) conditions the mapping of a network with classes.
    """
    device = _device(generator)
    z = np.random.RandomState(W_SEED).randn(samples, generator.z_dim).astype(np.float32)
    c = None
    if label is not None:
        c = torch.as_tensor(np.asarray(label, dtype=np.float32), device=device)[None]
    parts = []
    for start in range(0, samples, _MAPPING_CHUNK):
        chunk = torch.from_numpy(z[start : start + _MAPPING_CHUNK]).to(device)
        labels = None if c is None else c.expand(len(chunk), -1)
        parts.append(generator.mapping(chunk, labels, truncation_psi=1.0)[:, 0].float().cpu().numpy())
    w = np.concatenate(parts)
    w_avg = w.mean(axis=0, keepdims=True)
    return w_avg[0], float(np.sqrt(np.sum((w - w_avg) ** 2) / samples))


def project_reference(
    generator: Generator,
    targets: np.ndarray | Tensor,
    steps: int = STEPS,
    seed: int | Sequence[int] = SEED,
    features: FeatureSpace | None = None,
    *,
    initial: np.ndarray | None = None,
    statistics: tuple[np.ndarray, float] | None = None,
    w_samples: int = W_SAMPLES,
    label: np.ndarray | None = None,
    optimise_noise: bool = True,
    noise_weight: float = NOISE_WEIGHT,
    keep_noise: bool = False,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    on_step: StepCallback | None = None,
) -> ProjectionResult:
    """Project pictures onto a generator by the published procedure.

    Parameters
    ----------
    generator:
        A StyleGAN2 generator in evaluation mode. It comes back unchanged: noise maps are searched in copies.
    targets:
        (N, R, R) or (N, C, R, R) in [-1, 1], R the network's resolution. One channel is repeated for RGB networks.
    steps, seed:
        Published defaults 1000 and 303. As in the published tool, where every picture is a run of its own, each
        picture's random stream starts from the same seed; a sequence gives one seed per picture.
    features:
        The feature space of the loss; :class:`~.features.PixelFeatures` when None.
    initial:
        (N, w_dim) or (N, 1, w_dim) to start from instead of the mean w.
    statistics:
        ``(w_avg, w_std)`` of :func:`w_statistics`, when it is known already; ``w_samples`` is for computing it.
    label:
        (c_dim,) one-hot class, needed by networks with classes.
    optimise_noise:
        False keeps the network's own noise maps and searches w alone.
    keep_noise:
        Also return the noise maps (large: two maps per resolution and picture).
    progress, cancel, on_step:
        Called and checked once a step; a cancelled projection raises ``Cancelled`` and returns nothing.

    Raises
    ------
    InputError: targets, start or seeds that do not fit the network.
    """
    if steps < 1:
        raise InputError(f"The projection needs at least one step, not {steps}.")
    cancel = cancel or CancelToken()
    cancel.check()
    device = _device(generator)
    target = _as_targets(targets, generator).to(device)
    count = target.shape[0]
    streams = _random_streams(seed, count)
    _check_label(generator, label)
    if features is None:
        features = PixelFeatures()
    if isinstance(features, nn.Module):
        features = features.to(device)

    w_avg, w_std = w_statistics(generator, w_samples, label) if statistics is None else statistics
    w = _start(w_avg, initial, count, generator.w_dim).to(device).requires_grad_(True)
    noises = _draw_noises(generator, streams, device) if optimise_noise else {}
    maps = list(noises.values())
    optimiser = torch.optim.Adam([w, *maps], lr=LEARNING_RATE, betas=ADAM_BETAS)

    def synthesise(latent: Tensor) -> Tensor:
        ws = latent.expand(-1, generator.num_ws, -1)
        images: Tensor = generator.synthesis(ws, noise_mode="const", noises=noises or None).float()
        return images

    with _frozen(generator):
        with torch.no_grad():
            wanted = features(_grey_levels(target))
        for step in range(steps):
            cancel.check()
            t = step / steps
            for group in optimiser.param_groups:
                group["lr"] = learning_rate(t)
            jitter = _draw(streams, (1, generator.w_dim)).to(device) * perturbation(t, w_std)
            images = synthesise(w + jitter)
            distance = feature_distance(features(_grey_levels(images)), wanted)
            loss = distance.sum()
            if maps:
                loss = loss + noise_weight * noise_regulariser(maps).sum()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            normalise_noise(maps)
            if on_step is not None:
                on_step(step + 1, images.detach(), distance.detach())
            progress((step + 1) / steps, Message("projection_step", number=step + 1, count=steps))
        with torch.no_grad():
            images = synthesise(w)
            losses = feature_distance(features(_grey_levels(images)), wanted)

    return ProjectionResult(
        ws=w.detach().cpu().numpy(),
        images=images.clamp(-1, 1).cpu().numpy(),
        losses=losses.cpu().numpy(),
        w_avg=np.asarray(w_avg, dtype=np.float32),
        w_std=float(w_std),
        num_ws=generator.num_ws,
        noises={name: noise.detach().cpu().numpy() for name, noise in noises.items()} if keep_noise else {},
    )


def save_projection(folder: Path | str, target: np.ndarray, result: ProjectionResult, index: int = 0) -> None:
    """Write ``target.png``, ``proj.png`` and ``projected_w.npz`` of one projected picture, as the published tool does.

    ``target`` is (R, R) or (C, R, R) in [-1, 1]. The key ``w`` holds (1, num_ws, w_dim) float32, which any StyleGAN2
    synthesis takes as it is; the noise maps are not part of it. All three files are complete before the first one
    appears under its name. Raises :class:`InputError` when the folder cannot be written.
    """
    from PIL import Image

    folder = Path(folder)
    with disk_errors(folder, "the projection"):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".projection-") as partial:
            unfinished = Path(partial)
            Image.fromarray(to_picture(target)).save(unfinished / "target.png")
            Image.fromarray(to_picture(result.images[index])).save(unfinished / "proj.png")
            np.savez(unfinished / "projected_w.npz", w=np.repeat(result.ws[index][None], result.num_ws, axis=1))
            for path in sorted(unfinished.iterdir()):
                replace(path, folder / path.name)


def to_picture(image: np.ndarray) -> np.ndarray:
    """(R, R) or (1 or 3, R, R) in [-1, 1] to uint8 grey (R, R) or RGB (R, R, 3)."""
    levels: np.ndarray = np.clip(np.rint((np.asarray(image, dtype=np.float32) + 1) * 127.5), 0, 255).astype(np.uint8)
    if levels.ndim == 2:
        return levels
    return levels[0] if levels.shape[0] == 1 else np.ascontiguousarray(levels.transpose(1, 2, 0))


def _device(generator: Generator) -> torch.device:
    return next(generator.parameters()).device


def _grey_levels(images: Tensor) -> Tensor:
    """[-1, 1] to the 0..255 scale of the feature spaces; values outside are kept, as they still have a gradient."""
    return (images + 1) * 127.5


def _as_targets(targets: np.ndarray | Tensor, generator: Generator) -> Tensor:
    """(N, C, R, R) float32 on the CPU, checked against the network."""
    target = torch.as_tensor(targets).detach().float()
    if target.ndim == 3:
        target = target[:, None]
    size, channels = generator.img_resolution, generator.img_channels
    if target.ndim != 4 or target.shape[0] == 0 or tuple(target.shape[2:]) != (size, size):
        raise InputError(
            f"The slices to project have shape {tuple(targets.shape)}; this network needs pictures of "
            f"{size} x {size} pixels: resample them first."
        )
    if target.shape[1] == 1 and channels > 1:
        target = target.expand(-1, channels, -1, -1)
    if target.shape[1] != channels:
        raise InputError(f"The slices have {target.shape[1]} channels and this network {channels}: use another model.")
    if not torch.isfinite(target).all():
        raise InputError("The slices to project hold values that are not numbers: check the volume.")
    if target.abs().max() > 1 + _RANGE_SLACK:
        raise InputError("The slices to project must lie between -1 and 1: apply the display window first.")
    return target


def _check_label(generator: Generator, label: np.ndarray | None) -> None:
    needed, given = int(getattr(generator, "c_dim", 0)), 0 if label is None else int(np.size(label))
    if needed != given:
        raise InputError(f"This network needs a class label of length {needed}, but got one of length {given}.")


def _random_streams(seed: int | Sequence[int], count: int) -> list[torch.Generator]:
    """One stream per picture, on the CPU so that every device draws the same numbers."""
    seeds = [int(seed)] * count if isinstance(seed, (int, np.integer)) else [int(s) for s in seed]
    if len(seeds) != count:
        raise InputError(f"{len(seeds)} seeds were given for {count} slices: give one, or one for each.")
    return [torch.Generator().manual_seed(s) for s in seeds]


def _draw(streams: list[torch.Generator], shape: tuple[int, ...]) -> Tensor:
    return torch.stack([torch.randn(shape, generator=stream) for stream in streams])


def _draw_noises(generator: Generator, streams: list[torch.Generator], device: torch.device) -> dict[str, Tensor]:
    """Fresh N(0, 1) maps (N, 1, r, r) for every layer with noise, low resolutions first, ready to be optimised."""
    noises = {}
    for name, stored in generator.synthesis.named_buffers():
        layer, _, kind = name.rpartition(".")
        if kind == "noise_const":
            noises[layer] = _draw(streams, (1, *stored.shape[-2:])).to(device).requires_grad_(True)
    return noises


def _start(w_avg: np.ndarray, initial: np.ndarray | None, count: int, w_dim: int) -> Tensor:
    """The first w of every picture: (N, 1, w_dim), a fresh tensor."""
    if initial is None:
        return torch.tensor(np.asarray(w_avg), dtype=torch.float32).reshape(1, 1, w_dim).repeat(count, 1, 1)
    start = torch.tensor(np.asarray(initial), dtype=torch.float32)
    if start.shape not in ((count, w_dim), (count, 1, w_dim)):
        raise InputError(f"The starting latents have shape {tuple(start.shape)}; they must be ({count}, {w_dim}).")
    return start.reshape(count, 1, w_dim)


@contextmanager
def _frozen(generator: Generator) -> Iterator[None]:
    """No gradients for the network's own weights meanwhile; as it was afterwards, also after an error."""
    trainable = [parameter for parameter in generator.parameters() if parameter.requires_grad]
    for parameter in trainable:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in trainable:
            parameter.requires_grad_(True)
