"""Asking for an encoder beside the generator: options, what they change, and the command line."""

from __future__ import annotations

import dataclasses
import json

import pytest
from click.testing import CliRunner
from train.stylegan2_small import SETTINGS, config, image_set, options, write_discs

from GANAnomalyLab.train.stylegan2.run_folder import read_options
from GANAnomalyLab.train.stylegan2.stylegan2_config import ResolvedConfig
from GANAnomalyLab.train.stylegan2.stylegan2_options import TrainOptions
from GANAnomalyLab.train.stylegan2.stylegan2_plan import read_request
from GANAnomalyLab.train.stylegan2.stylegan2_snapshots import read_state, states
from GANAnomalyLab.train.stylegan2.train_stylegan2 import train
from GANAnomalyLib.cli.app import app
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.errors import InputError


@pytest.fixture(autouse=True)
def few_patches(monkeypatch):
    monkeypatch.setattr("GANAnomalyLab.train.stylegan2.joint.MASKS_AT_128", 1)


def test_from_the_command_line(tmp_path):
    shown = CliRunner().invoke(app, ["train", "stylegan2", "--help"])
    assert shown.exit_code == 0
    text = " ".join(shown.output.split())
    for words in ("For models that detect, from few images", "adversarial_every=1", "--decay-from", "[default: none]"):
        assert words in text
    for name, value in dataclasses.asdict(TrainOptions()).items():
        if name.startswith("encoder_") and value is not None and name != "encoder_beta0":
            assert f"{name}={value:g}" in text
    given = {name: value for name, value in SETTINGS.items() if name not in ("kimg", "device")}
    arguments = [f"--set={name}={json.dumps(value)}" for name, value in {**given, "adversarial_every": 2}.items()]
    arguments += [f"--data={write_discs(tmp_path / 'discs')}", f"--outdir={tmp_path / 'runs'}", "--resolution=16"]
    done = CliRunner().invoke(app, ["train", "stylegan2", *arguments, "--kimg=0.016", "--encoder=joint", "--json"])
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert load_model(answer["model"]).encoder is not None
    assert "reconstruction_loss" in answer["stats"][0]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"encoder": "after"}, "--encoder must be one of none, joint"),
        ({"encoder_latent": 1.0}, "encoder_latent belongs to --encoder joint"),
        ({"adversarial_every": 4}, "adversarial_every belongs to --encoder joint"),
        ({"encoder": "joint", "adversarial_every": 0}, "above 0"),
        ({"encoder": "joint", "encoder_paint": 1.5}, "from 0 to 1"),
        ({"encoder": "joint", "encoder_beta0": 1.0}, "below 1"),
        ({"encoder": "joint", "encoder_latent": -1.0}, "of 0 or more"),
        ({"encoder": "joint", "encoder_reconstruction": 0.0}, "nothing would teach the encoder"),
        ({"encoder": "joint", "encoder_lr": 0.0}, "above 0"),
        ({"decay_from": 1.0}, "a number from 0 to below 1"),
        ({"style_mixing": 2.0}, "from 0 to 1"),
        ({"pl_weight": -1.0}, "of 0 or more"),
        ({"r1_every": 0}, "above 0"),
    ],
)
def test_what_cannot_be_is_told(given, words):
    with pytest.raises(InputError) as caught:
        options(**given)
    assert words in caught.value.message


def test_settings_that_the_encoder_changes():
    found = config(encoder="joint")
    assert (found.style_mixing, found.pl_weight, found.encoder_lr, found.r1_every) == (0.0, 0.0, 0.0025, 16)
    found = config(encoder="joint", style_mixing=0.5, pl_weight=1.0, lr=0.001, r1_every=8)
    assert (found.style_mixing, found.pl_weight, found.encoder_lr, found.r1_every) == (0.5, 1.0, 0.001, 8)
    assert (config().style_mixing, config().pl_weight, config().encoder) == (0.9, 2.0, "none")


def test_runs_that_began_before_there_was_an_encoder_go_on(tmp_path):
    folder = train(options(tmp_path), images=image_set())
    stored = json.loads((folder / "options.json").read_text())
    new = [item.name for item in dataclasses.fields(ResolvedConfig) if item.default is not dataclasses.MISSING]
    assert "encoder" in new
    for name in new:
        stored["resolved"].pop(name)
        stored["options"].pop(name, None)
    (folder / "options.json").write_text(json.dumps(stored))
    assert read_options(folder)[1].encoder == "none"
    chosen, found = read_request({"resume": str(folder), "kimg": 0.064})
    train(chosen, found, images=image_set())
    assert read_state(states(folder)[-1])["seen"] == 64
