"""The fast projection: what it finds, that slices do not disturb each other, and how it is watched and stopped."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from analysis.small import small_generator

from GANAnomalyLib.detectors.stylegan2 import fast_projection
from GANAnomalyLib.detectors.stylegan2.fast_projection import (
    FastSettings,
    Starter,
    pixel_loss,
    project_fast,
    refine,
    synthesise,
)
from GANAnomalyLib.errors import Cancelled
from GANAnomalyLib.running.progress import CancelToken, no_progress


@pytest.fixture(autouse=True, scope="module")
def few_samples():
    """Of random latents to start from; more only make tests slower."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fast_projection, "W_SAMPLES", 200)
        yield


def no_check() -> None:
    pass


@pytest.fixture(scope="module")
def network():
    return small_generator()


@pytest.fixture(scope="module")
def latents(network) -> torch.Tensor:
    """Six w along a line: a stack whose neighbours resemble each other."""
    ends = network.mapping(torch.randn(2, 32, generator=torch.Generator().manual_seed(3)), None)[:, 0]
    return torch.stack([torch.lerp(ends[0], ends[1], t) for t in torch.linspace(0, 0.5, 6)])


@pytest.fixture(scope="module")
def targets(network, latents) -> torch.Tensor:
    return synthesise(network, latents)


def project(
    network, targets, steps=4, batch=8, known=None, encoder=None, progress=no_progress, cancel=None, warp=0, **watch
):
    count = len(targets)
    found = project_fast(
        network,
        encoder,
        targets.numpy(),
        list(range(10, 10 + count)),
        FastSettings(steps=steps, stop=0.0, warp_steps=warp),
        batch,
        303,
        "cpu",
        progress,
        cancel or CancelToken(),
        [],
        known,
        **watch,
    )
    return {row: (image, w, taken) for row, image, w, taken in found}


