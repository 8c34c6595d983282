"""``gananomaly train`` as a person meets it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from train.picard_small import write_pictures

from GANAnomalyLib.cli.app import app
from GANAnomalyLib.models.registry import load_model

CONFIG = """
dataset_name: ellipses
expname: a small run
num_workers: 4
train:
  n_epochs: 2
  batch_size: 4
  image_shape: [32, 32, 1]
  mask_shape: [16, 16]
  max_delta_shape: [4, 4]
  snapshot_save_iter: 3
  viz_max_out: 2
  netG: {ngf: 4}
  netD: {ndf: 4}
test:
  patch_stride: 8
"""


def run(*arguments):
    return CliRunner().invoke(app, ["train", "picard", *map(str, arguments)])


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    (tmp_path / "small.yaml").write_text(CONFIG)
    return write_pictures(tmp_path / "normals")


def test_help_teaches():
    done = CliRunner().invoke(app, ["train", "picard", "--help"])
    assert done.exit_code == 0
    assert "gananomaly train picard" in done.output
    assert "What comes out" in done.output


def test_from_a_folder_to_a_model(data, tmp_path):
    out = tmp_path / "run"
    done = run(
        "--data", data, "--out", out, "--config", tmp_path / "small.yaml", "--device", "cpu", "--set", "name=mine"
    )
    assert done.exit_code == 0, done.output
    assert "num_workers has no effect" in done.stdout
    assert "Error in the hole" in done.stdout
    assert "after 6 iterations" in done.stdout  # two epochs of twelve pictures, four at a time
    assert "100 %" in done.stderr
    model = load_model(out / "mine.safetensors")
    assert model.card.title == "a small run"
    assert model.card.recommended["picard"] == {"stride": 8}
    assert (out / "checkpoints" / "gen_00000003.pt").is_file()

    again = run("--data", data, "--out", out, "--config", tmp_path / "small.yaml", "--set", "epochs=3", "--json")
    assert again.exit_code == 0, again.output
    answer = json.loads(again.stdout)
    assert answer["measured"][-1]["iteration"] == 9
    assert "Going on from iteration 6." in again.stderr


def test_wrong_use_is_told(data, tmp_path):
    out = tmp_path / "run"
    for arguments, words in (
        (["--out", out], "--data"),
        (["--data", tmp_path / "nowhere", "--out", out], "does not exist"),
        (["--data", data, "--out", out, "--config", tmp_path / "none.yaml"], "cannot be opened"),
        (["--data", data, "--out", out, "--set", "hoel=3"], "hoel"),
        (["--data", data, "--out", out, "--set", "batch=none"], "batch"),
        (["--data", data, "--out", out, "--minutes", "0"], "minutes"),
        (["--data", data, "--out", out], "smaller than a window of 256"),
    ):
        done = run(*arguments)
        assert done.exit_code == 2, done.output
        assert words in done.stderr
        assert "Traceback" not in done.output
    assert not list(out.glob("*"))
