"""A whole run: what it leaves behind, how it stops, and how it goes on."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from places import PACKAGES
from train.picard_small import config, pool

from GANAnomalyLab.train.picard.picard_config import PicardConfig
from GANAnomalyLab.train.picard.picard_snapshots import iterations
from GANAnomalyLab.train.picard.train_picard import train
from GANAnomalyLab.train.run_log import read_log
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.picard.load import read_folder
from GANAnomalyLib.errors import InputError

ROOT = Path(__file__).resolve().parents[2]


def rows(folder: Path) -> list[dict]:
    """The log without its times."""
    return [{k: v for k, v in row.items() if k != "seconds"} for row in read_log(folder / "log.jsonl")]


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


def test_beginning_from_another_run_or_a_published_checkpoint(tmp_path):
    train(config(tmp_path / "first", iterations=4), pool=pool())
    first = read_folder(tmp_path / "first" / "checkpoints")
    said = []
    train(config(tmp_path / "next", iterations=4, resume=str(tmp_path / "first")), pool=pool(), say=said.append)
    assert said == ["Going on from iteration 4."]
    begun = read_folder(tmp_path / "next" / "checkpoints").inpainter.state_dict()
    assert all(torch.equal(begun[name], value) for name, value in first.inpainter.state_dict().items())
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


def test_images_that_do_not_fit(tmp_path):
    with pytest.raises(InputError, match="less than a window of 64"):
        train(config(tmp_path / "a", window=64), pool=pool())
    with pytest.raises(InputError, match="channel"):
        train(config(tmp_path / "b", channels=3), pool=pool())
    assert not list(tmp_path.iterdir())


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
