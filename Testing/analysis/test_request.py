"""A request from anywhere is understood, or refused in one sentence that names what is wrong."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from GANAnomalyLib import AnalysisRequest, __version__
from GANAnomalyLib.errors import InputError

NAMES = [item.name for item in dataclasses.fields(AnalysisRequest)]
DEFAULTS = AnalysisRequest("ct.nii.gz").to_dict()

_plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["wd", "mask", "cpu"])
_big = st.sampled_from([10**400, -(10**400), 2**63, math.nan, math.inf, "", " ", "\0", "\ud800", "a" * 5000])
_json = st.recursive(_plain | _big, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=6)
_objects = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), _json, max_size=8)


def _refusal(make, *arguments) -> str:
    """What an InputError says, "" where there is none; anything else comes through and fails the test."""
    try:
        make(*arguments).validate()
    except InputError as error:
        return error.message
    return ""


@given(_objects)
@example({"input": "x", "slices": [10**400, 3]})
@example({"input": "x", "settings": {"deep": [[[{"a": [math.nan]}]]]}})
def test_whatever_an_object_holds_only_input_errors_come_out(data):
    refusal = _refusal(AnalysisRequest.from_dict, data)
    if refusal:
        assert refusal.endswith(".")
        assert len(refusal) < 600
        return
    # What was accepted can be used all the way.
    request = AnalysisRequest.from_dict(data)
    assert AnalysisRequest.from_json(request.to_json()).to_json() == request.to_json()
    assert len(request.fingerprint("a", "b")) == 64


@given(st.sampled_from(NAMES[1:]), _json)
def test_one_odd_value_among_good_ones_is_taken_or_named(name, value):
    refusal = _refusal(AnalysisRequest.from_dict, {**DEFAULTS, name: value})
    assert not refusal or name.replace("_", "-") in refusal.lower().replace("_", "-")


@given(st.text())
@example("[" * 100_000)
@example('{"input": "x", "steps": ' + "1" * 5000 + "}")
@example('{"input": "x", "window": Infinity}')
def test_no_text_at_all_is_a_request_without_an_input(text):
    assert _refusal(AnalysisRequest.from_json, text).endswith(".")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"steps": "many"}, "steps must be a whole number, not 'many'."),
        ({"steps": 2.5}, "steps must be a whole number, not 2.5."),
        ({"top": True}, "top must be a whole number above 0, not True."),
        ({"slices": "abc"}, "slices must be two whole numbers, first and stop, not 'abc'."),
        ({"slices": [1]}, "slices must be two whole numbers, first and stop, not a list."),
        ({"slices": ["1", "5"]}, "slices must be two whole numbers"),
        ({"settings": []}, "settings must be names with values, not a list."),
        ({"window": "wide"}, "window must be a number above 0, not 'wide'."),
        ({"level": math.nan}, "level must be a number, not nan."),
        ({"calibrate": "no"}, "calibrate must be true or false, not 'no'."),
        ({"mask": 5}, "mask must be a text, not 5."),
        ({"input": None}, "input must be a text, not None."),
        ({"output": ""}, "output is empty"),
        ({"seed": -1}, "seed must be a whole number of 0 or more, not -1."),
        ({"batch": 0}, "batch must be a whole number above 0, not 0."),
        ({"patch_size": 10**5000}, "patch-size must be a whole number above 0, not a number far too large."),
        ({"metric": ["wd"]}, "metric must be one of wd, mse, ssim, not a list."),
        ({"colour": "blue"}, "unknown settings: 'colour': check the spelling."),
        ({"settings": {"far": {1, 2}}}, "settings must hold plain values"),
    ],
)
def test_what_is_wrong_is_named(values, words):
    assert words in _refusal(AnalysisRequest.from_dict, {"input": "ct.nii.gz", **values})


@pytest.mark.parametrize("data", [None, 5, "text", [], [["input", "x"]]])
def test_only_objects_are_requests(data):
    with pytest.raises(InputError, match="JSON object"):
        AnalysisRequest.from_dict(data)


def test_a_wrong_value_given_in_python_is_told_by_validate():
    with pytest.raises(InputError, match="steps must be a whole number"):
        AnalysisRequest("ct.nii.gz", steps="many").validate()
    with pytest.raises(InputError, match="slices must be two"):
        AnalysisRequest("ct.nii.gz", slices=7).validate()


def test_paths_and_numpy_numbers_are_plain_data():
    odd = AnalysisRequest(
        Path("ct.nii.gz"), steps=np.int64(5), window=np.float32(350), slices=[np.int32(4), 9], series=2, level=40
    )
    odd.validate()
    plain = AnalysisRequest("ct.nii.gz", steps=5, window=350.0, slices=(4, 9), series="2", level=40)
    assert odd == plain == AnalysisRequest.from_json(odd.to_json())


def test_an_offset_is_part_of_a_request_only_where_it_is_set():
    """Results and records that were made before the setting existed answer the same requests as ever."""
    plain, moved = AnalysisRequest("ct.nii"), AnalysisRequest("ct.nii", hu_offset=np.float32(-1024))
    assert "hu_offset" not in plain.to_dict()
    assert moved.to_dict()["hu_offset"] == -1024
    data = {**plain.to_dict(), "version": __version__, "input_hash": "i", "model_hash": "m", "mask_hash": ""}
    for name in ("input", "model", "output", "mask", "scene", "batch"):
        data.pop(name)
    before = hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
    assert plain.fingerprint("i", "m") == before
    assert moved.fingerprint("i", "m") != before
    for request in (plain, moved):
        assert AnalysisRequest.from_json(request.to_json()) == request
    with pytest.raises(InputError, match="hu-offset must be a number"):
        AnalysisRequest.from_dict({"input": "ct.nii", "hu_offset": "much"})
