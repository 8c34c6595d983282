"""A published masked autoencoder's tensors under our names."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

_PARTS = (
    ("patch_embed.proj.", "patch_embedding.patch_embeddings."),
    ("mask_token", "mask_tokens"),
    ("decoder_pos_embed", "decoder_pos_embedding"),
    ("pos_embed", "patch_embedding.position_embeddings"),
    (".attn.proj.", ".attn.out_proj."),
    (".mlp.fc1.", ".mlp.linear1."),
    (".mlp.fc2.", ".mlp.linear2."),
)


def ours(name: str, depth: int, decoder_depth: int) -> str:
    """What :class:`~.network.MaskedAutoencoder` calls the published tensor ``name``; ``depth`` counts its blocks."""
    for before, start in (("norm.", f"blocks.{depth}."), ("decoder_norm.", f"decoder_blocks.{decoder_depth}.")):
        if name.startswith(before):
            return f"vit.{start}{name[len(before) :]}"
    for published, here in _PARTS:
        if published in name:
            return f"vit.{name.replace(published, here)}"
    return f"vit.{name}"


def converted(tensors: Mapping[str, Tensor], depth: int = 12, decoder_depth: int = 8) -> dict[str, Tensor]:
    """The published tensors as :class:`~.network.MaskedAutoencoder` holds them.

    The published tables of places have a first row of zeros for the token that is no patch; ours begin with the first
    patch.
    """
    return {
        ours(name, depth, decoder_depth): value[:, 1:].clone() if name.endswith("pos_embed") else value
        for name, value in tensors.items()
    }
