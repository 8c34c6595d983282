"""Learning the simple baselines from the benchmark's training patients: (N, R, R) uint8 slices to a network."""

from __future__ import annotations

import numpy as np
import torch

from GANAnomalyLib.detectors.baseline.network import (
    Autoencoder,
    Explainer,
    MeanImage,
    NearestSlice,
    PrincipalComponents,
)
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.background import cancellable
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback
from GANAnomalyLib.running.seeded import seeded
from GANAnomalyLib.spelling import meant

AUTOENCODER_STEPS, AUTOENCODER_BATCH, AUTOENCODER_RATE = 1500, 16, 1e-3
MOST_SLICES = 4000
"""The nearest slice is sought among so many: all of them lie in the model's file."""
SIMPLE = ("mean", "pca", "nearest", "autoencoder")


def fit(
    kind: str,
    slices: np.ndarray,
    dimension: int,
    progress: ProgressCallback,
    cancel: CancelToken,
    steps: int = AUTOENCODER_STEPS,
    seed: int = 303,
) -> Explainer:
    """A network of one of the kinds in :data:`SIMPLE`.

    Parameters
    ----------
    slices: (N, R, R) uint8 training slices. dimension: numbers that describe a slice (components, or the autoencoder's
        middle). steps, seed: of the autoencoder.

    Raises
    ------
    InputError: an unknown kind, or fewer slices than numbers to learn. Cancelled.
    """
    if kind == "mean":
        return cancellable(lambda _: _mean(slices), cancel)
    if kind == "pca":
        return cancellable(lambda _: _components(slices, dimension), cancel)
    if kind == "nearest":
        return cancellable(lambda _: _nearest(slices), cancel)
    if kind == "autoencoder":
        return _autoencoder(slices, dimension, steps, seed, progress, cancel)
    raise InputError(f"There is no baseline {kind!r}{meant(kind, SIMPLE)}; there are: {', '.join(SIMPLE)}.")


def _mean(slices: np.ndarray) -> MeanImage:
    network = MeanImage(slices.shape[-1])
    network.mean.copy_(torch.from_numpy(slices.mean(0) / 127.5 - 1).float())
    return network


def _components(slices: np.ndarray, count: int) -> PrincipalComponents:
    """By the eigenvectors of the slices' products with each other: there are fewer slices than pixels."""
    if len(slices) <= count:
        raise InputError(f"{count} components need more than {len(slices)} training slices: take more patients.")
    flat = slices.reshape(len(slices), -1).astype(np.float32) / 127.5 - 1
    mean = flat.mean(0)
    flat -= mean
    values, vectors = np.linalg.eigh((flat @ flat.T).astype(np.float64))
    first = np.argsort(values)[::-1][:count]
    basis = (vectors[:, first].T @ flat) / np.sqrt(np.maximum(values[first, None], 1e-12))
    network = PrincipalComponents(slices.shape[-1], count)
    network.mean.copy_(torch.from_numpy(mean).view_as(network.mean))
    network.basis.copy_(torch.from_numpy(basis.astype(np.float32)))
    return network


def _nearest(slices: np.ndarray) -> NearestSlice:
    chosen = slices[:: -(-len(slices) // MOST_SLICES)]
    network = NearestSlice(slices.shape[-1], len(chosen))
    network.slices.copy_(torch.from_numpy(np.ascontiguousarray(chosen)))
    return network


def _autoencoder(
    slices: np.ndarray, dimension: int, steps: int, seed: int, progress: ProgressCallback, cancel: CancelToken
) -> Autoencoder:
    """Adam on the squared difference, the rate falling to nothing over the steps."""
    pixels, rng = torch.from_numpy(slices), np.random.default_rng([seed, 17])
    with seeded(seed):
        network = Autoencoder(slices.shape[-1], dimension)
    network.mean.copy_(torch.from_numpy(slices.mean(0) / 127.5 - 1).float())
    optimiser = torch.optim.Adam(network.parameters(), AUTOENCODER_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, max(steps, 1))
    for step in range(steps):
        cancel.check()
        rows = torch.from_numpy(rng.integers(len(slices), size=AUTOENCODER_BATCH))
        images = pixels[rows][:, None].float() / 127.5 - 1
        loss = (network.restored(images) - images).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 20 == 0:
            progress(step / steps, Message("training_autoencoder", number=step, count=steps))
    return network.eval().requires_grad_(False)
