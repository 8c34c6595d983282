"""Which device computes."""

from __future__ import annotations

from ..errors import InputError


def choose_device(name: str) -> str:
    """The torch device for "auto", "cpu", "cuda" or "mps"; raises :class:`InputError` for one that is not there."""
    import torch

    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if name == "cuda" and not cuda:
        raise InputError("No CUDA device can be used here: take --device auto, or install a CUDA build of torch.")
    if name == "mps" and not mps:
        raise InputError("No Apple GPU can be used here: take --device auto or cpu.")
    if name == "auto":
        return "cuda" if cuda else "cpu"
    return name
