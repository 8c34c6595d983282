"""A detector and its trainer from a package of somebody else's: trained, exported, analysed with, benchmarked."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import outside_package
import pytest
import torch
from click.testing import CliRunner
from PIL import Image
from train.stylegan2_small import SIDE, image_set, write_discs
from waiting import until

from GANAnomalyLab.images import ImageSet
from GANAnomalyLab.train import trainer_kinds
from GANAnomalyLab.train.loop.run_files import models, states
from GANAnomalyLab.train.loop.train_on_images import train
from GANAnomalyLab.train.run_log import read_log
from GANAnomalyLab.train.run_models import find_snapshot
from GANAnomalyLab.train.trainer_kinds import find_trainer
from GANAnomalyLib.cli.app import app
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.card import ModelCard

ROOT = Path(__file__).resolve().parents[2]
TORSO = ROOT / "GANAnomaly" / "GANAnomalyLib" / "data" / "torso_3mm.nii.gz"
QUICK = {"steps": 12, "batch": 4, "log_every": 4, "sample_every": 6, "snapshot_every": 6, "device": "cpu", "threads": 1}


@pytest.fixture(autouse=True)
def paths(tmp_path, monkeypatch):
    """The example package, and a models folder of the test's own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "user"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "user"))
    monkeypatch.delenv("GANANOMALY_MODELS", raising=False)
    with outside_package.installed(tmp_path / "site") as found:
        # Other processes find it as this one does.
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([*found, str(ROOT / "GANAnomaly"), str(ROOT)]))
        monkeypatch.setenv("OMP_NUM_THREADS", "1")
        yield found


def blur(out: Path, images: ImageSet | None = None, held_out: ImageSet | None = None, *talk, **changes) -> Path:
    """A run of few steps on images in memory; ``talk`` is progress, cancel, say."""
    kind = find_trainer("blur")
    settings = kind.settings.read({**QUICK, "out": str(out), **changes})
    return train(kind, settings, *talk, images=images or image_set(), held_out=held_out)


def run(*arguments) -> str:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    return done.stdout


def rows(folder: Path) -> list[dict]:
    return [{k: v for k, v in row.items() if k != "seconds"} for row in read_log(folder / "log.jsonl")]


def assert_same_runs(one: Path, other: Path) -> None:
    assert rows(one) == rows(other)
    left, right = (torch.load(states(folder)[-1], weights_only=True) for folder in (one, other))
    for part in ("networks", "averages"):
        for name, value in left[part]["blur"].items():
            assert torch.equal(value, right[part]["blur"][name])
    cards = [ModelCard.read(models(folder)[-1].with_suffix(".json")) for folder in (one, other)]
    assert cards[0].sha256 == cards[1].sha256


