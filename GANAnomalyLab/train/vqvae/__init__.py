"""Trains the VQ-VAE."""

from ..trainer_kinds import TrainerKind

TRAINER = TrainerKind("vqvae", "VQ-VAE", __name__)
