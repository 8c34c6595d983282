"""The named pipelines, and settings that cannot be."""

from __future__ import annotations

import json

import pytest

from GANAnomalyLab.train.augment import DEFAULT_PIPELINE, PIPELINES, VOLUME_PIPELINE, AugmentSettings
from GANAnomalyLab.train.augment.augment_settings import CHANGES
from GANAnomalyLib.errors import InputError

LETTERS = {
    "b": {"x_flip", "quarter_turn", "integer_shift"},
    "g": {"iso_scale", "rotate", "aniso_scale", "fractional_shift"},
    "c": {"brightness", "contrast", "luma_flip", "hue", "saturation"},
    "f": {"filter"},
    "n": {"noise"},
}


def changes(name: str) -> set[str]:
    return {change for change in CHANGES if getattr(PIPELINES[name], change)}


def test_every_published_pipeline_is_there():
    named = ["blit", "geom", "color", "filter", "noise", "cutout", "bg", "bgc", "bgcf", "bgcfn", "bgcfnc"]
    assert set(PIPELINES) == {*named, "ct"}
    assert DEFAULT_PIPELINE == "bgc"
    assert VOLUME_PIPELINE == "ct"


@pytest.mark.parametrize("name", ["bg", "bgc", "bgcf", "bgcfn"])
def test_letters_stand_for_groups(name):
    assert changes(name) == set().union(*(LETTERS[letter] for letter in name))


def test_the_last_letter_is_cutout_not_colour():
    assert changes("bgcfnc") == changes("bgcfn") | {"cutout"}
    assert changes("cutout") == {"cutout"}


def test_ct_makes_no_anatomy_that_nobody_has():
    impossible = {"x_flip", "quarter_turn", "luma_flip", "cutout", "filter", "hue", "saturation"}
    assert changes("ct")
    assert not changes("ct") & impossible
    ct, bgc = PIPELINES["ct"], PIPELINES["bgc"]
    for strength in ("iso_scale_octaves", "rotate_degrees", "fractional_shift_std", "brightness_std", "noise_std"):
        assert 0 < getattr(ct, strength) < getattr(bgc, strength)


@pytest.mark.parametrize("name", PIPELINES)
def test_settings_survive_json(name):
    assert AugmentSettings.from_dict(json.loads(json.dumps(PIPELINES[name].to_dict()))) == PIPELINES[name]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"x_flip": 1.5}, "x_flip must be at least 0 and at most 1, not 1.5"),
        ({"noise_std": -0.1}, "noise_std must be at least 0, not -0.1"),
        ({"rotate_degrees": 181}, "rotate_degrees"),
        ({"hue": float("nan")}, "hue must be a number"),
        ({"hue": True}, "hue must be a number"),
        ({"hue": "often"}, "hue must be a number, not 'often'"),
        ({"xflip": 1.0}, "no augmentation setting called xflip"),
    ],
)
def test_impossible_settings_are_named(values, sentence):
    with pytest.raises(InputError, match=sentence):
        AugmentSettings.from_dict(values)
