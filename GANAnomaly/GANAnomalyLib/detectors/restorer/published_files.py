"""Checkpoints as the comparison's authors publish them: a state dict beside settings, read as tensors only."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from torch import Tensor

from ...errors import InputError
from ...models.checkpoint.torch_files import read_state_dict

ENDINGS = (".pt", ".pth")
WEIGHTS = "model_weights."
"""What the names in ``latest_model.pt`` begin with."""


def published_state(path: Path) -> dict[str, Tensor]:
    """The network's tensors of a ``torch.save`` file: those under ``model_weights``, or all where it has none.

    Raises as :func:`~...models.checkpoint.torch_files.read_state_dict`.
    """
    held = read_state_dict(path)
    inside = {name[len(WEIGHTS) :]: value for name, value in held.items() if name.startswith(WEIGHTS)}
    # Saved from several graphics cards, every name begins with "module.".
    return {name.removeprefix("module."): value for name, value in (inside or held).items()}


def shapes_of(path: Path) -> dict[str, tuple[int, ...]] | None:
    """Names and shapes of a published state dict; None for a file that is none."""
    if path.suffix.lower() not in ENDINGS or not path.is_file():
        return None
    about = path.stat()
    # Every kind asks.
    return _shapes(path, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=4)
def _shapes(path: Path, changed: int, size: int) -> dict[str, tuple[int, ...]] | None:
    try:
        return {name: tuple(value.shape) for name, value in published_state(path).items()}
    except InputError:
        return None  # the reader that takes whatever the others leave says what is wrong with it
