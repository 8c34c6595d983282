"""A model's file is calibrated anew in place: other scores, the same weights, or nothing at all."""

from __future__ import annotations

import shutil

import pytest

from GANAnomalyLab.demo_models.calibrate import recalibrate
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.checkpoint.safetensor_files import read_safetensors
from GANAnomalyLib.models.registry import find_model, load_model


@pytest.mark.slow
def test_weights_stay_and_the_calibration_is_new(tmp_path):
    source, path = find_model("demo"), tmp_path / "copy.safetensors"
    shutil.copy(source, path)
    shutil.copy(source.with_suffix(".json"), path.with_suffix(".json"))
    before, card = read_safetensors(path), recalibrate(path, patients=2, stride=30, metric="mse")
    after = read_safetensors(path)
    weights = [name for name in before if not name.startswith("calibration.")]
    assert all((before[name] == after[name]).all() for name in weights)
    assert set(weights) == {name for name in after if not name.startswith("calibration.")}
    assert len(after["calibration.differences.means"]) == 2 * 4
    assert card.recommended["metric"] == "mse"
    levels = [card.recommended["heatmap_thresholds"][rate] for rate in ("0.05", "0.02", "0.01")]
    assert 0 < levels[0] <= levels[1] <= levels[2]
    assert ModelCard.read(path.with_suffix(".json")).sha256 == load_model(path).model_hash


def test_a_model_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="check the name"):
        recalibrate(tmp_path / "none.safetensors")
