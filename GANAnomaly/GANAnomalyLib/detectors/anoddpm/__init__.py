"""AnoDDPM: a slice is half hidden in noise, and a network that knows normal slices takes the noise away."""

from ..kinds import DetectorKind

NEEDS = ("monai>=1.6", "opensimplex>=0.4.5")
"""MONAI's network; simplex noise."""
KIND = DetectorKind("anoddpm", "AnoDDPM", __name__, published_mode=True, needs=NEEDS)
