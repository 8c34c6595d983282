"""Moves against plain numpy and scipy implementations, and how they are drawn."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch.nn import functional
from train_augment.augmenting import pipe, rough, seeded, smooth

from GANAnomalyLab.train.augment.affine_resampling import Sample, move


def centred(linear: np.ndarray, x: float = 0.0, y: float = 0.0) -> np.ndarray:
    """Map from a place in the new image to its place in the old one."""
    matrix = np.eye(3)
    matrix[:2, :2] = linear
    matrix[:2, 2] = x, y
    return matrix


def plain(image: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """The same move of an (H, W) image by scipy's quintic splines."""
    order = [1, 0]  # scipy counts rows first
    linear = matrix[:2, :2][order][:, order]
    middle = (np.array(image.shape) - 1) / 2
    offset = middle + matrix[:2, 2][order] - linear @ middle
    return ndimage.affine_transform(image, linear, offset, order=5, mode="mirror")


def turned(degrees: float) -> np.ndarray:
    angle = math.radians(degrees)
    return np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])


@pytest.mark.parametrize(
    "matrix",
    [
        centred(turned(30)),
        centred(turned(-100), 3.3, -7.2),
        centred(np.diag([0.8, 0.8])),
        centred(np.diag([1.3, 1.3]), 0.5, 0.25),
        centred(np.diag([1.2, 1 / 1.2])),
        centred(turned(20) @ np.diag([1.2, 0.9]) @ turned(-50), -4.4, 2.7),
        centred(np.eye(2), 60.4, -35.3),  # far into the mirror image
    ],
)
def test_a_move_is_what_splines_make_of_it(matrix):
    image = smooth(1, 40, 52)
    moved = move(torch.from_numpy(image), torch.from_numpy(matrix)[None])[0, 0].numpy()
    assert moved.shape == (40, 52)
    np.testing.assert_allclose(moved, plain(image[0, 0], matrix), atol=0.03)
    assert np.abs(moved - plain(image[0, 0], matrix)).mean() < 0.004


@pytest.mark.parametrize("size", [(16, 16), (17, 22), (4, 4)])
def test_whole_pixel_moves_give_the_pixels_back(size):
    image = rough(1, 2, *size)
    for x, y in ((0, 0), (2, -1), (-3, 3)):
        moved = move(image, torch.from_numpy(centred(np.eye(2), -x, -y))[None])
        padded = np.pad(image[0].numpy(), ((0, 0), (3, 3), (3, 3)), mode="reflect")
        expected = padded[:, 3 - y : 3 - y + size[0], 3 - x : 3 - x + size[1]]
        np.testing.assert_allclose(moved[0].numpy(), expected, atol=2e-5)


def test_shrinking_does_not_alias():
    columns = torch.arange(64, dtype=torch.float32)
    fine = torch.cos(0.85 * math.pi * columns).expand(1, 1, 64, 64)
    matrix = torch.from_numpy(centred(np.diag([1.8, 1.8])))[None]
    moved = move(fine, matrix)[..., 20:-20, 20:-20]
    grid = functional.affine_grid(matrix[:, :2].float(), (1, 1, 64, 64), align_corners=True)
    aliased = functional.grid_sample(fine, grid, align_corners=True, padding_mode="reflection")[..., 20:-20, 20:-20]
    assert aliased.square().mean().sqrt() > 0.35
    assert moved.square().mean().sqrt() < 0.08


def test_flips_are_flips_half_of_the_time():
    images = rough(200, 1, 9, 12)
    moved = pipe(x_flip=1.0)(images, seeded())
    flipped = torch.isclose(moved, images.flip(3), atol=1e-5).flatten(1).all(1)
    kept = (moved == images).flatten(1).all(1)
    assert (flipped ^ kept).all()
    assert 75 < int(flipped.sum()) < 125


def test_quarter_turns_are_quarter_turns():
    images = rough(200, 1, 16, 16)
    moved = pipe(quarter_turn=1.0)(images, seeded())
    same = torch.stack([torch.isclose(moved, images.rot90(k, (2, 3)), atol=1e-5).flatten(1).all(1) for k in range(4)])
    assert (same.sum(0) == 1).all()
    assert same.sum(1).min() > 30


