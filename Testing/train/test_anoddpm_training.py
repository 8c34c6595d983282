"""Training AnoDDPM and autoDDPM: the loss worked by hand, and what every restorer's training does."""

from __future__ import annotations

import pytest
import torch
from train.restorers import RestorerTraining, discs

from GANAnomalyLab.train.anoddpm.trainer import AnoDdpmTrainer
from GANAnomalyLab.train.diffusion.noises import TrainingNoise
from GANAnomalyLab.train.loop.run_devices import Team
from GANAnomalyLab.train.run_models import snapshots
from GANAnomalyLab.train.trainer_kinds import find_trainer
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.running.seeded import seeded

QUICK = {
    "widths": [16, 32, 32],
    "attention": 1,
    "head": 32,
    "groups": 8,
    "learnt": 400,
    "learning_rate": 3e-3,
}


# Noise that shapes are still seen through: at the published level a square of these sizes comes back from it.
ANALYSIS = {"sampling_steps": 8, "noise_level": 100}


@pytest.mark.minutes
@pytest.mark.slow
class TestAnoDdpmTraining(RestorerTraining):
    kind, steps = "anoddpm", 400
    quick = QUICK
    analysis = ANALYSIS


@pytest.mark.slow
@pytest.mark.minutes
class TestAutoDdpmTraining(RestorerTraining):
    kind, steps = "autoddpm", 400
    quick = QUICK
    analysis = ANALYSIS

    def test_the_card_keeps_the_threshold_of_masks(self, trained):
        model = load_model(snapshots(trained)[-1])
        assert 0 < model.card.recommended["mask_threshold"] < 2


def trainer(tmp_path, kind: str = "anoddpm", **given) -> AnoDdpmTrainer:
    """One with a network that finds no noise at all, as it is before its first step."""
    kinds, images = find_trainer(kind), discs(2, 4)
    settings = kinds.settings.read({**QUICK, "resolution": 32, "batch": 4, "out": str(tmp_path / "run"), **given})
    return kinds.task(settings, images, None, "cpu", Team())


@pytest.mark.parametrize("noise", ["gaussian", "simplex"])
def test_the_loss_is_the_mean_square_of_the_noise_that_was_not_found(tmp_path, noise):
    task, images = trainer(tmp_path, noise=noise), torch.rand(4, 1, 32, 32)
    with seeded(5):
        loss = task.learn_from(images, 0.0, lambda: None)["mse"]
    with seeded(5):
        torch.randint(400, (4,))
        wanted = task.noise.like(images).square().mean()
    assert loss.item() == pytest.approx(float(wanted), rel=1e-6)


def test_noise_of_training_is_new_for_each_image_and_follows_from_torchs_seed():
    images = torch.zeros(3, 2, 16, 16)
    for kind in ("gaussian", "simplex"):
        with seeded(1):
            first, second = (TrainingNoise(kind, 16, 0).like(images) for _ in range(2))
        with seeded(1):
            again = TrainingNoise(kind, 16, 0).like(images)
        assert first.shape == images.shape
        assert torch.equal(first, again)
        fields = torch.cat([first, second]).flatten(0, 1)
        assert all(not torch.equal(one, other) for n, one in enumerate(fields) for other in fields[:n])
        assert 0.2 < float(first.std()) < 1.3
