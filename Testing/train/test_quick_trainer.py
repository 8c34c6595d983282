"""The quick trainer learns, and a stopped run goes on exactly where it stopped."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from GANAnomalyLib.train.demo.quick import Trainer, TrainerConfig
from GANAnomalyLib.train.encoder.corrupt import corrupt, mask_bank
from GANAnomalyLib.train.stylegan2.losses import discriminator_loss, generator_loss, r1_penalty, reconstruction_loss

SMALL = {
    "resolution": 16,
    "z_dim": 8,
    "w_dim": 8,
    "channel_base": 128,
    "channel_max": 16,
    "batch": 4,
    "bfloat16": False,
}


@pytest.fixture(scope="module")
def images() -> torch.Tensor:
    rng = np.random.default_rng(0)
    rows, cols = np.mgrid[:16, :16]
    discs = [
        ((rows - r) ** 2 + (cols - c) ** 2 < radius**2) * 200
        for r, c, radius in zip(rng.uniform(6, 10, 64), rng.uniform(6, 10, 64), rng.uniform(3, 5, 64), strict=True)
    ]
    return torch.from_numpy(np.stack(discs).astype(np.uint8))


def test_reconstruction_improves(images):
    trainer = Trainer(TrainerConfig(**SMALL), images)
    losses = [trainer.train_step()["reconstruction"] for _ in range(120)]
    assert np.mean(losses[-10:]) < 0.6 * np.mean(losses[:10])
    assert all(np.isfinite(losses))


def test_a_resumed_run_takes_the_same_next_steps(images, tmp_path):
    trainer = Trainer(TrainerConfig(**SMALL), images)
    for _ in range(5):
        trainer.train_step()
    trainer.save(tmp_path / "state.pt")
    expected = [trainer.train_step() for _ in range(4)]
    resumed = Trainer(TrainerConfig(**SMALL), images)
    resumed.load(tmp_path / "state.pt")
    assert [resumed.train_step() for _ in range(4)] == expected


def test_a_run_logs_and_leaves_a_snapshot(images, tmp_path):
    Trainer(TrainerConfig(**SMALL), images).run(tmp_path, minutes=5, kimg=0.82)
    lines = [json.loads(line) for line in (tmp_path / "stats.jsonl").read_text().splitlines()]
    assert lines[0]["kimg"] == 0.8
    assert (tmp_path / "state.pt").exists()
    again = Trainer(TrainerConfig(**SMALL), images)
    again.load(tmp_path / "state.pt")
    assert again.seen == pytest.approx(820, abs=8)


def test_losses_against_their_formulas():
    real, fake = torch.tensor([[2.0], [-1.0]]), torch.tensor([[0.5], [-3.0]])
    softplus = lambda x: np.log1p(np.exp(x))  # noqa: E731
    expected = np.mean([softplus(-2.0), softplus(1.0)]) + np.mean([softplus(0.5), softplus(-3.0)])
    assert discriminator_loss(real, fake).item() == pytest.approx(expected, rel=1e-5)
    assert generator_loss(fake).item() == pytest.approx(np.mean([softplus(-0.5), softplus(3.0)]), rel=1e-5)
    x = torch.randn(3, 1, 4, 4, requires_grad=True)
    logits = (2 * x).sum((1, 2, 3))[:, None]
    assert r1_penalty(x, logits).item() == pytest.approx(4 * 16, rel=1e-5)
    ones = torch.ones(1, 1, 8, 8)
    assert reconstruction_loss(ones, 0 * ones).item() == pytest.approx(3.0)


def test_painted_slices_change_only_where_masks_are():
    bank = mask_bank(32, 20, seed=0)
    assert bank.shape == (20, 1, 32, 32)
    clean = torch.zeros(6, 1, 32, 32)
    random = torch.Generator().manual_seed(0)
    painted = corrupt(clean, bank, random, probability=1.0)
    assert painted.abs().amax((1, 2, 3)).min() > 0
    assert painted.abs().max() <= 1
    assert torch.equal(corrupt(clean, bank, random, probability=0.0), clean)
