"""PICARD: hide a part of the image, complete it with normal tissue many times, compare (Konz et al. 2023)."""

from ..kinds import DetectorKind

KIND = DetectorKind("picard", "PICARD completion", __name__, own_scores=True, published_mode=True)
