"""The whole pipeline: identity, repeats, slices, precision, derivatives."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from torch.autograd import gradcheck, gradgradcheck
from train_augment.augmenting import pipe, rough, seeded

from GANAnomalyLab.train.augment import PIPELINES, AugmentPipe, AugmentSettings
from GANAnomalyLab.train.augment.augment_settings import CHANGES
from GANAnomalyLib.errors import InputError


def named(name: str, p: float = 1.0) -> AugmentPipe:
    made = AugmentPipe(PIPELINES[name])
    made.p.fill_(p)
    return made


@pytest.mark.parametrize("name", PIPELINES)
@pytest.mark.parametrize("channels", [1, 3])
def test_nothing_happens_at_p_0(name, channels):
    images = rough(4, channels, 16, 20)
    assert torch.equal(AugmentPipe(PIPELINES[name])(images, seeded()), images)


@pytest.mark.parametrize("name", PIPELINES)
def test_everything_happens_at_p_1(name):
    images = rough(12, 3, 16, 16)
    after = named(name)(images, seeded())
    assert after.shape == images.shape
    assert torch.isfinite(after).all()
    changed = (after != images).flatten(1).any(1)
    assert changed.sum() >= 10  # blitting may draw its identity


@hypothesis_settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    p=st.floats(0, 1.2),
    channels=st.sampled_from([1, 3]),
    size=st.tuples(st.integers(4, 20), st.integers(4, 20)),
    cut=st.integers(1, 4),
)
def test_slices_of_the_draws_make_slices_of_the_batch(seed, p, channels, size, cut):
    maker, images = named("bgcfnc", p), rough(5, channels, *size, seed=1)
    draws = maker.draw(5, channels, *size, seeded(seed))
    assert all(len(tensor) == 5 for tensor in draws.values())
    whole = maker.apply(images, draws)
    parts = [
        maker.apply(images[part], {name: tensor[part] for name, tensor in draws.items()})
        for part in (slice(0, cut), slice(cut, 5))
    ]
    torch.testing.assert_close(torch.cat(parts), whole, atol=1e-5, rtol=1e-5)
    assert torch.isfinite(whole).all()


def test_the_same_seed_makes_the_same_images():
    maker, images = named("bgcfnc", 0.7), rough(6, 1, 16, 16)
    first, again, other = (maker(images, seeded(seed)) for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_what_follows_a_draw_does_not_depend_on_p():
    states = []
    for p in (0.0, 0.4, 1.0):
        generator = seeded()
        named("bgcfnc", p).draw(7, 3, 16, 16, generator)
        states.append(generator.get_state())
    assert torch.equal(states[0], states[1])
    assert torch.equal(states[0], states[2])


@pytest.mark.parametrize("p", [0.2, 0.8])
@pytest.mark.parametrize("change", CHANGES)
def test_each_change_happens_with_probability_p(change, p):
    """Changes that may draw their own identity (half of the flips, a quarter of the turns) are counted without it."""
    draws = pipe(p, **{change: 0.5}).draw(6000, 3, 64, 64, seeded())
    draws.pop("noise_seed", None)
    ((name, values),) = draws.items()
    same = {"map": torch.eye(3), "colour": torch.eye(3, 4), "bands": torch.ones(4), "noise": torch.zeros(())}
    values, same = (values[:, 1] > values[:, 0], torch.zeros(())) if name == "hole" else (values, same[name])
    happened = (values != same).reshape(6000, -1).any(1)
    own = {"x_flip": 0.5, "luma_flip": 0.5, "quarter_turn": 0.75, "integer_shift": 1 - 1 / 17**2}.get(change, 1.0)
    expected = 1 - (1 - p / 2) ** 4 if change == "filter" else p / 2 * own
    assert float(happened.double().mean()) == pytest.approx(expected, abs=0.025)


def test_p_above_1_counts_as_1():
    draws = [named("bgcfnc", p).draw(5, 3, 8, 8, seeded()) for p in (1.0, 3.0)]
    assert all(torch.equal(draws[0][name], draws[1][name]) for name in draws[0])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.uint8])
def test_half_precision_comes_out_as_float32(dtype):
    images = rough(4, 1, 16, 16).to(dtype)
    maker = named("bgcfnc")
    draws = maker.draw(4, 1, 16, 16, seeded())
    after = maker.apply(images, draws)
    assert after.dtype == torch.float32
    assert torch.equal(after, maker.apply(images.float(), draws))
    assert AugmentPipe(PIPELINES["bgc"])(images, seeded()).dtype == torch.float32


def test_autocast_does_not_round_the_filters():
    maker, images = named("bgcfnc"), rough(4, 3, 16, 16)
    draws = maker.draw(4, 3, 16, 16, seeded())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        after = maker.apply(images, draws)
    assert torch.equal(after, maker.apply(images, draws))


@pytest.mark.parametrize(
    ("name", "channels"),
    [("bg", 1), ("color", 1), ("color", 3), ("filter", 1), ("noise", 1), ("cutout", 1), ("bgcfnc", 3), ("ct", 1)],
)
def test_derivatives_of_first_and_second_order(name, channels):
    maker = named(name, 0.8)
    draws = maker.draw(2, channels, 4, 5, seeded(2))
    images = rough(2, channels, 4, 5).double().requires_grad_()
    assert gradcheck(lambda x: maker.apply(x, draws), (images,))
    # Squared, for the second derivative of a linear map is 0 whatever it is.
    assert gradgradcheck(lambda x: maker.apply(x, draws).square(), (images,))


def test_a_gradient_penalty_reaches_the_network_through_the_augmentation():
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3), torch.nn.Tanh(), torch.nn.Conv2d(4, 1, 3)).double()
    maker, images = named("bgc"), rough(3, 1, 12, 12).double()
    draws = maker.draw(3, 1, 12, 12, seeded())
    weight = network[0].weight

    def penalty() -> torch.Tensor:
        real = images.clone().requires_grad_()
        logits = network(maker.apply(real, draws)).square().mean((1, 2, 3))
        (gradient,) = torch.autograd.grad(logits.sum(), real, create_graph=True)
        return gradient.square().sum()

    (analytic,) = torch.autograd.grad(penalty(), weight)
    values = []
    for step in (1e-5, -1e-5):
        with torch.no_grad():
            weight[1, 0, 2, 0] += step
        values.append(float(penalty().detach()))
        with torch.no_grad():
            weight[1, 0, 2, 0] -= step
    assert float(analytic[1, 0, 2, 0]) == pytest.approx((values[0] - values[1]) / 2e-5, rel=1e-4)
    assert float(analytic.abs().max()) > 0


def test_p_keeps_its_precision_and_its_place():
    maker = named("bgc", 0.123456)
    assert maker.half().p.dtype == torch.float32
    assert maker.to("meta").p.device.type == "cpu"
    restored = AugmentPipe(PIPELINES["bgc"])
    restored.load_state_dict(maker.state_dict())
    assert torch.equal(restored.p, maker.p)


def test_impossible_settings_make_no_pipe():
    with pytest.raises(InputError, match="cutout"):
        AugmentPipe(AugmentSettings(cutout=2.0))


@pytest.mark.gpu
def test_a_gpu_makes_the_same_images_but_for_noise():
    maker, images = named("bgcf"), rough(8, 3, 64, 64)
    draws = maker.draw(8, 3, 64, 64, seeded())
    allowed = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = False
    try:
        after = maker.to("cuda").apply(images.cuda(), draws).cpu()
    finally:
        torch.backends.cuda.matmul.allow_tf32 = allowed
    torch.testing.assert_close(after, maker.apply(images, draws), atol=1e-3, rtol=1e-3)


@pytest.mark.gpu
def test_a_gpu_repeats_itself_and_differentiates_twice():
    maker, images = named("bgcfnc"), rough(2, 1, 5, 6).double().cuda().requires_grad_()
    draws = maker.draw(2, 1, 5, 6, seeded())
    assert torch.equal(maker.apply(images, draws), maker.apply(images, draws))
    assert gradgradcheck(lambda x: maker.apply(x, draws).square(), (images,), nondet_tol=1e-9)
