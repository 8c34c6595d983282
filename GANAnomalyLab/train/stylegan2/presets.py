"""The published base configurations (``--cfg``), as a table."""

from __future__ import annotations

from dataclasses import dataclass

Z_DIM = W_DIM = 512
CHANNEL_BASE = 32768
HALF_BLOCKS = 4
"""How many of the highest resolutions compute in half precision where that is on (Karras et al. 2020b)."""


@dataclass(frozen=True)
class Preset:
    """One row of the table; ``gpus`` is what the row was published for. Lengths in thousand images (kimg).

    ``ema_rampup`` is the share of the images seen so far that the average may reach back, None for no such limit.
    ``path_length`` and ``style_mixing`` are the weight and the probability; ``residual`` the discriminator's kind.
    """

    gpus: int
    kimg: float
    batch: int
    mbstd: int
    fmaps: float
    lr: float
    gamma: float
    ema_kimg: float
    ema_rampup: float | None
    mapping_layers: int
    path_length: float = 2.0
    style_mixing: float = 0.9
    residual: bool = True


PRESETS = {
    "stylegan2": Preset(8, 25000, 32, 4, 1.0, 0.002, 10.0, 10.0, None, 8),
    "paper256": Preset(8, 25000, 64, 8, 0.5, 0.0025, 1.0, 20.0, None, 8),
    "paper512": Preset(8, 25000, 64, 8, 1.0, 0.0025, 0.5, 20.0, None, 8),
    "paper1024": Preset(8, 25000, 32, 4, 1.0, 0.002, 2.0, 10.0, None, 8),
    "cifar": Preset(2, 100000, 64, 32, 1.0, 0.0025, 0.01, 500.0, 0.05, 2, 0.0, 0.0, False),
}


def automatic(resolution: int, gpus: int, batch: int | None = None) -> Preset:
    """The row "auto" for images of ``resolution`` on ``gpus`` devices; ``batch`` where that is given."""
    size = batch or max(min(gpus * min(4096 // resolution, 32), 64), gpus)
    if batch is None:
        size -= size % gpus  # numbers of devices that do not divide 64
    return Preset(
        gpus=gpus,
        kimg=25000,
        batch=size,
        mbstd=max(min(size // gpus, 4), 1),
        fmaps=1.0 if resolution >= 512 else 0.5,
        lr=0.002 if resolution >= 1024 else 0.0025,
        gamma=0.0002 * resolution**2 / size,
        ema_kimg=size * 10 / 32,
        ema_rampup=0.05,
        mapping_layers=2,
    )


def preset(cfg: str, resolution: int, gpus: int, batch: int | None = None) -> Preset:
    """The row of the table for ``cfg``, one of "auto" and the keys of ``PRESETS``."""
    return automatic(resolution, gpus, batch) if cfg == "auto" else PRESETS[cfg]
