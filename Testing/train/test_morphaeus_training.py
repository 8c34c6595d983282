"""Training MorphAEus: losses worked by hand, its schedule, and what every restorer's training does."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from train.restorers import RestorerTraining

from GANAnomalyLab.train.morphaeus.losses import correlations, local_correlation, roughness, weight_now
from GANAnomalyLab.train.run_log import read_log


class TestMorphAEusTraining(RestorerTraining):
    kind, steps = "morphaeus", 400
    quick = {"width": 4, "learning_rate": 3e-3, "perceptual_weight": 0.0}  # noqa: RUF012

    def test_the_field_is_learnt_after_the_prior(self, tmp_path):
        self.start(tmp_path, 6, log_every=1)
        rows = [row for row in read_log(tmp_path / "log.jsonl") if "ssim" in row]
        assert ["roughness" in row for row in rows] == [False, False, True, True, True, True]

    def test_the_perceptual_distance_is_part_of_the_loss(self, tmp_path):
        self.start(tmp_path, 1, log_every=1, perceptual_weight=0.1, batch=2)
        assert any(row.get("perceptual", 0) > 0 for row in read_log(tmp_path / "log.jsonl"))


def test_local_correlation_knows_no_brightness_and_no_contrast():
    images = torch.rand(2, 1, 24, 24, generator=torch.Generator().manual_seed(0))
    for other in (images, 1 - 0.5 * images, 0.2 + 3 * images):
        assert local_correlation(images, other).item() == pytest.approx(0, abs=1e-4)
    other = torch.rand(2, 1, 24, 24, generator=torch.Generator().manual_seed(1))
    assert local_correlation(images, other).item() > 0.8


def test_correlations_of_windows_by_hand():
    first, second = torch.rand(2, 3, 3, generator=torch.Generator().manual_seed(3))
    found = correlations(first[None, None], second[None, None], 3)[0, 0]
    for row, column in ((1, 1), (0, 0), (2, 1)):
        window = np.s_[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
        wanted = np.corrcoef(first[window].flatten(), second[window].flatten())[0, 1] ** 2
        assert found[row, column].item() == pytest.approx(wanted, rel=1e-2)


def test_correlations_are_as_an_independent_program_has_them_but_at_the_border():
    losses = pytest.importorskip("monai.losses")
    random = torch.Generator().manual_seed(2)
    first, second = torch.rand(2, 2, 1, 20, 20, generator=random)
    second = 0.7 * first + 0.3 * second
    theirs = losses.LocalNormalizedCrossCorrelationLoss(spatial_dims=2, kernel_size=9, reduction="none")
    inside = np.s_[:, :, 4:-4, 4:-4]
    torch.testing.assert_close(
        correlations(first, second)[inside], -theirs(first, second)[inside], rtol=1e-4, atol=1e-5
    )


def test_what_does_not_change_correlates_with_nothing_and_has_gradients():
    flat = torch.zeros(1, 1, 16, 16, requires_grad=True)
    loss = local_correlation(flat, torch.rand(1, 1, 16, 16))
    loss.backward()
    assert loss.item() == pytest.approx(1)
    assert torch.isfinite(flat.grad).all()


def test_roughness_of_a_slope():
    field = torch.zeros(1, 2, 5, 5)
    field[0, 0] = 2 * torch.arange(5.0)[:, None]  # changes by 2 from row to row
    assert roughness(field).item() == pytest.approx((4 / 2 + 0) / 2)
    assert roughness(torch.ones(1, 2, 5, 5)).item() == 0


def test_the_weight_of_roughness_rises_evenly():
    assert weight_now(0.2, 0.5, 4.0) == 0
    assert [weight_now(done, 0.5, 4.0) for done in (0.5, 0.75, 1.0)] == [0, 2, 4]
