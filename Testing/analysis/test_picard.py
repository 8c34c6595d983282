"""A detector that scores windows itself, through the whole pipeline."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from analysis import small

from GANAnomalyLib import CancelToken, run, write_volume
from GANAnomalyLib.detectors.picard.load import PicardModel
from GANAnomalyLib.detectors.picard.network import Critic, Inpainter, save_picard
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.registry import load_model
from GANAnomalyLib.models.store import save_model
from GANAnomalyLib.score.calibration import Calibration
from GANAnomalyLib.volume import Volume, read_volume

SETTINGS = {"stride": 8, "completions": 2, "skip_background": False}


@pytest.fixture
def model(tmp_path):
    torch.manual_seed(0)
    networks = PicardModel(Inpainter(1, 4), Critic(1, 4, 16), Critic(1, 4, 32), 32, 16)
    save_picard(tmp_path / "p.safetensors", networks, ModelCard("p", resolution=48, window=350.0, level=50.0))
    return tmp_path / "p.safetensors"


@pytest.fixture
def asked(ask, model, tmp_path):
    """A CT of four slices with one bright spot in the third."""
    crop = small.torso_crop(count=4)
    voxels = crop.voxels.copy()
    voxels[2, 22:28, 30:36] = 1500
    path = write_volume(Volume(voxels, crop.ijk_to_ras), tmp_path / "spot.nrrd")
    return lambda **changes: ask(**{"input": path, "model": model, "settings": SETTINGS, "top": 3, **changes})


def test_scores_heat_and_findings_are_the_detectors(asked, tmp_path):
    result = run(asked(output=tmp_path / "out"))
    settings = result.manifest["settings"]
    assert (settings["metric"], settings["patch_size"], settings["detector"]) == ("mcd_image", 16, "picard")
    assert "L2" in settings["score_unit"]
    assert result.manifest["slice_thresholds"] == {}
    heat = read_volume(str(result.path("heatmap")), allow_any=True)
    original = read_volume(str(tmp_path / "spot.nrrd"))
    assert heat.voxels.shape == original.voxels.shape
    assert np.allclose(heat.ijk_to_ras, original.ijk_to_ras)
    assert heat.voxels.max() > 0
    assert result.findings
    assert {finding.metric for finding in result.findings} == {"mcd_image"}
    highest = max(result.scores, key=lambda row: row["patch_score"])
    assert result.findings[0].score == pytest.approx(highest["patch_score"])
    assert result.findings[0].slice == highest["slice"]
    assert (result.folder / result.findings[0].patch_picture).is_file()


def test_a_stopped_run_goes_on_to_the_same_numbers(asked, tmp_path):
    token = CancelToken()

    def stop(fraction: float, message: str) -> None:
        if fraction > 0.4:
            token.cancel()

    with pytest.raises(Cancelled):
        run(asked(output=tmp_path / "out"), stop, token)
    heard = []
    again = run(asked(output=tmp_path / "out"), lambda fraction, message: heard.append(message))
    assert any("Resumed" in text for text in again.manifest["warnings"])
    whole = run(asked(output=tmp_path / "whole"))
    for name in ("heatmap", "reconstruction", "scores", "findings"):
        assert again.path(name).read_bytes() == whole.path(name).read_bytes()
    assert any("window" in message for message in heard)


def test_the_wrong_detector_for_a_model_is_refused(asked, ask, tmp_path):
    for request in (asked(detector="stylegan2", settings={}), ask(detector="picard", model="full")):
        with pytest.raises(InputError, match="cannot use"):
            run(request)


def test_a_setting_that_it_does_not_have_is_named(asked, tmp_path):
    with pytest.raises(InputError, match="strides"):
        run(asked(output=tmp_path / "out", settings={"strides": 4}))
    assert not (tmp_path / "out").exists()
    assert json.dumps(asked().to_dict())


def test_a_restored_volume_is_scored_as_any_reconstruction(asked, tmp_path):
    settings = {**SETTINGS, "score": "restoration"}
    result = run(asked(output=tmp_path / "out", settings=settings, metric="mse", patch_size=8))
    stated = result.manifest["settings"]
    assert (stated["metric"], stated["patch_size"], stated["detector"]) == ("mse", 8, "picard")
    assert {finding.metric for finding in result.findings} == {"mse"}
    token = CancelToken()

    def stop(fraction: float, message: str) -> None:
        if fraction > 0.4:
            token.cancel()

    with pytest.raises(Cancelled):
        run(asked(output=tmp_path / "again", settings=settings, metric="mse", patch_size=8), stop, token)
    again = run(asked(output=tmp_path / "again", settings=settings, metric="mse", patch_size=8))
    for name in ("heatmap", "reconstruction", "scores", "findings"):
        assert again.path(name).read_bytes() == result.path(name).read_bytes()


def test_a_restored_volume_counts_in_what_is_usual_where_the_model_knows_it(asked, model, tmp_path):
    loaded = load_model(model)
    pictures = np.random.default_rng(0).integers(0, 255, (6, 48, 48), dtype=np.uint8)
    maps = np.random.default_rng(1).random((6, 41, 41), dtype=np.float32)
    arrays = Calibration.from_normals(pictures, maps, 8).tensors("wd", 8)
    tensors = loaded.extras["picard"].state()
    tensors |= {f"calibration.{name}": torch.from_numpy(array) for name, array in arrays.items()}
    recommended = {"metric": "wd", "patch_size": 8, "picard": {**SETTINGS, "score": "restoration"}}
    card = ModelCard("c", "picard", resolution=48, architecture=loaded.card.architecture, recommended=recommended)
    save_model(tmp_path / "c.safetensors", tensors, card)
    result = run(asked(output=tmp_path / "out", model=tmp_path / "c.safetensors", settings={}, patch_size=8))
    assert "times what is usual" in result.manifest["settings"]["score_unit"]
    plain = run(
        asked(output=tmp_path / "plain", model=tmp_path / "c.safetensors", settings={}, patch_size=8, calibrate=False)
    )
    assert "times" not in plain.manifest["settings"]["score_unit"]
