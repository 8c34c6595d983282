"""Training an encoder: it learns, it stops and goes on, and what it writes is a model."""

from __future__ import annotations

import dataclasses
import errno
import json

import numpy as np
import pytest
import torch

from GANAnomalyLab.images import ImageSet
from GANAnomalyLab.train.encoder import encoder_run as runs
from GANAnomalyLab.train.encoder.encoder_config import EncoderConfig
from GANAnomalyLab.train.encoder.encoder_run import train_encoder
from GANAnomalyLab.train.run_log import read_log
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.stylegan2.network.generator import Generator
from GANAnomalyLib.errors import Cancelled, GANAnomalyError, InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.store import card_path, save_model
from GANAnomalyLib.running.progress import CancelToken

NETWORK = {
    "z_dim": 4,
    "c_dim": 0,
    "w_dim": 4,
    "img_resolution": 16,
    "img_channels": 1,
    "mapping_layers": 1,
    "channel_base": 128,
    "channel_max": 16,
}


def write_model(path, **changes):
    """A generator of random weights, gentle enough to look like pictures; at the path."""
    torch.manual_seed(0)
    network = Generator(**{**NETWORK, **changes})
    with torch.no_grad():
        for block in network.synthesis.children():
            block.torgb.weight.mul_(0.2)
    tensors = {f"G_ema.{name}": value for name, value in network.state_dict().items()}
    card = ModelCard(path.stem, anatomy="test", architecture={"generator": {**NETWORK, **changes}})
    card.thresholds = {"0.01": 3.0}
    card.recommended = {"metric": "mse", "heatmap_threshold": 2.0, "heatmap_thresholds": {"0.05": 1.5}}
    save_model(path, tensors, card)
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp("model") / "small.safetensors")


def settings(model, out, **changes) -> EncoderConfig:
    usual = {"steps": 6, "batch": 4, "measured": 8, "log_every": 2, "device": "cpu", "threads": 1}
    return EncoderConfig(model=str(model), out=str(out), **{**usual, **changes})


