"""A whole run: what it leaves behind, how it stops, and how it goes on."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from places import PACKAGES
from train.picard_small import SETTINGS, config, pool, write_pictures
from waiting import until

from GANAnomalyLab.train.picard.picard_config import PicardConfig
from GANAnomalyLab.train.picard.picard_snapshots import iterations
from GANAnomalyLab.train.picard.train_picard import train
from GANAnomalyLab.train.run_log import read_log
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.picard.load import read_folder
from GANAnomalyLib.errors import Cancelled, GANAnomalyError, InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.running.progress import CancelToken

ROOT = Path(__file__).resolve().parents[2]


def rows(folder: Path) -> list[dict]:
    """The log without its times."""
    return [{k: v for k, v in row.items() if k != "seconds"} for row in read_log(folder / "log.jsonl")]


def same_snapshot(a: Path, b: Path, iteration: int) -> None:
    for part in ("gen", "dis", "state"):
        left, right = (
            torch.load(folder / "checkpoints" / f"{part}_{iteration:08d}.pt", weights_only=True) for folder in (a, b)
        )
        if part == "state":
            left["extra"].pop("seconds"), right["extra"].pop("seconds")
        assert_same(left, right)


def assert_same(left, right) -> None:
    if isinstance(left, dict):
        assert list(left) == list(right)
        for name in left:
            assert_same(left[name], right[name])
    elif isinstance(left, list | tuple):
        for a, b in zip(left, right, strict=True):
            assert_same(a, b)
    elif isinstance(left, torch.Tensor):
        assert torch.equal(left, right)
    else:
        assert left == right


def test_a_run_leaves_a_model_snapshots_a_log_and_pictures(tmp_path):
    seen = []
    chosen = config(tmp_path / "run", iterations=10, snapshot_every=5, sample_every=5, name="mine", anatomy="chest")
    path = train(chosen, lambda fraction, message: seen.append((fraction, message)), pool=pool(), validation=pool(8, 1))
    loaded = load_model(path)
    assert path == tmp_path / "run" / "mine.safetensors"
    assert (loaded.card.kind, loaded.card.resolution, loaded.card.anatomy) == ("picard", 48, "chest")
    assert loaded.card.architecture["window"] == 32
    assert loaded.card.architecture["hole"] == 16
    assert loaded.picard.local is not None
    assert loaded.card.training["iterations_done"] == 10
    assert str(tmp_path) not in path.with_suffix(".json").read_text()

    published = read_folder(tmp_path / "run" / "checkpoints")
    assert published.iteration == 10
    for name, tensor in loaded.picard.inpainter.state_dict().items():
        assert torch.equal(tensor, published.inpainter.state_dict()[name])
    critics = torch.load(tmp_path / "run" / "checkpoints" / "dis_00000005.pt", weights_only=True)
    assert set(critics) == {"localD", "globalD"}

    log = rows(tmp_path / "run")
    assert [row["iteration"] for row in log if "validation_hole_l1" in row] == [0, 5, 10]
    assert [row["iteration"] for row in log if "inpainter_loss" in row] == [5, 10]
    assert {"hole_l1", "l1", "outside", "adversarial", "local_critic", "global_penalty"} <= set(log[1])
    for number in (0, 5, 10):
        with Image.open(tmp_path / "run" / "samples" / f"{number:08d}.png") as picture:
            assert picture.size == (4 * 34, 2 * 34)
            assert np.asarray(picture).std() > 5
    fractions = [fraction for fraction, _ in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert "error in the hole" in seen[-2][1]


def test_a_stopped_run_goes_on_to_the_same_numbers(tmp_path):
    for name in ("whole", "halves"):
        (tmp_path / name).mkdir()
    settings = {"snapshot_every": 1000, "log_every": 4, "sample_every": 6}
    train(config(tmp_path / "whole", iterations=14, **settings), pool=pool())
    cancel, said = CancelToken(), []

    def stop(fraction: float, message: str) -> None:
        if "iteration 6 of" in message:  # between two lines of the log
            cancel.cancel()

    with pytest.raises(Cancelled, match="6 iterations"):
        train(config(tmp_path / "halves", iterations=14, **settings), stop, cancel, pool())
    assert iterations(tmp_path / "halves" / "checkpoints") == [6]
    assert not (tmp_path / "halves" / "picard.safetensors").exists()
    train(config(tmp_path / "halves", iterations=14, **settings), pool=pool(), say=said.append)
    assert said == ["Going on from iteration 6."]
    assert rows(tmp_path / "halves") == rows(tmp_path / "whole")
    same_snapshot(tmp_path / "halves", tmp_path / "whole", 14)


@pytest.mark.slow
def test_a_killed_process_resumes_to_the_same_bits(tmp_path):
    data = write_pictures(tmp_path / "normals")
    settings = [f"--set={k}={json.dumps(v)}" for k, v in SETTINGS.items() if k not in ("device", "tensorboard")]
    settings += ["--set=snapshot_every=10", "--set=iterations=60", "--set=tensorboard=false", "--device=cpu"]

    def start(out: str) -> subprocess.Popen:
        command = [
            sys.executable,
            "-m",
            "GANAnomalyLib",
            "train",
            "picard",
            f"--data={data}",
            f"--out={tmp_path / out}",
        ]
        environment = {**os.environ, "PYTHONPATH": PACKAGES, "OMP_NUM_THREADS": "1"}
        return subprocess.Popen([*command, *settings], env=environment, stderr=subprocess.PIPE)

    killed = start("killed")
    state = tmp_path / "killed" / "checkpoints" / "state_00000020.pt"
    until(lambda: state.exists() or killed.poll() is not None)
    assert killed.poll() is None
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    known = iterations(tmp_path / "killed" / "checkpoints")
    assert 20 <= known[-1] < 60
    # The rest, and the whole without a stop, in this process: other memory, other addresses, the same numbers.
    changes = {"data": str(data), "iterations": 60, "snapshot_every": 10}
    for name in ("killed", "whole"):
        train(config(tmp_path / name, **changes))
    same_snapshot(tmp_path / "killed", tmp_path / "whole", 60)
    assert rows(tmp_path / "killed") == rows(tmp_path / "whole")
    cards = [ModelCard.read(tmp_path / name / "picard.json") for name in ("killed", "whole")]
    assert cards[0].sha256 == cards[1].sha256


def test_a_snapshot_cut_short_is_passed_over(tmp_path):
    train(config(tmp_path, iterations=4, snapshot_every=2), pool=pool())
    folder = tmp_path / "checkpoints"
    (folder / "gen_00000009.pt").write_bytes(b"cut")
    (folder / "state_00000008.pt").write_bytes(b"alone")
    assert iterations(folder) == [2, 4]
    (folder / "state_00000004.pt").write_bytes(b"damaged")
    with pytest.raises(InputError, match=r"state_00000004\.pt is damaged"):
        train(config(tmp_path, iterations=6), pool=pool())
    (folder / "state_00000004.pt").unlink()
    train(config(tmp_path, iterations=6), pool=pool())
    assert iterations(folder)[-1] == 6


def test_old_states_go_and_so_do_old_networks_when_asked(tmp_path):
    train(config(tmp_path / "all", iterations=8, snapshot_every=2), pool=pool())
    names = sorted(path.name for path in (tmp_path / "all" / "checkpoints").iterdir())
    assert [name for name in names if "state" in name] == ["state_00000006.pt", "state_00000008.pt"]
    assert len([name for name in names if "gen" in name]) == 4
    train(config(tmp_path / "last", iterations=8, snapshot_every=2, keep=1), pool=pool())
    names = sorted(path.name for path in (tmp_path / "last" / "checkpoints").iterdir())
    assert names == ["dis_00000008.pt", "gen_00000008.pt", "state_00000008.pt"]


def test_a_finished_run_can_be_made_longer_but_not_different(tmp_path):
    train(config(tmp_path, iterations=2), pool=pool())
    train(config(tmp_path, iterations=4, samples=1), pool=pool())
    assert iterations(tmp_path / "checkpoints")[-1] == 4
    before = sorted(path.name for path in tmp_path.rglob("*"))
    for changes, words in (
        ({"learning_rate": 0.01}, "began with learning_rate"),
        ({"ngf": 6}, "ngf"),
        ({"seed": 1}, "seed"),
    ):
        with pytest.raises(InputError, match=words):
            train(config(tmp_path, iterations=6, **changes), pool=pool())
    with pytest.raises(InputError, match="other training images"):
        train(config(tmp_path, iterations=6), pool=pool(seed=5))
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


def test_beginning_from_another_run_or_a_published_checkpoint(tmp_path):
    train(config(tmp_path / "first", iterations=4), pool=pool())
    first = read_folder(tmp_path / "first" / "checkpoints")
    said = []
    train(config(tmp_path / "next", iterations=4, resume=str(tmp_path / "first")), pool=pool(), say=said.append)
    assert said == ["Going on from iteration 4."]
    assert_same(
        dict(read_folder(tmp_path / "next" / "checkpoints").inpainter.state_dict()), dict(first.inpainter.state_dict())
    )
    published = tmp_path / "published"
    published.mkdir()
    for part in ("gen", "dis"):
        name = f"{part}_00000004.pt"
        (published / name).write_bytes((tmp_path / "first" / "checkpoints" / name).read_bytes())
    train(config(tmp_path / "third", iterations=6, resume=str(published)), pool=pool())
    assert read_folder(tmp_path / "third" / "checkpoints").iteration == 6
    (published / "dis_00000004.pt").unlink()
    with pytest.raises(InputError, match="no critics"):
        train(config(tmp_path / "fourth", iterations=6, resume=str(published)), pool=pool())
    with pytest.raises(InputError, match="holds no PICARD checkpoint"):
        train(config(tmp_path / "fifth", iterations=6, resume=str(tmp_path)), pool=pool())


def test_a_budget_of_time_ends_a_run_and_counts_over_stops(tmp_path):
    chosen = config(tmp_path, minutes=0.01)
    train(chosen, pool=pool())
    done = iterations(tmp_path / "checkpoints")[-1]
    assert 0 < done < 1000
    train(chosen, pool=pool())
    assert iterations(tmp_path / "checkpoints")[-1] == done


def test_losses_that_run_away_are_told_in_a_sentence(tmp_path):
    with pytest.raises(GANAnomalyError, match=r"went wrong at iteration \d+.*learning rate than 1e\+30") as caught:
        train(config(tmp_path, iterations=50, learning_rate=1e30, snapshot_every=1), pool=pool())
    assert caught.value.exit_code == 1
    for number in iterations(tmp_path / "checkpoints"):  # whatever was kept can be used
        read_folder(tmp_path / "checkpoints", number)
    assert not (tmp_path / "picard.safetensors").exists()


def test_images_that_do_not_fit(tmp_path):
    with pytest.raises(InputError, match="less than a window of 64"):
        train(config(tmp_path / "a", window=64), pool=pool())
    with pytest.raises(InputError, match="channel"):
        train(config(tmp_path / "b", channels=3), pool=pool())
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        train(config(tmp_path / "file"), pool=pool())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_tensorboard_where_it_is_installed(tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    train(config(tmp_path, iterations=10, sample_every=5, tensorboard=True), pool=pool())
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert [event.step for event in events.Scalars("hole_l1")] == [5, 10]
    expected = [row["hole_l1"] for row in rows(tmp_path) if "hole_l1" in row]
    assert [event.value for event in events.Scalars("hole_l1")] == pytest.approx(expected, rel=1e-5)
    assert len(events.Images("samples")) == 3


def test_without_tensorboard_the_log_says_so(tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text("import sys\nsys.modules['tensorboard'] = None\n")
    code = (
        "from pathlib import Path; from GANAnomalyLab.train.run_log import RunLog\n"
        f"log = RunLog(Path({str(tmp_path)!r}), 0); log.write(1, {{'a': 0.5}}); print(log.note)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([PACKAGES, str(site)])}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert "TensorBoard is not installed" in done.stdout
    assert read_log(tmp_path / "log.jsonl") == [{"iteration": 1, "a": 0.5}]


def test_what_is_learnt_from_a_patch_is_fixed_and_the_length_of_a_run_is_free():
    fixed = PicardConfig().fixed()
    assert {"learning_rate", "window", "seed", "gamma"} <= set(fixed)
    assert not {"out", "epochs", "minutes", "device", "heatmap"} & set(fixed)
    assert set(PicardConfig.options()) == {item.name for item in dataclasses.fields(PicardConfig)}
