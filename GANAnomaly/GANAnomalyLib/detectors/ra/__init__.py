"""The reversed autoencoder: an introspective one whose encoder sees the same in an image and in its restoration."""

from ..kinds import DetectorKind

KIND = DetectorKind(
    "ra", "Reversed autoencoder", __name__, own_scores=True, own_map=True, needs=("scikit-image>=0.22",)
)
