"""Building the networks from a card and tensors, and from two published state dicts."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from torch import Tensor, nn

from ...errors import InputError
from ...models.card import ModelCard
from ..restorer.load import Published, Restorer, RestorerModel, Shapes
from ..restorer.published_files import published_state, shapes_of
from ..vqvae import load as vqvae
from ..vqvae.network import vq_vae
from .architecture import LtmArchitecture
from .network import transformer

BESIDE = "vqvae.pt"
"""Where the VQ-VAE of a published transformer is looked for."""
PUBLISHED_HEADS = 16
_TOKENS, _PLACES = "token_embeddings.weight", "position_embeddings.embedding.weight"


def build(architecture: LtmArchitecture, resolution: int, channels: int) -> dict[str, nn.Module]:
    """See :class:`Restorer`."""
    return {"vqvae": vq_vae(architecture, channels), "transformer": transformer(architecture, resolution)}


RESTORER = Restorer("ltm", LtmArchitecture, build)
load_model = RESTORER.load_model


def load_published(path: Path, device: str) -> RestorerModel | None:
    """See :meth:`Restorer.load_published`. The published file holds the transformer only: the VQ-VAE's has to lie
    beside it as ``vqvae.pt``."""
    return _reader(path).load_published(path, device)


def convert_published(source: Path, destination: Path, card: ModelCard, which: str, force: bool) -> ModelCard | None:
    """See :meth:`Restorer.convert_published`, and above."""
    return _reader(source).convert_published(source, destination, card, which, force)


def _reader(path: Path) -> Restorer:
    return replace(RESTORER, recognise=partial(_recognise, path.parent / BESIDE, path.name))


def _recognise(beside: Path, name: str, shapes: Shapes) -> Published | None:
    tokens, places = shapes.get(_TOKENS, ()), shapes.get(_PLACES, ())
    if len(tokens) != 2 or len(places) != 2:
        return None
    other = vqvae.recognise(shapes_of(beside) or {})
    if other is None:
        raise InputError(
            f"{name} holds the transformer of a latent transformer only: put the state dict of its VQ-VAE beside it, "
            f"as {BESIDE}."
        )
    depth = len({part.split(".")[1] for part in shapes if part.startswith("blocks.")})
    architecture = {**other.architecture, "token_width": tokens[1], "depth": depth, "heads": PUBLISHED_HEADS}
    side = round(places[0] ** 0.5) << other.architecture["levels"]

    def converted(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
        return vqvae.converted(published_state(beside), "vqvae") | transformer_tensors(tensors)

    return Published(side, architecture, converted, other.channels)


def transformer_tensors(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """A published transformer's tensors under our names; masks, which follow from the length, are left out."""
    return {
        f"transformer.{name.replace('.norm3.', '.norm2.')}": value
        for name, value in tensors.items()
        if not name.endswith(".causal_mask")
    }
