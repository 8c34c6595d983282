"""A StyleGAN2 model that makes pictures in batches, stops when asked to, and copes with little memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from GANAnomalyLib.errors import GANAnomalyError, InputError, out_of_memory
from GANAnomalyLib.running.background import cancellable
from GANAnomalyLib.running.progress import CancelToken

from .generate_options import NOISE_MODES
from .latents import checked_psi, one_hot, random_noises, seed_z

if TYPE_CHECKING:
    from GANAnomalyLib.detectors.loaded_model import LoadedModel

BATCH_AT_128 = 16
LARGEST_BATCH = 64


class PictureMaker:
    """Makes pictures with one model.

    Parameters
    ----------
    model: a registered name, the path of a file (published pickles too; nothing in them is run), or a loaded model.
    device: "auto", "cpu", "cuda" or "mps".
    batch: pictures at a time; None chooses by resolution. Halved by itself when memory runs out.

    Raises
    ------
    InputError: no such model or device, or a model of another kind than stylegan2.
    """

    def __init__(self, model: str | Path | LoadedModel, device: str = "auto", batch: int | None = None) -> None:
        from GANAnomalyLib.detectors.loading import load_model
        from GANAnomalyLib.detectors.stylegan2.load import StyleGAN2Model
        from GANAnomalyLib.running.devices import choose_device

        if batch is not None and batch < 1:
            raise InputError(f"At least one picture must be made at a time, not {batch}: give a larger batch.")
        self.device = choose_device(device)
        loaded = load_model(model, self.device) if isinstance(model, str | Path) else model
        self.card = loaded.card
        if self.card.kind != "stylegan2" or not isinstance(loaded, StyleGAN2Model):
            raise InputError(
                f"The model {self.card.name!r} is a {self.card.kind} model, which makes no pictures from latents: give "
                "a stylegan2 model."
            )
        self.model = loaded
        self.generator = self.model.generator.to(self.device)
        size = self.generator.img_resolution
        self.batch = batch or max(1, min(LARGEST_BATCH, BATCH_AT_128 * 128 * 128 // (size * size)))

    def ws_of_seeds(self, seeds: Sequence[int], psi: float = 1.0, class_index: int | None = None) -> np.ndarray:
        """Latents (N, num_ws, w_dim) float32 of seeds, pulled towards the mean latent by truncation ``psi``.

        Raises :class:`InputError` for a psi that is no number and a class that does not fit the model.
        """
        import torch

        psi, label = checked_psi(psi), one_hot(class_index, self.generator.c_dim)
        z = torch.from_numpy(seed_z(seeds, self.generator.z_dim)).to(self.device)
        c = None if label is None else torch.from_numpy(label).to(self.device).expand(len(seeds), -1)
        with torch.no_grad():
            return self.generator.mapping(z, c, truncation_psi=psi).float().cpu().numpy()

    def pictures(
        self,
        ws: np.ndarray,
        noise_mode: str = "const",
        noise_seeds: Sequence[int] | None = None,
        cancel: CancelToken | None = None,
    ) -> Iterator[np.ndarray]:
        """Pictures (C, R, R) float32, about [-1, 1], of latents ``ws`` (N, num_ws, w_dim), one after the other.

        ``noise_mode``: "const", the model's own noise maps; "random", fresh ones drawn from each picture's own
        ``noise_seeds`` (its place when None); "none". Raises :class:`Cancelled` soon after ``cancel`` is set.
        """
        if noise_mode not in NOISE_MODES:
            raise InputError(f"The noise mode is one of {', '.join(NOISE_MODES)}, not {noise_mode!r}.")
        cancel = cancel or CancelToken()
        seeds = list(range(len(ws))) if noise_seeds is None else list(noise_seeds)
        start = 0
        while start < len(ws):
            part = slice(start, start + self.batch)
            made = self._try(ws[part], noise_mode, seeds[part], cancel)
            if made is not None:
                yield from made
                start += len(made)

    def _try(self, ws: np.ndarray, noise_mode: str, seeds: list[int], cancel: CancelToken) -> np.ndarray | None:
        """One batch, or None after memory ran out and batches were made smaller."""
        try:
            # In a thread, as one batch of a large network takes longer than a person who cancels should wait.
            return cancellable(lambda _: self._synthesise(ws, noise_mode, seeds), cancel)
        except (RuntimeError, MemoryError) as error:
            if isinstance(error, GANAnomalyError) or not out_of_memory(error) or self.batch == 1:
                raise
        self.batch = max(min(self.batch, len(ws)) // 2, 1)
        if self.device.startswith("cuda"):
            import torch

            torch.cuda.empty_cache()
        return None

    def _synthesise(self, ws: np.ndarray, noise_mode: str, seeds: list[int]) -> np.ndarray:
        import torch

        noises = None
        if noise_mode == "random":
            noises = random_noises(self.generator.synthesis.noise_shapes(), seeds, self.device)
        with torch.no_grad():
            latents = torch.from_numpy(np.ascontiguousarray(ws, np.float32)).to(self.device)
            mode = "none" if noise_mode == "none" else "const"
            images = self.generator.synthesis(latents, noise_mode=mode, noises=noises).float().cpu().numpy()
        if not np.isfinite(images).all():
            raise InputError(
                f"The model {self.card.name!r} makes pictures that are not numbers: its weights, latents or psi are "
                "out of range."
            )
        return images
