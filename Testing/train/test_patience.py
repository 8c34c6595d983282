"""Early stopping: by what was held out, with the best model kept, and exact over a stop."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn
from train.restorers import discs, silent

from GANAnomalyLab.train.loop.patience import Patience
from GANAnomalyLab.train.loop.train_on_images import train
from GANAnomalyLab.train.run_log import read_log
from GANAnomalyLab.train.run_models import snapshots
from GANAnomalyLab.train.trainer_kinds import find_trainer
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.checkpoint.safetensor_files import read_safetensors
from GANAnomalyLib.running.progress import CancelToken, no_progress

SETTINGS = {
    "widths": [4],
    "latent": 2,
    "batch": 4,
    "resolution": 16,
    "device": "cpu",
    "threads": 1,
    "workers": 0,
    "log_every": 100,
    "sample_every": 2,
    "snapshot_every": 100,
    "ema": 0.0,
}


def start(folder: Path, progress=no_progress, cancel=None, say=silent, **changes) -> Path:
    kind = find_trainer("vae")
    settings = kind.settings.read({**SETTINGS, "steps": 30, "patience": 2, "out": str(folder), **changes})
    return train(kind, settings, progress, cancel, say, discs(4, 4, 16), discs(2, 4, 16, seed=1))


def judged(folder: Path) -> dict[int, float]:
    """What was measured, by step."""
    return {row["step"]: row["judged"] for row in read_log(folder / "log.jsonl") if "judged" in row}


def test_it_is_spent_after_so_many_without_a_better_one():
    patience, network = Patience(2), nn.Linear(1, 1, bias=False)
    for number, (value, spent) in enumerate([(3.0, False), (2.0, False), (2.0, False), (float("nan"), True)]):
        nn.init.constant_(network.weight, float(number))
        patience.measured(value, number, {"one": network})
        assert patience.spent == spent
    assert (patience.best, patience.number) == (2.0, 1)
    assert patience.weights["one"]["weight"].item() == 1.0
    again = Patience(2)
    again.load_state(patience.state())
    assert again.state() == patience.state()


def test_none_is_never_spent_and_keeps_nothing():
    patience = Patience(0)
    for number in range(9):
        patience.measured(1.0, number, {"one": nn.Linear(1, 1)})
    assert not patience.spent
    assert not patience.weights


def test_a_run_ends_early_with_the_best_model(tmp_path):
    path = start(tmp_path / "run", learning_rate=0.1)  # too fast: nothing gets better for long
    values = judged(tmp_path / "run")
    best = min(values, key=values.__getitem__)
    assert list(values) == list(range(0, best + 5, 2))
    card = ModelCard.read(path.with_suffix(".json"))
    assert card.training["steps"] == best + 4 < 30
    assert card.training["best_step"] == best
    state = torch.load(tmp_path / "run" / f"state-{best + 4:06d}.pt", weights_only=True)
    for name, value in read_safetensors(path).items():
        assert torch.equal(value, state["patience"]["weights"]["network"][name.partition(".")[2]])
    assert start(tmp_path / "run", learning_rate=0.1) == path  # there is nothing left to do
    assert judged(tmp_path / "run") == values


def test_a_stopped_one_ends_at_the_same_step(tmp_path):
    whole = start(tmp_path / "whole", learning_rate=0.1)
    cancel = CancelToken()

    def stop(fraction: float, message: object) -> None:
        if fraction > 0.12:
            cancel.cancel()

    with pytest.raises(Cancelled):
        start(tmp_path / "run", stop, cancel, learning_rate=0.1)
    path = start(tmp_path / "run", learning_rate=0.1)
    assert path.name == whole.name
    assert judged(tmp_path / "run") == judged(tmp_path / "whole")
    assert path.read_bytes() == whole.read_bytes()
    assert snapshots(tmp_path / "run")[-1] == path


def test_without_anything_held_out_it_is_refused(tmp_path):
    with pytest.raises(InputError, match="end early by what is held out"):
        start(tmp_path / "run", held_out=0.0)
