"""Trains the reversed autoencoder."""

from ..trainer_kinds import TrainerKind

TRAINER = TrainerKind("ra", "Reversed autoencoder", __name__)
