"""A context-encoding variational autoencoder: one that also learns to fill in what was painted over."""

from ..kinds import DetectorKind

KIND = DetectorKind("cevae", "Context-encoding variational autoencoder", __name__)
