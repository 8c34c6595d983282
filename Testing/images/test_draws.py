"""Batches by number, the same in every process, and made ahead of need."""

from __future__ import annotations

import threading
import time
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from images.made import numbered
from waiting import until

from GANAnomalyLab.images import Draws, ImageSet, Prefetch
from GANAnomalyLib.errors import InputError


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 12), st.integers(1, 30), st.integers(0, 5), st.booleans())
def test_every_image_comes_once_a_round(count, batch, seed, mirror):
    draws = Draws(numbered(count, mirror=mirror), batch, seed)
    length = count * (2 if mirror else 1)
    rounds = 3 * batch  # so many rounds are a whole number of batches
    seen = []
    for number in range(rounds * length // batch):
        shown = zip(draws.indices(number).tolist(), draws.mirrored(number).tolist(), strict=True)
        seen += list(shown)
    for turn in range(rounds):
        part = seen[turn * length : (turn + 1) * length]
        assert len(set(part)) == length
    assert all(0 <= index < count for index, _ in seen)


def test_a_number_gives_the_same_batch_whatever_came_before():
    first, second = Draws(numbered(50), 8, 3), Draws(numbered(50), 8, 3)
    ahead = {number: first.indices(number) for number in range(40)}
    for number in (39, 0, 17, 38, 5, 5):
        assert np.array_equal(second.indices(number), ahead[number])
    assert not np.array_equal(Draws(numbered(50), 8, 4).indices(0), ahead[0])
    rounds = [np.concatenate([first.indices(n) for n in range(25 * k, 25 * k + 25)]) for k in (0, 1)]
    assert not np.array_equal(*rounds)


def test_images_labels_and_mirrors_go_together():
    labels = np.eye(10, dtype=np.float32)
    images = numbered(10, labels=labels, mirror=True)
    draws = Draws(images, 20, 1)
    batch = draws.batch(0)
    flipped = draws.mirrored(0)
    assert flipped.sum() == 10
    corner = np.where(flipped, batch.images[:, 0, 0, -1], batch.images[:, 0, 0, 0])
    number = np.rint((corner + 1) * 127.5 / 10).astype(int)
    assert np.array_equal(batch.labels.argmax(1), number)
    rising = np.arange(4) + 100
    rows = np.rint((batch.images[:, 0, 1] + 1) * 127.5).astype(int)
    assert all(np.array_equal(row, rising[::-1] if flip else rising) for row, flip in zip(rows, flipped, strict=True))
    assert batch.images.dtype == np.float32
    assert batch.images.flags.c_contiguous


@pytest.mark.parametrize(("world", "group"), [(2, 2), (2, 4), (4, 2), (1, 4)])
def test_processes_divide_a_batch_and_keep_its_groups(world, group):
    """The groups of a minibatch standard deviation are (group, n / group) of a batch, first axis fastest apart."""
    draws = Draws(numbered(20), 16, 0)
    whole = draws.batch(3).images
    parts = [draws.batch(3, rank, world).images for rank in range(world)]
    assert np.array_equal(np.sort(np.concatenate(parts), 0), np.sort(whole, 0))

    def groups(images):
        columns = images[:, 0, 0, 0].reshape(group, -1)
        return {tuple(columns[:, n]) for n in range(columns.shape[1])}

    assert set.union(*(groups(part) for part in parts)) == groups(whole)
    rows = draws.rows(0, world)[::2]
    assert np.array_equal(draws.batch(3, rows=rows).images, whole[rows])


def test_what_cannot_be_drawn():
    with pytest.raises(InputError, match="divided among 3"):
        Draws(numbered(4), 8).batch(0, 0, 3)
    with pytest.raises(InputError, match="batch must be at least 1"):
        Draws(numbered(4), 0)
    with pytest.raises(InputError, match="holds no images"):
        Draws(numbered(4).take([]), 2)


def test_a_choice_of_images_reads_only_those():
    images = numbered(10, labels=np.eye(10, dtype=np.float32))
    some = images.take([7, 2, 5])
    assert np.array_equal(np.asarray(some.images), np.asarray(images.images)[[7, 2, 5]])
    assert some.images.shape == (3, 1, 4, 4)
    assert np.array_equal(some.images[1], images.images[2])
    assert np.array_equal(some.images[0:2, :, 0, 0], images.images[[7, 2], :, 0, 0])
    assert some.images[1, 0, 0, 0] == 20
    assert some.labels.argmax(1).tolist() == [7, 2, 5]
    assert some.take([2]).images[0, 0, 0, 0] == 50
    subset = images.subset(4, seed=1)
    assert len(set(subset.items.tolist())) == 4
    assert subset.items.tolist() == images.subset(4, seed=1).items.tolist()
    assert {tuple(images.subset(4, seed=n).items.tolist()) for n in range(6)} != {tuple(subset.items.tolist())}
    assert images.subset(50) is images


def test_values_are_brought_to_one_range():
    for dtype in (np.uint8, np.uint16):
        top = np.iinfo(dtype).max
        images = ImageSet.from_array(np.array([[0, top], [top // 2, 1]], dtype).reshape(1, 1, 2, 2))
        assert images.batch([0]).ravel() == pytest.approx([-1, 1, 2 * (top // 2) / top - 1, 2 / top - 1], abs=1e-6)


def test_prefetch_gives_what_draws_gives():
    draws = Draws(numbered(30), 4, 2)
    for workers in (0, 1, 3):
        with Prefetch(draws.batch, start=5, workers=workers, ahead=4) as batches:
            for number in range(5, 25):
                assert np.array_equal(batches.take().images, draws.batch(number).images)


def test_prefetch_works_ahead_and_no_further():
    made = []
    with Prefetch(lambda number: made.append(number) or number, ahead=3) as batches:
        assert batches.take() == 0
        until(lambda: len(made) >= 4)
        time.sleep(0.05)
        assert made == [0, 1, 2, 3]


def test_errors_come_through_where_they_belong():
    def make(number):
        if number == 2:
            raise InputError("the second is broken")
        return number

    with Prefetch(make, workers=2) as batches:
        assert [batches.take(), batches.take()] == [0, 1]
        with pytest.raises(InputError, match="second is broken"):
            batches.take()
        assert batches.take() == 3


def test_threads_end():
    before = Counter(thread.name.split("_")[0] for thread in threading.enumerate())["images"]
    with Prefetch(lambda number: 1 // (5 - number), workers=3, ahead=8) as batches:
        batches.take()
    with pytest.raises(ZeroDivisionError), Prefetch(lambda number: 1 // number, workers=3, ahead=8) as batches:
        batches.take()
    assert Counter(thread.name.split("_")[0] for thread in threading.enumerate())["images"] == before
