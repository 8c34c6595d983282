"""Training the introspective autoencoders: what every restorer's training does, and their pace."""

from __future__ import annotations

import pytest
import torch
from train.restorers import RestorerTraining, discs

from GANAnomalyLab.train.loop.run_devices import Team
from GANAnomalyLab.train.sivae.losses import apart, divergence
from GANAnomalyLab.train.trainer_kinds import find_trainer

QUICK = {"widths": [8, 16, 32], "latent": 16, "learning_rate": 1e-3, "negative": 256.0, "divergence": 0.2}


@pytest.mark.slow
@pytest.mark.minutes
class TestSivaeTraining(RestorerTraining):
    kind, steps, quick = "sivae", 225, QUICK


@pytest.mark.slow
@pytest.mark.minutes
class TestRaTraining(RestorerTraining):
    kind, steps, quick = "ra", 225, QUICK


def test_losses_are_as_worked_by_hand():
    images, made = torch.tensor([[0.0, 1.0], [0.5, 0.5]]), torch.tensor([[1.0, 1.0], [0.5, 0.0]])
    assert apart(images, made).tolist() == [1.0, 0.25]
    # 1/2 (mean^2 + variance - 1 - log variance)
    found = divergence(torch.tensor([[2.0, 0.0]]), torch.tensor([[0.0, 1.0]]))
    assert found.item() == pytest.approx((4 + 1 - 1) / 2 + (2.718281828 - 1 - 1) / 2)


def test_after_some_epochs_steps_are_a_tenth(tmp_path):
    kind = find_trainer("ra")
    given = {"batch": 48, "resolution": 32, "slower_after": 3.0, "out": str(tmp_path), **QUICK}
    task = kind.task(kind.settings.read(given), discs(), None, "cpu", Team())
    rates = []
    for number in (0, 5, 6, 9):  # 96 images are two steps an epoch
        task._steps = number
        task._set_pace()
        rates.append(task.optimisers["encoder"].param_groups[0]["lr"])
    assert rates == pytest.approx([1e-3, 1e-3, 1e-4, 1e-4])