def test_the_loss_is_that_of_its_definition():
    generator = torch.Generator().manual_seed(0)
    one, other = (torch.rand(2, 1, 8, 8, generator=generator) for _ in range(2))
    difference = (one - other)[:, 0].double().numpy()
    expected = np.zeros(2)
    for side in (1, 2, 4):
        pooled = difference.reshape(2, 8 // side, side, 8 // side, side).mean((2, 4))
        expected += (pooled**2).mean((1, 2))
    np.testing.assert_allclose(pixel_loss(one, other).numpy(), expected, rtol=1e-5)
    assert (pixel_loss(one, one) == 0).all()


def test_it_comes_close_to_the_networks_own_images(network, targets):
    start = network.mapping(torch.randn(6, 32, generator=torch.Generator().manual_seed(8)), None)[:, 0]
    before = pixel_loss(synthesise(network, start), targets)
    images, w, taken = refine(network, targets, start, FastSettings(steps=60, learning_rate=0.1, stop=0.0), no_check)
    after = pixel_loss(images, targets)
    assert (after < 0.35 * before).all()
    assert (taken == 60).all()
    torch.testing.assert_close(synthesise(network, w), images, atol=1e-4, rtol=0)


def test_the_start_is_never_made_worse(network, latents, targets):
    """Even steps far too large end with the start, which was exact."""
    images, w, _ = refine(network, targets, latents, FastSettings(steps=3, learning_rate=50.0), no_check)
    torch.testing.assert_close(w, latents)
    torch.testing.assert_close(images, targets, atol=1e-5, rtol=0)


def test_a_slice_does_not_depend_on_its_batch(network, latents, targets):
    start = latents.roll(1, 0) * 0.8
    together, _, taken = refine(network, targets, start, FastSettings(steps=15, stop=0.02), no_check)
    for row in (0, 3, 5):
        alone, _, own = refine(network, targets[[row]], start[[row]], FastSettings(steps=15, stop=0.02), no_check)
        torch.testing.assert_close(alone[0], together[row], atol=1e-3, rtol=0)
        assert own[0] == taken[row]


def test_slices_that_no_longer_get_better_stop_by_themselves(network, latents, targets):
    start = torch.cat([latents[:1], network.mapping(torch.ones(1, 32), None)[:, 0]])
    settings = FastSettings(steps=60, learning_rate=0.1, stop=0.05)
    _, _, taken = refine(network, targets[:2], start, settings, no_check)
    assert taken[0] < taken[1]
    # The one that is solved at the start ends as soon as the window of comparison is full.
    assert taken[0] <= 12


def test_the_anchor_holds_w_at_its_start(network, latents, targets):
    start = latents + 0.3
    moved = []
    for weight in (0.0, 100.0):
        _, w, _ = refine(network, targets, start, FastSettings(steps=20, anchor_weight=weight, stop=0.0), no_check)
        moved.append(float((w - start).norm()))
    assert moved[1] < 0.7 * moved[0]


def test_neighbours_latents_are_interpolated(network):
    starter = Starter(network, None, 0)
    starter.solved = {10: torch.zeros(32), 14: torch.ones(32)}
    blank = torch.zeros(4, 1, 32, 32)
    starts = starter.start(blank, [8, 11, 13, 20])
    np.testing.assert_allclose(starts[:, 0].numpy(), [0, 0.25, 0.75, 1])


def test_without_neighbours_the_closest_sample_is_the_start(network):
    starter = Starter(network, None, 5)
    z = torch.randn(200, 32, generator=torch.Generator().manual_seed(5))
    w = network.mapping(z[[123]], None)[:, 0]
    torch.testing.assert_close(starter.start(synthesise(network, w), [0]), w, atol=1e-5, rtol=1e-4)


def test_every_slice_comes_once_and_anchors_first(network, targets):
    many = targets.repeat(3, 1, 1, 1)
    seen = list(project(network, many, steps=1, batch=4))
    assert sorted(seen) == list(range(18))
    assert seen[:3] == [0, 8, 16]


@pytest.fixture(scope="module")
def noisy(targets) -> torch.Tensor:
    return (targets + 0.3 * torch.randn(targets.shape, generator=torch.Generator().manual_seed(1))).clamp(-1, 1)


@pytest.fixture(scope="module")
def whole(network, noisy):
    """Five at a time: rounding depends on how many, so those that are known must take part all the same."""
    return project(network, noisy, batch=5)


@pytest.mark.parametrize("missing", [{1, 4}, {0}, {5}, set(range(6))])
def test_known_slices_change_nothing_for_the_others(network, noisy, whole, missing):
    known = {10 + row: w for row, (_, w, _) in whole.items() if row not in missing}
    resumed = project(network, noisy, batch=5, known=known)
    assert set(resumed) == missing
    for row in missing:
        assert np.array_equal(resumed[row][0], whole[row][0])
        assert np.array_equal(resumed[row][1], whole[row][1])


def test_one_slice_can_be_watched(network, targets):
    steps = []
    found = project(network, targets, batch=2, watched=13, on_step=lambda *step: steps.append(step))
    assert [step for step, _, _ in steps] == list(range(5))
    assert all(images.shape == (1, 1, 32, 32) and not images.requires_grad for _, images, _ in steps)
    for _, images, loss in steps:
        torch.testing.assert_close(pixel_loss(images, targets[[3]]), loss)
    best = min(steps, key=lambda step: float(step[2]))
    np.testing.assert_allclose(best[1][0].numpy(), found[3][0], atol=1e-6)
    assert not any(key == "watched" for key in found)


def test_the_warp_follows_the_search(network, targets):
    """It brings images nearer and leaves w, by which neighbours start, as it was."""
    moved = targets.roll(1, -1)
    plain, warped = (project(network, moved, warp=steps) for steps in (0, 20))
    for row, target in enumerate(moved):
        before, after = (pixel_loss(torch.from_numpy(found[row][0])[None], target[None]) for found in (plain, warped))
        assert after < before
        assert np.array_equal(plain[row][1], warped[row][1])


def test_it_stops_when_asked_to(network, targets):
    token, fractions = CancelToken(), []

    def progress(fraction: float, message: str) -> None:
        fractions.append(fraction)
        token.cancel()

    with pytest.raises(Cancelled):
        project(network, targets, batch=2, progress=progress, cancel=token)
    assert fractions == [pytest.approx(1 / 6)]  # the one anchor
