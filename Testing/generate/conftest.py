"""A folder of small models, and where the user's own are not looked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from analysis import small

from GANAnomalyLab.generate.picture_maker import PictureMaker
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.stylegan2 import fast_projection


@pytest.fixture(scope="session")
def models(tmp_path_factory) -> Path:
    """ "full" and "encoder" have 32 pixels, "rgb" 64 and 3 classes, "classes" 16 and 3 classes, "two" 2 channels."""
    return small.write_models(tmp_path_factory.mktemp("models"))


@pytest.fixture(autouse=True)
def own_folders(models, tmp_path_factory, monkeypatch) -> None:
    monkeypatch.setenv("GANANOMALY_MODELS", str(models))
    for name in ("XDG_DATA_HOME", "LOCALAPPDATA", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path_factory.getbasetemp() / "nobody"))
    # Of random latents to start from; more only make tests slower.
    monkeypatch.setattr(fast_projection, "W_SAMPLES", 200)


@pytest.fixture
def full(models):
    """The 32-pixel model, loaded."""
    return load_model(models / "full.safetensors")


@pytest.fixture
def maker(full) -> PictureMaker:
    return PictureMaker(full, "cpu")
