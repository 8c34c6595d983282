"""The masked autoencoder: MONAI's vision transformers, given which patches they see.

He et al., "Masked Autoencoders Are Scalable Vision Learners", CVPR 2022.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ...running.quiet import quiet
from .architecture import MaeArchitecture

EPSILON = 1e-6
"""Of the published layer normalisation."""
WIDER = 4
"""How much wider than a token the layers between attention and attention are."""


class MaskedAutoencoder(nn.Module):
    """Predicts all patches of an image (N, C, R, R) in [0, 1] from some of them."""

    def __init__(self, architecture: MaeArchitecture, resolution: int, channels: int) -> None:
        import einops  # noqa: F401  MONAI says later, and otherwise, that it is missing
        from monai.networks.nets import MaskedAutoEncoderViT

        super().__init__()
        self.patch, self.side, self.channels = architecture.patch, resolution // architecture.patch, channels
        with quiet():  # of how it makes its grid of places
            self.vit = MaskedAutoEncoderViT(
                in_channels=channels,
                img_size=resolution,
                patch_size=architecture.patch,
                hidden_size=architecture.width,
                mlp_dim=WIDER * architecture.width,
                num_layers=architecture.depth,
                num_heads=architecture.heads,
                decoder_hidden_size=architecture.decoder_width,
                decoder_mlp_dim=WIDER * architecture.decoder_width,
                decoder_num_layers=architecture.decoder_depth,
                decoder_num_heads=architecture.decoder_heads,
                spatial_dims=2,
                qkv_bias=True,
            )
        for block in (*self.vit.blocks[:-1], *self.vit.decoder_blocks[:-1]):
            block.norm_cross_attn = nn.Identity()  # of attention to a context, which there is none of
        for layer in self.vit.modules():
            if isinstance(layer, nn.LayerNorm):
                layer.eps = EPSILON
        _computed(self.vit.patch_embedding, "position_embeddings")
        _computed(self.vit, "decoder_pos_embedding")

    @property
    def patches(self) -> int:
        """How many patches an image has."""
        return self.side**2

    def forward(self, images: Tensor, shown: Tensor) -> Tensor:
        """All patches (N, P, D) as predicted from those numbered ``shown`` (N, K) int64, row by row."""
        vit, rows = self.vit, torch.arange(len(images), device=images.device)[:, None]
        tokens = vit.patch_embedding(images)[rows, shown]
        seen = vit.decoder_embed(vit.blocks(torch.cat([vit.cls_token.expand(len(images), -1, -1), tokens], 1)))
        placed = vit.mask_tokens.to(seen.dtype).repeat(len(images), self.patches, 1)
        placed[rows, shown] = seen[:, 1:]
        answer = vit.decoder_blocks(torch.cat([seen[:, :1], placed + vit.decoder_pos_embedding], 1))
        predicted: Tensor = vit.decoder_pred(answer)[:, 1:]
        return predicted

    def cut(self, images: Tensor) -> Tensor:
        """The patches (N, P, D) of images (N, C, R, R): D numbers by row, column and channel."""
        grid = images.reshape(-1, self.channels, self.side, self.patch, self.side, self.patch)
        return grid.permute(0, 2, 4, 3, 5, 1).reshape(len(images), self.patches, -1)

    def joined(self, patches: Tensor) -> Tensor:
        """The images of their patches: the inverse of :meth:`cut`."""
        grid = patches.reshape(-1, self.side, self.side, self.patch, self.patch, self.channels)
        size = self.side * self.patch
        return grid.permute(0, 5, 1, 3, 2, 4).reshape(len(patches), self.channels, size, size)


def _computed(module: nn.Module, name: str) -> None:
    """A parameter that follows from the sizes and never learns is no weight of a file."""
    value = getattr(module, name).detach()
    delattr(module, name)
    module.register_buffer(name, value, persistent=False)


def hidden(patches: int, shown: Tensor) -> Tensor:
    """(N, P) float32: 1 for a patch that is hidden, 0 for one of those numbered ``shown`` (N, K)."""
    return torch.ones(len(shown), patches, device=shown.device).scatter(1, shown, 0.0)


def masked_error(predicted: Tensor, patches: Tensor, mask: Tensor) -> Tensor:
    """The mean square error of ``predicted`` (N, P, D) over the hidden patches, for which ``mask`` (N, P) is 1.

    He et al. 2022, section 3, without normalised targets.
    """
    error = (predicted - patches).square().mean(-1)
    return (error * mask).sum() / mask.sum()
