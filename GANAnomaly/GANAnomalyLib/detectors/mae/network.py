"""The masked autoencoder: MONAI's vision transformers, given which patches they see.

He et al., "Masked Autoencoders Are Scalable Vision Learners", CVPR 2022.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ...running.quiet import quiet

EPSILON = 1e-6
"""Of the published layer normalisation."""


class MaskedAutoencoder(nn.Module):
    """Predicts all patches of an image from some of them.

    Parameters
    ----------
    resolution: R, of images (N, 1, R, R) in [0, 1]. patch: side of a patch in pixels; R is a multiple of it.
    width, depth, heads: of the encoder, which sees the shown patches only; a width is a multiple of four and of heads.
    decoder_width, decoder_depth, decoder_heads: of the decoder, which sees all places.
    mlp_ratio: how much wider than a token the layers between two of them are.
    """

    def __init__(
        self,
        resolution: int,
        patch: int = 16,
        width: int = 512,
        depth: int = 12,
        heads: int = 16,
        decoder_width: int = 512,
        decoder_depth: int = 8,
        decoder_heads: int = 16,
        mlp_ratio: int = 4,
    ) -> None:
        from monai.networks.nets import MaskedAutoEncoderViT

        super().__init__()
        self.patch, self.side = patch, resolution // patch
        with quiet():  # it builds its grid of places in a way that torch will call otherwise
            self.vit = MaskedAutoEncoderViT(
                in_channels=1,
                img_size=resolution,
                patch_size=patch,
                hidden_size=width,
                mlp_dim=mlp_ratio * width,
                num_layers=depth,
                num_heads=heads,
                decoder_hidden_size=decoder_width,
                decoder_mlp_dim=mlp_ratio * decoder_width,
                decoder_num_layers=decoder_depth,
                decoder_num_heads=decoder_heads,
                spatial_dims=2,
                qkv_bias=True,
            )
        for block in (*self.vit.blocks[:-1], *self.vit.decoder_blocks[:-1]):
            block.norm_cross_attn = nn.Identity()  # of attention to a context, which there is none of
        for layer in self.vit.modules():
            if isinstance(layer, nn.LayerNorm):
                layer.eps = EPSILON

    @property
    def patches(self) -> int:
        """How many patches an image has."""
        return self.side**2

    def forward(self, images: Tensor, shown: Tensor) -> Tensor:
        """All patches (N, P, patch * patch) as predicted from those numbered ``shown`` (N, K) int64, row by row."""
        vit, rows = self.vit, torch.arange(len(images), device=images.device)[:, None]
        tokens = vit.patch_embedding(images)[rows, shown]
        seen = vit.decoder_embed(vit.blocks(torch.cat([vit.cls_token.expand(len(images), -1, -1), tokens], 1)))
        placed = vit.mask_tokens.to(seen.dtype).repeat(len(images), self.patches, 1)
        placed[rows, shown] = seen[:, 1:]
        answer = vit.decoder_blocks(torch.cat([seen[:, :1], placed + vit.decoder_pos_embedding], 1))
        predicted: Tensor = vit.decoder_pred(answer)[:, 1:]
        return predicted

    def cut(self, images: Tensor) -> Tensor:
        """The patches (N, P, patch * patch) of images (N, 1, R, R)."""
        grid = images.reshape(len(images), self.side, self.patch, self.side, self.patch)
        return grid.transpose(2, 3).reshape(len(images), self.patches, -1)

    def joined(self, patches: Tensor) -> Tensor:
        """The images of their patches: the inverse of :meth:`cut`."""
        grid = patches.reshape(len(patches), self.side, self.side, self.patch, self.patch)
        size = self.side * self.patch
        return grid.transpose(2, 3).reshape(len(patches), 1, size, size)


def hidden(patches: int, shown: Tensor) -> Tensor:
    """(N, P) float32: 1 for a patch that is hidden, 0 for one of those numbered ``shown`` (N, K)."""
    return torch.ones(len(shown), patches, device=shown.device).scatter(1, shown, 0.0)


def masked_error(predicted: Tensor, patches: Tensor, mask: Tensor) -> Tensor:
    """The mean square error of ``predicted`` (N, P, D) over the hidden patches, for which ``mask`` (N, P) is 1.

    He et al. 2022, section 3, without normalised targets.
    """
    error = (predicted - patches).square().mean(-1)
    return (error * mask).sum() / mask.sum()
