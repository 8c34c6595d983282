"""One iteration, many iterations, and what happens when numbers run away."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from train.picard_small import config, pool

from GANAnomalyLab.train.loop.task import Diverged
from GANAnomalyLab.train.picard.patch_pool import Pool, Sampler
from GANAnomalyLab.train.picard.picard_trainer import PicardTrainer
from GANAnomalyLib.detectors.picard.network.dropout import draw_drop, drop_layers


def weights(network: torch.nn.Module) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in network.parameters()]).clone()


@pytest.mark.slow
def test_it_learns_to_complete():
    chosen = config(learning_rate=3e-3, batch=8)
    trainer, sampler = PicardTrainer(chosen), Sampler(pool(24), chosen)
    watched = Sampler(pool(16, seed=1), chosen, 16, stream=1).draw(0)
    begin = trainer.measure(watched)
    logs = [trainer.step(sampler.draw(n)) for n in range(60)]
    assert trainer.measure(watched) < 0.5 * begin
    assert logs[-1]["coarse_hole_l1"] < 0.5 * logs[0]["coarse_hole_l1"]
    assert all(np.isfinite(value) for log in logs for value in log.values())


def test_the_critics_learn_every_time_the_inpainter_every_fifth():
    chosen = config(generator_every=5)
    trainer, sampler = PicardTrainer(chosen), Sampler(pool(), chosen)
    for number in range(11):
        before = [weights(n) for n in (trainer.inpainter, trainer.local, trainer.global_)]
        log = trainer.step(sampler.draw(number))
        after = [weights(n) for n in (trainer.inpainter, trainer.local, trainer.global_)]
        moved = [not torch.equal(a, b) for a, b in zip(before, after, strict=True)]
        assert moved == [number % 5 == 0, True, True]
        assert ("inpainter_loss" in log) is (number % 5 == 0)


@pytest.mark.slow
def test_the_critics_learn_to_tell_real_from_completed():
    chosen = config(learning_rate=2e-3, generator_every=1000)
    trainer, sampler = PicardTrainer(chosen), Sampler(pool(), chosen)
    logs = [trainer.step(sampler.draw(n)) for n in range(100)]
    for name in ("local_critic", "global_critic"):  # critic(made) - critic(real)
        assert np.mean([log[name] for log in logs[-5:]]) < -0.5


def test_weights_of_the_losses_are_followed():
    chosen = {"l1_weight": 0.0, "outside_weight": 0.0, "adversarial_weight": 0.0}
    trainer = PicardTrainer(config(**chosen))
    before = weights(trainer.inpainter)
    trainer.step(Sampler(pool(), config()).draw(0))
    assert torch.equal(before, weights(trainer.inpainter))

    def loss(**changes):
        return PicardTrainer(config(**changes)).step(Sampler(pool(), config()).draw(0))

    parts = loss(l1_weight=2.0, outside_weight=3.0, adversarial_weight=0.5)
    expected = 2 * parts["l1"] + 3 * parts["outside"] + 0.5 * parts["adversarial"]
    assert parts["inpainter_loss"] == pytest.approx(expected, rel=1e-5)
    assert loss(coarse_weight=0.0)["l1"] < parts["l1"]


def test_the_seed_decides_the_first_weights_and_disturbs_nobody():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    a, b, c = (PicardTrainer(config(seed=seed)) for seed in (1, 1, 2))
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(weights(a.inpainter), weights(b.inpainter))
    assert not torch.equal(weights(a.inpainter), weights(c.inpainter))


@pytest.mark.slow
def test_bfloat16_learns_too_and_keeps_float_weights():
    chosen = config(learning_rate=3e-3, batch=8, bfloat16=True)
    trainer, sampler = PicardTrainer(chosen), Sampler(pool(24), chosen)
    watched = Sampler(pool(16, seed=1), chosen, 16, stream=1).draw(0)
    begin = trainer.measure(watched)
    for number in range(40):
        trainer.step(sampler.draw(number))
    assert trainer.measure(watched) < 0.7 * begin
    assert {p.dtype for p in trainer.inpainter.parameters()} == {torch.float32}


def test_numbers_that_run_away_change_no_weights():
    chosen = config()
    trainer, batch = PicardTrainer(chosen), Sampler(pool(), chosen).draw(0)
    before = weights(trainer.local)
    batch.images[0, 0, 0, 0] = np.nan
    with pytest.raises(Diverged, match="loss"):
        trainer.step(batch)
    assert torch.equal(before, weights(trainer.local))
    assert trainer.healthy()
    with torch.no_grad():
        trainer.global_.linear.bias.fill_(float("inf"))
    assert not trainer.healthy()


def test_three_channels():
    slices = np.stack([pool().slices] * 3, -1)
    slices[..., 2] //= 2
    chosen = config(channels=3)
    batch = Sampler(Pool(slices), chosen).draw(0)
    assert batch.images.shape == (4, 3, 32, 32)
    assert np.isfinite(PicardTrainer(chosen).step(batch)["inpainter_loss"])


@pytest.mark.slow
@pytest.mark.minutes
def test_completions_with_dropped_channels_are_learnt_where_training_drops_them_too():
    def error_with_drops(rate: float) -> float:
        chosen = config(learning_rate=3e-3, batch=8, drop_rate=rate)
        trainer, sampler = PicardTrainer(chosen), Sampler(pool(24), chosen)
        for number in range(80):
            trainer.step(sampler.draw(number))
        watched = Sampler(pool(16, seed=1), chosen, 16, stream=1).draw(0)
        images, mask = torch.from_numpy(watched.images), torch.from_numpy(watched.mask)
        layers = drop_layers(trainer.inpainter)
        drop = draw_drop(layers, len(images), 0.3, torch.Generator().manual_seed(0))
        with torch.no_grad():
            fine = trainer.inpainter(images * (1 - mask), mask, drop)[1]
        return float(((fine - images).abs() * mask).sum() / mask.sum())

    assert error_with_drops(0.3) < 0.8 * error_with_drops(0.0)


def test_what_is_dropped_follows_from_the_iteration_alone():
    chosen = config(drop_rate=0.3)
    sampler = Sampler(pool(), chosen)
    trainers = [PicardTrainer(chosen), PicardTrainer(chosen)]
    torch.rand(3)  # the global generator has no part in it
    first = [trainers[0].step(sampler.draw(n)) for n in range(3)]
    torch.rand(5)
    assert first == [trainers[1].step(sampler.draw(n)) for n in range(3)]
    trainers[0].iteration -= 1
    kept = [trainer._drop(4)["coarse_generator.conv5"] for trainer in trainers]
    assert not torch.equal(*kept)
