"""AnoDDPM: a slice is half hidden in noise, and a network that knows normal slices takes the noise away."""

from ..kinds import DetectorKind

KIND = DetectorKind("anoddpm", "AnoDDPM", __name__, published_mode=True)
