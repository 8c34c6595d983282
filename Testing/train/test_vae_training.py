"""Training variational autoencoders: losses worked by hand, and what every restorer's training does."""

from __future__ import annotations

import math

import pytest
import torch
from train.restorers import RestorerTraining

from GANAnomalyLab.train.vae.losses import divergence, reconstruction


class TestVaeTraining(RestorerTraining):
    kind, steps = "vae", 300
    quick = {"widths": [16, 16, 32], "latent": 16, "learning_rate": 3e-3, "divergence": 0.01}  # noqa: RUF012


def test_losses_are_as_worked_by_hand():
    images = torch.tensor([[0.0, 1.0], [0.5, 0.5]])
    made = torch.tensor([[1.0, 1.0], [0.5, 0.0]])
    assert reconstruction(images, made) == pytest.approx((0.5 * 1 + 0.5 * 0.25) / 2)
    mean, log_std = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, math.log(2)]])
    # 1/2 (1 + 1 - 1 - 0) + 1/2 (0 + 4 - 1 - 2 log 2)
    assert divergence(mean, log_std) == pytest.approx(0.5 + 1.5 - math.log(2))
    assert divergence(torch.zeros(3, 4), torch.zeros(3, 4)) == 0
    # std 1 and 2 in place of their logarithms
    theirs = 0.5 * (1 + math.exp(2) - 1 - 2) + 0.5 * (math.exp(4) - 1 - 4)
    assert divergence(mean, log_std, as_published=True) == pytest.approx(theirs)
