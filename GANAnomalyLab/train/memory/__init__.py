"""Makes a memory of normal features: nothing is trained, slices are looked at once."""

from ..trainer_kinds import TrainerKind

TRAINER = TrainerKind("memory", "Memory of normal features", __name__)
"""The trainer of :mod:`GANAnomalyLib.detectors.memory`."""
