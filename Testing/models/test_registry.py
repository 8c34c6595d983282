"""Models by name, from the user's folder, from the environment and from the program's own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from detectors.published_pickles import network_tensors, write_published

from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.stylegan2.network.encoder import Encoder
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models import model_folders, registry
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.registry import list_models
from GANAnomalyLib.models.store import card_path, save_model

NAME = "stylegan2_r32_gray"


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    """A user folder and a delivery of the test's own, so that what is installed here does not matter."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "data"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    monkeypatch.delenv("GANANOMALY_MODELS", raising=False)
    monkeypatch.setattr(registry, "bundled_folders", lambda: [tmp_path / "bundled"])


def write_model(folder: Path, name: str, extra=None, **fields) -> Path:
    tensors = {f"G_ema.{key}": value for key, value in network_tensors(NAME, "G").items()}
    save_model(folder / f"{name}.safetensors", {**tensors, **(extra or {})}, ModelCard(name, **fields))
    return folder / f"{name}.safetensors"


@pytest.mark.skipif(os.name == "nt", reason="file modes")
def test_colleagues_may_read_a_model(tmp_path):
    (tmp_path / "plain").write_text("")
    assert write_model(tmp_path, "mine").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_models_are_found_everywhere(tmp_path, monkeypatch):
    places = {
        "given": tmp_path / "given",
        "shared": tmp_path / "shared",
        "mine": model_folders.user_folder(),
        "demo": tmp_path / "bundled",
    }
    for name, folder in places.items():
        write_model(folder, name)
    monkeypatch.setenv("GANANOMALY_MODELS", os.pathsep.join([str(tmp_path / "absent"), str(places["shared"])]))
    entries = list_models([places["given"]])
    assert [(entry.name, entry.path.parent, entry.broken) for entry in entries] == [
        (name, places[name], "") for name in sorted(places)
    ]
    assert [entry.name for entry in entries if entry.bundled] == ["demo"]
    assert all(entry.card is not None for entry in entries)
    model = load_model("mine")
    assert (model.path, model.card.name, model.card.resolution) == (places["mine"] / "mine.safetensors", "mine", 32)


def test_broken_models_are_listed_and_break_nothing(tmp_path):
    folder = model_folders.user_folder()
    good = write_model(folder, "good")
    (folder / "cut.safetensors").write_bytes(good.read_bytes()[:-100])
    card_path(write_model(folder, "badcard")).write_text("{")
    write_model(folder, "gone").unlink()
    (folder / "notes.json").write_text('{"name": "not a card"}')
    (folder / "readme.txt").write_text("hello")
    (folder / "folder.pkl").mkdir()
    write_published(folder / "published.pkl", NAME, tmp_path / "canary")
    found = {entry.name: entry.broken for entry in list_models()}
    assert found.keys() == {"good", "cut", "badcard", "gone", "folder", "published"}
    assert found["good"] == found["published"] == ""
    for name, words in {"cut": "truncated", "badcard": "JSON", "gone": "missing", "folder": "not a file"}.items():
        assert words in found[name]
        with pytest.raises(InputError, match=words):
            load_model(name)
    assert load_model("published").card.resolution == 32
    assert not (tmp_path / "canary").exists()


def test_the_first_of_two_models_with_one_name_is_used(tmp_path):
    own, bundled = write_model(model_folders.user_folder(), "demo"), write_model(tmp_path / "bundled", "demo")
    entries = list_models()
    assert [entry.path for entry in entries] == [own, bundled]
    assert "used instead" in entries[1].broken
    assert load_model("demo").path == own


def test_an_unknown_name_is_told_the_known_ones(tmp_path):
    with pytest.raises(InputError, match="no models are installed"):
        load_model("chest")
    write_model(model_folders.user_folder(), "torso")
    with pytest.raises(InputError, match="known models are torso"):
        load_model("chest")
    with pytest.raises(InputError, match="no model file"):
        load_model(tmp_path / "chest.safetensors")
    with pytest.raises(InputError, match="no model file"):
        load_model("a\0b.pkl")


def test_paths_of_weights_and_of_cards(tmp_path):
    path = write_model(tmp_path / "ordner mit Ümlaut", "m")
    assert load_model(path).path == load_model(str(path)).path == load_model(card_path(path)).path == path
    card_path(path).unlink()
    assert load_model(path).card.name == "m"
    with pytest.raises(InputError, match="is a folder"):
        load_model(tmp_path / "ordner mit Ümlaut")


def test_encoder_and_calibration_come_along(tmp_path):
    kwargs = {"w_dim": 32, "img_resolution": 32, "img_channels": 1, "channel_base": 256, "channel_max": 16}
    encoder = Encoder(**kwargs)
    extra = {f"encoder.{key}": value for key, value in encoder.state_dict().items()}
    extra["calibration.mean"] = torch.arange(4.0)
    path = write_model(tmp_path, "full", extra, architecture={"encoder": kwargs})
    model = load_model(path)
    image = torch.linspace(-1, 1, 32 * 32).reshape(1, 1, 32, 32)
    torch.testing.assert_close(model.encoder(image), encoder(image).detach())
    assert not model.encoder.training
    assert not any(p.requires_grad for p in model.encoder.parameters())
    assert torch.equal(model.calibration["mean"], torch.arange(4.0))
    wrong = write_model(tmp_path, "wrong", extra, architecture={"encoder": {"colour": 1}})
    with pytest.raises(InputError, match="does not describe its encoder"):
        load_model(wrong)
    other = write_model(tmp_path, "other", extra, architecture={"encoder": {**kwargs, "channel_max": 8}})
    with pytest.raises(InputError, match="do not fit"):
        load_model(other)


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("win32", "data/GANAnomaly/models"),
        ("darwin", "home/Library/Application Support/GANAnomaly/models"),
        ("linux", "data/gananomaly/models"),
    ],
)
def test_the_users_folder_on_every_system(tmp_path, monkeypatch, platform, expected):
    monkeypatch.setattr(sys, "platform", platform)
    assert model_folders.user_folder() == tmp_path / expected


def test_listing_needs_no_torch(tmp_path):
    write_model(tmp_path / "models", "torso")
    code = (
        "import sys; from GANAnomalyLib.models.registry import list_models; "
        f"entries = list_models([{str(tmp_path / 'models')!r}]); "
        "assert 'torso' in [e.name for e in entries if not e.broken], entries; "
        "assert 'torch' not in sys.modules and 'safetensors' not in sys.modules"
    )
    package = Path(model_folders.__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": str(package)})
