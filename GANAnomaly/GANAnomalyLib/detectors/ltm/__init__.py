"""Latent transformer: codes of a slice that a transformer finds unlikely are replaced by the likeliest ones."""

from ..kinds import DetectorKind

KIND = DetectorKind("ltm", "Latent transformer", __name__, needs=("monai>=1.6", "einops>=0.6"))
