"""One step: the same however the batch is cut, the formulas it is made of, and that it learns."""

from __future__ import annotations

import math
import shutil

import numpy as np
import pytest
import torch
from train.stylegan2_small import SIDE, image_set, means, trainer

from GANAnomalyLab.train.loop.run_devices import Team
from GANAnomalyLab.train.stylegan2.training_networks import freeze


def parameters(made) -> dict[str, torch.Tensor]:
    networks = made.networks
    return {
        f"{name}.{key}": value.clone()
        for name in ("G", "D", "G_ema")
        for key, value in getattr(networks, name).state_dict().items()
    }


def steps(made, count: int) -> list[dict[str, float]]:
    return [means(made.step()) for _ in range(count)]


@pytest.fixture(scope="module")
def whole():
    """Five steps of the whole batch at once: losses and weights. Step 0 holds every regularisation."""
    made = trainer(aug="fixed", p=0.5, augpipe="bgc")
    return steps(made, 5), parameters(made)


@pytest.mark.parametrize("batch_gpu", [4])
def test_a_batch_in_turns_is_the_batch_at_once(whole, batch_gpu):
    made = trainer(aug="fixed", p=0.5, augpipe="bgc", batch_gpu=batch_gpu)
    for one, other in zip(steps(made, 5), whole[0], strict=True):
        assert one == pytest.approx(other, abs=1e-4)
    for name, value in parameters(made).items():
        assert torch.allclose(value, whole[1][name], atol=2e-3), name


def test_gradients_in_turns_are_those_at_once(monkeypatch):
    """The optimisers' steps hide differences of gradients; here they are looked at themselves, after every loss."""

    def gradients(**changes) -> list[torch.Tensor]:
        made = trainer(mbstd=2, **changes)
        seen = []
        take = made._take_step

        def look(which: str) -> None:
            network = made.networks.G if which == "G" else made.networks.D
            seen.append(torch.cat([p.grad.flatten() for p in network.parameters() if p.grad is not None]).clone())
            take(which)

        monkeypatch.setattr(made, "_take_step", look)
        for optimiser in (made.networks.opt_G, made.networks.opt_D):
            optimiser.param_groups[0]["lr"] = 0.0  # so that rounding does not grow from one loss to the next
        made.step()
        return seen

    once = gradients()
    assert len(once) == 4
    for batch_gpu in (4, 2):
        for one, other in zip(gradients(batch_gpu=batch_gpu), once, strict=True):
            assert torch.allclose(one, other, rtol=1e-3, atol=1e-5 * other.abs().max().item())


