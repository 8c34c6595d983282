"""Training the context-encoding autoencoder, and what it paints over."""

from __future__ import annotations

import torch
from train.restorers import RestorerTraining

from GANAnomalyLab.train.cevae.trainer import painted_over
from GANAnomalyLib.running.seeded import seeded


class TestCevaeTraining(RestorerTraining):
    kind, steps = "cevae", 300
    quick = {"widths": [16, 16, 32], "latent": 16, "learning_rate": 3e-3, "divergence": 0.01}  # noqa: RUF012


def test_one_rectangle_of_one_grey_is_painted_over():
    images = torch.full((40, 1, 64, 64), -7.0)
    with seeded(1):
        covered = painted_over(images, 0.25, 0.5)
    sizes = set()
    for picture in covered[:, 0]:
        inside = picture != -7
        rows, cols = inside.any(1).nonzero()[:, 0], inside.any(0).nonzero()[:, 0]
        height, width = len(rows), len(cols)
        assert inside.sum() == height * width
        assert len(picture[inside].unique()) == 1
        assert 0 <= picture[inside][0] <= 1
        assert min(height, width) >= 16
        assert max(height, width) <= 32
        sizes.add((height, width))
    assert len(sizes) > 10
    assert (images == -7).all()
