"""The warp moves normal shape into place, and cannot draw what is not there."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch.nn import functional

from GANAnomalyLib.errors import Cancelled
from GANAnomalyLib.score.warp import WarpSettings, find_field, warp_to


def anatomy(seed: int = 0, size: int = 64) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rows, cols = np.mgrid[:size, :size]
    image = np.where((rows - 32) ** 2 / 24**2 + (cols - 32) ** 2 / 28**2 < 1, 0.2, -1.0)
    for _ in range(6):
        r, c, radius = *rng.uniform(16, 48, 2), rng.uniform(3, 7)
        image[(rows - r) ** 2 + (cols - c) ** 2 < radius**2] = rng.uniform(-0.5, 0.9)
    return ndimage.gaussian_filter(image, 0.7).astype(np.float32)


def as_batch(*images: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.stack(images))[:, None]


def nothing() -> None:
    pass


def test_a_smooth_displacement_is_undone():
    image = anatomy()
    rows, cols = np.mgrid[:64, :64].astype(np.float32)
    bend = 1.5 * np.sin(rows / 64 * np.pi) * np.cos(cols / 90)
    target = ndimage.map_coordinates(image, [rows + bend, cols - bend], order=1, mode="nearest")
    before = float(np.abs(image - target).mean())
    warped = warp_to(as_batch(image), as_batch(target), WarpSettings(), nothing)
    assert (warped - as_batch(target)).abs().mean().item() < 0.35 * before


def test_a_needle_stays_unexplained():
    image = anatomy()
    target = image.copy()
    target[30, 15:50] = 1.0
    warped = warp_to(as_batch(image), as_batch(target), WarpSettings(), nothing)[0, 0].numpy()
    left = np.abs(warped - target)[30, 15:50].mean()
    assert left > 0.7 * np.abs(image - target)[30, 15:50].mean()


def test_an_image_does_not_depend_on_its_batch():
    images, targets = as_batch(anatomy(0), anatomy(1)), as_batch(anatomy(2), anatomy(3))
    both = warp_to(images, targets, WarpSettings(steps=15), nothing)
    alone = warp_to(images[1:], targets[1:], WarpSettings(steps=15), nothing)
    torch.testing.assert_close(both[1:], alone, atol=1e-4, rtol=0)


def test_no_steps_is_the_identity_and_equal_images_stay():
    image = as_batch(anatomy())
    assert torch.equal(warp_to(image, -image, WarpSettings(steps=0), nothing), image)
    torch.testing.assert_close(warp_to(image, image, WarpSettings(), nothing), image, atol=0.02, rtol=0)


def test_settings_mean_the_same_at_twice_the_resolution():
    small, large = anatomy(size=64), ndimage.zoom(anatomy(size=64), 2, order=1)
    shifted_small, shifted_large = np.roll(small, 1, 1), np.roll(large, 2, 1)
    one = warp_to(as_batch(small), as_batch(shifted_small), WarpSettings(), nothing) - as_batch(shifted_small)
    two = warp_to(as_batch(large), as_batch(shifted_large), WarpSettings(), nothing) - as_batch(shifted_large)
    assert abs(one.abs().mean().item() - two.abs().mean().item()) < 0.02


def plain_field(images, targets, settings):
    """The same search, with everything left to torch: enlarged by interpolate, differentiated by autograd."""
    count, _, size, _ = images.shape
    unit = size / 128
    line = (torch.arange(size) + 0.5) / size * 2 - 1
    still = torch.stack(torch.meshgrid(line, line, indexing="xy"), -1)[None]
    field = torch.zeros(count, 2, settings.grid, settings.grid)
    first, second = torch.zeros_like(field), torch.zeros_like(field)
    for step in range(settings.steps):
        field = field.detach().requires_grad_(True)
        dense = functional.interpolate(field, size=(size, size), mode="bicubic", align_corners=True)
        where = still + dense.permute(0, 2, 3, 1) * (2 * unit / size)
        level = functional.grid_sample(images, where, padding_mode="border", align_corners=False) - targets
        loss = torch.zeros(count)
        for _ in range(3):
            loss = loss + (level.square() + 1e-3).sqrt().mean((1, 2, 3))
            level = functional.avg_pool2d(level, 2)
        slope = field.diff(dim=-1).square().mean((1, 2, 3)) + field.diff(dim=-2).square().mean((1, 2, 3))
        loss = loss + settings.smooth * slope + 0.001 * field.square().mean((1, 2, 3))
        (gradient,) = torch.autograd.grad(loss.sum(), field)
        first = 0.8 * first + 0.2 * gradient
        second = 0.95 * second + 0.05 * gradient.square()
        scale = (second / (1 - 0.95 ** (step + 1))).mean((1, 2, 3), keepdim=True).sqrt() + 1e-12
        moved = settings.rate * (1 - step / settings.steps) * (first / (1 - 0.8 ** (step + 1))) / scale
        limit = settings.reach * size / unit
        field = (field - moved).clamp(-limit, limit)
    return field.detach()


@pytest.mark.parametrize(("size", "channels", "grid"), [(64, 1, 20), (33, 1, 8), (36, 3, 7)])
def test_the_field_is_that_of_a_plain_search(size, channels, grid):
    random = torch.Generator().manual_seed(size)
    images, targets = (torch.rand(3, channels, size, size, generator=random) * 2 - 1 for _ in range(2))
    settings = WarpSettings(steps=4, grid=grid, smooth=0.5)
    torch.testing.assert_close(
        find_field(images, targets, settings, nothing), plain_field(images, targets, settings), atol=2e-4, rtol=1e-4
    )


def test_many_images_at_a_time_or_few_are_the_same(monkeypatch):
    images, targets = as_batch(*map(anatomy, range(5))), as_batch(*map(anatomy, range(5, 10)))
    together = find_field(images, targets, WarpSettings(steps=5), nothing)
    monkeypatch.setattr("GANAnomalyLib.score.warp.CHUNK_PIXELS", 2 * 64 * 64)
    torch.testing.assert_close(find_field(images, targets, WarpSettings(steps=5), nothing), together, atol=1e-4, rtol=0)


def test_a_search_can_be_stopped():
    def stop():
        raise Cancelled()

    with pytest.raises(Cancelled):
        find_field(as_batch(anatomy()), as_batch(anatomy(1)), WarpSettings(), stop)