def test_the_same_seed_gives_the_same_steps_and_another_seed_others():
    first, again, other = (steps(trainer(seed=seed), 2) for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_making_a_trainer_disturbs_nobody_elses_random_numbers():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    trainer().step()
    assert torch.equal(torch.rand(3), expected)


def test_what_regularises_comes_when_it_is_due():
    made = trainer()
    seen = [set(made.step()) for _ in range(17)]
    assert [number for number, names in enumerate(seen) if "path_length" in names] == [0, 4, 8, 12, 16]
    assert [number for number, names in enumerate(seen) if "r1_penalty" in names] == [0, 16]
    assert made.path_mean.item() > 0


def test_optimisers_are_corrected_for_lazy_regularisation():
    networks = trainer(lr=0.002, beta0=0.5).networks
    for optimiser, every in ((networks.opt_G, 4), (networks.opt_D, 16)):
        ratio = every / (every + 1)
        group = optimiser.param_groups[0]
        assert group["lr"] == pytest.approx(0.002 * ratio)
        assert group["betas"] == pytest.approx((0.5**ratio, 0.99**ratio))
        assert group["eps"] == 1e-8
    plain = trainer(gamma=0.0, lr=0.002).networks.opt_D.param_groups[0]
    assert plain["lr"] == 0.002


def test_the_average_moves_as_its_half_life_says():
    networks = trainer(ema_kimg=1.0).networks
    name, live = next(iter(networks.G.named_parameters()))
    kept = dict(networks.G_ema.named_parameters())[name]
    before = kept.clone()
    with torch.no_grad():
        live.add_(1.0)
    networks.average(seen=400)  # the ramp: no further back than 5% of 400 images
    beta = 0.5 ** (8 / 20)
    assert torch.allclose(kept, before + (1 - beta), atol=1e-6)
    before = kept.clone()
    gap = live - kept
    networks.average(seen=10**9)
    assert torch.allclose(kept, before + (1 - 0.5 ** (8 / 1000)) * gap, atol=1e-6)


def test_w_avg_follows_the_means_of_w():
    made = trainer(lr=1e-12)
    made.step()
    from GANAnomalyLab.train.stylegan2.step_draws import StepDraws

    z, _ = StepDraws(0, 0, torch.device("cpu")).latents("generator", 8, 8)
    with torch.no_grad():
        expected = made.networks.G.mapping(z)[:, 0].mean(0) * 0.005
    assert torch.allclose(made.networks.G.mapping.w_avg, expected, atol=1e-6)
    assert torch.equal(made.networks.G_ema.mapping.w_avg, made.networks.G.mapping.w_avg)


def test_ada_moves_p_by_the_signs_of_the_logits():
    made = trainer(aug="ada", target=0.0)
    signs = []
    for _ in range(4):
        total, count = made.step()["real_sign"]
        signs.append((total / count).item())
    r = sum(signs) / 4
    assert made.ada.r == pytest.approx(r)
    assert made.pipe.p.item() == pytest.approx(max(math.copysign(8 * 4 / 500_000, r), 0) if r else 0, rel=1e-4)


def test_without_augmentation_and_with_a_fixed_one():
    assert trainer(aug="noaug").pipe is None
    made = trainer(aug="fixed", p=0.25, augpipe="blit")
    steps(made, 4)
    assert made.pipe.p.item() == 0.25
    assert made.ada is None


def test_frozen_layers_stay_as_they_are():
    made = trainer(freezed=2, resume="any.pkl")
    before = parameters(made)
    steps(made, 2)
    after = parameters(made)
    for name in after:
        if name.startswith(("D.b16.fromrgb.", "D.b16.conv0.")):
            assert torch.equal(after[name], before[name]), name
    assert not torch.equal(after["D.b16.conv1.weight"], before["D.b16.conv1.weight"])


def test_freezing_counts_layers_from_the_image():
    discriminator = trainer().networks.D
    freeze(discriminator, 6)
    kept = {name.rpartition(".")[0] for name, p in discriminator.named_parameters() if not p.requires_grad}
    assert kept == {"b16.fromrgb", "b16.conv0", "b16.conv1", "b16.skip", "b8.conv0", "b8.conv1"}


def test_classes_are_learnt_with_the_labels_they_have():
    images = image_set(classes=3)
    made = trainer(images, cond=True)
    assert made.networks.G.c_dim == made.networks.D.c_dim == 3
    batch, labels = made.reals.take(0, torch.arange(8))
    for picture, label in zip(batch, labels, strict=True):
        place = next(n for n in range(len(images)) if np.array_equal(images.batch([n])[0], picture.numpy()))
        assert np.array_equal(images.labels[place], label.numpy())
    assert all(math.isfinite(value) for step in steps(made, 2) for value in step.values())
    assert trainer(images).networks.G.c_dim == 0  # labels that nobody asked for are left alone


def test_a_smaller_machine_may_compute_in_bfloat16():
    first = steps(trainer(precision="bf16"), 3)
    exact = steps(trainer(precision="fp32"), 3)
    for one, other in zip(first, exact, strict=True):
        assert one["generator_loss"] == pytest.approx(other["generator_loss"], rel=0.1)
    assert first[2] != exact[2]


def test_channels_last_changes_the_layout_not_the_numbers():
    made = trainer(nhwc=True)
    assert made.networks.D.b16.conv0.weight.is_contiguous(memory_format=torch.channels_last)
    for one, other in zip(steps(made, 2), steps(trainer(), 2), strict=True):
        assert one == pytest.approx(other, abs=1e-4)


def test_every_rank_computes_its_own_part_of_every_group():
    """What two processes compute by hand, without talking, adds up to what one computes."""
    whole = trainer(gpus=1, mbstd=2)
    rows = [trainer(gpus=2, mbstd=2, team=Team(rank)).rows for rank in (0, 1)]
    assert sorted(torch.cat([torch.cat(part) for part in rows]).tolist()) == list(range(8))
    groups = {tuple(sorted(pair)) for pair in zip(range(4), range(4, 8), strict=True)}
    for part in rows:
        half = part[0].reshape(2, -1)  # how minibatch_std sees it
        assert {tuple(sorted(pair)) for pair in half.t().tolist()} <= groups
    assert len(whole.rows) == 1


def test_the_configuration_cifar_has_a_plain_discriminator_and_fewer_losses():
    made = trainer(cfg="cifar", mbstd=4)
    names = {name for name, _ in made.networks.D.named_parameters()}
    assert "b16.fromrgb.weight" in names
    assert not any("skip" in name for name in names)
    seen = means(made.step())
    assert "path_length" not in seen
    assert math.isfinite(seen["r1_penalty"])
    # Without the regularisation the generator's optimiser needs no correction.
    assert made.networks.opt_G.param_groups[0]["lr"] == 0.0025
    freeze(made.networks.D, 3)
    kept = {name.rpartition(".")[0] for name, p in made.networks.D.named_parameters() if not p.requires_grad}
    assert kept == {"b16.fromrgb", "b16.conv0", "b16.conv1"}


@pytest.mark.slow
@pytest.mark.minutes
@pytest.mark.skipif(shutil.which("g++") is None, reason="needs a compiler")
def test_compiled_networks_compute_the_same():
    for one, other in zip(steps(trainer(compile=True), 2), steps(trainer(), 2), strict=True):
        assert one == pytest.approx(other, abs=1e-4)


@pytest.mark.slow
@pytest.mark.minutes
def test_it_learns_what_discs_look_like():
    images = image_set(256)
    made = trainer(images, aug="noaug", lr=0.005, batch=16, gamma=0.05)
    z = torch.randn(64, 8, generator=torch.Generator().manual_seed(0))

    def mean_error() -> float:
        """How far the mean picture of the generator is from that of the data."""
        with torch.no_grad():
            fake = made.networks.G_ema(z, noise_mode="const").clamp(-1, 1).mean(0)
        real = torch.from_numpy(images.batch(np.arange(256))).mean(0)
        return (fake - real).abs().mean().item()

    before = mean_error()
    steps(made, 400)
    assert mean_error() < 0.35 * before
    assert made.networks.G_ema(z).shape == (64, 1, SIDE, SIDE)
