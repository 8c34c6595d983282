"""Simple baselines: the mean image, principal components, the nearest training slice, an autoencoder."""

from ..kinds import DetectorKind

KIND = DetectorKind("baseline", "Simple baseline", __name__)
