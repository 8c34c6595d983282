"""A mirrored image is told by the others' sides, and by nothing where they have none."""

import os

import numpy as np
import pytest
from curate.conftest import fill
from curate.drawn import chest, write_chests
from PIL import Image

from GANAnomalyLab.curate.judged_rows import judge
from GANAnomalyLab.curate.sides import LEAST_ALIKE, SIZE, alike_sides, sides_of


def sides(images):
    return np.stack([np.frombuffer(sides_of(image), np.int8) for image in images])


def levels(seed):
    return chest(seed, 128).astype(np.float32) / 255


def test_the_mirror_images_sides_are_the_opposite():
    image = levels(3)
    own, mirrored = sides([image, np.ascontiguousarray(image[:, ::-1])]).astype(int)
    np.testing.assert_allclose(own, -mirrored, atol=1)
    assert np.abs(own).max() == 127


def test_mirrored_ones_are_told_from_the_others_wherever_they_lie():
    images = [np.roll(levels(seed), seed % 9 - 4, 1) for seed in range(40)]
    images[5], images[21] = (np.ascontiguousarray(images[place][:, ::-1]) for place in (5, 21))
    alike = alike_sides(sides(images), [np.arange(40)])
    assert np.flatnonzero(alike < LEAST_ALIKE).tolist() == [5, 21]


def test_what_is_left_as_often_as_right_is_not_judged():
    images = [levels(seed)[:, :: 1 if seed % 3 else -1].copy() for seed in range(40)]
    assert np.isnan(alike_sides(sides(images), [np.arange(40)])).all()
    draws = np.random.default_rng(0)
    assert np.isnan(alike_sides(draws.integers(-127, 128, (60, SIZE)).astype(np.int8), [np.arange(60)])).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (7, 5), (2000, 30)])
def test_any_shape_has_sides(shape):
    image = np.linspace(0, 1, shape[0] * shape[1], dtype=np.float32).reshape(shape)
    assert len(sides_of(image)) == SIZE
    assert sides_of(np.zeros(shape, np.float32)) == bytes(SIZE)


def test_a_store_tells_the_mirrored_film(tmp_path):
    write_chests(tmp_path / "in", 30, 128)
    Image.fromarray(chest(100, 128)[:, ::-1]).save(tmp_path / "in" / "mirrored.png")
    judged = judge(fill(tmp_path / "store", tmp_path / "in").folder)
    paths = judged.table["path"].to_pylist()
    assert [os.path.basename(paths[row]) for row in np.flatnonzero(judged.flags["mirrored"])] == ["mirrored.png"]
    assert os.path.basename(paths[int(judged.order[0])]) == "mirrored.png"
