"""Trains AnoDDPM's network."""

from ..trainer_kinds import TrainerKind

TRAINER = TrainerKind("anoddpm", "AnoDDPM", __name__)
