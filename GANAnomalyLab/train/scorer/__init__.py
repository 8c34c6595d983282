"""Teaches a small network on made-up anomalies what is abnormal in what another model says of a slice."""

from ..trainer_kinds import TrainerKind

TRAINER = TrainerKind("scorer", "Learned scorer", __name__)
"""The trainer of :mod:`GANAnomalyLib.detectors.scorer`."""
