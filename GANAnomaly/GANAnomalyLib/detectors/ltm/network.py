"""The transformer of the latent transformer: MONAI's, and what comes before each token kept while it restores.

Pinaya et al., "Unsupervised brain imaging 3D anomaly detection and segmentation with transformers", Medical Image
Analysis 2022.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

if TYPE_CHECKING:
    from monai.networks.nets import DecoderOnlyTransformer

    from .architecture import LtmArchitecture


def transformer(architecture: LtmArchitecture, resolution: int) -> DecoderOnlyTransformer:
    """Tokens (N, L) int64 to logits (N, L, codes + 1) of the token that follows each.

    The token behind the last code begins a sequence; L is at most the number of codes of an image.
    """
    import einops  # noqa: F401  MONAI says later, and otherwise, that it is missing
    from monai.networks.nets import DecoderOnlyTransformer

    network = DecoderOnlyTransformer(
        num_tokens=architecture.codes + 1,
        max_seq_len=architecture.places(resolution) ** 2,
        attn_layers_dim=architecture.token_width,
        attn_layers_depth=architecture.depth,
        attn_layers_heads=architecture.heads,
        use_flash_attention=True,
    )
    for block in network.blocks:
        # Of attention to a context, which there is none of; and a mask that this attention does without.
        block.norm_cross_attn = torch.nn.Identity()
        block.attn.register_buffer("causal_mask", torch.empty(0), persistent=False)
    return network


def begun(tokens: Tensor, begin: int) -> Tensor:
    """What a transformer is given to predict ``tokens`` (N, L): the token ``begin`` first, the last one left out."""
    return functional.pad(tokens[:, :-1], (1, 0), value=begin)


class Reader:
    """Reads sequences piece by piece; what it has read of each layer's keys and values is kept.

    Numbers are those of the whole transformer over the whole sequence, up to rounding.

    Parameters
    ----------
    network: in evaluation mode. count: sequences that are read beside each other.
    """

    def __init__(self, network: DecoderOnlyTransformer, count: int) -> None:
        self._network = network
        table = network.token_embeddings.weight
        heads = network.attn_layers_heads
        shape = (count, network.max_seq_len, heads, network.attn_layers_dim // heads)
        self._keys = [table.new_zeros(shape) for _ in network.blocks]
        self._values = [table.new_zeros(shape) for _ in network.blocks]

    def __call__(self, tokens: Tensor, places: Tensor | None = None) -> Tensor:
        """Logits (N, L, V) behind ``tokens`` (N, L), which stand at ``places`` (N, L) of their sequences, rising.

        Without places they are the first ones. What stood there before, and all that was read behind it, does not count
        any more.
        """
        network, rows = self._network, torch.arange(len(tokens), device=tokens.device)[:, None]
        first = places is None
        if places is None:
            places = torch.arange(tokens.shape[1], device=tokens.device).expand(len(tokens), -1)
        seen_until = int(places.max()) + 1
        x = network.token_embeddings(tokens) + network.position_embeddings.embedding(places)
        mask = None if first else _mask(places, seen_until, x.dtype)
        for block, keys, values in zip(network.blocks, self._keys, self._values, strict=True):
            attention, normed = block.attn, block.norm1(x)
            split = (*tokens.shape, keys.shape[2], keys.shape[3])
            keys[rows, places] = attention.to_k(normed).view(split)
            values[rows, places] = attention.to_v(normed).view(split)
            answer = functional.scaled_dot_product_attention(
                attention.to_q(normed).view(split).transpose(1, 2),
                keys[:, :seen_until].transpose(1, 2),
                values[:, :seen_until].transpose(1, 2),
                attn_mask=mask,
                is_causal=first,
            )
            x = x + attention.out_proj(answer.transpose(1, 2).flatten(2))
            x = x + block.mlp(block.norm2(x))
        logits: Tensor = network.to_logits(x)
        return logits


def _mask(places: Tensor, length: int, dtype: torch.dtype) -> Tensor:
    """(N, 1, L, length): 0 where a token at one of ``places`` (N, L) may look, else minus infinity."""
    behind = torch.arange(length, device=places.device) > places[..., None]
    return torch.zeros(behind.shape, dtype=dtype, device=places.device).masked_fill(behind, -torch.inf)[:, None]
