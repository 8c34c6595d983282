"""Trains the soft introspective variational autoencoder."""

from ..trainer_kinds import TrainerKind

TRAINER = TrainerKind("sivae", "Soft introspective variational autoencoder", __name__)
