"""The detector: as that of a variational autoencoder."""

from ..vae.detector import VaeDetector

DETECTOR = VaeDetector
