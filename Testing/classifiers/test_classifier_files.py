"""A classifier's file: read with distrust, told apart from detectors, listed as what it is."""

from __future__ import annotations

import json

import pytest
import torch
from classifiers.small_classifier import write_classifier
from click.testing import CliRunner

from GANAnomalyLib.classifiers.load import load_classifier
from GANAnomalyLib.cli.app import app
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.registry import list_models


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setenv("GANANOMALY_MODELS", str(tmp_path))
    return write_classifier(tmp_path / "moles.safetensors")


def test_it_says_what_it_said(path):
    first, again = load_classifier(path), load_classifier("moles")
    pictures = torch.rand(3, 3, 16, 16) * 2 - 1
    found = first.probabilities(pictures)
    torch.testing.assert_close(found, again.probabilities(pictures))
    torch.testing.assert_close(found.sum(1), torch.ones(3))
    assert first.classes == ("benign", "malignant")
    assert first.features(pictures).shape == (3, 64)
    assert first.looked_at(pictures, found.argmax(1)).shape == (3, 16, 16)
    assert not any(weight.requires_grad for weight in first.network.parameters())
    shown = pictures.requires_grad_(True)
    first.logits(shown).sum().backward()
    assert shown.grad is not None  # a training may ask it


def test_it_is_listed_as_a_classifier_and_refused_as_a_detector(path):
    (entry,) = [entry for entry in list_models() if entry.name == "moles"]
    assert not entry.broken
    assert not entry.detects
    assert all(other.detects for other in list_models() if other.name != "moles")
    with pytest.raises(InputError, match=r"tells classes apart.*gananomaly predict"):
        load_model("moles")
    with pytest.raises(InputError, match="is a stylegan2 model, which tells no classes apart"):
        load_classifier("demo")
    listed = CliRunner().invoke(app, ["models"]).output
    assert "moles" in listed
    told = CliRunner().invoke(app, ["info", "moles"]).output
    assert "benign, malignant" in told
    assert "window" not in told


BAD = {
    "network": ("vgg", "must be one of small, lite0"),
    "classes": (["one"], "must name 2 to 1000 classes"),
    "side": (10**6, "must be at most 1024"),
    "width": (1000, "must be at most 256"),
    "fit": ("stretch", "must be one of pad, center-crop"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_card_that_cannot_be(path, name):
    card = json.loads(path.with_suffix(".json").read_text())
    card["architecture"][name] = BAD[name][0]
    path.with_suffix(".json").write_text(json.dumps(card))
    with pytest.raises(InputError, match=BAD[name][1]):
        load_classifier(path)


def test_weights_that_are_not_the_cards(path, tmp_path):
    card = json.loads(path.with_suffix(".json").read_text())
    write_classifier(path, ("a", "b", "c"))
    card["sha256"] = ""
    path.with_suffix(".json").write_text(json.dumps(card))
    with pytest.raises(InputError, match=r"head.1.weight is 3 x 64 in place of 2 x 64"):
        load_classifier(path)
    card["sha256"] = "0" * 64
    path.with_suffix(".json").write_text(json.dumps(card))
    with pytest.raises(InputError, match="hashes differ"):
        load_classifier(path)
    path.with_suffix(".json").unlink()
    with pytest.raises(InputError, match="no classifier with a card"):
        load_classifier(path)
    with pytest.raises(InputError, match="There is no model"):
        load_classifier(tmp_path / "nothing.safetensors")
