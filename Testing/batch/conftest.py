"""Small volumes and a small model for batches of real workers."""

from __future__ import annotations

from pathlib import Path

import pytest
from analysis import small
from worker.conftest import WITHOUT_MATPLOTLIB

from GANAnomalyLib import AnalysisRequest, write_volume


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory) -> Path:
    return small.write_models(tmp_path_factory.mktemp("models"))


@pytest.fixture(autouse=True)
def environment(model_folder, tmp_path, monkeypatch) -> None:
    """What workers inherit: small models only, one thread, no one-page picture."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(WITHOUT_MATPLOTLIB)
    values = {"GANANOMALY_MODELS": model_folder, "OMP_NUM_THREADS": 1, "PYTHONPATH": tmp_path / "site"}
    values |= dict.fromkeys(("HOME", "XDG_DATA_HOME", "LOCALAPPDATA"), tmp_path / "home")
    for name, value in values.items():
        monkeypatch.setenv(name, str(value))


@pytest.fixture
def studies(tmp_path) -> Path:
    """Two CTs of two slices: one in the folder, one below it."""
    folder = tmp_path / "Studien"
    write_volume(small.torso_crop(50, 2), folder / "Größe.nrrd")
    write_volume(small.torso_crop(60, 2), folder / "zwei" / "ct.nii.gz")
    return folder


@pytest.fixture
def template() -> AnalysisRequest:
    return AnalysisRequest("", model="encoder", steps=1, patch_size=6, top=3, device="cpu", metric="wd")
