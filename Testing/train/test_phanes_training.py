"""Training PHANES: losses worked by hand, holes, its stages, and what every restorer's training does."""

from __future__ import annotations

import pytest
import torch
from train.restorers import RestorerTraining, shapes, unit

from GANAnomalyLab.train.phanes.holes import boxes
from GANAnomalyLab.train.phanes.losses import fooled, gram, perceptual, soft_mask, style, told_apart
from GANAnomalyLab.train.run_log import read_log
from GANAnomalyLib.running.seeded import seeded


@pytest.mark.slow
@pytest.mark.minutes
class TestPhanesTraining(RestorerTraining):
    kind, steps, side, worse = "phanes", 300, 64, 1.03
    quick = {  # noqa: RUF012
        "widths": [4, 8, 16, 16],
        "latent": 8,
        "inpainter_width": 8,
        "blocks": 1,
        "critic_width": 4,
        "learning_rate": 2e-3,
        "inpainting_rate": 2e-3,
        "perceptual_weight": 0.0,
        "residual_share": 0.0,
    }

    def test_it_restores_discs_and_not_squares(self, trained):
        """The coarse restoration does; of the slice itself only a part is filled in."""
        network, errors = self.model(trained).parts["network"], []
        for kind in ("disc", "square"):
            images = torch.from_numpy((unit(shapes(12, kind, self.side, seed=8)) + 1) / 2)[:, None].float()
            with torch.no_grad():
                errors.append((network(images) - images).abs().mean().item())
        assert errors[1] > self.worse * errors[0]

    def test_the_inpainter_is_learnt_after_the_autoencoder_and_the_card_has_a_threshold(self, tmp_path):
        self.start(tmp_path, 4, log_every=1, perceptual_weight=0.1, held_out=0.2)
        rows = [row for row in read_log(tmp_path / "log.jsonl") if "encoder" in row or "discriminator" in row]
        assert ["l1" in row for row in rows] == [False, False, True, True]
        assert rows[-1]["perceptual"] > 0
        card = self.model(tmp_path).card
        assert 0 < card.recommended["mask_threshold"] <= 4
        assert card.training["features"] == "efficientnet_lite0"


def test_boxes_have_the_published_sides():
    with seeded(5):
        masks = boxes(400, 128)
    assert masks.shape == (400, 1, 128, 128)
    heights = masks.amax(3).sum((1, 2))
    widths = masks.amax(2).sum((1, 2))
    assert (heights.min(), heights.max(), widths.min(), widths.max()) == (20, 40, 20, 40)
    torch.testing.assert_close(masks.sum((1, 2, 3)), heights * widths)
    assert masks.amax(0)[0].mean() > 0.9, "some places are never hidden"
    assert boxes(50, 64).sum((1, 2, 3)).max() <= 400


def test_gram_matrices_by_hand():
    features = torch.tensor([[[[1.0, 2.0]], [[3.0, -1.0]]]])  # two features in two places
    torch.testing.assert_close(gram(features), torch.tensor([[[5.0, 1.0], [1.0, 10.0]]]) / 4)
    assert style([features], [features]).item() == 0
    # 1 of 4 is off by 5, 1 by 10 and 2 by 1
    assert style([features], [0 * features]).item() == pytest.approx((5 + 10 + 1 + 1) / 4 / 4)
    assert perceptual([features, features], [0 * features, features + 1]).item() == pytest.approx(7 / 4 + 1)


def test_what_the_discriminator_should_say():
    masks = torch.zeros(1, 1, 128, 128)
    masks[..., :64] = 1
    real, made = torch.ones(1, 1, 14, 14), torch.zeros(1, 1, 14, 14)
    soft = soft_mask(masks, made)
    assert soft[0, 0, 7, 0] == pytest.approx(1, abs=1e-3)
    assert soft[0, 0, 7, 13] == pytest.approx(0, abs=1e-3)
    assert ((soft > 0.05) & (soft < 0.95)).any(), "the border is soft"
    assert told_apart(1 - soft, real, masks).item() == pytest.approx(0)
    assert told_apart(1 - soft, 0 * real, masks).item() == pytest.approx(1)
    assert told_apart(soft, real, masks).item() == pytest.approx(((1 - 2 * soft) ** 2).mean().item())


def test_only_what_was_made_has_to_fool_it():
    masks = torch.zeros(1, 1, 128, 128)
    masks[..., :64] = 1
    of_made = torch.zeros(1, 1, 16, 16)
    assert fooled(of_made, masks).item() == pytest.approx(0.5)
    of_made[..., 8:] = -9  # outside the hole
    assert fooled(of_made, masks).item() == pytest.approx(0.5)
    of_made[..., :8] = 1
    assert fooled(of_made, masks).item() == pytest.approx(0)
