"""Training an encoder: it learns, it stops and goes on, and what it writes is a model."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from train.encoder_small import made_images, settings, write_model

from GANAnomalyLab.images import ImageSet
from GANAnomalyLab.train.encoder import encoder_run as runs
from GANAnomalyLab.train.encoder.encoder_run import train_encoder
from GANAnomalyLab.train.run_log import read_log
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.errors import InputError


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp("model") / "small.safetensors")


@pytest.fixture(scope="module")
def images(model) -> ImageSet:
    return made_images(model)


def losses(folder) -> list[dict]:
    return [{k: v for k, v in row.items() if k != "seconds"} for row in read_log(folder / "log.jsonl")]


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_model_with_an_encoder_is_where_it_begins(model, tmp_path):
    first = train_encoder(settings(model, tmp_path / "first", steps=80, batch=8))
    said: list[str] = []
    second = train_encoder(settings(first.path, tmp_path / "second", steps=2), say=said.append)
    assert any("begins from the encoder" in sentence for sentence in said)
    assert second.before["w_error"] < 0.9
    fresh = train_encoder(settings(first.path, tmp_path / "fresh", steps=2, channel_base=128))
    assert fresh.before["w_error"] == pytest.approx(1.0, abs=0.1)


def test_a_run_folder_stands_for_its_newest_snapshot(tmp_path):
    run = tmp_path / "00000-x"
    run.mkdir()
    write_model(run / "snapshot-000002.safetensors")
    write_model(run / "snapshot-000010.safetensors", w_dim=6)
    result = train_encoder(settings(run, tmp_path / "out", name="mine"))
    assert result.path == tmp_path / "out" / "mine.safetensors"
    assert load_model(result.path).generator.w_dim == 6


def test_a_run_for_another_model_in_the_folder_is_refused(model, tmp_path):
    train_encoder(settings(model, tmp_path / "run"))
    other = write_model(tmp_path / "other.safetensors", w_dim=6)
    with pytest.raises(InputError, match="another model"):
        train_encoder(settings(other, tmp_path / "run"))


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
        ({"latent_weight": 0.0, "reconstruction_weight": 0.0}, "nothing to learn"),
        ({"model": "/nowhere/at/all.safetensors"}, "no model file"),
    ],
)
def test_settings_that_cannot_be(tmp_path, changes, words):
    config = dataclasses.replace(settings("m", tmp_path / "run"), **changes)
    with pytest.raises(InputError, match=words):
        train_encoder(config)
    assert not (tmp_path / "run").exists()
