"""Trains AnoDDPM's network for autoDDPM, and finds the threshold of its masks."""

from ..trainer_kinds import TrainerKind

TRAINER = TrainerKind("autoddpm", "autoDDPM", __name__)
