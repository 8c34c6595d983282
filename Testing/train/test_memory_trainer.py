"""Making a memory of normal slices, exporting it with thresholds, and analysing with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from GANAnomalyLab.images import ImageSet
from GANAnomalyLab.train.export_model import export_model
from GANAnomalyLab.train.export_settings import ExportSettings
from GANAnomalyLab.train.loop.train_on_images import train
from GANAnomalyLab.train.run_models import snapshots
from GANAnomalyLab.train.trainer_kinds import find_trainer
from GANAnomalyLib.analysis.pipeline import run as analyse
from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.memory.load import MemoryModel
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.files import write_png
from GANAnomalyLib.models import registry
from GANAnomalyLib.running.progress import CancelToken, no_progress

SIDE, SMALL = 32, {"side": 64, "components": 6, "candidates": 12, "batch": 4}


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr(registry, "bundled_folders", lambda: [tmp_path / "bundled"])


def discs(patients: int = 6, slices: int = 5, seed: int = 0) -> ImageSet:
    """Grey pictures: a disc with a smaller, brighter one in it, and noise."""
    rng = np.random.default_rng(seed)
    rows, cols = np.mgrid[:SIDE, :SIDE]
    made = []
    for _ in range(patients * slices):
        radius, row = rng.uniform(10, 13), rng.uniform(14, 18)
        away = np.hypot(rows - row, cols - 16)
        made.append(20 + 100 * (away < radius) + 60 * (away < 0.4 * radius) + rng.normal(0, 4, (SIDE, SIDE)))
    pixels = np.clip(np.stack(made), 0, 255).astype(np.uint8)[:, None]
    return ImageSet.from_array(pixels, patients=np.arange(patients * slices) // slices)


def remember(
    folder: Path, progress=no_progress, cancel=None, images=None, say=lambda sentence: None, **changes
) -> Path:
    kind = find_trainer("memory")
    settings = kind.settings.read({**SMALL, "device": "cpu", "threads": 1, "out": str(folder), **changes})
    train(kind, settings, progress, cancel, say, discs())
    return snapshots(folder)[-1]


def test_a_memory_is_made_and_read(tmp_path):
    path = remember(tmp_path / "run")
    model = load_model(path)
    assert isinstance(model, MemoryModel)
    assert model.card.kind == "memory"
    assert len(model.bank.codes) == 30
    assert model.card.training["patients"] == 6
    assert float(model.bank.usual) > float(model.bank.common) > 0
    assert model.candidates == 12
    assert 0 < int(model.bank.apart.median()) < 255


def test_no_more_slices_than_asked_for_are_remembered(tmp_path):
    assert len(load_model(remember(tmp_path / "run", slices=9)).bank.codes) == 9


def test_a_stopped_one_goes_on_to_the_same_memory(tmp_path):
    whole = load_model(remember(tmp_path / "whole")).card.sha256
    cancel, said = CancelToken(), []

    def stop(fraction: float, message: object) -> None:
        if fraction > 0.5:
            cancel.cancel()

    with pytest.raises(Cancelled, match="the same command goes on"):
        remember(tmp_path / "run", stop, cancel)
    path = remember(tmp_path / "run", say=said.append)
    assert any(sentence.startswith("Going on from") for sentence in said)
    assert load_model(path).card.sha256 == whole


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"side": 72}, "multiple of 16"),
        ({"gpus": 2, "batch": 4}, "made by one process"),
        ({"slices": 2}, "slices"),
        ({"channels": 3}, "remembers grey images"),
    ],
)
def test_settings_that_cannot_be_are_told(tmp_path, changes, words):
    with pytest.raises(InputError, match=words):
        remember(tmp_path / "run", **changes)
    assert not (tmp_path / "run").exists()


def test_exported_with_thresholds_it_finds_what_normals_do_not_have(tmp_path):
    source = remember(tmp_path / "run")
    _, card = export_model(ExportSettings(str(source), name="mine", device="cpu"), normals=discs(seed=3))
    assert list(card.thresholds) == ["0.01", "0.02", "0.05"]
    assert card.thresholds["0.01"] >= card.thresholds["0.05"] > 0
    assert card.recommended["heatmap_threshold"] > 0
    assert "metric" not in card.recommended
    assert card.training["calibration"]["threshold_patients"] == 6
    assert "reference_slices" not in card.training["calibration"]
    results = []
    for number, marked in enumerate((False, True)):
        picture = discs(1, 1, seed=5).images[0, 0].copy()
        if marked:
            picture[18:23, 18:23] = 0
        write_png(tmp_path / f"{number}.png", picture)
        request = AnalysisRequest(
            str(tmp_path / f"{number}.png"), "mine", str(tmp_path / f"r{number}"), device="cpu", allow_any=True
        )
        results.append(analyse(request))
    normal, abnormal = results
    assert normal.manifest["slice_thresholds"] == card.thresholds
    for result in results:  # else a normal one would glow all over
        assert result.manifest["heatmap_threshold"] == card.recommended["heatmap_threshold"]
    assert abnormal.scores[0]["patch_score"] > card.thresholds["0.01"]
    assert abnormal.scores[0]["patch_score"] > 1.5 * normal.scores[0]["patch_score"]
    first = abnormal.findings[0]
    (c0, c1), (r0, r1), _ = first.box_ijk
    assert c0 <= 20 < c1
    assert r0 <= 20 < r1


def test_what_scores_by_itself_takes_no_other_score(tmp_path):
    source = remember(tmp_path / "run")
    with pytest.raises(InputError, match="scores by itself: leave --score and --patch-size out"):
        export_model(ExportSettings(str(source), name="mine", device="cpu", metric="wd"), normals=discs(seed=3))
