"""Trains MorphAEus: first an autoencoder, then the field that bends its image, too."""

from ..trainer_kinds import TrainerKind

TRAINER = TrainerKind("morphaeus", "MorphAEus, a deformable autoencoder", __name__)