@pytest.fixture(scope="module")
def images(model) -> ImageSet:
    """Two images of each of twelve patients, which the generator can make."""
    network = load_model(model).generator
    with torch.no_grad():
        z = torch.randn(24, 4, generator=torch.Generator().manual_seed(5))
        made = network.synthesis(network.mapping(z), noise_mode="none").clamp(-1, 1)
    stored = ((made + 1) * 127.5).round().numpy().astype(np.uint8)
    return ImageSet.from_array(stored, patients=np.arange(24) // 2, kind="volumes")


def losses(folder) -> list[dict]:
    return [{k: v for k, v in row.items() if k != "seconds"} for row in read_log(folder / "log.jsonl")]


def test_it_learns_to_invert_the_generator(model, tmp_path, images):
    result = train_encoder(settings(model, tmp_path / "run", steps=160, batch=16, measured=64, log_every=50))
    assert result.before["w_error"] == pytest.approx(1.0, abs=0.1)  # at first it knows the mean w only
    assert result.after["w_error"] < 0.4
    assert result.after["sample_mse"] < 0.5 * result.before["sample_mse"]
    loaded = load_model(result.path)
    with torch.no_grad():
        z = torch.randn(16, 4, generator=torch.Generator().manual_seed(9))
        w = loaded.generator.mapping(z)[:, 0]
        images = loaded.generator.synthesis(w[:, None].repeat(1, loaded.generator.num_ws, 1), noise_mode="none")
        error = (loaded.encoder(images.clamp(-1, 1)) - w).square().mean() / w.var(0).mean()
    assert error < 0.5
    card = loaded.card
    assert card.name == "small"
    assert card.anatomy == "test"
    assert card.thresholds == {}  # they were found without this encoder
    assert card.recommended == {"metric": "mse"}
    assert card.training["encoder"]["steps"] == 160
    assert card.training["encoder"]["w_error"] == pytest.approx(result.after["w_error"], rel=1e-3)
    assert str(tmp_path) not in card.to_json()


def test_it_learns_from_images_of_patients_and_measures_on_others(model, tmp_path, images):
    result = train_encoder(settings(model, tmp_path, steps=60, measured=3, held_out=0.2), images=images)
    assert result.after["data_mse"] < 0.9 * result.before["data_mse"]
    rows = losses(tmp_path)
    assert "data" in rows[1]
    assert "latent" in rows[1]
    data = runs.split(images, settings(model, tmp_path, held_out=0.2), lambda sentence: None)
    known = data.draws.set
    assert len(known) == 20
    learnt = known.batch(np.arange(len(known)))
    assert all(np.abs(learnt - image).max((1, 2, 3)).min() > 0 for image in data.held_out)


def test_data_alone_and_classes_are_learnt_too(tmp_path, images):
    path = write_model(tmp_path / "classes.safetensors", c_dim=2)
    train_encoder(settings(path, tmp_path / "a"))
    train_encoder(settings(path, tmp_path / "b", data_share=1.0), images=images)
    assert "latent" not in losses(tmp_path / "b")[1]


def test_a_stopped_run_goes_on_to_the_same_numbers(model, tmp_path, images):
    whole = train_encoder(settings(model, tmp_path / "whole", steps=9), images=images)
    cancel = CancelToken()

    def stop(fraction, message):
        if message.endswith("step 5"):
            cancel.cancel()

    with pytest.raises(Cancelled, match="after 5 steps"):
        train_encoder(settings(model, tmp_path / "cut", steps=9), stop, cancel, images=images)
    assert not list((tmp_path / "cut").glob("*.safetensors"))
    said: list[str] = []
    cut = train_encoder(settings(model, tmp_path / "cut", steps=9), say=said.append, images=images)
    assert "Going on from step 5." in said
    assert cut.after == whole.after
    assert cut.before == whole.before
    assert losses(tmp_path / "cut") == losses(tmp_path / "whole")
    hashes = [ModelCard.read(card_path(result.path)).sha256 for result in (cut, whole)]
    assert hashes[0] == hashes[1]


def test_a_model_with_an_encoder_is_where_it_begins(model, tmp_path):
    first = train_encoder(settings(model, tmp_path / "first", steps=80, batch=8))
    said: list[str] = []
    second = train_encoder(settings(first.path, tmp_path / "second", steps=2), say=said.append)
    assert any("begins from the encoder" in sentence for sentence in said)
    assert second.before["w_error"] < 0.9
    fresh = train_encoder(settings(first.path, tmp_path / "fresh", steps=2, channel_base=128))
    assert fresh.before["w_error"] == pytest.approx(1.0, abs=0.1)


def test_minutes_end_a_run(model, tmp_path):
    result = train_encoder(settings(model, tmp_path, steps=100_000, minutes=0.02))
    assert 0 < result.steps < 100_000


def test_a_run_folder_stands_for_its_newest_snapshot(tmp_path):
    run = tmp_path / "00000-x"
    run.mkdir()
    write_model(run / "snapshot-000002.safetensors")
    write_model(run / "snapshot-000010.safetensors", w_dim=6)
    result = train_encoder(settings(run, tmp_path / "out", name="mine"))
    assert result.path == tmp_path / "out" / "mine.safetensors"
    assert load_model(result.path).generator.w_dim == 6


def test_another_run_in_the_folder_is_refused(model, tmp_path, images):
    train_encoder(settings(model, tmp_path / "run"))
    for changes, words in (({"batch": 8}, "another batch"), ({"seed": 1}, "another seed")):
        with pytest.raises(InputError, match=words):
            train_encoder(settings(model, tmp_path / "run", **changes))
    other = write_model(tmp_path / "other.safetensors", w_dim=6)
    with pytest.raises(InputError, match="another model"):
        train_encoder(settings(other, tmp_path / "run"))
    with pytest.raises(InputError, match="other images"):
        train_encoder(settings(model, tmp_path / "run"), images=images)
    longer = train_encoder(settings(model, tmp_path / "run", steps=8))  # that may change
    assert longer.steps == 8


@pytest.mark.parametrize("damage", [b"", b"nonsense", None])
def test_a_damaged_state_is_told(model, tmp_path, damage):
    train_encoder(settings(model, tmp_path / "run"))
    state = tmp_path / "run" / "state.pt"
    state.write_bytes(state.read_bytes()[:-200] if damage is None else damage)
    with pytest.raises(InputError, match="damaged"):
        train_encoder(settings(model, tmp_path / "run"))


def test_a_full_disk_keeps_the_state_before(model, tmp_path, monkeypatch):
    train_encoder(settings(model, tmp_path / "run"))
    before = (tmp_path / "run" / "state.pt").read_bytes()

    def full(state, file):
        file.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(runs.torch, "save", full)
    with pytest.raises(GANAnomalyError, match="not full"):
        train_encoder(settings(model, tmp_path / "run", steps=8))
    assert (tmp_path / "run" / "state.pt").read_bytes() == before
    assert not list((tmp_path / "run").glob("*.part"))


def test_a_folder_that_cannot_be_written_is_told(model, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        train_encoder(settings(model, tmp_path / "file"))


def test_a_loss_that_is_no_number_is_told(model, tmp_path):
    with pytest.raises(GANAnomalyError, match="smaller learning_rate"):
        train_encoder(settings(model, tmp_path, steps=50, learning_rate=1e30))
    assert not list(tmp_path.glob("*.safetensors"))


def test_the_new_model_never_replaces_the_old_one(model, tmp_path):
    path = write_model(tmp_path / "mine.safetensors")
    with pytest.raises(InputError, match="would replace"):
        train_encoder(settings(path, tmp_path))
    with pytest.raises(InputError, match="cannot be a model's name"):
        train_encoder(settings(model, tmp_path, name="../elsewhere"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model": ""}, "--model"),
        ({"out": ""}, "--out"),
        ({"steps": 0}, "steps"),
        ({"steps": 1.5}, "whole number"),
        ({"batch": True}, "batch"),
        ({"minutes": float("nan")}, "a number above 0, not nan"),
        ({"minutes": -1.0}, "minutes"),
        ({"painted": 1.5}, "painted"),
        ({"held_out": 0.0}, "held_out"),
        ({"latent_weight": 0.0, "reconstruction_weight": 0.0}, "nothing to learn"),
        ({"device": "tpu"}, "device"),
        ({"model": "/nowhere/at/all.safetensors"}, "no model file"),
    ],
)
def test_settings_that_cannot_be(tmp_path, changes, words):
    config = dataclasses.replace(settings("m", tmp_path / "run"), **changes)
    with pytest.raises(InputError, match=words):
        train_encoder(config)
    assert not (tmp_path / "run").exists()


def test_plain_data_both_ways():
    config = EncoderConfig("a", "b", minutes=3)
    assert EncoderConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    with pytest.raises(InputError, match="stepps"):
        EncoderConfig.from_dict({"model": "a", "out": "b", "stepps": 3})
