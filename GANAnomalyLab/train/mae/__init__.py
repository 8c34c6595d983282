"""Trains the masked autoencoder."""

from ..trainer_kinds import TrainerKind

TRAINER = TrainerKind("mae", "Masked autoencoder", __name__)
