"""The network of the VQ-VAE: MONAI's, as the comparison of normative models uses it.

van den Oord, Vinyals and Kavukcuoglu, "Neural Discrete Representation Learning", NeurIPS 2017.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monai.networks.nets import VQVAE

DOWN = (2, 4, 1, 1)
"""Stride, kernel, dilation and padding of a step down."""
UP = (*DOWN, 0)
COMMITMENT = 0.25
"""Weight of how far the encoder's answers are from their codes."""


def vq_vae(
    channels: int = 256, levels: int = 2, residual: int = 2, codes: int = 16, code_width: int = 64, decay: float = 0.5
) -> VQVAE:
    """Images (N, 1, R, R) to their restorations of the same shape, and the commitment loss.

    Parameters
    ----------
    channels: of every level. levels: steps down, each halves the side. residual: residual layers a level.
    codes, code_width: the codebook's entries, and numbers of one.
    decay: what a step of training keeps of the codebook.
    """
    from monai.networks.nets import VQVAE

    return VQVAE(
        spatial_dims=2,
        in_channels=1,
        out_channels=1,
        channels=(channels,) * levels,
        num_res_layers=residual,
        num_res_channels=(channels,) * levels,
        downsample_parameters=(DOWN,) * levels,
        upsample_parameters=(UP,) * levels,
        num_embeddings=codes,
        embedding_dim=code_width,
        commitment_cost=COMMITMENT,
        decay=decay,
    )
