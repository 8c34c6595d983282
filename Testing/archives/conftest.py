"""A real archive, credentials in the environment, and small models for watches."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import pytest
from archives import places_of_orthanc
from archives.places_of_orthanc import PASSWORD, USER, Orthanc

from GANAnomalyLib.archives.connection import Connection
from GANAnomalyLib.archives.open_archive import open_archive

if not all(find_spec(name) for name in ("dicomweb_client", "pynetdicom")):  # the extra pacs
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(autouse=True)
def environment(model_folder, without_matplotlib, tmp_path, monkeypatch) -> None:
    """Known credentials, small models only, one thread, no one-page picture."""
    values = {"GANANOMALY_PACS_USER": USER, "GANANOMALY_PACS_PASSWORD": PASSWORD}
    values |= {"GANANOMALY_MODELS": str(model_folder), "OMP_NUM_THREADS": "1"}
    values |= dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "LOCALAPPDATA"), os.fspath(tmp_path / "home"))
    for name in ("GANANOMALY_PACS", "GANANOMALY_PACS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in values.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def one_orthanc(tmp_path_factory):
    with places_of_orthanc.running(tmp_path_factory.mktemp("orthanc")) as orthanc:
        yield orthanc


@pytest.fixture
def orthanc(one_orthanc) -> Orthanc:
    """An empty Orthanc that runs."""
    one_orthanc.empty()
    return one_orthanc


@pytest.fixture
def reach():
    """Opens an archive at an address, asking at most twice and hardly waiting; closes it at the end."""
    opened = []

    def make(address: str, **more):
        archive = open_archive(Connection(archive=address, **{"tries": 2, "pause": 0.01, "timeout": 20.0, **more}))
        opened.append(archive)
        return archive

    yield make
    for archive in opened:
        archive.close()


@pytest.fixture
def web(orthanc, reach):
    return reach(orthanc.web)


@pytest.fixture
def dimse(orthanc, reach):
    return reach(orthanc.dimse)


@pytest.fixture(params=["web", "dimse"])
def archive(request):
    """The same archive in both ways."""
    return request.getfixturevalue(request.param)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
