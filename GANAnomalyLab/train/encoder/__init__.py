"""An encoder for a trained generator: from an image to the w that makes it, the start of the fast projection."""

from ..trainer_kinds import TrainerKind

TRAINER = TrainerKind("encoder", "Find a slice's latent at once, for fast analysis", __name__, own_command=True)
