"""``gananomaly metrics`` as a person meets it."""

from __future__ import annotations

import json
from functools import partial

import numpy as np
import pytest
import torch
from evaluate.asked import gananomaly, rows_of
from evaluate.quality_sets import (
    TORSO,
    inception_weights,
    noisy,
    small_generator,
    torso_slices,
    vgg16_weights,
    write_pictures,
)

from GANAnomalyLab.evaluate.evaluation_options import SourceOptions
from GANAnomalyLab.evaluate.quality.quality_sources import open_sets
from GANAnomalyLib.detectors.picard.load import PicardModel, save_picard
from GANAnomalyLib.detectors.picard.network.generator import Inpainter
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.store import save_model
from GANAnomalyLib.running.progress import CancelToken, no_progress

run = partial(gananomaly, "metrics")
radiomics = pytest.mark.skipif(
    not all(__import__("importlib").util.find_spec(name) for name in ("frd_score", "radiomics")),
    reason="frd-score and pyradiomics are not installed",
)


@pytest.fixture
def sets(tmp_path):
    slices = torso_slices(32)
    return write_pictures(tmp_path / "real", slices[20:80:15]), write_pictures(tmp_path / "fake", slices[25:80:15])


@pytest.fixture
def model(tmp_path):
    generator = small_generator()
    card = ModelCard("small", resolution=32, window=350.0, level=50.0, framing="body")
    path = tmp_path / "small.safetensors"
    save_model(path, {f"G_ema.{name}": tensor for name, tensor in generator.state_dict().items()}, card)
    return path


@radiomics
def test_two_folders_offline(sets, tmp_path):
    done = run(*sets, "--out", tmp_path / "quality.csv")
    assert done.exit_code == 0, done.output
    assert "frd" in done.stdout
    assert "real halves" in done.stdout
    assert "Note: frd: 4 images are no more than" in done.stdout
    rows = rows_of(tmp_path / "quality.csv")
    assert [row["metric"] for row in rows] == ["frd", "frd_steady", "frd_floor", "frd_steady_floor"]
    assert float(rows[0]["value"])
    assert "radiomics" in rows[0]["what"]
    again = run(*sets, "--out", tmp_path / "quality.csv")
    assert again.exit_code == 2
    assert "exists already" in again.stderr


@pytest.mark.slow
def test_pictures_against_a_model(sets, model, tmp_path):
    weights = inception_weights(tmp_path)
    out = tmp_path / "quality.json"
    done = run(sets[0], model, "--metrics", "kid,is", "--weights", f"inception={weights}", "--count", 5,
        "--device", "cpu", "--out", out, "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)
    assert data == json.loads(out.read_text())
    assert set(data["results"]) == {"kid", "kid_floor", "is_mean", "is_std"}
    assert data["images"] == {"kid": {"real": 4, "generated": 5}, "is": {"real": 0, "generated": 5}}
    assert len(data["model_sha256"]) == 64
    assert str(tmp_path) not in out.read_text()


@pytest.mark.slow
def test_a_model_alone(model, tmp_path):
    done = run(
        model,
        "--metrics",
        "ppl",
        "--weights",
        f"vgg16={vgg16_weights(tmp_path)}",
        "--count",
        4,
        "--device",
        "cpu",
    )
    assert done.exit_code == 0, done.output
    assert "perceptual path length" in done.stdout
    assert run(model).exit_code == 2


@pytest.mark.slow
@radiomics
def test_a_volume_against_a_model(model, tmp_path):
    cache = tmp_path / "cache"
    done = run(TORSO, model, "--metrics", "frd", "--count", 3, "--cache", cache, "--workers", 2, "--json")
    assert done.exit_code == 0, done.output
    data = json.loads(done.stdout)
    assert data["images"]["frd"]["real"] > 80
    assert data["results"]["frd"] is not None


def test_volumes_are_framed_as_the_model_says(model, tmp_path):
    options = SourceOptions(count=3)
    with open_sets(str(TORSO), str(model), options, tmp_path, "cpu", no_progress, CancelToken(), print) as (real, made):
        first = next(iter(real))
        assert first.shape[1:] == (1, 32, 32)
        assert len(real) > 80
        assert len(made) == 3
        assert real.mark() is not None
        # Framed to the body by the card: whole slices, being wider, would show it smaller.
        assert np.abs(first[0, 0].astype(float) - torso_slices(32)).mean((1, 2)).min() < 4


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["{real}", "{real}", "--metrics", "fidd"], "There is no metric 'fidd'"),
        (["{real}", "{real}", "--metrics", "none"], "No metric was named"),
        (["{real}", "{tmp}/nothing"], "does not exist"),
        (["{tmp}/nothing", "{real}"], "does not exist"),
        (["{real}", "nobody"], "There is no model 'nobody'"),
        (["{real}", "{real}", "--out", "{tmp}/x.txt"], "must end in .json or .csv"),
        (["{real}", "{real}", "--out", "{tmp}/no/x.csv"], "a folder that exists"),
        (["{real}", "{real}", "--metrics", "ppl", "--weights", "vgg16={tmp}/x"], "PPL looks at how a model's images"),
        (["{real}", "{real}", "--metrics", "kid", "--weights", "inception={tmp}/x"], "There is no weight file"),
        (["{real}", "{real}", "--count", "0"], "--count must be a whole number of 1 or more"),
        (["{tmp}", "{tmp}/empty"], "holds no PNG"),
    ],
)
def test_what_cannot_be_is_one_sentence(sets, tmp_path, arguments, words):
    (tmp_path / "empty").mkdir()
    done = run(*[text.format(real=sets[0], tmp=tmp_path) for text in arguments])
    assert done.exit_code == 2, done.output
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2  # the bar's first line, the sentence


def test_missing_weights_are_told(sets, tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    done = run(*sets, "--metrics", "fid50k_full")
    assert done.exit_code == 2
    assert "--weights inception=FILE" in done.stderr
    assert "--allow-download" in done.stderr


def test_a_model_that_makes_no_images(sets, tmp_path):
    path = tmp_path / "other.safetensors"
    save_picard(path, PicardModel(Inpainter(1, 4)), ModelCard("other", resolution=32))
    done = run(sets[0], path)
    assert done.exit_code == 2
    assert "The model other is of kind 'picard', which makes no images by itself." in done.stderr


@pytest.mark.slow
def test_noise_is_worse_than_another_slice(sets, tmp_path):
    weights = f"inception={inception_weights(tmp_path)}"
    slices = torso_slices(32)[25:80:15]
    noise = write_pictures(tmp_path / "noise", noisy(slices, 40))
    values = []
    for fake in (sets[1], noise):
        done = run(
            sets[0],
            fake,
            "--metrics",
            "kid",
            "--weights",
            weights,
            "--no-floor",
            "--json",
            "--device",
            "cpu",
        )
        values.append(json.loads(done.stdout)["results"])
    assert list(values[0]) == ["kid"]
    assert values[0]["kid"] < values[1]["kid"]
    assert np.isfinite(values[1]["kid"])
