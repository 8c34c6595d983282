"""Two processes are one: the same losses, one folder, one voice; and draws that can be shared out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from places import PACKAGES
from train.stylegan2_small import SETTINGS, image_set, options, write_discs

from GANAnomalyLab.train.loop.run_devices import Team
from GANAnomalyLab.train.loop.run_files import models, states
from GANAnomalyLab.train.run_log import read_log
from GANAnomalyLab.train.stylegan2.step_draws import STREAMS, StepDraws, contiguous_shares, noise_maps, shares
from GANAnomalyLab.train.stylegan2.train_stylegan2 import train
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.running.progress import CancelToken

ROOT = Path(__file__).resolve().parents[2]
CPU = torch.device("cpu")
LOSSES = (
    *("generator_loss", "discriminator_loss", "real_logit", "fake_logit", "r1_penalty", "path_length", "augment_p"),
    *("reconstruction_loss", "latent_loss", "lr"),
)


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 5))
def test_shares_keep_whole_groups_and_lose_nothing(group, parts, groups_each):
    batch = group * parts * groups_each
    found = shares(batch, parts, group)
    assert sorted(torch.cat(found).tolist()) == list(range(batch))
    step = batch // group
    whole = {tuple(range(first, batch, step)) for first in range(step)}
    seen = set()
    for part in found:
        inside = len(part) // group
        seen |= {tuple(part[first::inside].tolist()) for first in range(inside)}
    assert seen == whole


@given(st.integers(1, 40), st.integers(1, 9))
def test_path_shares_lose_nothing(count, parts):
    found = contiguous_shares(count, parts)
    assert len(found) == parts
    assert torch.cat(found).tolist() == list(range(count))


def test_noise_is_the_same_for_a_row_whoever_asks():
    draws = StepDraws(7, 3, CPU)
    whole = draws.noise("generator", 0, torch.arange(6), 6, 20)
    assert torch.equal(draws.noise("generator", 0, torch.tensor([4, 1]), 6, 20), whole[[4, 1]])
    assert abs(StepDraws(7, 4, CPU).noise("real", 0, torch.arange(200), 200, 50).std() - 1) < 0.02
    maps = noise_maps(whole, [("b4.conv1", 4), ("b8.conv0", 2)])
    assert torch.equal(maps["b4.conv1"][:, 0].reshape(6, 16), whole[:, :16])
    assert torch.equal(maps["b8.conv0"][:, 0].reshape(6, 4), whole[:, 16:])


def test_streams_steps_and_seeds_draw_apart():
    drawn = [
        StepDraws(seed, number, CPU).latents(stream, 2, 4)[half].numpy().tobytes()
        for seed in (0, 1)
        for number in (0, 1)
        for stream in STREAMS
        for half in (0, 1)
    ]
    assert len(set(drawn)) == len(drawn)
    assert StepDraws(0, 0, CPU).latents("path", 2, 4)[0].numpy().tobytes() in drawn


def test_styles_are_mixed_as_often_as_asked_and_anywhere():
    cutoffs = StepDraws(0, 0, CPU).cutoffs("generator", 4000, 6, 0.9)
    mixed = cutoffs < 6
    assert abs(mixed.float().mean() - 0.9) < 0.02
    assert set(cutoffs[mixed].tolist()) == {1, 2, 3, 4, 5}
    assert (StepDraws(0, 0, CPU).cutoffs("generator", 100, 6, 0.0) == 6).all()


def rows(folder: Path) -> list[dict]:
    return read_log(folder / "stats.jsonl")


def assert_same_losses(one: Path, other: Path) -> None:
    left, right = rows(one), rows(other)
    assert len(left) == len(right) == 6
    for a, b in zip(left, right, strict=True):
        for name in LOSSES:
            assert (name in a) == (name in b)
            if name in a:
                assert a[name] == pytest.approx(b[name], abs=1e-4), (name, a["kimg"])


@pytest.mark.slow
def test_two_processes_learn_what_one_does(tmp_path):
    """Everything that can be on: classes, adaptive augmentation, every regularisation, an encoder."""
    chosen = {"aug": "ada", "target": 0.1, "augpipe": "bgc", "mbstd": 2, "tick": 0.008}
    chosen |= {"encoder": "joint", "pl_weight": 2.0, "style_mixing": 0.9, "decay_from": 0.5}
    images = image_set(24, classes=2)
    one = train(options(tmp_path / "one", cond=True, **chosen), images=images)
    said, fractions = [], []
    two = train(
        options(tmp_path / "two", cond=True, gpus=2, batch_gpu=2, gamma=0.0002 * 256 / 8, **chosen),
        progress=lambda fraction, message: fractions.append(fraction),
        say=said.append,
        images=images,
    )
    assert_same_losses(one, two)
    assert [path.name for path in (tmp_path / "two").iterdir()] == [two.name]
    assert len(models(two)) == 1
    assert sum(sentence.startswith("kimg") for sentence in said) == 6
    assert fractions == sorted(fractions)
    # What one process saved, two can go on from.
    state = torch.load(states(one)[-1], weights_only=True)
    other = torch.load(states(two)[-1], weights_only=True)
    for name, value in state["G_ema"].items():
        assert torch.allclose(value, other["G_ema"][name], atol=5e-3), name


@pytest.mark.slow
@pytest.mark.minutes
def test_a_team_started_by_torchrun(tmp_path):
    """The launcher that clusters use; only the first process writes."""
    data = write_discs(tmp_path / "discs")
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node=2", "--master_port=0"]
    command += ["--rdzv_backend=c10d", "--rdzv_endpoint=localhost:0", "-m", "GANAnomalyLib", "train", "stylegan2"]
    command += [f"--data={data}", f"--outdir={tmp_path / 'runs'}", "--resolution=16", "--patients=file"]
    skipped = ("workers", "kimg")
    command += [f"--set={name}={str(value).lower()}" for name, value in SETTINGS.items() if name not in skipped]
    environment = {**os.environ, "PYTHONPATH": PACKAGES, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([*command, "--kimg=0.024"], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    (run,) = [path for path in (tmp_path / "runs").iterdir() if path.name != "images"]
    assert run.name.startswith("00000-discs-auto2")
    assert done.stdout.count("Run 00000") == 1
    assert len(models(run)) == 1


@pytest.mark.minutes
@pytest.mark.slow
def test_cancelling_a_team_saves_first(tmp_path):
    cancel = CancelToken()

    def say(sentence: str) -> None:
        if sentence.startswith("kimg"):
            cancel.cancel()

    with pytest.raises(Cancelled, match="go on with --resume"):
        train(options(tmp_path, gpus=2, kimg=50, tick=0.016), cancel=cancel, say=say, images=image_set())
    (run,) = tmp_path.iterdir()
    assert len(states(run)) == 1


def test_what_is_wrong_in_a_team_is_told_once_and_as_a_sentence(tmp_path):
    with pytest.raises(InputError, match=r"does not exist"):
        train(options(tmp_path / "out", gpus=2, data=str(tmp_path / "nowhere")))
    assert not list((tmp_path / "out").glob("0*"))


def test_a_team_of_another_size_than_asked_for():
    assert Team(0, 2).adopted(options()).gpus == 2
    assert Team(0, 2).adopted(options(gpus=2)).gpus == 2
    with pytest.raises(InputError, match="disagree"):
        Team(0, 2).adopted(options(gpus=4))


def test_gradients_that_overflowed_are_mended_only_where_asked():
    weight = torch.nn.Parameter(torch.zeros(3))
    idle = torch.nn.Parameter(torch.zeros(2))
    weight.grad = torch.tensor([1.0, np.inf, np.nan])
    Team().sum_gradients([weight, idle])
    assert not weight.grad.isfinite().all()
    assert torch.equal(idle.grad, torch.zeros(2))
    Team().sum_gradients([weight], mend=True)
    assert weight.grad.tolist() == [1.0, 0.0, 0.0]
