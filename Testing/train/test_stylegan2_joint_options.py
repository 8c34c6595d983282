"""Asking for an encoder beside the generator: options, what they change, and the command line."""

from __future__ import annotations

import dataclasses
import json

import pytest
from click.testing import CliRunner
from train.stylegan2_small import config, image_set, options

from GANAnomalyLab.train.loop.run_files import states
from GANAnomalyLab.train.loop.run_state import load_state
from GANAnomalyLab.train.stylegan2.run_folder import read_options
from GANAnomalyLab.train.stylegan2.stylegan2_config import ResolvedConfig
from GANAnomalyLab.train.stylegan2.stylegan2_options import TrainOptions
from GANAnomalyLab.train.stylegan2.stylegan2_plan import read_request
from GANAnomalyLab.train.stylegan2.train_stylegan2 import train
from GANAnomalyLib.cli.app import app
from GANAnomalyLib.errors import InputError


@pytest.fixture(autouse=True)
def few_patches(monkeypatch):
    monkeypatch.setattr("GANAnomalyLab.train.stylegan2.joint.MASKS_AT_128", 1)


def test_help_tells_of_the_encoder():
    shown = CliRunner().invoke(app, ["train", "stylegan2", "--help"])
    assert shown.exit_code == 0
    text = " ".join(shown.output.split())
    for words in ("For models that detect, from few images", "adversarial_every=1", "--decay-from", "[default: none]"):
        assert words in text
    for name, value in dataclasses.asdict(TrainOptions()).items():
        if name.startswith("encoder_") and value is not None and name != "encoder_beta0":
            assert f"{name}={value:g}" in text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"encoder_latent": 1.0}, "encoder_latent belongs to --encoder joint"),
        ({"adversarial_every": 4}, "adversarial_every belongs to --encoder joint"),
        ({"encoder": "joint", "encoder_reconstruction": 0.0}, "nothing would teach the encoder"),
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
    assert load_state(states(folder)[-1])["seen"] == 64
