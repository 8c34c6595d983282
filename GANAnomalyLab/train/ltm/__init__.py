"""Trains the latent transformer, and the VQ-VAE whose codes it reads where none is given."""

from ..trainer_kinds import TrainerKind

TRAINER = TrainerKind("ltm", "Latent transformer", __name__)
