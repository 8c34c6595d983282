"""A tiny generator, images that it can make, and settings with which an encoder for it trains in seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from GANAnomalyLab.images import ImageSet
from GANAnomalyLab.train.encoder.encoder_config import EncoderConfig
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.stylegan2.network.generator import Generator
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.store import save_model

NETWORK = {
    "z_dim": 4,
    "c_dim": 0,
    "w_dim": 4,
    "img_resolution": 16,
    "img_channels": 1,
    "mapping_layers": 1,
    "channel_base": 128,
    "channel_max": 16,
}


def write_model(path: Path, **changes) -> Path:
    """A generator of random weights, gentle enough to look like pictures; at the path."""
    torch.manual_seed(0)
    network = Generator(**{**NETWORK, **changes})
    with torch.no_grad():
        for block in network.synthesis.children():
            block.torgb.weight.mul_(0.2)
    tensors = {f"G_ema.{name}": value for name, value in network.state_dict().items()}
    card = ModelCard(path.stem, anatomy="test", architecture={"generator": {**NETWORK, **changes}})
    card.thresholds = {"0.01": 3.0}
    card.recommended = {"metric": "mse", "heatmap_threshold": 2.0, "heatmap_thresholds": {"0.05": 1.5}}
    save_model(path, tensors, card)
    return path


def settings(model: Path, out: Path, **changes) -> EncoderConfig:
    usual = {"steps": 6, "batch": 4, "measured": 8, "log_every": 2, "device": "cpu", "threads": 1}
    return EncoderConfig(model=str(model), out=str(out), **{**usual, **changes})


def made_images(model: Path, seed: int = 5) -> ImageSet:
    """Two images of each of twelve patients, which the generator can make."""
    network = load_model(model).generator
    with torch.no_grad():
        z = torch.randn(24, 4, generator=torch.Generator().manual_seed(seed))
        made = network.synthesis(network.mapping(z), noise_mode="none").clamp(-1, 1)
    stored = ((made + 1) * 127.5).round().numpy().astype(np.uint8)
    return ImageSet.from_array(stored, patients=np.arange(24) // 2, kind="volumes")
