"""Trains the variational autoencoder."""

from ..trainer_kinds import TrainerKind

TRAINER = TrainerKind("vae", "Variational autoencoder", __name__)
