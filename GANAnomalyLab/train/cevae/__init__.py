"""Trains the context-encoding variational autoencoder."""

from ..trainer_kinds import TrainerKind

TRAINER = TrainerKind("cevae", "Context-encoding variational autoencoder", __name__)
