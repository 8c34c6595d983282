"""How the example detector's network is trained."""

from GANAnomalyLab.train.trainer_kinds import TrainerKind

TRAINER = TrainerKind("blur", "A blurred copy, the example of the documentation", __name__)
