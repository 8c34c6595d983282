"""Thresholds on a model's card: only of its own scores, and never half a card."""

from __future__ import annotations

import errno
import json
import os
from types import SimpleNamespace

import pytest
from evaluate_normative import made

from GANAnomalyLab.evaluate.normative.card_thresholds import thresholds_of_normals, write_to_card
from GANAnomalyLib.errors import GANAnomalyError, InputError
from GANAnomalyLib.models.card import ModelCard, set_recommended


@pytest.fixture
def model(tmp_path, monkeypatch):
    """A model's file and card; the results of the study are taken for its own."""
    path = tmp_path / "made.safetensors"
    path.write_bytes(b"weights")
    card = ModelCard("made", resolution=made.SIZE, recommended={"metric": "mse", "patch_size": made.PATCH, "steps": 3})
    data = json.loads(card.to_json()) | {"of a newer version": {"kept": True}}
    path.with_suffix(".json").write_text(json.dumps(data))
    monkeypatch.setattr("GANAnomalyLab.evaluate.normative.card_thresholds.model_hash", lambda path: made.MODEL_HASH)
    return SimpleNamespace(path=path, card=path.with_suffix(".json"))


def test_the_card_gets_them_and_keeps_the_rest(study, model):
    found = thresholds_of_normals(study.healthy)
    assert (found.scans, found.slices, found.region) == (3, 12, "image")
    assert (found.metric, found.patch_size, found.unit) == ("mse", made.PATCH, "squared grey levels")
    assert any("rest on 3 scans" in text for text in found.warnings)
    assert write_to_card(found, model.path, study.healthy) == model.card
    data = json.loads(model.card.read_text())
    assert data["of a newer version"] == {"kept": True}
    recommended = ModelCard.read(model.card).recommended
    assert recommended["steps"] == 3
    for rate, value in found.thresholds.items():
        assert value <= recommended["heatmap_thresholds"][rate] <= value * 1.001
    assert recommended["heatmap_thresholds_from"] == {
        "scans": 3,
        "slices": 12,
        "pixels": found.pixels,
        "region": "image",
    }


def test_the_body_alone_has_other_thresholds(study):
    whole, inner = (thresholds_of_normals(study.healthy, region=region) for region in ("image", "body"))
    assert inner.pixels < whole.pixels
    assert inner.thresholds != whole.thresholds


def test_results_of_another_kind_are_refused(study, model, tmp_path, monkeypatch):
    found = thresholds_of_normals(study.healthy)
    other = made.write_scan(tmp_path, "wd", made.body(1), made.blurred, metric="wd")
    with pytest.raises(InputError, match="not of one kind"):
        thresholds_of_normals([*study.healthy, other])
    with pytest.raises(InputError, match="metric wd and patch size 4, and the card of made recommends mse and 4"):
        write_to_card(thresholds_of_normals([other]), model.path, [other])
    with pytest.raises(InputError, match="no healthy scan"):
        thresholds_of_normals([])
    monkeypatch.setattr("GANAnomalyLab.evaluate.normative.card_thresholds.model_hash", lambda path: "1" * 64)
    with pytest.raises(InputError, match="h0 was made with another model than made"):
        write_to_card(found, model.path, study.healthy)
    model.card.unlink()
    with pytest.raises(InputError, match="has no card"):
        write_to_card(found, model.path, study.healthy)


def test_scores_without_calibration_are_not_the_cards(study, model, tmp_path):
    scan = made.write_scan(tmp_path, "raw", made.body(1), made.blurred)
    path = scan.result / "result.json"
    manifest = json.loads(path.read_text())
    manifest["request"]["calibrate"] = False
    path.write_text(json.dumps(manifest))
    with pytest.raises(InputError, match="raw was made with --no-calibration"):
        write_to_card(thresholds_of_normals([scan]), model.path, [scan])


@pytest.mark.parametrize(("number", "kind"), [(errno.ENOSPC, GANAnomalyError), (errno.EROFS, InputError)])
def test_a_disk_that_refuses_leaves_the_card_as_it_was(model, monkeypatch, number, kind):
    before = model.card.read_bytes()

    def refuse(source, destination):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(kind) as caught:
        set_recommended(model.card, heatmap_thresholds={"0.05": 1.0})
    assert isinstance(caught.value, InputError) == (kind is InputError)
    assert model.card.read_bytes() == before
    assert sorted(os.listdir(model.card.parent)) == ["made.json", "made.safetensors"]


@pytest.mark.parametrize("value", ["high", [1.0], {"0.05": "high"}, {"0.05": float("nan")}, {"0.05": True}])
def test_thresholds_that_are_no_numbers_make_no_card(model, value):
    before = model.card.read_bytes()
    with pytest.raises(InputError, match=r"its recommended\.heatmap_thresholds"):
        set_recommended(model.card, heatmap_thresholds=value)
    assert model.card.read_bytes() == before
    data = json.loads(before) | {"recommended": {"heatmap_thresholds": value}}
    model.card.write_text(json.dumps(data))
    with pytest.raises(InputError, match=r"its recommended\.heatmap_thresholds"):
        ModelCard.read(model.card)


def test_cards_without_them_are_read_as_ever(model):
    assert "heatmap_thresholds" not in ModelCard.read(model.card).recommended
