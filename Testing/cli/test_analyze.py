"""``gananomaly analyze`` and ``info`` on the bundled CT with a very small network of random weights."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from places import PACKAGES
from waiting import until

from GANAnomalyLib.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
TORSO = ROOT / "GANAnomaly" / "GANAnomalyLib" / "data" / "torso_3mm.nii.gz"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """What is tested here is the way from the terminal to the result folder: the weights need not know any anatomy."""
    import torch

    from GANAnomalyLib.detectors.convert_checkpoint import convert
    from GANAnomalyLib.detectors.stylegan2.network.generator import Generator

    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("models")
    torch.save(Generator(8, 0, 8, 16, 1, 1, channel_base=64, channel_max=8).state_dict(), folder / "tiny.pt")
    convert(folder / "tiny.pt", folder / "tiny.safetensors")
    return folder / "tiny.safetensors"


@pytest.fixture
def analyze(model, without_matplotlib):
    def call(*arguments):
        return CliRunner().invoke(app, ["analyze", *map(str, (TORSO, "--model", model, "--steps", 1, *arguments))])

    return call


def test_from_a_ct_to_a_folder_and_back(analyze, tmp_path):
    out = tmp_path / "result"
    done = analyze("--slices", "50:53", "--top", 3, "--out", out)
    assert done.exit_code == 0, done.output
    assert str(out / "heatmap.nrrd") in done.stdout
    assert "3 places, the highest first" in done.stdout
    assert "50 to" in done.stdout or "51 to" in done.stdout or "52 to" in done.stdout

    again = analyze("--slices", "50:53", "--top", 3, "--out", out, "--json")
    data = json.loads(again.stdout)
    assert data["reused"] is True
    assert 1 <= len(data["findings"]) <= 3
    assert all(Path(path).exists() for path in data["files"].values())

    other = analyze("--slices", "50:53", "--top", 3, "--metric", "mse", "--out", out)
    assert other.exit_code == 2
    assert "--force" in other.stderr
    forced = analyze("--slices", "50:53", "--top", 3, "--metric", "mse", "--out", out, "--force", "--json")
    assert json.loads(forced.stdout)["findings"][0]["metric"] == "mse"

    raw = ["--slices", "50:53", "--top", 3, "--metric", "mse", "--out", out, "--no-calibration"]
    assert "another request" in analyze(*raw).stderr
    data = json.loads(analyze(*raw, "--force", "--json").stdout)
    assert data["manifest"]["request"]["calibrate"] is False

    told = CliRunner().invoke(app, ["info", str(out)])
    assert "50:53" in told.stdout
    assert "mse over patches" in told.stdout
    info = json.loads(CliRunner().invoke(app, ["info", str(out), "--json"]).stdout)
    assert info["kind"] == "result"
    assert info["manifest"]["request"]["slices"] == [50, 53]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "nobody-knows-it"], "nobody-knows-it"),
        (["--slices", "100:200"], "0:112"),
        (["--mask", "nowhere.nii.gz"], "nowhere.nii.gz"),
        (["--patch-size", "99"], "99"),
        (["--detector", "crystal-ball"], "stylegan2"),
        (["--window", "0"], "window"),
    ],
)
def test_bad_input_leaves_nothing(analyze, tmp_path, arguments, words):
    out = tmp_path / "result"
    done = analyze("--out", out, *arguments)
    assert done.exit_code == 2, done.output
    assert words in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.output
    assert not out.exists()


def test_no_cuda_is_said(analyze, tmp_path):
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    done = analyze("--device", "cuda", "--out", tmp_path / "result")
    assert done.exit_code == 2
    assert "CUDA" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals to one process are sent differently there")
@pytest.mark.parametrize(
    ("number", "code"),
    [
        (signal.SIGINT, 130),
        pytest.param(signal.SIGTERM, 130, marks=pytest.mark.slow),
        pytest.param(signal.SIGKILL, -9, marks=pytest.mark.slow),
    ],
)
def test_stopped_in_the_middle_goes_on_from_there(model, analyze, tmp_path, number, code):
    out, partial = tmp_path / "result", tmp_path / "result.partial"
    options = [
        "--model",
        model,
        "--steps",
        "25",
        "--set",
        "warp_steps=0",
        "--slices",
        "40:46",
        "--batch",
        "1",
        "--out",
        out,
    ]
    command = [sys.executable, "-m", "GANAnomalyLib", "analyze", TORSO, *options]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([PACKAGES, os.environ["PYTHONPATH"]])}
    process = subprocess.Popen([*map(str, command)], stderr=subprocess.PIPE, text=True, env=environment)
    until(lambda: process.poll() is not None or list(partial.glob("slices/*.npz")))
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == code, errors
    assert "Traceback" not in errors
    assert not out.exists()
    assert partial.exists()

    done = analyze(*options[2:], "--json")
    assert done.exit_code == 0, done.output
    assert any("Resumed" in warning for warning in json.loads(done.stdout)["manifest"]["warnings"])
    assert not partial.exists()
