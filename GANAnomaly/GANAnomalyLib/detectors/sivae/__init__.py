"""A soft introspective variational autoencoder: one whose encoder also tells real images from generated ones."""

from ..kinds import DetectorKind

KIND = DetectorKind("sivae", "Soft introspective variational autoencoder", __name__)
