"""``gananomaly train stylegan2`` as a person meets it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from train.stylegan2_small import SETTINGS, write_discs

from GANAnomalyLab.train.loop.run_files import models
from GANAnomalyLib.cli.app import app
from GANAnomalyLib.detectors.loading import load_model

PUBLISHED = (
    *("--outdir", "--gpus", "--snap", "--metrics", "--seed", "-n, --dry-run", "--data", "--cond", "--subset"),
    *("--mirror", "--cfg", "--gamma", "--kimg", "--batch", "--aug", "--p", "--target", "--augpipe", "--resume"),
    *("--freezed", "--fp32", "--nhwc", "--nobench", "--allow-tf32", "--workers", "--beta0"),
)
SMALL = [f"--set={name}={json.dumps(value)}" for name, value in SETTINGS.items() if name not in ("kimg", "batch")]


def run(*arguments):
    return CliRunner().invoke(app, ["train", "stylegan2", *map(str, arguments)])


@pytest.fixture
def data(tmp_path):
    return write_discs(tmp_path / "discs")


def test_help_teaches_every_published_option():
    done = run("--help")
    assert done.exit_code == 0
    listed = [line.strip() for line in done.output.splitlines()]
    for option in PUBLISHED:
        assert any(line.startswith(option) or f", {option}" in line for line in listed), option
    for words in ("Example:", "What comes out", "[default: ct for volumes, else bgc]", "anatomy that does not exist"):
        assert words in " ".join(done.output.split())
    assert "stylegan2" in CliRunner().invoke(app, ["train", "--help"]).output


def test_a_dry_run_tells_and_makes_no_run(data, tmp_path):
    arguments = ["--data", data, "--outdir", tmp_path / "runs", "--resolution", 16, "--cfg", "paper256", "--mirror=1"]
    done = run(*arguments, "--dry-run")
    assert done.exit_code == 0, done.output
    assert "discs-mirror-paper256" in done.stdout
    assert not list((tmp_path / "runs").glob("0*"))
    answer = json.loads(run(*arguments, "-n", "--json").stdout)
    assert answer["resolved"]["gamma"] == 1
    assert answer["resolved"]["mapping_layers"] == 8
    assert answer["resolved"]["augpipe"] == "bgc"
    assert answer["data"]["images"] == 24


def test_from_a_folder_to_a_model_and_on(data, tmp_path):
    arguments = ["--data", data, "--outdir", tmp_path / "runs", "--batch", 8, "--resolution", 16, *SMALL]
    done = run(*arguments, "--kimg", 0.016, "--name", "discs")
    assert done.exit_code == 0, done.output
    (folder,) = (tmp_path / "runs").glob("0*")
    assert folder.name.startswith("00000-discs-auto1-kimg0.016-batch8")
    assert "s/kimg" in done.stdout
    assert load_model(models(folder)[-1]).card.name == "discs"

    again = run("--resume", folder, "--kimg", 0.032, "--json")
    assert again.exit_code == 0, again.output
    answer = json.loads(again.stdout)
    assert answer["run"] == str(folder)
    assert [row["kimg"] for row in answer["stats"]] == [0.016, 0.032]
    assert "Going on from 0.016 thousand images." in again.stderr


def test_wrong_use_is_told(data, tmp_path):
    outdir = ["--outdir", tmp_path / "runs"]
    usual = ["--data", data, *outdir, "--resolution", 16]
    for arguments, words in (
        (outdir, "--data"),
        (["--data", data], "--outdir"),
        (["--data", tmp_path / "nowhere", *outdir], "does not exist"),
        ([*usual, "--cfg", "paper99"], "paper99"),
        ([*usual, "--p", "0.5"], "--aug fixed"),
        ([*usual, "--cond", "1"], "needs classes"),
        ([*usual, "--batch", "7", "--gpus", "2"], "cannot be shared"),
        ([*usual, "--z-range", "9"], "low:high"),
        ([*usual, "--metrics", "fid50k_full"], "weights of Inception"),
        ([*usual, "--set", "gama=3"], "gama"),
        ([*usual, "--resume", "ffhq256"], "nothing is downloaded"),
        ([*usual, "--resume", tmp_path], "not the folder of a StyleGAN2 run"),
        (["--data", data, "--outdir", data / "runs"], "another"),
    ):
        done = run(*arguments)
        assert done.exit_code == 2, (arguments, done.output)
        assert words in done.stderr, (arguments, done.stderr)
        assert "Traceback" not in done.output
    assert not list((tmp_path / "runs").glob("0*"))
