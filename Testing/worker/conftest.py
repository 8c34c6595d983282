"""A folder of small models, a small CT and requests, for workers in processes of their own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from analysis import small

from GANAnomalyLib import AnalysisRequest, write_volume
from GANAnomalyLib.worker import WorkerJob

PACKAGE = small.ROOT / "GANAnomaly"


@pytest.fixture(scope="session")
def crop(tmp_path_factory) -> Path:
    """Four slices of the torso as a file whose name is not plain."""
    return write_volume(small.torso_crop(), tmp_path_factory.mktemp("Müller, 2 Bilder") / "Größe 3.nrrd")


@pytest.fixture
def environment(tmp_path, model_folder, site) -> dict[str, str]:
    """Only the small models are known, one thread, no one-page picture, the user's folder is a scratch one."""
    scratch = dict.fromkeys(("HOME", "XDG_DATA_HOME", "LOCALAPPDATA"), str(tmp_path / "home"))
    paths = os.pathsep.join([str(PACKAGE), str(site)])
    return {**scratch, "GANANOMALY_MODELS": str(model_folder), "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}


@pytest.fixture
def ask(crop, tmp_path):
    """A request with one step; <tmp>/Ergebnis ä unless told otherwise."""

    def make(**changes) -> AnalysisRequest:
        settings = {"input": crop, "output": tmp_path / "Ergebnis ä", "model": "encoder", "steps": 1, "patch_size": 6}
        settings |= {"top": 3, "device": "cpu", "metric": "wd", **changes}
        return AnalysisRequest(**settings)

    return make


@pytest.fixture
def job(environment):
    """Make and start a job; every one is closed at the end."""
    made = []

    def make(request, **options) -> WorkerJob:
        variables = {**environment, **options.pop("environment", {})}
        made.append(WorkerJob(request, environment=variables, **options))
        made[-1].start()
        return made[-1]

    yield make
    for one in made:
        one.close()


def alive(pid: int) -> bool:
    """Whether a process runs (one that ended and waits to be fetched does not)."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
