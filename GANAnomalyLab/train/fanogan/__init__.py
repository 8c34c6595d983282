"""Trains f-AnoGAN: first a Wasserstein GAN, then the encoder to its latents."""

from ..trainer_kinds import TrainerKind

TRAINER = TrainerKind("fanogan", "f-AnoGAN", __name__)
