"""Images that a generator makes while they are measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import hash_array
from GANAnomalyLib.running.progress import CancelToken
from GANAnomalyLib.running.seeded import seeded

from .quality_images import Images

MOST = 50_000
_BLOCK = 32


class GeneratorImages(Images):
    """Images of a StyleGAN2 generator, the same ones for the same seed however many are taken at a time.

    Parameters
    ----------
    generator: with z_dim, c_dim, img_channels and called as StyleGAN2's :class:`Generator`.
    count: how many; None leaves it to each metric.
    seed: of the latents and labels.
    truncation: psi, 1 for none.
    labels: (M, c_dim) from which labels are drawn, as the real images have them; needed by conditional generators.
    noise_mode: "const" gives the same images every time; "random" draws noise as training does, by the same seed.
    mark: what tells this network from others (its file's hash), so that its features can be kept.
    """

    def __init__(
        self,
        generator: Any,
        count: int | None = None,
        seed: int = 0,
        truncation: float = 1.0,
        labels: np.ndarray | None = None,
        noise_mode: str = "const",
        mark: str | None = None,
    ) -> None:
        if count is not None and count < 1:
            raise InputError(f"{count} images cannot be generated: give a number above zero.")
        if generator.c_dim > 0 and (labels is None or len(labels) == 0 or np.shape(labels)[1] != generator.c_dim):
            raise InputError(
                f"The model makes images by class, of {generator.c_dim} classes: give labels of so many classes."
            )
        if generator.img_channels not in (1, 3):
            raise InputError(f"The model makes images of {generator.img_channels} channels: the metrics know 1 or 3.")
        self.generator, self.count, self.seed, self.truncation = generator, count, seed, truncation
        self.labels = None if generator.c_dim == 0 else np.asarray(labels, np.float32)
        self.noise_mode, self.model_hash = noise_mode, mark or ""

    def __len__(self) -> int:
        return MOST if self.count is None else self.count

    def of(self, count: int) -> GeneratorImages:
        """The first ``count`` of them."""
        return GeneratorImages(
            self.generator, count, self.seed, self.truncation, self.labels, self.noise_mode, self.model_hash or None
        )

    def chosen(self, count: int, seed: int) -> GeneratorImages:
        return self.of(min(count, len(self)))

    def latents(self, block: int, pairs: int = 1) -> tuple[Any, Any]:
        """z (``_BLOCK`` * pairs, z_dim) and labels (``_BLOCK``, c_dim) or None of a block, on the generator's device.

        Blocks are drawn by their number, so that any image can be made without the ones before it.
        """
        import torch

        device = next(self.generator.parameters()).device
        random = np.random.default_rng([self.seed, 72, block])
        labels = None
        if self.labels is not None:
            rows = random.integers(len(self.labels), size=_BLOCK)
            labels = torch.from_numpy(self.labels[rows]).to(device)
        z = random.standard_normal((_BLOCK * pairs, self.generator.z_dim), dtype=np.float32)
        return torch.from_numpy(z).to(device), labels

    def batches(self, indices: Sequence[int]) -> Iterator[np.ndarray]:
        wanted = np.asarray(indices, np.int64)
        size = self.at_once()
        breaks = np.flatnonzero(np.diff(wanted // size)) + 1
        for group in np.split(wanted, breaks) if len(wanted) else ():
            yield self._made(int(group[0]) // size, size)[group % size]

    def at_once(self) -> int:
        """How many images are made together: a part of a block, on a CPU few, so that a cancel is heard in time.

        These are always made whole: convolutions round differently for other numbers of images.
        """
        if next(self.generator.parameters()).device.type != "cpu":
            return _BLOCK
        return 4 if self.generator.img_resolution < 256 else 1

    def _made(self, number: int, size: int) -> np.ndarray:
        import torch

        block, start = divmod(number * size, _BLOCK)
        with torch.no_grad(), one_result(self.generator):
            z, labels = self.latents(block)
            z, labels = z[start : start + size], None if labels is None else labels[start : start + size]
            with seeded(int(np.random.default_rng([self.seed, 73, number]).integers(1 << 62)), z.device):
                images = self.generator(z, labels, self.truncation, noise_mode=self.noise_mode)
            return (images.float() * 127.5 + 128).clamp(0, 255).to(torch.uint8).cpu().numpy()

    def mark(self, cancel: CancelToken | None = None) -> str | None:
        if not self.model_hash:
            return None
        labels = "" if self.labels is None else f" {hash_array(self.labels, repr(self.labels.shape))}"
        return f"{self.model_hash} {self.count} {self.seed} {self.truncation:g} {self.noise_mode}{labels}"


@contextmanager
def one_result(network: Any) -> Iterator[None]:
    """Within it, a GPU computes in full 32 bits and the same every time; on a CPU nothing changes."""
    import torch

    half = [module for module in network.modules() if getattr(module, "half", None) is True]
    matmul = torch.backends.cuda.matmul.allow_tf32
    for module in half:
        module.half = False
    torch.backends.cuda.matmul.allow_tf32 = False
    try:
        with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
            yield
    finally:
        torch.backends.cuda.matmul.allow_tf32 = matmul
        for module in half:
            module.half = True
