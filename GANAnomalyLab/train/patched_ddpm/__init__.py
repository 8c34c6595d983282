"""Trains the patched diffusion model."""

from ..trainer_kinds import TrainerKind

TRAINER = TrainerKind("patched_ddpm", "Patched DDPM", __name__)
