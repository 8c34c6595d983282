"""The network of the VQ-VAE: MONAI's, as the comparison of normative models uses it.

van den Oord, Vinyals and Kavukcuoglu, "Neural Discrete Representation Learning", NeurIPS 2017.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from monai.networks.nets import VQVAE

    from .architecture import VqvaeArchitecture

DOWN = (2, 4, 1, 1)
"""Stride, kernel, dilation and padding of a step down."""
UP = (*DOWN, 0)
COMMITMENT = 0.25
"""Weight of how far the encoder's answers are from their codes."""
DECAY = 0.5
"""What a step of training keeps of the codebook."""


def vq_vae(architecture: VqvaeArchitecture, channels: int) -> VQVAE:
    """Images (N, C, R, R) in [0, 1] to their restorations of the same shape, and the loss of commitment."""
    from monai.networks.nets import VQVAE

    widths = (architecture.width,) * architecture.levels
    return VQVAE(
        spatial_dims=2,
        in_channels=channels,
        out_channels=channels,
        channels=widths,
        num_res_layers=architecture.residual,
        num_res_channels=widths,
        downsample_parameters=(DOWN,) * architecture.levels,
        upsample_parameters=(UP,) * architecture.levels,
        num_embeddings=architecture.codes,
        embedding_dim=architecture.code_width,
        commitment_cost=COMMITMENT,
        decay=DECAY,
    )
