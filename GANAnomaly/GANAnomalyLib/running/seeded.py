"""torch's own random numbers for a while: the same for a seed, and nobody else's are disturbed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


@contextlib.contextmanager
def seeded(seed: int, device: torch.device | str = "cpu") -> Iterator[None]:
    """Within it, torch draws as after ``torch.manual_seed(seed)``, on the CPU and on ``device``; then as before.

    For code that takes no ``torch.Generator``, as new layers' first weights. A graphics card other than ``device`` is
    left alone, and not woken. Also a decorator.
    """
    import torch

    sources = [torch.default_generator, *_of_card(torch.device(device))]
    before = [source.get_state() for source in sources]
    try:
        for source in sources:
            source.manual_seed(seed)
        yield
    finally:
        for source, state in zip(sources, before, strict=True):
            source.set_state(state)


def _of_card(device: torch.device) -> list[torch.Generator]:
    import torch

    if device.type == "cuda":
        torch.cuda.init()
        return [torch.cuda.default_generators[torch.cuda.current_device() if device.index is None else device.index]]
    return [torch.mps._get_default_mps_generator()] if device.type == "mps" else []
