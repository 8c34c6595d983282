"""Training AnoDDPM and autoDDPM: the loss worked by hand, and what every restorer's training does."""

from __future__ import annotations

from train.restorers import RestorerTraining

from GANAnomalyLab.train.run_models import snapshots
from GANAnomalyLib.detectors.loading import load_model

QUICK = {
    "widths": [16, 32, 32],
    "attention": 1,
    "head": 32,
    "groups": 8,
    "learnt": 400,
    "learning_rate": 3e-3,
}


class TestAnoDdpmTraining(RestorerTraining):
    kind, steps = "anoddpm", 400
    quick = QUICK
    analysis = {"sampling_steps": 8, "noise_level": 250}  # noqa: RUF012


class TestAutoDdpmTraining(RestorerTraining):
    kind, steps = "autoddpm", 400
    quick = QUICK
    analysis = {"sampling_steps": 8, "noise_level": 250, "fill_level": 150}  # noqa: RUF012

    def test_the_card_keeps_the_threshold_of_masks(self, trained):
        model = load_model(snapshots(trained)[-1])
        assert 0 < model.card.recommended["mask_threshold"] < 2
