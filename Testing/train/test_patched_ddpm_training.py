"""Training the patched diffusion model: the loss worked by hand, and what every restorer's training does."""

from __future__ import annotations

import pytest
import torch
from train.restorers import RestorerTraining, discs

from GANAnomalyLab.train.loop.run_devices import Team
from GANAnomalyLab.train.trainer_kinds import find_trainer
from GANAnomalyLib.running.seeded import seeded

QUICK = {
    "width": 16,
    "times": [1, 2, 2],
    "blocks": 1,
    "attention": 1,
    "head": 32,
    "groups": 8,
    "box": 12,
    "learning_rate": 3e-3,
}


@pytest.mark.slow
@pytest.mark.minutes
class TestPatchedDdpmTraining(RestorerTraining):
    kind, steps = "patched_ddpm", 500
    quick = QUICK


def test_the_loss_is_of_one_box_over_the_whole_image(tmp_path):
    kind, images = find_trainer("patched_ddpm"), torch.rand(4, 1, 32, 32)
    settings = kind.settings.read({**QUICK, "resolution": 32, "batch": 4, "out": str(tmp_path / "run")})
    task = kind.task(settings, discs(2, 4), None, "cpu", Team())
    # A network that has learnt nothing answers 0, grey in the middle of [-1, 1].
    with seeded(5):
        loss = task.learn_from(images, 0.0, lambda: None)["l1"]
    with seeded(5):
        torch.randint(1000, (4,))
        chosen = torch.randint(9, (4,)).tolist()
    wanted = 0.0
    for image, number in zip(2 * images - 1, chosen, strict=True):
        rows, columns = task.boxes[number]
        wanted += float(image[:, rows, columns].abs().sum())
    assert loss.item() == pytest.approx(wanted / images.numel(), rel=1e-5)
