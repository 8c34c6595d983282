"""A small model, small sets of real slices with known lesions, and one study of them that real workers ran."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from analysis import small

from GANAnomalyLab.evaluate.study import Configuration, StudyTables, run_study
from GANAnomalyLab.evaluate.study.find_study_cases import find_study_cases
from GANAnomalyLib import Volume, write_volume
from GANAnomalyLib.analysis import draw_result
from GANAnomalyLib.detectors.stylegan2 import fast_projection

REQUEST = {"model": "encoder", "steps": 0, "patch_size": 6, "top": 4, "device": "cpu"}
CONFIGURATIONS = [Configuration(metric, {**REQUEST, "metric": metric}) for metric in ("wd", "mse")]


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory) -> Path:
    return small.write_models(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session", autouse=True)
def environment(model_folder, tmp_path_factory):
    """What this process and its workers see: small models only, one thread."""
    home = tmp_path_factory.mktemp("home")
    values = {"GANANOMALY_MODELS": model_folder, "OMP_NUM_THREADS": 1}
    values |= dict.fromkeys(("HOME", "XDG_DATA_HOME", "LOCALAPPDATA"), home)
    before = {name: os.environ.get(name) for name in values}
    os.environ.update({name: str(value) for name, value in values.items()})
    yield
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value


@pytest.fixture(autouse=True)
def few_samples(monkeypatch) -> None:
    monkeypatch.setattr(fast_projection, "W_SAMPLES", 200)


@pytest.fixture(autouse=True, scope="session")
def no_summaries():
    """The one-page picture of a result takes most of a small run; workers leave it out as well."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(draw_result, "draw", lambda *given: None)
        yield


def with_metal(volume: Volume, slices: slice, rows: slice, cols: slice) -> tuple[Volume, Volume]:
    """A block of 2000 HU put into a volume, and its mask; indices are the file's own (k, j, i)."""
    voxels, mask = volume.voxels.copy(), np.zeros(volume.voxels.shape, np.uint8)
    voxels[slices, rows, cols], mask[slices, rows, cols] = 2000, 1
    return volume.like(voxels), volume.like(mask)


def make_sets(folder: Path) -> Path:
    """normals/ (three volumes of two slices), metal/ (two of three slices, metal in two of them) and masks/."""
    for number in range(3):
        write_volume(small.torso_crop(40 + 12 * number, 2), folder / "normals" / f"n{number}.nii.gz")
    for number in range(2):
        whole = small.torso_crop(45 + 12 * number, 3)
        volume, mask = with_metal(whole, np.s_[1:3], np.s_[22:28], np.s_[28:34])
        write_volume(volume, folder / "metal" / f"m{number}.nii.gz")
        write_volume(mask, folder / "masks" / "metal" / f"m{number}_mask.nii.gz")
    return folder


def cases_of(folder: Path, **options):
    return find_study_cases([folder / "normals"], {"metal": [folder / "metal"]}, folder / "masks", **options)


@pytest.fixture(scope="session")
def sets(tmp_path_factory) -> Path:
    return make_sets(tmp_path_factory.mktemp("sets"))


@pytest.fixture(scope="session")
def study(sets, environment, tmp_path_factory) -> tuple[Path, StudyTables]:
    """The folder and tables of a finished study; tests copy the folder before they change it."""
    out = tmp_path_factory.mktemp("study") / "out"
    return out, run_study(cases_of(sets), CONFIGURATIONS, out, workers=2)
