"""The command as a person or a program meets it: real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from places import PACKAGES

from GANAnomalyLib.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
TORSO = ROOT / "GANAnomaly" / "GANAnomalyLib" / "data" / "torso_3mm.nii.gz"
HEAVY = ("torch", "numpy", "SimpleITK", "scipy", "skimage", "numba", "pydicom", "nibabel", "rich", "matplotlib")


@pytest.fixture
def environment(tmp_path):
    """The process's own environment, with the user's folders moved into a scratch folder."""
    home = {"HOME": tmp_path, "XDG_STATE_HOME": tmp_path / "state", "XDG_DATA_HOME": tmp_path / "data"}
    home |= {"LOCALAPPDATA": tmp_path / "local", "PYTHONPATH": PACKAGES}
    return {**os.environ, **{name: str(path) for name, path in home.items()}, "PYTHONUTF8": "1"}


@pytest.fixture
def gananomaly(environment):
    def call(*arguments, **options):
        command = [sys.executable, "-m", "GANAnomalyLib", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment, **options)

    return call


@pytest.fixture
def within(environment, monkeypatch):
    """The same command inside this process, where heavy libraries are loaded once."""
    for name in ("HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, environment[name])
    return lambda *arguments: CliRunner().invoke(app, list(map(str, arguments)))


def test_version_and_help(gananomaly):
    from GANAnomalyLib.version import __version__

    assert __version__ in gananomaly("--version").stdout
    done = gananomaly("--help")
    assert done.returncode == 0
    for command in ("analyze", "convert", "demo", "info", "models", "score", "simulate"):
        assert f"\n  {command} " in done.stdout
    assert "Not a medical device" in done.stdout


def test_help_imports_nothing_heavy(environment):
    code = (
        "import sys\nfrom GANAnomalyLib.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit as done:\n    assert done.code == 0, done.code\n"
        "print('LOADED', *sys.modules)"
    )
    for arguments in (["--help"], ["analyze", "--help"], ["demo", "--help"]):
        done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, env=environment)
        assert done.returncode == 0, done.stderr
        loaded = set(done.stdout.rpartition("LOADED")[2].split())
        assert {
            f"{package}.cli.commands.{name}"
            for package, name in (("GANAnomalyLib", "analyze"), ("GANAnomalyLab", "demo"))
            if name == arguments[0]
        } <= loaded
        assert not loaded & set(HEAVY)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["frobnicate"], "frobnicate"),
        (["analyze"], "INPUT"),
        (["analyze", "x.nii", "--metric", "l2"], "'wd', 'mse', 'ssim'"),
        (["analyze", "x.nii", "--slices", "80:40"], "40:80"),
        (["analyze", "x.nii", "--top", "0"], "top must be a whole number above 0"),
        (["analyze", "x.nii", "--region", "mask"], "needs a mask"),
        (["info", "nowhere.nii.gz"], "nowhere.nii.gz"),
        (["convert", "nowhere.pkl", "out.safetensors"], "nowhere.pkl"),
        (["score", "nowhere.png", "either.png"], "nowhere.png"),
        (["simulate", "nowhere.nii.gz", "--out", "out"], "nowhere.nii.gz"),
    ],
)
def test_bad_input_is_one_sentence(within, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    done = within(*arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
    answer = within(*arguments, "--json")
    data = json.loads(answer.stdout)
    assert (answer.exit_code, data["exit_code"]) == (2, 2)
    assert words in data["error"]


def test_info_of_the_bundled_ct(gananomaly, within):
    assert "122 x 101 x 112 voxels" in within("info", TORSO).stdout
    data = json.loads(gananomaly("info", TORSO, "--json").stdout)
    assert data["kind"] == "volume"
    assert data["size_ijk"] == [122, 101, 112]
    assert data["axes"] == ["R", "A", "S"]
    assert data["spacing_mm"] == pytest.approx([3, 3, 3])
    assert data["range"][0] < -1000 < 1000 < data["range"][1]


def test_info_of_two_patients_lists_what_to_choose_from(within, tmp_path):
    """And an offset that mends values without their intercept."""
    import pydicom

    for number, path in enumerate(sorted((ROOT / "Testing" / "data" / "ct_head_tilt").iterdir())):
        dataset = pydicom.dcmread(path)
        dataset.PatientID = f"SECRET-{number % 2}"
        dataset.save_as(tmp_path / path.name)
    result = within("info", tmp_path)
    assert result.exit_code == 2
    assert "two patients under one series number" in result.output
    assert "Series in this folder" in result.output
    assert "SECRET" not in result.output
    chosen = ("info", tmp_path, "--series", 2, "--json")
    plain, moved = (json.loads(within(*chosen, *more).output) for more in ((), ("--hu-offset", 24)))
    assert [one["patient"] for one in plain["series"]] == [1, 2]
    assert moved["range"][1] == plain["range"][1] + 24


@pytest.mark.slow
def test_simulate_writes_a_ct_with_an_exact_mask(within, tmp_path):
    out = tmp_path / "needle"
    done = within("simulate", TORSO, "--kind", "needle", "--level", "3", "--out", out, "--json")
    assert done.exit_code == 0, done.stderr
    data = json.loads(done.stdout)
    from GANAnomalyLib import read_volume

    before, after = read_volume(TORSO), read_volume(out / "ct.nrrd")
    mask = read_volume(out / "mask.nrrd", allow_any=True).voxels > 0
    np.testing.assert_allclose(after.ijk_to_ras, before.ijk_to_ras, atol=1e-6)
    assert mask.sum() == data["voxels"] > 10
    change = after.voxels[mask].astype(float) - before.voxels[mask]
    assert change.mean() > 300  # steel in partly filled voxels
    assert np.median(np.abs(after.voxels.astype(float) - before.voxels)[~mask]) == 0

    again = within("simulate", TORSO, "--out", out)
    assert again.exit_code == 2
    assert "--force" in again.stderr
    forced = within("simulate", TORSO, "--kind", "fluid", "--out", out, "--force", "--json")
    assert json.loads(forced.stdout)["kind"] == json.loads((out / "anomaly.json").read_text())["kind"] == "fluid"


def test_models_lists_a_users_model(within, monkeypatch, tmp_path):
    """A real checkpoint, converted and found by its name; random weights are enough for that."""
    torch = pytest.importorskip("torch")
    from GANAnomalyLib.detectors.stylegan2.network.generator import Generator

    torch.manual_seed(0)
    generator = Generator(16, 0, 16, 16, 1, mapping_layers=2, channel_base=128, channel_max=16)
    source = tmp_path / "snapshot.pt"
    torch.save(generator.state_dict(), source)
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setenv("GANANOMALY_MODELS", str(folder))
    facts = ["--set", "anatomy=knee", "--set", "window=1500"]
    done = within("convert", source, folder / "knee.safetensors", *facts, "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["card"]["resolution"] == 16
    again = within("convert", source, folder / "knee.safetensors")
    assert again.exit_code == 2
    listed = {entry["name"]: entry for entry in json.loads(within("models", "--json").stdout)}
    assert listed["knee"]["card"]["anatomy"] == "knee"
    assert not listed["knee"]["broken"]
    assert "knee" in within("models").stdout
    card = json.loads(within("info", "knee", "--json").stdout)["card"]
    assert (card["window"], card["anatomy"]) == (1500, "knee")
    assert "knee" in within("info", "knee").stdout


def test_score_of_two_folders(within, pictures, tmp_path):
    one, other = pictures(3, 48)
    csv = tmp_path / "scores.csv"
    arguments = ["--metric", "mse", "--region", "full", "--region", "patch", "--patch-size", "16", "--out", csv]
    done = within("score", one, other, *arguments, "--json")
    assert done.exit_code == 0, done.stderr
    data = json.loads(done.stdout)
    assert len(data["scores"]) == 6
    first = np.asarray(Image.open(one / "0000.png"), dtype=float)
    second = np.asarray(Image.open(other / "0000.png"), dtype=float)
    assert data["scores"][0]["dist"] == pytest.approx(((first - second) ** 2).mean())
    assert len(csv.read_text(encoding="utf-8").splitlines()) == 7
    published = within("score", one, other, "--region", "full", "--out", csv, "--published-csv")
    assert published.exit_code == 0, published.stderr
    assert csv.read_text(encoding="utf-8").splitlines()[0] == "filename,dist"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one process there")
def test_ctrl_c_stops_with_130(environment, pictures, tmp_path):
    one, other = pictures(1500, 192)
    csv = tmp_path / "scores.csv"
    command = [sys.executable, "-m", "GANAnomalyLib", "score", one, other, "--metric", "ssim", "--out", csv]
    process = subprocess.Popen([*map(str, command)], stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
    assert b"Scored" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"Stopping" in errors
    assert b"Traceback" not in errors
    assert not csv.exists()


@pytest.fixture
def pictures(tmp_path):
    """Two folders of noisy grey pictures: ``pictures(count, size)``."""

    def make(count, size):
        rng = np.random.default_rng(5)
        folders = tmp_path / "one", tmp_path / "other"
        for folder in folders:
            folder.mkdir()
            drawn = [Image.fromarray(rng.integers(0, 256, (size, size), dtype=np.uint8)) for _ in range(min(count, 3))]
            for number in range(count):
                drawn[number % len(drawn)].save(folder / f"{number:04d}.png", compress_level=0)
        return folders

    return make
