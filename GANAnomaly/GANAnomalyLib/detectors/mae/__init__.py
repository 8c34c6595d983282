"""Masked autoencoder: each patch of a slice is explained by what is predicted for it from the others."""

from ..kinds import DetectorKind

KIND = DetectorKind("mae", "Masked autoencoder", __name__, published_mode=True, needs=("monai>=1.6", "einops>=0.6"))
