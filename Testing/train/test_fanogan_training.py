"""Training f-AnoGAN: losses worked by hand, its two stages, and what every restorer's training does."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from train.restorers import RestorerTraining, discs, shapes

from GANAnomalyLab.train.export_model import export_model
from GANAnomalyLab.train.export_settings import ExportSettings
from GANAnomalyLab.train.fanogan.losses import gradient_penalty, izi_f
from GANAnomalyLab.train.run_models import snapshots
from GANAnomalyLib.analysis.pipeline import run as analyse
from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.detectors.fanogan.network import WGAN
from GANAnomalyLib.files import write_png
from GANAnomalyLib.models.checkpoint.safetensor_files import read_safetensors


class TestFAnoGANTraining(RestorerTraining):
    kind, steps = "fanogan", 600
    quick = {"width": 16, "critic_width": 8, "latent": 16, "learning_rate": 2e-3}  # noqa: RUF012

    def test_the_gan_is_frozen_while_the_encoder_learns(self, tmp_path):
        often = {"snapshot_every": 1, "gan_share": 0.5, "ema": 100.0}
        self.start(tmp_path, 6, **often)
        tensors = [read_safetensors(path) for path in snapshots(tmp_path)]
        assert len(tensors) == 6

        def changed(part: str, one: int) -> bool:
            names = [name for name in tensors[0] if name.startswith(part) and name.endswith("weight")]
            return any(not torch.equal(tensors[one][name], tensors[one + 1][name]) for name in names)

        assert changed("wgan.discriminator", 0)
        assert not changed("encoder", 0)
        assert [changed("wgan", number) for number in (2, 3, 4)] == [False] * 3
        assert [changed("encoder", number) for number in (2, 3, 4)] == [True] * 3

    def test_the_card_may_have_the_critics_features_in_the_score(self, tmp_path, monkeypatch):
        """Thresholds are then of that score, and of no other."""
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
        self.start(tmp_path / "run", 4, score_features=0.5)
        assert self.model(tmp_path / "run").card.recommended == {"feature_weight": 0.5}
        asked = ExportSettings(str(tmp_path / "run"), name="mine", device="cpu")
        _, card = export_model(asked, normals=discs(6, 4, self.side, seed=3))
        assert card.recommended["feature_weight"] == 0.5
        assert "metric" not in card.recommended
        write_png(tmp_path / "one.png", shapes(1, "disc", self.side, seed=5)[0])
        found = {}
        for weight in (None, 0, 1):
            settings = {} if weight is None else {"feature_weight": weight}
            request = AnalysisRequest(
                str(tmp_path / "one.png"), "mine", str(tmp_path / f"r{weight}"), allow_any=True, settings=settings
            )
            found[weight] = analyse(request).manifest
        assert [one["settings"]["metric"] for one in found.values()] == ["map", "wd", "map"]
        assert found[None]["settings"]["score_unit"] == "times what is usual there"
        assert found[None]["slice_thresholds"] == card.thresholds
        assert found[0]["slice_thresholds"] == found[1]["slice_thresholds"] == {}
        assert found[0]["heatmap_thresholds"] == found[1]["heatmap_thresholds"] == {}


class Linear(nn.Module):
    """A critic with the same slope everywhere."""

    def __init__(self, slope: torch.Tensor) -> None:
        super().__init__()
        self.slope = nn.Parameter(slope)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return (images * self.slope).sum((1, 2, 3), keepdim=True)


def test_the_penalty_of_a_slope_of_5_is_16():
    slope = torch.zeros(1, 4, 4)
    slope[0, 0, 0], slope[0, 1, 2] = 3, 4
    critic = Linear(slope)
    shares = torch.rand(3, 1, 1, 1, generator=torch.Generator().manual_seed(0))
    penalty = gradient_penalty(critic, torch.rand(3, 1, 4, 4), torch.rand(3, 1, 4, 4), shares)
    assert penalty.item() == pytest.approx(16)
    penalty.backward()
    # d/ds (|s| - 1)^2 = 2 (|s| - 1) s / |s|
    assert critic.slope.grad[0, 0, 0].item() == pytest.approx(2 * 4 * 3 / 5)


def test_the_penalty_is_taken_between_real_and_made():
    class Square(nn.Module):
        def forward(self, images):
            return images.square().sum((1, 2, 3)) / 2

    real, made = torch.full((1, 1, 1, 1), 4.0), torch.zeros(1, 1, 1, 1)
    assert gradient_penalty(Square(), real, made, torch.full((1, 1, 1, 1), 0.75)).item() == pytest.approx(4)


def test_the_encoders_loss_compares_images_and_features():
    wgan = WGAN(16, 1, 4, 8, 2).eval()
    images = torch.rand(3, 1, 16, 16, generator=torch.Generator().manual_seed(1))
    encoder = nn.Sequential(nn.Flatten(), nn.Linear(256, 4))
    loss, apart, unlike = izi_f(images, encoder, wgan, 0.5)
    made = wgan.generator(encoder(images))
    critic = wgan.discriminator
    assert apart.item() == pytest.approx(((made - images) ** 2).mean().item())
    assert unlike.item() == pytest.approx(((critic.features(made) - critic.features(images)) ** 2).mean().item())
    assert loss.item() == pytest.approx(apart.item() + 0.5 * unlike.item())
