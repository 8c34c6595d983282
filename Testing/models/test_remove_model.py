"""Removing a model: the user's own with its card, and nothing else; sizes on the disk."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from GANAnomalyLib.cli.app import app
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models import model_folders, registry
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.registry import list_models, size_text
from GANAnomalyLib.models.remove_model import remove_model


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch):
    """The user's folder, a shared one and the delivery's, each with a model and its card."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "data"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    monkeypatch.setenv("GANANOMALY_MODELS", str(tmp_path / "shared"))
    monkeypatch.setattr(registry, "bundled_folders", lambda: [tmp_path / "bundled"])
    found = {"mine": model_folders.user_folder(), "ours": tmp_path / "shared", "demo": tmp_path / "bundled"}
    for name, folder in found.items():
        write(folder, name)
    return found


def write(folder: Path, name: str) -> Path:
    """A model as far as a list needs it: an empty safetensors file and a card."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.safetensors"
    path.write_bytes(b"\x02\0\0\0\0\0\0\0{}" + bytes(1000))
    ModelCard(name, sha256="0" * 64).write(path.with_suffix(".json"))
    return path


def names() -> set[str]:
    return {entry.name for entry in list_models()}


def test_the_users_own_goes_with_its_card(places):
    other = write(places["mine"], "other")
    (places["mine"] / "notes.json").write_text("{}")
    removed = remove_model("mine")
    assert {path.name for path in removed} == {"mine.safetensors", "mine.json"}
    assert names() == {"ours", "demo", "other"}
    assert sorted(path.name for path in places["mine"].iterdir()) == ["notes.json", "other.json", other.name]


@pytest.mark.parametrize(("name", "said"), [("demo", "came with GANAnomaly"), ("ours", "others may need it")])
def test_what_is_not_the_users_stays(name, said):
    with pytest.raises(InputError, match=said) as caught:
        remove_model(name)
    assert caught.value.field == "model"
    assert names() == {"mine", "ours", "demo"}


def test_an_unknown_name_and_a_path_remove_nothing(places, tmp_path):
    for name in ("mien", "../data/mine", str(places["mine"] / "mine.safetensors"), ""):
        with pytest.raises(InputError, match="There is no model"):
            remove_model(name)
    assert names() == {"mine", "ours", "demo"}


def test_one_that_cannot_be_used_can_be_removed(places):
    path = write(places["mine"], "torn")
    path.write_bytes(b"no safetensors")
    (entry,) = [entry for entry in list_models() if entry.name == "torn"]
    assert entry.broken
    remove_model("torn")
    assert "torn" not in names()


def test_a_json_file_beside_it_that_is_no_card_stays(places):
    path = write(places["mine"], "plain")
    path.with_suffix(".json").write_text('{"what": "a shopping list"}')
    remove_model("plain")
    assert not path.exists()
    assert path.with_suffix(".json").exists()


def test_what_cannot_be_deleted_is_said(places):
    (places["mine"] / "folder.pt").mkdir()
    with pytest.raises(InputError, match=r"folder\.pt cannot be deleted"):
        remove_model("folder")
    assert "folder" in names()


def test_sizes(places):
    (entry,) = [entry for entry in list_models() if entry.name == "mine"]
    files = [places["mine"] / "mine.safetensors", places["mine"] / "mine.json"]
    assert entry.size == sum(path.stat().st_size for path in files) > 1000
    assert [size_text(size) for size in (3, 1_240_000, 26_600_000, 1_350_000_000)] == [
        "0.1 MB",
        "1.2 MB",
        "27 MB",
        "1.4 GB",
    ]


def test_the_command_lists_sizes_and_removes():
    run = CliRunner().invoke
    assert "0.1 MB" in run(app, ["models"]).output
    listed = {entry["name"]: entry for entry in json.loads(run(app, ["models", "--json"]).output)}
    assert [listed[name]["own"] for name in ("mine", "ours", "demo")] == [True, False, False]
    assert listed["mine"]["bytes"] > 1000
    done = run(app, ["models", "--remove", "mine"])
    assert (done.exit_code, "mine" in names()) == (0, False)
    assert "Removed the model mine" in done.output
