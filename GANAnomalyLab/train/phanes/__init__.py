"""Trains PHANES: first a reversed autoencoder, then the inpainter."""

from ..trainer_kinds import TrainerKind

TRAINER = TrainerKind("phanes", "PHANES, pseudo-healthy generative networks", __name__)
