"""Every combination of values, and its name."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from GANAnomalyLab.evaluate.study import BASELINE, Configuration, StudyCase, check_study
from GANAnomalyLab.evaluate.study.configuration_grid import axis_value, configurations
from GANAnomalyLib.errors import InputError


def test_every_combination():
    made = configurations(
        {"seed": 7, "settings": {"stop": 0.1}},
        {"metric": ("wd", "mse"), "patch_size": (), "steps": (0, 20), "settings.warp_smooth": (0.5,)},
    )
    assert [item.name for item in made] == [
        f"{metric}_steps{steps}_warp_smooth0.5" for metric in ("wd", "mse") for steps in (0, 20)
    ]
    assert made[3].request == {"seed": 7, "metric": "mse", "steps": 20, "settings": {"stop": 0.1, "warp_smooth": 0.5}}
    assert (axis_value(made[3], "steps"), axis_value(made[3], "settings.warp_smooth")) == (20, 0.5)
    assert axis_value(made[0], "region") is None
    (one,) = configurations({"seed": 7}, {})
    assert (one.name, one.request) == ("default", {"seed": 7})


def test_names_stay_when_values_are_added():
    few = configurations({}, {"metric": ("wd",), "patch_size": (8,)})
    many = configurations({}, {"metric": ("mse", "wd"), "patch_size": (6, 8)})
    assert few[0].name == "wd_patch8"
    assert few[0] in many


def test_models_by_path_are_told_apart():
    made = configurations({}, {"model": ("demo", "a/net.safetensors", "b/net.safetensors")})
    assert made[0].name == "demo"
    assert made[1].name.startswith("net_")
    assert len({item.name for item in made}) == 3


@given(
    st.dictionaries(
        st.sampled_from(["metric", "model", "region", "mode", "settings.space"]),
        st.lists(st.text(min_size=1, max_size=120).filter(str.strip), min_size=1, max_size=3, unique=True),
        max_size=3,
    )
)
def test_any_text_gives_names_of_folders(axes):
    made = configurations({}, axes)
    # The values mean nothing to an analysis; the names must be fit for folders all the same.
    named = [Configuration(item.name) for item in made]
    for item in named:
        check_study([StudyCase("a", Path("a"), BASELINE)], [item])


def test_too_many_and_twice():
    with pytest.raises(InputError, match="1,000 combinations"):
        configurations({}, {name: range(10) for name in ("steps", "patch_size", "settings.a")})
    with pytest.raises(InputError, match="patch-size has a value twice"):
        configurations({}, {"patch_size": (8, 8)})
