"""Small volumes, a small model for batches of real workers, and one batch that is finished."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from analysis import small

from GANAnomalyLib import AnalysisRequest, write_volume
from GANAnomalyLib.batch import find_cases, run_batch
from GANAnomalyLib.batch.batch_summary import BatchSummary, CaseRow
from GANAnomalyLib.batch.find_cases import Case
from GANAnomalyLib.running.messages import Message


@pytest.fixture(autouse=True)
def environment(model_folder, without_matplotlib, tmp_path, monkeypatch) -> None:
    """What workers inherit: small models only, one thread, no one-page picture."""
    values = {"GANANOMALY_MODELS": model_folder, "OMP_NUM_THREADS": 1}
    values |= dict.fromkeys(("HOME", "XDG_DATA_HOME", "LOCALAPPDATA"), tmp_path / "home")
    for name, value in values.items():
        monkeypatch.setenv(name, str(value))


@pytest.fixture(scope="session")
def studies(tmp_path_factory) -> Path:
    """Two CTs of two slices, one in the folder and one below it, and a file that is none. Nobody may change them."""
    folder = tmp_path_factory.mktemp("batch") / "Studien"
    write_volume(small.torso_crop(50, 2), folder / "Größe.nrrd")
    write_volume(small.torso_crop(60, 2), folder / "zwei" / "ct.nii.gz")
    (folder / "broken.nrrd").write_text("no image")
    return folder


TEMPLATE = AnalysisRequest("", model="encoder", steps=1, patch_size=6, top=3, device="cpu", metric="wd")


@pytest.fixture
def template() -> AnalysisRequest:
    return TEMPLATE


@dataclass
class Ran:
    """A batch by one worker: what it was given, what it said on the way, how many processes it started."""

    cases: list[Case]
    out: Path
    starts: Path
    summary: BatchSummary | None = None
    rows: list[CaseRow] = field(default_factory=list)
    progress: list[tuple[float, Message]] = field(default_factory=list)


@pytest.fixture(scope="session")
def once(studies, tmp_path_factory, model_folder, site) -> Ran:
    """The batch of the studies; each process that starts for it leaves a file."""
    own = tmp_path_factory.mktemp("once")
    made = Ran(find_cases(studies), own / "out", own / "starts")
    made.starts.mkdir()
    leaves = f"import os\nopen(os.path.join({str(made.starts)!r}, str(os.getpid())), 'w').close()\n"
    (own / "sitecustomize.py").write_text((site / "sitecustomize.py").read_text() + leaves)
    values = {"GANANOMALY_MODELS": model_folder, "OMP_NUM_THREADS": "1", "PYTHONPATH": own}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setenv(name, str(value))
        tell = lambda *told: made.progress.append(told)  # noqa: E731
        made.summary = run_batch(made.cases, TEMPLATE, made.out, progress=tell, on_result=made.rows.append)
    return made


@pytest.fixture
def finished(once, tmp_path) -> Path:
    """A copy of that batch's folder."""
    return shutil.copytree(once.out, tmp_path / "out")


@pytest.fixture
def nothing_runs(tmp_path) -> str:
    """A Python that cannot run anything: what needs no engine is done with it all the same."""
    return os.fspath(tmp_path / "no python")
