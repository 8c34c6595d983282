"""What a small network learnt on ordinary pictures: its weights, for whatever compares images by its answers."""

from .lite_weights import published_hash, published_weights

__all__ = ["published_hash", "published_weights"]
