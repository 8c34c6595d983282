"""A published latent transformer's tensors under our names."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor


def converted(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The published tensors as :func:`~.network.transformer` holds them; masks, which follow from the length, go."""
    return {
        name.replace(".norm3.", ".norm2."): value for name, value in tensors.items() if not name.endswith("causal_mask")
    }
