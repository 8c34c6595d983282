"""Latents: drawn from seeds, read from a projection's file, and the checks of what steers them."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files.reading import read_array

if TYPE_CHECKING:
    from torch import Tensor

LATENT_FILE_LIMIT = 256 << 20
"""Bytes, unpacked; a thousand latents of the largest published networks take 37 MB."""
KEY = "w"
_NEITHER_NPZ_NOR_NPY = "give the projected_w.npz of a projection, or a .npy array"


def seed_z(seeds: Sequence[int], z_dim: int) -> np.ndarray:
    """z (N, z_dim) float32 of seeds: one NumPy ``RandomState(seed).randn(1, z_dim)`` each, as published tools draw it.

    So a seed gives the same z on every computer, alone or among others.
    """
    drawn = [np.random.RandomState(seed).randn(1, z_dim) for seed in seeds]
    return np.concatenate(drawn).astype(np.float32) if drawn else np.empty((0, z_dim), np.float32)


def one_hot(chosen: int | None, classes: int) -> np.ndarray | None:
    """The class ``chosen`` as (classes,) float32, or None for a network without classes.

    Raises :class:`InputError` for a class that is missing, does not exist, or was given to a network without classes.
    """
    if classes == 0:
        if chosen is not None:
            raise InputError(f"This model has no classes, so class {chosen} means nothing to it: leave the class out.")
        return None
    if chosen is None or not 0 <= chosen < classes:
        wrong = "none was given" if chosen is None else f"there is no class {chosen}"
        raise InputError(f"This model has {classes} classes, 0 to {classes - 1}, and {wrong}: choose one with --class.")
    return np.eye(classes, dtype=np.float32)[chosen]


def checked_psi(psi: float) -> float:
    """The truncation psi; :class:`InputError` when it is no finite number. 1 changes nothing, 0 is the mean picture."""
    if not isinstance(psi, int | float) or isinstance(psi, bool) or not math.isfinite(psi):
        raise InputError(f"The truncation psi must be a number such as 0.7, not {psi!r}.")
    return float(psi)


def random_noises(shapes: dict[str, int], seeds: Sequence[int], device: str) -> dict[str, Tensor]:
    """Noise maps by layer, (N, 1, r, r): N(0, 1), one stream a seed, so that a picture does not depend on its batch."""
    import torch

    streams = [torch.Generator().manual_seed(seed) for seed in seeds]
    return {
        name: torch.stack([torch.randn(1, side, side, generator=stream) for stream in streams]).to(device)
        for name, side in shapes.items()
    }


def read_latents(path: Path | str, num_ws: int, w_dim: int) -> np.ndarray:
    """Latents of a file, (N, num_ws, w_dim) float32.

    ``path`` is an .npz with the key ``w``, as a projection writes it, or an .npy. One w for all layers, (1, w_dim) or
    (N, 1, w_dim), is spread over them; (num_ws, w_dim) is one picture. Nothing in the file is run. Raises
    :class:`InputError` when it is missing, damaged, too large, or holds latents of another shape or no finite numbers.
    """
    path = Path(path)
    try:
        if not path.is_file():
            raise InputError(f"There is no file of latents {path}: check the path.")
        array = _read(path)
    except InputError:
        raise
    except Exception as error:  # damaged archives make zipfile raise almost anything
        raise InputError(
            f"{path.name} cannot be read as latents: {_NEITHER_NPZ_NOR_NPY}.", f"{type(error).__name__}: {error}"
        ) from error
    if array.dtype.kind not in "fiu":
        raise InputError(f"{path.name} holds no numbers: {_NEITHER_NPZ_NOR_NPY}.")
    latents = _spread(array, num_ws, w_dim)
    if latents is None:
        raise InputError(
            f"The latents in {path.name} have shape {array.shape}, this model needs (n, {num_ws}, {w_dim}): give the "
            "model they were found with."
        )
    latents = latents.astype(np.float32)
    if not np.isfinite(latents).all():
        raise InputError(f"{path.name} holds latents that are not numbers (NaN or infinite): project the picture anew.")
    return latents


def _read(path: Path) -> np.ndarray:
    if path.stat().st_size > LATENT_FILE_LIMIT:
        raise InputError(f"{path.name} is too large to be a file of latents: {_NEITHER_NPZ_NOR_NPY}.")
    if not zipfile.is_zipfile(path):
        return _checked_array(_array(path), path)
    with zipfile.ZipFile(path) as archive:
        sizes = {member.filename: member.file_size for member in archive.infolist()}
        if f"{KEY}.npy" not in sizes:
            raise InputError(f"{path.name} holds no latents under the key 'w': {_NEITHER_NPZ_NOR_NPY}.")
        if sizes[f"{KEY}.npy"] > LATENT_FILE_LIMIT:
            raise InputError(f"{path.name} unpacks to more than a file of latents holds: {_NEITHER_NPZ_NOR_NPY}.")
    return _checked_array(_array(path, KEY), path)


def _array(path: Path, key: str | None = None) -> Any:
    try:
        return read_array(path, key, mapped=key is None)
    except InputError as error:
        raise InputError(f"{path.name} cannot be read as latents: {_NEITHER_NPZ_NOR_NPY}.", error.details) from error


def _checked_array(array: Any, path: Path) -> np.ndarray:
    if not isinstance(array, np.ndarray) or array.nbytes > LATENT_FILE_LIMIT:
        raise InputError(f"{path.name} is not a file of latents: {_NEITHER_NPZ_NOR_NPY}.")
    return np.array(array)


def _spread(array: np.ndarray, num_ws: int, w_dim: int) -> np.ndarray | None:
    """(N, num_ws, w_dim) of the shapes that are understood, else None."""
    if array.ndim == 2 and array.shape[0] in (1, num_ws):
        array = array[None]
    if array.ndim != 3 or array.shape[2] != w_dim or array.shape[1] not in (1, num_ws) or len(array) == 0:
        return None
    return np.broadcast_to(array, (len(array), num_ws, w_dim))
