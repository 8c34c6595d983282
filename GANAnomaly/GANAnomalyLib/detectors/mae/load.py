"""Building the network from its card and tensors, and from a published state dict."""

from __future__ import annotations

from functools import partial

from torch import Tensor, nn

from ..restorer.load import Published, Restorer, Shapes
from .architecture import MaeArchitecture
from .network import MaskedAutoencoder

PUBLISHED_SIDE, PUBLISHED_HEADS = 128, 16
_CUT, _HIDDEN, _ANSWER = "patch_embed.proj.weight", "mask_token", "decoder_pred.weight"
_PARTS = (
    ("patch_embed.proj.", "patch_embedding.patch_embeddings."),
    ("mask_token", "mask_tokens"),
    (".attn.proj.", ".attn.out_proj."),
    (".mlp.fc1.", ".mlp.linear1."),
    (".mlp.fc2.", ".mlp.linear2."),
)


def build(architecture: MaeArchitecture, resolution: int, channels: int) -> dict[str, nn.Module]:
    """See :class:`Restorer`."""
    return {"network": MaskedAutoencoder(architecture, resolution, channels)}


def recognise(shapes: Shapes) -> Published | None:
    """What a state dict with the names of the published masked autoencoder is of; None for other names."""
    cut, token, answer = (shapes.get(name, ()) for name in (_CUT, _HIDDEN, _ANSWER))
    if len(cut) != 4 or len(token) != 3 or len(answer) != 2:
        return None
    depths = [
        len({name.split(".")[1] for name in shapes if name.startswith(f"{part}.")})
        for part in ("blocks", "decoder_blocks")
    ]
    architecture = {
        "patch": cut[-1],
        "width": cut[0],
        "depth": depths[0],
        "heads": PUBLISHED_HEADS,
        "decoder_width": answer[1],
        "decoder_depth": depths[1],
        "decoder_heads": PUBLISHED_HEADS,
    }
    places = shapes.get("pos_embed", ())
    side = round((places[1] - 1) ** 0.5) * cut[-1] if len(places) == 3 else PUBLISHED_SIDE
    return Published(side, architecture, partial(converted, depths=depths), cut[1])


def converted(tensors: dict[str, Tensor], depths: list[int]) -> dict[str, Tensor]:
    """The published tensors under our names; tables of places, which follow from the sizes, are left out."""
    return {_ours(name, depths): value for name, value in tensors.items() if not name.endswith("pos_embed")}


def _ours(name: str, depths: list[int]) -> str:
    """The published layer normalisation behind the blocks is MONAI's last block."""
    for before, after in (("norm.", f"blocks.{depths[0]}."), ("decoder_norm.", f"decoder_blocks.{depths[1]}.")):
        if name.startswith(before):
            name = after + name[len(before) :]
    for published, here in _PARTS:
        name = name.replace(published, here)
    return f"network.vit.{name}"


RESTORER = Restorer("mae", MaeArchitecture, build, recognise)
load_model, load_published = RESTORER.load_model, RESTORER.load_published
convert_published = RESTORER.convert_published
