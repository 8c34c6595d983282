"""Lists of numbers as people write them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from GANAnomalyLab.generate.number_lists import LARGEST_SEED, checked_numbers, parse_numbers, written_numbers
from GANAnomalyLib.errors import InputError


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("85,265-268", [85, 265, 266, 267, 268]),
        (" 3 , 1 - 2 ", [3, 1, 2]),
        ("7,7,6-8", [7, 6, 8]),
        ("0", [0]),
        ("4294967295", [LARGEST_SEED]),
    ],
)
def test_lists(text, numbers):
    assert parse_numbers(text) == numbers


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "85,265-300"),
        ("1,,2", "85,265-300"),
        ("-3", "85,265-300"),
        ("1.5", "85,265-300"),
        ("1-2-3", "85,265-300"),
        ("9" * 5000, "85,265-300"),
        ("5-3", "backwards"),
        ("4294967296", "too large"),
        ("0-999999,2000000", "in several parts"),
        ("0-4294967295", "in several parts"),
    ],
)
def test_what_is_no_list(text, words):
    with pytest.raises(InputError, match=words) as caught:
        parse_numbers(text)
    assert len(caught.value.message) < 200


@given(st.lists(st.integers(0, LARGEST_SEED), min_size=1, max_size=40, unique=True))
def test_what_is_written_is_read_again(numbers):
    assert parse_numbers(written_numbers(numbers)) == numbers
    assert checked_numbers(numbers) == numbers


def test_runs_are_written_as_ranges():
    assert written_numbers([1, 2, 3, 7, 9, 10]) == "1-3,7,9-10"


def test_numbers_given_as_such():
    assert checked_numbers(np.arange(3)) == [0, 1, 2]
    assert checked_numbers("1-2", "styles") == [1, 2]
    for wrong in ([], [1.0], [-1], [True], [2**32], [None]):
        with pytest.raises(InputError, match="seeds"):
            checked_numbers(wrong)
