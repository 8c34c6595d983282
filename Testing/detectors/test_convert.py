"""Conversion to the project's format, and the hash that ties card and weights together."""

from __future__ import annotations

import json
import os

import pytest
import torch
from detectors.published_pickles import fixture_tensors, network_tensors, write_published

from GANAnomalyLib.detectors.convert_checkpoint import convert
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.errors import GANAnomalyError, InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.store import card_path, model_hash, save_model

NAMES = ("stylegan2_r32_gray", "stylegan2_r64_rgb_cond3")


@pytest.mark.parametrize("name", NAMES)
def test_a_converted_network_gives_the_reference_numbers(tmp_path, name):
    expected = fixture_tensors(name)
    source = write_published(tmp_path / "p.pkl", name, tmp_path / "canary")
    target = tmp_path / "new folder" / "ours.safetensors"
    card = convert(source, target, card_fields={"title": "A test", "anatomy": "none", "window": 400})
    assert ModelCard.read(card_path(target)) == card
    assert (card.name, card.title, card.window) == ("ours", "A test", 400)
    assert (card.resolution, card.channels) == tuple(expected["img_noise_const"].shape[:-4:-2])
    assert card.sha256 == model_hash(target)
    assert "p.pkl" in card.source
    assert card.architecture["generator"].get("conv_clamp") == (256 if name == NAMES[0] else None)
    model = load_model(target)
    assert model.model_hash == card.sha256
    assert model.encoder is None
    assert model.generator.synthesis.b8.conv1.conv_clamp == card.architecture["generator"].get("conv_clamp")
    image = model.generator.synthesis(model.generator.mapping(expected["z"], expected.get("c")))
    assert float((image - expected["img_noise_const"]).abs().max()) < 1e-4
    assert not (tmp_path / "canary").exists()
    assert sorted(path.name for path in target.parent.iterdir()) == ["ours.json", "ours.safetensors"]


def test_g_instead_of_the_average(tmp_path):
    source = write_published(tmp_path / "p.pkl", NAMES[0], tmp_path / "canary")
    convert(source, tmp_path / "raw.safetensors", which="G")
    expected = network_tensors(NAMES[0], "G")["synthesis.b4.const"] * 1.5
    torch.testing.assert_close(load_model(tmp_path / "raw.safetensors").generator.synthesis.b4.const, expected)
    with pytest.raises(InputError, match="Only generators"):
        convert(source, tmp_path / "d.safetensors", which="D")


def test_nothing_is_overwritten_unless_forced(tmp_path):
    source, target = tmp_path / "s.pt", tmp_path / "t.safetensors"
    torch.save(network_tensors(NAMES[0], "G"), source)
    first = convert(source, target)
    before = target.read_bytes()
    with pytest.raises(InputError, match="exists already"):
        convert(source, target)
    assert target.read_bytes() == before
    convert(source, target, card_fields={"title": "second"}, force=True)
    assert ModelCard.read(card_path(target)).title == "second"
    assert first.title == ""
    target.unlink()
    with pytest.raises(InputError, match=r"t\.json exists already"):
        convert(source, target)


def test_a_bad_source_leaves_nothing(tmp_path):
    source = tmp_path / "s.pt"
    tensors = network_tensors(NAMES[0], "G")
    tensors["synthesis.b8.conv0.bias"] = torch.zeros(1)
    torch.save(tensors, source)
    with pytest.raises(InputError, match="do not fit"):
        convert(source, tmp_path / "out" / "t.safetensors")
    with pytest.raises(InputError, match="no field colour"):
        convert(source, tmp_path / "t.safetensors", card_fields={"colour": "red"})
    with pytest.raises(InputError, match="its window"):
        convert(source, tmp_path / "t.safetensors", card_fields={"window": "wide"})
    with pytest.raises(InputError, match=r"\.safetensors at the end"):
        convert(source, tmp_path / "t.pkl")
    assert [path.name for path in tmp_path.iterdir()] == ["s.pt"]


def test_a_folder_that_cannot_be_written(tmp_path):
    source = tmp_path / "s.pt"
    torch.save(network_tensors(NAMES[0], "G"), source)
    with pytest.raises(InputError, match="cannot be written"):
        convert(source, source / "inside.safetensors")


def test_a_failed_write_leaves_nothing(tmp_path, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(GANAnomalyError, match="is full"):
        save_model(tmp_path / "t.safetensors", {"G_ema.a": torch.ones(1)}, ModelCard("t"))
    assert not list(tmp_path.iterdir())


def test_weights_that_are_not_the_cards(tmp_path):
    source, target = tmp_path / "s.pt", tmp_path / "t.safetensors"
    torch.save(network_tensors(NAMES[0], "G"), source)
    convert(source, target)
    data = bytearray(target.read_bytes())
    data[-1] ^= 1
    target.write_bytes(bytes(data))
    with pytest.raises(InputError, match="hashes differ"):
        load_model(target)


def test_a_card_that_contradicts_its_network(tmp_path):
    source, target = tmp_path / "s.pt", tmp_path / "t.safetensors"
    torch.save(network_tensors(NAMES[0], "G"), source)
    convert(source, target)
    card = json.loads(card_path(target).read_text())
    card_path(target).write_text(json.dumps({**card, "resolution": 64}))
    with pytest.raises(InputError, match="says resolution 64, its network has 32"):
        load_model(target)
    card_path(target).write_text(json.dumps({**card, "kind": "oracle"}))
    with pytest.raises(InputError, match="'oracle'"):
        load_model(target)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema": 99}, "newer version"),
        ({"thresholds": []}, "thresholds"),
        ({"thresholds": {"0.01": "high"}}, r"its thresholds\.0\.01 must be a number, not 'high'"),
        ({"window": float("nan")}, "its window must be a number, not nan"),
        ({"window": 0}, "its window must be greater than zero, not 0"),
        ({"recommended": {"patch_size": "8"}}, r"its recommended\.patch_size must be a whole number"),
        ({"resolution": "64"}, "its resolution must be a whole number, not '64'"),
        ({"channels": True}, "channels"),
        ({"name": 5}, "no name"),
    ],
)
def test_cards_are_checked(tmp_path, change, words):
    path = tmp_path / "card.json"
    path.write_text(json.dumps({**json.loads(ModelCard("x").to_json()), **change}))
    with pytest.raises(InputError, match=words):
        ModelCard.read(path)


def test_a_newer_cards_extra_fields_are_ignored(tmp_path):
    path = tmp_path / "card.json"
    path.write_text(json.dumps({"name": "x", "window": 300, "colour": "red"}))
    assert ModelCard.read(path) == ModelCard("x", window=300)