def test_a_run_leaves_models_states_a_log_and_pictures(tmp_path):
    seen = []
    path = blur(tmp_path / "run", None, image_set(5, 7), lambda *told: seen.append(told), anatomy="discs")
    folder = tmp_path / "run"
    assert path == folder / "snapshot-000012.safetensors"
    assert [one.name for one in models(folder)] == ["snapshot-000006.safetensors", "snapshot-000012.safetensors"]
    assert [one.name for one in states(folder)] == ["state-000006.pt", "state-000012.pt"]
    loaded = load_model(path)
    assert (loaded.card.kind, loaded.card.name, loaded.card.resolution) == ("blur", "run", SIDE)
    assert loaded.card.training["steps"] == 12
    assert str(tmp_path) not in loaded.card.to_json()
    assert [row["step"] for row in rows(folder) if "l1" in row] == [4, 8, 12]
    errors = [row["held_out_l1"] for row in rows(folder) if "held_out_l1" in row]
    assert errors[-1] < errors[0]
    for number in (0, 6, 12):
        with Image.open(folder / "samples" / f"{number:08d}.png") as picture:
            assert picture.size == (5 * SIDE, 2 * SIDE)
            assert np.asarray(picture).std() > 1
    fractions = [fraction for fraction, _ in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1


@pytest.mark.slow
def test_a_killed_process_goes_on_to_the_same_bits(tmp_path):
    data = write_discs(tmp_path / "discs")
    changes = {**QUICK, "snapshot_every": 40, "log_every": 40, "sample_every": 1000}

    def command(out: str, steps: int, **more) -> list[str]:
        given = {**changes, "steps": steps, "data": data, "out": tmp_path / out, **more}
        return [item for name, value in given.items() for item in (f"--{name.replace('_', '-')}", str(value))]

    killed = subprocess.Popen(
        [sys.executable, "-m", "GANAnomalyLib", "train", "blur", *command("killed", 100_000)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    until(lambda: killed.poll() is not None or states(tmp_path / "killed"))
    assert killed.poll() is None, killed.stderr.read()
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    reached = int(states(tmp_path / "killed")[-1].stem.partition("-")[2])
    for out in ("killed", "whole"):
        run("train", "blur", *command(out, reached + 20))
    assert_same_runs(tmp_path / "killed", tmp_path / "whole")


@pytest.mark.slow
@pytest.mark.minutes
def test_two_processes_learn_what_one_does(tmp_path):
    # But for the noise that the example adds, which each process draws for its own images, they would be equal.
    one = rows(blur(tmp_path / "one", batch=8).parent)
    two = rows(blur(tmp_path / "two", batch=8, gpus=2).parent)
    assert [row["step"] for row in one] == [row["step"] for row in two]
    for a, b in zip(one, two, strict=True):
        for name, value in a.items():
            assert b[name] == pytest.approx(value, rel=0.05)
    assert len(models(tmp_path / "two")) == 2
    with pytest.raises(InputError, match="cannot be shared by 3"):
        blur(tmp_path / "three", batch=8, gpus=3)


def test_a_run_of_another_trainer_in_the_folder_is_refused(tmp_path):
    (tmp_path / "config.json").write_text('{"data": "as PICARD writes it"}')
    with pytest.raises(InputError, match="run of another trainer"):
        blur(tmp_path)
    assert [path.name for path in tmp_path.glob("*.*")] == ["config.json"]


def test_averages_are_left_out_where_nobody_wants_them(tmp_path):
    blur(tmp_path, ema=0)
    state = torch.load(states(tmp_path)[-1], weights_only=True)
    for name, value in state["networks"]["blur"].items():
        assert torch.equal(value, state["averages"]["blur"][name])


def test_colours_and_less_precision(tmp_path):
    images = ImageSet.from_array(np.repeat(image_set().images, 3, axis=1))
    loaded = load_model(blur(tmp_path, images, channels=3, precision="bf16"))
    assert loaded.channels == 3
    with pytest.raises(InputError, match="fp16 needs a graphics card"):
        blur(tmp_path / "other", precision="fp16")


def test_the_command_comes_from_the_settings(tmp_path):
    assert "blur" in run("train", "--help")
    told = run("train", "blur", "--help")
    for words in ("--learning-rate FLOAT", "--shrink", "Channels of the network.", "--precision [auto|fp32|bf16|fp16]"):
        assert words in told
    for arguments, words in (
        (["--shrink", "99"], "'shrink' must be a whole number from 1 to 16, not 99"),
        (["--resolution", "18"], "Images of 18 pixels cannot be shrunk by 4"),
        ([], "Name the folder of the training with --out."),
    ):
        out = ["--out", str(tmp_path / "x")] if arguments else []
        done = CliRunner().invoke(app, ["train", "blur", *out, *arguments])
        assert done.exit_code == 2
        assert words in done.output
    assert not (tmp_path / "x").exists()


def test_from_normals_to_an_analysis(tmp_path):
    """What DESIGN promises of a detector of another package, by the commands that a person gives."""
    data = write_discs(tmp_path / "discs")
    given = [item for name, value in QUICK.items() for item in (f"--{name.replace('_', '-')}", str(value))]
    out = json.loads(run("train", "blur", "--data", data, "--out", tmp_path / "run", *given, "--json"))
    assert out["model"] == str(tmp_path / "run" / "snapshot-000012.safetensors")
    assert find_snapshot(tmp_path / "run", "6").name == "snapshot-000006.safetensors"
    told = run("model", "export", tmp_path / "run", "--name", "mine", "--device", "cpu")
    assert "The thresholds come from the patients that the run held out." in told
    assert "mine" in run("models")
    result = tmp_path / "result"
    run("analyze", TORSO, "--model", "mine", "--slices", "60:62", "--out", result, "--device", "cpu")
    manifest = json.loads((result / "result.json").read_text())
    assert "blur" in json.dumps(manifest)
    refused = CliRunner().invoke(
        app,
        ["analyze", str(TORSO), "--model", "mine", "--slices", "60:61", "--out", str(tmp_path / "x"), "--set", "x=1"],
    )
    assert refused.exit_code == 2
    assert "The blur detector has no setting 'x'; it has: detail." in refused.output


@pytest.mark.slow
@pytest.mark.minutes
def test_it_is_entered_in_the_benchmark(tmp_path):
    path = blur(tmp_path / "run", name="mine")
    arguments = ["--kinds", "metal", "--levels", "3", "--patients", "1", "--slices", "1", "--device", "cpu"]
    board = json.loads(run("benchmark", "--model", path, *arguments, "--out", tmp_path / "bench", "--json"))
    assert "mine-mse" in json.dumps(board)


def test_every_setting_is_declared_whole_and_free_ones_exist():
    settings = find_trainer("blur").settings
    schema = settings.schema()
    for name, spec in schema.items():
        assert spec.help.endswith("."), f"{name} has no help"
        assert spec.default is None or spec.check(spec.default) == spec.default
    assert set(settings().fixed()) == {name for name, spec in schema.items() if not spec.free}
    assert {"out", "steps", "device"} <= {name for name, spec in schema.items() if spec.free}
    assert settings.read(settings(out="x").to_dict()) == settings(out="x")


def test_menus_and_help_need_no_torch():
    code = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from GANAnomalyLib.cli.app import app\n"
        "for words in (['train', '--help'], ['train', 'blur', '--help']):\n"
        "    assert CliRunner().invoke(app, words).exit_code == 0\n"
        "assert 'gananomaly_blur.training.settings' in sys.modules\n"
        "print(sorted({'torch', 'numpy'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.gpu
@pytest.mark.parametrize("precision", ["auto", "bf16", "fp16"])
def test_a_graphics_card_learns_the_same(tmp_path, precision):
    changes = {"steps": 40, "snapshot_every": 20, "log_every": 20}
    card = rows(blur(tmp_path / "card", device="cuda", precision=precision, **changes).parent)
    plain = rows(blur(tmp_path / "plain", precision="fp32", **changes).parent)
    for a, b in zip(card, plain, strict=True):
        for name, value in a.items():
            assert b[name] == pytest.approx(value, rel=0.1)
    states(tmp_path / "card")[-1].unlink()
    blur(tmp_path / "card", device="cuda", precision=precision, **changes)
    assert [row["step"] for row in rows(tmp_path / "card")] == [row["step"] for row in card]


def test_a_trainer_that_nobody_has(paths):
    with pytest.raises(InputError, match=r"no trainer 'blurr': did you mean blur\?|no trainer 'blurr'"):
        find_trainer("blurr")
    assert set(trainer_kinds.BUILT_IN) < set(trainer_kinds.trainer_kinds())
