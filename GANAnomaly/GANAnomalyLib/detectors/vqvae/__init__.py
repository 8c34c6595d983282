"""VQ-VAE: a slice is explained by the codes of a small codebook that it is closest to."""

from ..kinds import DetectorKind

KIND = DetectorKind("vqvae", "VQ-VAE", __name__, needs=("monai>=1.6",))
