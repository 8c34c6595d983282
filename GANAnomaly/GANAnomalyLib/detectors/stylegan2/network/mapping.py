"""The mapping network: latent z and label c to the intermediate latent w."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .layers import Dense, full_precision, unit_moment

MAPPING_LR_MULTIPLIER = 0.01


class MappingNetwork(nn.Module):
    """z (N, z_dim) and c (N, c_dim) to ws (N, num_ws, w_dim), or to (N, w_dim) when ``num_ws`` is None.

    ``z_dim`` 0 maps the label alone (the discriminator's use). ``embed_features`` is the label's embedding width,
    ``w_dim`` unless a checkpoint says otherwise.
    """

    w_avg: Tensor

    def __init__(self, z_dim: int, c_dim: int, w_dim: int, num_ws: int | None, num_layers: int = 8) -> None:
        super().__init__()
        self.z_dim, self.c_dim, self.w_dim, self.num_ws, self.num_layers = z_dim, c_dim, w_dim, num_ws, num_layers
        width = z_dim
        if c_dim > 0:
            self.embed = Dense(c_dim, w_dim)
            width += w_dim
        for index in range(num_layers):
            layer = Dense(width if index == 0 else w_dim, w_dim, MAPPING_LR_MULTIPLIER, lrelu=True)
            self.add_module(f"fc{index}", layer)
        if num_ws is not None:
            self.register_buffer("w_avg", torch.zeros(w_dim))

    def forward(
        self,
        z: Tensor | None,
        c: Tensor | None = None,
        truncation_psi: float = 1.0,
        truncation_cutoff: int | None = None,
    ) -> Tensor:
        """Raises ValueError when the network is conditional and ``c`` (N, c_dim), one-hot, is missing."""
        parts = []
        if self.z_dim > 0:
            if z is None or z.shape[1] != self.z_dim:
                raise ValueError(f"z must be (N, {self.z_dim})")
            parts.append(unit_moment(full_precision(z)))
        if self.c_dim > 0:
            if c is None or c.shape[1] != self.c_dim:
                raise ValueError(f"this network is conditional: c must be (N, {self.c_dim}), one-hot")
            parts.append(unit_moment(self.embed(full_precision(c))))
        x = torch.cat(parts, 1)
        for index in range(self.num_layers):
            x = getattr(self, f"fc{index}")(x)
        if self.num_ws is None:
            return x
        ws = x[:, None].repeat(1, self.num_ws, 1)
        if truncation_psi != 1.0:
            cutoff = self.num_ws if truncation_cutoff is None else truncation_cutoff
            truncated = torch.lerp(self.w_avg, ws[:, :cutoff], truncation_psi)
            ws = torch.cat([truncated, ws[:, cutoff:]], 1)
        return ws