def test_integer_shifts_move_by_whole_pixels_up_to_an_eighth():
    maker, images = pipe(integer_shift=1.0), rough(300, 1, 16, 24)
    draws = maker.draw(300, 1, 16, 24, seeded())
    moved = maker.apply(images, draws)
    shifts = -draws["map"][:, :2, 2]
    assert torch.equal(shifts, shifts.round())
    assert shifts.abs().amax(0).tolist() == [3, 2]
    for image, result, (x, y) in zip(images, moved, shifts.int().tolist(), strict=True):
        padded = np.pad(image[0].numpy(), 3, mode="reflect")
        np.testing.assert_allclose(result[0].numpy(), padded[3 - y : 19 - y, 3 - x : 27 - x], atol=2e-5)


def maps(count: int = 4000, p: float = 1.0, **settings: float) -> torch.Tensor:
    return pipe(p, **settings).draw(count, 1, 100, 200, seeded())["map"]


def test_scales_are_log_normal():
    found = maps(iso_scale=1.0)
    assert torch.equal(found[:, 0, 0], found[:, 1, 1])
    octaves = -torch.log2(found[:, 0, 0])
    assert abs(octaves.mean()) < 0.02
    assert octaves.std() == pytest.approx(0.2, rel=0.05)


def test_stretches_keep_the_area():
    found = maps(aniso_scale=1.0)
    torch.testing.assert_close(torch.linalg.det(found), torch.ones(4000, dtype=torch.float64))
    assert torch.log2(found[:, 0, 0]).std() == pytest.approx(0.2, rel=0.05)


def test_shifts_are_normal_in_parts_of_the_image():
    offsets = maps(fractional_shift=1.0)[:, :2, 2]
    assert (offsets.std(0) / torch.tensor([200.0, 100.0])).tolist() == pytest.approx([0.125] * 2, rel=0.06)


@pytest.mark.parametrize("p", [0.0, 0.3, 0.7, 1.0])
def test_either_rotation_happens_with_probability_p(p):
    found = maps(p=p, rotate=1.0, rotate_degrees=10.0)
    torch.testing.assert_close(found[:, :2, :2].mT @ found[:, :2, :2], torch.eye(2).double().expand(4000, 2, 2))
    angles = torch.rad2deg(torch.atan2(found[:, 0, 1], found[:, 0, 0]))
    assert angles.abs().max() <= 20 + 1e-9
    assert float((angles != 0).double().mean()) == pytest.approx(p, abs=0.03)


def test_changes_come_one_after_the_other():
    """A flip, a turn, a stretch and a shift in one map equal four moves in the paper's order."""
    chances = {"x_flip": 1.0, "quarter_turn": 1.0, "aniso_scale": 1.0, "fractional_shift": 1.0}
    strengths = {"fractional_shift_std": 0.05}
    image = torch.from_numpy(smooth(1, 48, 48, sigma=4.0))
    for seed in range(4):
        together = pipe(**chances, **strengths).draw(1, 1, 48, 48, seeded(seed))["map"]
        generator, moved, product = seeded(seed), image, torch.eye(3, dtype=torch.float64)
        for change in chances:
            step = pipe(**{change: 1.0}, **strengths).draw(1, 1, 48, 48, generator)["map"]
            moved, product = move(moved, step), product @ step[0]
        torch.testing.assert_close(together[0], product)
        inside = (slice(None), slice(None), slice(14, -14), slice(14, -14))
        torch.testing.assert_close(move(image, together)[inside], moved[inside], atol=0.03, rtol=0)


def test_sampling_is_the_library_sampling():
    images = torch.rand(2, 3, 9, 7, dtype=torch.float64, generator=seeded(), requires_grad=True)
    grid = torch.rand(2, 5, 6, 2, dtype=torch.float64, generator=seeded(1)) * 5 - 2.5
    ours = Sample.apply(images, grid)
    theirs = functional.grid_sample(images, grid, "bilinear", "reflection", align_corners=True)
    assert torch.equal(ours, theirs)
    weights = torch.rand_like(ours)
    (a,), (b,) = (torch.autograd.grad((out * weights).sum(), images) for out in (ours, theirs))
    torch.testing.assert_close(a, b)
