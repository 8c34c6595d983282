"""Sets as one without a copy, and a share of each class held out."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from GANAnomalyLab.images import Draws, ImageSet, join_sets, split_by_class
from GANAnomalyLib.errors import InputError


def made(count: int, value: int, side: int = 4, dtype: str = "uint8", classes: int = 2) -> ImageSet:
    images = np.arange(count * side * side, dtype=dtype).reshape(count, 1, side, side) + np.dtype(dtype).type(value)
    labels = np.eye(classes, dtype=np.float32)[np.arange(count) % classes]
    return ImageSet.from_array(images, labels=labels, patients=np.arange(count) // 2)


def test_joined_sets_are_what_they_are_made_of():
    parts = [made(5, 0).take([4, 0, 2]), made(3, 100), made(2, 50)]
    whole = join_sets(parts)
    wanted = np.concatenate([np.asarray(part.images) for part in parts])
    order = np.array([7, 0, 3, 3, 2])
    np.testing.assert_array_equal(whole.pixels.array[order], wanted[order])
    np.testing.assert_array_equal(np.asarray(whole.images), wanted)
    np.testing.assert_array_equal(whole.pixels.array[2], wanted[2])
    np.testing.assert_array_equal(whole.take([6, 1]).batch(np.array([0, 1])), whole.batch(np.array([6, 1])))
    np.testing.assert_array_equal(whole.labels, np.concatenate([part.labels for part in parts]))
    assert len(np.unique(whole.patients)) == sum(len(np.unique(part.patients)) for part in parts)
    again = pickle.loads(pickle.dumps(whole.pixels))
    np.testing.assert_array_equal(np.asarray(again), wanted)
    assert Draws(whole, 4).batch(3).images.shape == (4, 1, 4, 4)
    assert whole.mark() != parts[0].mark()
    assert join_sets(parts[:1]) is parts[0]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (made(2, 0, side=8), "1x8x8 of 8 bits"),
        (made(2, 0, dtype="uint16"), "of 16 bits"),
        (made(3, 0, classes=3), "2 and 3 classes"),
    ],
)
def test_sets_that_do_not_go_together(other, said):
    with pytest.raises(InputError, match=said):
        join_sets([made(4, 0), other])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), min_size=8, max_size=40), st.floats(0.1, 0.6))
def test_no_patient_and_no_class_is_on_one_side(images, share):
    people, classes = (np.array(column) for column in zip(*images, strict=True))
    pixels = np.arange(len(images) * 4, dtype=np.uint16).reshape(-1, 1, 2, 2)
    whole = ImageSet.from_array(pixels, labels=np.eye(3, dtype=np.float32)[classes], patients=people)
    try:
        learnt, apart = split_by_class(whole, share, 1)
    except InputError:
        return  # too few patients of a class: the next test
    assert len(learnt) + len(apart) == len(whole)
    assert not set(learnt.patients) & set(apart.patients)
    there = np.unique(classes)
    for side in (learnt, apart):
        np.testing.assert_array_equal(np.unique(side.labels.argmax(1)), there)


def test_a_rare_class_is_held_out_at_its_share():
    count = 1000
    classes = (np.arange(count) % 50 == 0).astype(int)
    whole = ImageSet.from_array(
        np.arange(count * 4, dtype=np.uint16).reshape(-1, 1, 2, 2), labels=np.eye(2, dtype=np.float32)[classes]
    )
    said = []
    _, apart = split_by_class(whole, 0.2, 0, said.append)
    assert apart.labels.sum(0).tolist() == [196, 4]
    assert any("each counts as its own" in sentence for sentence in said)
    again = split_by_class(whole, 0.2, 0)[1]
    np.testing.assert_array_equal(again.rows, apart.rows)
    assert not np.array_equal(split_by_class(whole, 0.2, 1)[1].rows, apart.rows)


def test_a_class_of_one_patient_is_refused():
    whole = made(8, 0)
    whole.patients = np.where(whole.labels[:, 1] == 1, 99, np.arange(8))
    with pytest.raises(InputError, match="class 1 are of one patient"):
        split_by_class(whole, 0.2)
    with pytest.raises(InputError, match="between 0 and 1"):
        split_by_class(whole, 1.0)
