"""A folder of small models, and requests that use them."""

from __future__ import annotations

from pathlib import Path

import pytest
from analysis import small

from GANAnomalyLib import AnalysisRequest, write_volume
from GANAnomalyLib.detectors.stylegan2 import fast_projection


@pytest.fixture(autouse=True)
def models(model_folder, tmp_path_factory, monkeypatch) -> Path:
    """Only the small models are known, whatever is installed here."""
    monkeypatch.setenv("GANANOMALY_MODELS", str(model_folder))
    for name in ("XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path_factory.getbasetemp() / "nobody"))
    return model_folder


@pytest.fixture
def pictures() -> None:
    """For tests that want the one-page picture too."""


@pytest.fixture(autouse=True)
def quick(request) -> None:
    """Most tests do without the one-page picture."""
    if "pictures" not in request.fixturenames:
        request.getfixturevalue("without_matplotlib")


@pytest.fixture(autouse=True)
def few_samples(monkeypatch) -> None:
    """Of random latents to start from; more only make tests slower."""
    monkeypatch.setattr(fast_projection, "W_SAMPLES", 200)


@pytest.fixture(scope="session")
def crop(tmp_path_factory) -> Path:
    """Four slices of the torso as a file."""
    return write_volume(small.torso_crop(), tmp_path_factory.mktemp("crop") / "torso.nii.gz")


@pytest.fixture
def ask(crop, tmp_path):
    """A request with few steps; the crop and <tmp>/result unless told otherwise."""

    def make(**changes) -> AnalysisRequest:
        settings = {"input": crop, "output": tmp_path / "result", "model": "encoder", "steps": 2, "patch_size": 6}
        settings |= {"top": 4, "device": "cpu", **changes}
        return AnalysisRequest(**settings)

    return make
