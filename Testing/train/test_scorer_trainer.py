"""Training a scorer for a base, exporting it with thresholds, and analysing with it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from detectors import memory_small, scorer_small

from GANAnomalyLab.images import ImageSet
from GANAnomalyLab.train.export_model import export_model
from GANAnomalyLab.train.export_settings import ExportSettings
from GANAnomalyLab.train.loop.train_on_images import train
from GANAnomalyLab.train.run_log import read_log
from GANAnomalyLab.train.run_models import snapshots
from GANAnomalyLab.train.scorer.example_bank import FILE
from GANAnomalyLab.train.scorer.losses import rate_at, scorer_loss
from GANAnomalyLab.train.trainer_kinds import find_trainer
from GANAnomalyLib.detectors.base import DetectorOptions
from GANAnomalyLib.detectors.explain import explain
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.scorer.load import ScorerModel
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.models.store import save_model
from GANAnomalyLib.running.progress import CancelToken, no_progress

SIDE = scorer_small.SIDE
SMALL = {"bank": 16, "clean": 8, "steps": 6, "batch": 4, "width": 4, "sample_every": 4, "log_every": 2}


def silent(sentence: str) -> None:
    """Nobody listens."""


def discs(patients: int = 5, slices: int = 6, seed: int = 0) -> ImageSet:
    pixels = np.rint((scorer_small.slices(patients * slices, seed).clip(-1, 1) + 1) * 32767.5).astype(np.uint16)
    who = np.arange(patients * slices) // slices
    heights = 3.0 * (np.arange(patients * slices) % slices)
    return ImageSet.from_array(
        pixels[:, None], patients=who, items=who, slices=heights.astype(int), kind="volumes", heights_mm=heights
    )


@pytest.fixture
def base(tmp_path) -> Path:
    return written_base(tmp_path / "base.safetensors")


def written_base(path: Path, model=None) -> Path:
    model = model or scorer_small.mean_base()
    save_model(path, model.tensors(), model.card)
    return path


def learn(base, folder, progress=no_progress, cancel=None, say=silent, images=None, held_out=None, **changes) -> Path:
    kind = find_trainer("scorer")
    given = {**SMALL, "base": str(base), "device": "cpu", "threads": 1, "out": str(folder), **changes}
    train(kind, kind.settings.read(given), progress, cancel, say, images or discs(), held_out)
    return snapshots(folder)[-1]


def test_a_scorer_is_made_and_read(base, tmp_path):
    model = load_model(learn(base, tmp_path / "run", held_out=discs(2, seed=4), anatomy="discs"))
    assert isinstance(model, ScorerModel)
    assert model.base.card.name == "mean"
    assert model.network.widths == (4, 8, 16, 32, 40)
    assert model.card.recommended == {"learned": 0.25, "energy": 0.0}
    assert model.card.training["base"] == "mean"
    assert "base_hash" in model.card.training
    assert str(tmp_path) not in model.card.to_json()
    assert any("held_out_loss" in row for row in read_log(tmp_path / "run" / "log.jsonl"))
    assert list((tmp_path / "run" / "samples").glob("*.png"))


def stopped(base, folder, share: float) -> None:
    cancel = CancelToken()

    def stop(fraction: float, message: object) -> None:
        if fraction > share:
            cancel.cancel()

    with pytest.raises(Cancelled, match="the same command goes on"):
        learn(base, folder, stop, cancel)


def test_stopped_while_explaining_and_while_learning_it_goes_on_to_the_same_model(base, tmp_path):
    whole = load_model(learn(base, tmp_path / "whole")).card.sha256
    for share in (0.1, 0.4, 0.8):
        stopped(base, tmp_path / "run", share)
    said = []
    path = learn(base, tmp_path / "run", say=said.append)
    assert any(sentence.startswith("Going on from") for sentence in said)
    assert load_model(path).card.sha256 == whole


def test_a_run_whose_bank_is_gone_says_so(base, tmp_path):
    stopped(base, tmp_path / "run", 0.8)
    (tmp_path / "run" / FILE).write_bytes(b"short")
    with pytest.raises(InputError, match="is gone or cut short"):
        learn(base, tmp_path / "run")


def test_a_run_goes_on_with_its_own_base_only(base, tmp_path):
    stopped(base, tmp_path / "run", 0.8)
    other = written_base(tmp_path / "other.safetensors", memory_small.model())
    with pytest.raises(InputError, match="began with"):
        learn(other, tmp_path / "run")


def test_too_little_time_is_said_and_more_goes_on(base, tmp_path):
    with pytest.raises(InputError, match="still explaining slices"):
        learn(base, tmp_path / "run", minutes=1e-6)
    assert learn(base, tmp_path / "run", minutes=10.0).exists()


def test_a_base_that_knows_the_normals_is_refused(tmp_path):
    images = discs()
    memory = memory_small.model()
    shown = torch.from_numpy(images.batch(np.arange(len(images))))
    with torch.no_grad():
        memory.bank.codes = memory.bank.kept(memory.coder(shown))
    memory.bank.apart = torch.zeros(memory.bank.codes.shape[:3], dtype=torch.uint8)
    memory.card.architecture["remembered"] = len(images)
    knows = written_base(tmp_path / "knows.safetensors", memory)
    with pytest.raises(InputError, match=r"by heart.*normals of patients that it was not made of"):
        learn(knows, tmp_path / "run", images=images)
    assert not list((tmp_path / "run").glob("*.safetensors"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"gpus": 2}, "trained by one process"),
        ({"learned": 0.7, "energy": 0.6}, "together they are 1 at most"),
        ({"base": "nobody"}, "There is no model 'nobody'"),
        ({"bank": -1}, "bank"),
    ],
)
def test_settings_that_cannot_be_are_told(base, tmp_path, changes, words):
    with pytest.raises(InputError, match=words):
        learn(changes.pop("base", base), tmp_path / "run", **changes)
    assert not (tmp_path / "run").exists()


def test_without_a_base_there_is_nothing_to_score_with(tmp_path):
    settings = find_trainer("scorer").settings.read({"out": str(tmp_path / "run")})
    with pytest.raises(InputError, match="Name the model to score with"):
        settings.validate()


def test_bases_that_cannot_be_are_told(base, tmp_path):
    scorer = learn(base, tmp_path / "first", bank=0)
    with pytest.raises(InputError, match="is a scorer already"):
        learn(scorer, tmp_path / "run")
    card = json.loads(base.with_suffix(".json").read_text())
    base.with_suffix(".json").write_text(json.dumps({**card, "channels": 3}))
    with pytest.raises(InputError, match="colours, and a scorer looks at grey ones"):
        learn(base, tmp_path / "run")
    assert not (tmp_path / "run").exists()
    base.with_suffix(".json").unlink()
    with pytest.raises(InputError, match="has no card"):
        learn(base, tmp_path / "run")


def test_few_patients_and_other_sizes_are_told(base, tmp_path):
    with pytest.raises(InputError, match="three patients or more"):
        learn(base, tmp_path / "run", images=discs(2))
    small = ImageSet.from_array(np.zeros((9, 1, 16, 16), np.uint16), patients=np.arange(9))
    with pytest.raises(InputError, match="16 pixels a side and the base 32"):
        learn(base, tmp_path / "other", images=small)


def test_without_a_bank_the_energy_is_the_score(base, tmp_path):
    model = load_model(learn(base, tmp_path / "run", bank=0))
    assert model.network is None
    assert model.card.recommended["learned"] == 0
    assert not model.scales.values[1].any() or model.scales.values[1].tolist() == [0, 1]


def painted(value: float) -> np.ndarray:
    images = scorer_small.slices(3, 77)
    images[1, 14:19, 14:19] = value
    return images


LEARNING = {"batch": 8, "shrink": 1, "ema": 100.0, "learned": 1.0}


@pytest.mark.slow
def test_exported_it_finds_what_normals_do_not_have(base, tmp_path):
    source = learn(base, tmp_path / "run", bank=100, steps=150, learning_rate=1e-2, **LEARNING)
    settings = ExportSettings(str(source), name="mine", device="cpu", folder=str(tmp_path / "models"))
    path, card = export_model(settings, normals=discs(4, seed=3))
    assert list(card.thresholds) == ["0.01", "0.02", "0.05"]
    assert card.recommended["heatmap_threshold"] > 0
    assert card.recommended["learned"] == 1.0
    assert "metric" not in card.recommended
    model = load_model(path)
    normal = explain(model, scorer_small.slices(3, 77))[1]
    for value in (0.7, -0.6):
        found = explain(model, painted(value))[1]
        assert found.windows.max() > card.thresholds["0.05"]
        assert found.windows.max() > 1.5 * normal.windows.max()
        row, col = np.unravel_index(found.anomaly.argmax(), found.anomaly.shape)
        assert 12 <= row <= 20
        assert 12 <= col <= 20
    base_alone = explain(model, painted(0.7), DetectorOptions(settings={"learned": 0}))[1]
    assert not np.allclose(base_alone.anomaly, found.anomaly)


def test_losses_fall_where_the_network_is_right():
    label = torch.zeros(2, 1, 32, 32)
    label[0, 0, 8:16, 8:16] = 1
    right = [(torch.nn.functional.avg_pool2d(label, 2**level) * 2 - 1) * 8 for level in (1, 2, 3)]
    wrong = [-level for level in right]
    blank = [torch.full_like(level, -8.0) for level in right]
    good, bad, none = (float(scorer_loss(made, label)["loss"]) for made in (right, wrong, blank))
    assert good < 0.05
    assert good < none < bad


def test_the_rate_rises_and_falls():
    assert rate_at(0) == pytest.approx(0.04)
    assert rate_at(0.15) == pytest.approx(1)
    assert rate_at(1) == pytest.approx(0)
    assert rate_at(0.1) < 1 > rate_at(0.5) > rate_at(0.9)
