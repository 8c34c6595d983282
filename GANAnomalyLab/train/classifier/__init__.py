"""Trains a network to tell classes of labelled pictures apart, on real ones, synthetic ones, or both."""

from ..trainer_kinds import TrainerKind

TRAINER = TrainerKind("classifier", "Classifier of labelled pictures", __name__, own_command=True)
"""The trainer of :mod:`GANAnomalyLib.classifiers`; its command differs from others in its words only."""
