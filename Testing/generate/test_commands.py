"""``gananomaly generate``, ``style-mix`` and ``project`` as a person meets them; some with the bundled demo model."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from GANAnomalyLib.cli.app import app

ROOT = Path(__file__).resolve().parents[2]
TORSO = ROOT / "GANAnomaly" / "GANAnomalyLib" / "data" / "torso_3mm.nii.gz"


def run(*arguments):
    return CliRunner().invoke(app, [*map(str, arguments)])


def test_files_of_seeds(tmp_path):
    done = run("generate", "--network", "full", "--seeds", "85,265-270", "--trunc", "0.7", "--outdir", tmp_path / "a")
    assert done.exit_code == 0, done.output
    assert "seed0085.png" in done.stdout
    assert "7 files in all" in done.stdout
    assert len(list((tmp_path / "a").iterdir())) == 7
    again = run("generate", "--model", "full", "--seeds", "265", "--outdir", tmp_path / "a")
    assert again.exit_code == 2
    assert "--force" in again.stderr
    forced = run("generate", "--model", "full", "--seeds", "265", "--out", tmp_path / "a", "--force", "--json")
    assert json.loads(forced.stdout) == {"files": [str(tmp_path / "a" / "seed0265.png")]}


def test_old_names_of_options(tmp_path):
    old = ["--network", "classes", "--class_label", "1", "--seed", "5", "--num-steps", "2", "--save-video", "False"]
    done = run("project", "--target", make_picture(tmp_path), *old, "--outdir", tmp_path / "p")
    assert done.exit_code == 0, done.output
    old = ["--network", "classes", "--class", "1", "--noise-mode", "none"]
    shown = run("generate", *old, "--projected_w", tmp_path / "p" / "projected_w.npz", "--outdir", tmp_path / "s")
    assert shown.exit_code == 0, shown.output
    assert (tmp_path / "s" / "proj00.png").is_file()


def test_style_mixing(tmp_path):
    arguments = ["style-mix", "--model", "full", "--rows", "85,100", "--cols", "55", "--styles", "0-3"]
    done = run(*arguments, "--trunc", "0.9", "--outdir", tmp_path, "--json")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert Path(answer["grid"]) == tmp_path / "grid.png"
    assert len(answer["files"]) == 6
    assert run(*arguments, "--outdir", tmp_path).exit_code == 2
    assert "grid.png" in run(*arguments, "--outdir", tmp_path, "--force").stdout


def test_projecting_a_folder_with_a_broken_picture(tmp_path):
    make_picture(tmp_path / "in", "good.png")
    (tmp_path / "in" / "bad.png").write_bytes(b"\x89PNG")
    arguments = ["project", tmp_path / "in", "--model", "full", "--num-steps", "2", "--outdir", tmp_path / "out"]
    done = run(*arguments)
    assert done.exit_code == 1, done.output
    for words in ("good", "Failed: bad: ", "distances.csv"):
        assert words in done.stdout
    answer = run(*arguments, "--json")
    assert answer.exit_code == 1
    data = json.loads(answer.stdout)
    assert [(row["name"], row["reused"]) for row in data["pictures"]] == [("good", True)]
    assert data["failed"][0]["name"] == "bad"
    assert Path(data["csv"]).is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["generate", "--outdir", "o"], "--projected-w"),
        (["generate", "--seeds", "5-", "--outdir", "o"], "85,265-300"),
        (["generate", "--seeds", "99999999999", "--outdir", "o"], "too large"),
        (["generate", "--seeds", "1", "--trunc", "nan", "--outdir", "o"], "psi"),
        (["generate", "--seeds", "1", "--class", "1", "--outdir", "o"], "no classes"),
        (["generate", "--seeds", "1", "--model", "classes", "--outdir", "o"], "3 classes"),
        (["generate", "--seeds", "1", "--model", "nowhere.pkl", "--outdir", "o"], "nowhere.pkl"),
        (["generate", "--projected-w", "nowhere.npz", "--outdir", "o"], "nowhere.npz"),
        (["generate", "--seeds", "1"], "--outdir"),
        (["style-mix", "--rows", "1", "--cols", "2", "--styles", "9-12", "--outdir", "o"], "styles 0 to 11, not 12"),
        (["style-mix", "--rows", "1", "--outdir", "o"], "--cols"),
        (["project", "--outdir", "o"], "No picture was named"),
        (["project", "nowhere.png", "--outdir", "o"], "nowhere.png"),
        (["project", "x.png", "--save-video", "avi", "--outdir", "o"], "gif, mp4 or none"),
        (["project", "x.png", "--mode", "fast", "--class", "1", "--outdir", "o"], "--mode reference"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    done = run(*arguments)
    assert done.exit_code == 2, done.output
    last = done.stderr.splitlines()[-1]
    assert words in last
    assert last.startswith("gananomaly: ")
    assert "Traceback" not in done.output
    assert not list(tmp_path.iterdir())


def test_the_demo_model_makes_bodies(tmp_path):
    done = run("generate", "--seeds", "0-5", "--trunc", "0.7", "--grid", "--outdir", tmp_path)
    assert done.exit_code == 0, done.output
    done = run("generate", "--seeds", "0-5", "--trunc", "0.7", "--format", "npy", "--outdir", tmp_path)
    images = np.stack([np.load(path) for path in sorted(tmp_path.glob("*.npy"))])
    assert images.shape == (6, 1, 128, 128)
    # Air around, a body in the middle, and no two alike.
    assert images[..., :8, :8].max() < -0.7
    assert images[..., 56:72, 56:72].mean() > -0.3
    assert np.abs(images[0] - images[1]).mean() > 0.01


def test_the_demo_model_explains_its_own_ct(tmp_path):
    done = run(
        "project", TORSO, "--slices", "50:52", "--mode", "fast", "--outdir", tmp_path, "--metric", "mse", "--json"
    )
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)["pictures"]
    assert [row["name"] for row in rows] == ["torso_3mm_slice_0050", "torso_3mm_slice_0051"]
    with Image.open(tmp_path / rows[0]["name"] / "target.png") as picture:
        spread = np.asarray(picture).astype(float).var()
    assert all(row["dist"] < 0.2 * spread for row in rows)
    with np.load(tmp_path / rows[0]["name"] / "projected_w.npz") as arrays:
        assert arrays["w"].shape == (1, 12, 64)


def make_picture(folder: Path, name: str = "picture.png") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    shade = np.add.outer(np.arange(32), np.arange(32)) * 4
    Image.fromarray(shade.astype(np.uint8)).save(folder / name)
    return folder / name
