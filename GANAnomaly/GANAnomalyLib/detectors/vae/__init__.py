"""A variational autoencoder: a slice is decoded from what few numbers say of it."""

from ..kinds import DetectorKind

KIND = DetectorKind("vae", "Variational autoencoder", __name__)
