"""MorphAEus: an autoencoder's image of what is normal, bent smoothly onto the slice."""

from ..kinds import DetectorKind

KIND = DetectorKind("morphaeus", "MorphAEus, a deformable autoencoder", __name__)
