"""A memory of normal features: every place of a slice is compared with what normal slices show there."""

from ..kinds import DetectorKind

KIND = DetectorKind("memory", "Memory of normal features", __name__, own_scores=True)
"""The memory detector: no training, twenty normal CTs and some minutes make a model."""
