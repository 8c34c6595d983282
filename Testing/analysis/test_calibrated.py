"""Scores in times what is usual, and what the manifest says of them, with and without calibration."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from analysis import small

from GANAnomalyLib import read_volume, run
from GANAnomalyLib.analysis.prepare import as_on_card
from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.score_units import CALIBRATED
from GANAnomalyLib.models.store import save_model
from GANAnomalyLib.results.segmentation_file import segment_name
from GANAnomalyLib.score.calibration import Calibration

PATCH = 6
THRESHOLDS = {"0.01": 3.5, "0.05": 2.5}


@pytest.fixture
def knowing(tmp_path, monkeypatch):
    """A model that knows what is usual: twice as much in the upper half of its pictures."""
    side = small.SIZE - PATCH + 1
    usual = np.full((1, side, side), 20.0)
    usual[:, : side // 2] = 40.0
    normal = np.full((1, small.SIZE, small.SIZE), 128, np.uint8)
    arrays = Calibration.from_normals(normal, usual, PATCH).tensors("wd", PATCH)
    tensors = {f"G_ema.{name}": value for name, value in small.generator_tensors().items()}
    tensors |= {f"calibration.{name}": torch.from_numpy(array) for name, array in arrays.items()}
    facts = {"resolution": small.SIZE, "window": small.WINDOW, "level": small.LEVEL, "thresholds": THRESHOLDS}
    card = ModelCard("knowing", recommended={"metric": "wd", "patch_size": PATCH, "heatmap_threshold": 2.0}, **facts)
    folder = tmp_path / "knowing"
    folder.mkdir()
    save_model(folder / "knowing.safetensors", tensors, card)
    monkeypatch.setenv("GANANOMALY_MODELS", str(folder))
    return "knowing"


def test_calibrated_scores_are_told_as_such_and_raw_ones_too(ask, knowing, tmp_path):
    usual = run(ask(model=knowing, output=tmp_path / "usual"))
    raw = run(ask(model=knowing, output=tmp_path / "raw", calibrate=False))
    assert usual.manifest["settings"]["score_unit"] == CALIBRATED
    assert raw.manifest["settings"]["score_unit"] == "grey levels (0-255)"
    assert usual.manifest["slice_thresholds"] == THRESHOLDS
    assert usual.manifest["heatmap_threshold"] == 2.0
    # Thresholds in times what is usual say nothing about grey levels.
    assert raw.manifest["slice_thresholds"] == {}
    assert raw.manifest["heatmap_threshold"] != 2.0
    assert [row["score"] for row in usual.scores] == [row["score"] for row in raw.scores]
    assert usual.scores[0]["patch_score"] != raw.scores[0]["patch_score"]
    restored = [read_volume(one.path("reconstruction"), allow_any=True).voxels for one in (usual, raw)]
    assert np.array_equal(*restored)
    for result, unit in ((usual, CALIBRATED), (raw, "grey levels (0-255)")):
        header = result.path("findings_segmentation").read_bytes()[:20_000].decode("latin-1")
        assert f"Segment0_Name:={segment_name(result.findings[0], unit)}" in header


def test_thresholds_belong_to_the_cards_own_metric_and_patch_size(ask, knowing, tmp_path):
    for name, change in (("mse", {"metric": "mse"}), ("patch", {"patch_size": 8})):
        result = run(ask(model=knowing, output=tmp_path / name, **change))
        assert result.manifest["slice_thresholds"] == {}
        assert result.manifest["settings"]["score_unit"] != CALIBRATED


@pytest.mark.parametrize(
    ("kind", "recommended", "asked", "same"),
    [
        ("stylegan2", {"metric": "wd", "patch_size": 8}, {}, True),
        ("stylegan2", {"metric": "wd", "patch_size": 8}, {"calibrate": False}, False),
        ("stylegan2", {}, {}, False),
        ("picard", {"metric": "wd", "patch_size": 8}, {}, True),
        ("picard", {"metric": "mse", "patch_size": 8}, {}, False),
        ("memory", {}, {}, True),
        ("memory", {}, {"settings": {"candidates": 9}}, False),
    ],
)
def test_thresholds_are_of_scores_made_in_the_same_way(kind, recommended, asked, same):
    card = ModelCard("small", kind=kind, recommended=recommended)
    assert as_on_card(AnalysisRequest("ct.nrrd", **asked), card, "wd", 8) == same
