"""Which device computes."""

from __future__ import annotations

from ..errors import InputError, option


def choose_device(name: str) -> str:
    """The torch device for "auto", "cpu", "cuda" or "mps"; raises :class:`InputError` for one that is not there."""
    import torch

    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if name == "cuda" and not cuda:
        raise InputError(
            f"No CUDA device can be used here: take {option('device', 'auto')}, or install a CUDA build of torch.",
            field="device",
        )
    if name == "mps" and not mps:
        raise InputError(f"No Apple GPU can be used here: take {option('device', 'auto')} or cpu.", field="device")
    if name == "auto":
        return "cuda" if cuda else "cpu"
    return name
