"""What may be asked for, and what is refused before anything is read."""

from __future__ import annotations

import dataclasses
import json

import pytest

from GANAnomalyLab.images import ImageSource, open_images
from GANAnomalyLib.errors import InputError


def test_json_both_ways():
    source = ImageSource("x", 64, slices=(1, 5), z_range=(-3.5, 9.0), patients="regex:(p[0-9]+)", subset=4)
    assert ImageSource.from_dict(json.loads(json.dumps(source.to_dict()))) == source


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"resolution": 48}, "power of two"),
        ({"resolution": 8192}, "power of two"),
        ({"intensity": "range", "framing": "body"}, "framing full"),
        ({"slices": (5, 5)}, "slices"),
        ({"slices": (-1, 5)}, "slices"),
        ({"z_range": (5, 1)}, "lower and a higher"),
        ({"label": 3}, "without a mask"),
        ({"split": "a.csv"}, "both"),
        ({"part": "train"}, "both"),
        ({"labels": "a.csv"}, "not conditional"),
        ({"patients": "regex:("}, "regular expression"),
        ({"path": " "}, "Nothing to train on"),
    ],
)
def test_values_that_cannot_be(tmp_path, settings, words):
    source = dataclasses.replace(ImageSource("x"), **settings)
    with pytest.raises(InputError, match=words):
        open_images(source, tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_plain_data_that_is_no_source():
    with pytest.raises(InputError, match="called 'resolutions'"):
        ImageSource.from_dict({"path": "x", "resolutions": 3})
    with pytest.raises(InputError, match="no path"):
        ImageSource.from_dict({})
    with pytest.raises(InputError, match="no path"):
        ImageSource.from_dict({"path": 3})
