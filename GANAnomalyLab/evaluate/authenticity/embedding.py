"""What images are compared by: features of a small network learnt on ordinary pictures, or latents."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files.reading import read_array
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback

from ...statistics.neighbours import unit_rows
from .picture_sets import PictureSet

_AT_ONCE = 16
_FEW = 10
"""Fewer reference images do not say how features are spread."""
PROJECTED = "projected_w.npz"


@dataclass(frozen=True)
class Scale:
    """Features as they are compared: each less its ``mean`` and over its ``spread``, rows brought to length 1."""

    mean: np.ndarray
    spread: np.ndarray

    @classmethod
    def of(cls, reference: np.ndarray) -> Scale:
        """Mean and deviation (D,) of (N, D) reference features; of fewer than ten, nothing is taken off."""
        if len(reference) < _FEW:
            width = reference.shape[1]
            return cls(np.zeros(width, np.float32), np.ones(width, np.float32))
        spread = reference.std(0)
        return cls(reference.mean(0), np.where(spread > 1e-6, spread, 1).astype(np.float32))

    def __call__(self, features: np.ndarray) -> np.ndarray:
        return unit_rows((features - self.mean) / self.spread)


def image_features(pictures: PictureSet, progress: ProgressCallback, cancel: CancelToken, what: str) -> np.ndarray:
    """(N, 512) float32: what :class:`GANAnomalyLab.features.picture_features.PictureFeatures` answers to each image."""
    import torch

    from ...features.picture_features import WIDTH, PictureFeatures

    network = PictureFeatures()
    out = np.empty((len(pictures), WIDTH), np.float32)
    for start in range(0, len(pictures), _AT_ONCE):
        cancel.check()
        progress(start / len(pictures), Message("features_of_images", what=what, number=start, count=len(pictures)))
        stop = min(start + _AT_ONCE, len(pictures))
        pixels = torch.from_numpy(np.stack([pictures.pixels(n) for n in range(start, stop)]))
        out[start:stop] = network((pixels.float() / 255).expand(-1, 3, -1, -1)).numpy()
    return out


def read_image_latents(path: Path | str, count: int, title: str) -> np.ndarray:
    """(N, D) float32 latents of ``count`` images, in the order of their names.

    ``path`` is an .npz with the key ``w`` or an .npy, (N, ...), or the folder of a projection, whose pictures each have
    a folder with one. Raises :class:`InputError` when there are more or fewer than images, or they are no numbers.
    """
    path = Path(path)
    if path.is_dir():
        files = sorted(path.rglob(PROJECTED), key=lambda file: file.relative_to(path).as_posix())
        if not files:
            raise InputError(f"{path} holds no {PROJECTED}: give the folder of a projection, or a file of latents.")
        rows = [_latents(file).reshape(1, -1) for file in files]
        if len({row.shape for row in rows}) > 1:
            raise InputError(f"The latents in {path} are of different models: project all images with one.")
        found = np.concatenate(rows)
    else:
        found = _latents(path)
        found = found.reshape(len(found), -1) if found.ndim > 1 else found[None]
    if len(found) != count:
        raise InputError(
            f"{path.name} holds {len(found)} latents for the {count} images of {title}: give one for each."
        )
    return found


def _latents(path: Path) -> np.ndarray:
    if not path.is_file():
        raise InputError(f"There is no file of latents {path}: check the path.")
    found = np.asarray(read_array(path, "w" if path.suffix.lower() == ".npz" else None))
    if found.dtype.kind not in "fiu" or not found.size or not found.ndim or not np.isfinite(found).all():
        raise InputError(f"{path.name} holds no latents: give a file of finite numbers, a row for each image.")
    return found.astype(np.float32)
