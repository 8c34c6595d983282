"""Result folders, review databases, and a PostgreSQL server of the tests' own."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from review import postgres_server

COUNT = 3


def write_result(folder: Path, fingerprint: str = "ab" * 32, **manifest) -> Path:
    """A small whole result of three findings."""
    folder.mkdir(parents=True, exist_ok=True)
    said = {
        "schema_version": 1,
        "fingerprint": fingerprint,
        "created": "2026-01-02T03:04:05+00:00",
        "settings": {"metric": "wd", "score_unit": "times usual", "detector": "memory"},
        "model": {"name": "demo", "title": "A demo", "hash": "cd" * 32},
        "input": {"hash": f"{fingerprint[:8]:0<64}", "modality": "CT"},
        "versions": {"gananomaly": "0.4.0"},
        **manifest,
    }
    findings = [
        {
            "rank": rank,
            "label": rank,
            "score": 4.0 - rank,
            "metric": "wd",
            "slice": 10 * rank,
            "slices": [10 * rank - 1, 10 * rank + 1],
            "box_ijk": [[0, 4], [0, 4], [0, 3]],
            "centre_ras": [1.5, -2.0, 30.0 * rank],
            "size_mm": [12.0, 12.0, 9.0],
        }
        for rank in range(1, COUNT + 1)
    ]
    (folder / "result.json").write_text(json.dumps(said), encoding="utf-8")
    (folder / "findings.json").write_text(json.dumps({"findings": findings}), encoding="utf-8")
    (folder / "scores.csv").write_text("slice,score,patch_score\n0,0.1,0.2\n")
    return folder


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path, monkeypatch) -> Path:
    """Nothing of the user's own is touched, and readers are who a test says."""
    home = tmp_path / "home"
    for name in ("XDG_DATA_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(name, str(home))
    for name in ("GANANOMALY_REVIEW", "GANANOMALY_SITE", "GANANOMALY_SITE_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GANANOMALY_READER", "Reader")
    return home


@pytest.fixture
def result(tmp_path) -> Path:
    return write_result(tmp_path / "result")


@pytest.fixture
def case(result):
    from GANAnomalyLib.review.store.case_facts import case_of_folder

    return case_of_folder(result)


@pytest.fixture
def database(tmp_path):
    pytest.importorskip("sqlalchemy")
    from GANAnomalyLib.review.store.review_database import ReviewDatabase

    with ReviewDatabase.open(tmp_path / "db" / "review.db", patience_s=20) as opened:
        yield opened


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a server on a socket in a scratch folder; its database "postgres" is there."""
    pytest.importorskip("psycopg")
    try:
        with postgres_server.started() as url:
            yield url
    except postgres_server.NoServer as error:
        pytest.skip(str(error))


_numbers = itertools.count()


@pytest.fixture
def server_url(server) -> str:
    """The URL of a new empty database on that server."""
    import psycopg

    name = f"reviews{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.replace("/postgres?", f"/{name}?")


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request, tmp_path):
    """A database of either kind, opened; what both must do alike."""
    pytest.importorskip("sqlalchemy")
    from GANAnomalyLib.review.store.review_database import ReviewDatabase

    place = tmp_path / "review.db" if request.param == "sqlite" else request.getfixturevalue("server_url")
    with ReviewDatabase.open(place, patience_s=20) as opened:
        yield opened


@pytest.fixture
def study(database, tmp_path):
    """A study of two readers, two conditions and four cases, assigned."""
    from review.study_made import HEAD, written

    from GANAnomalyLib.review.study.assign_readings import assign_study
    from GANAnomalyLib.review.study.study_design import read_design
    from GANAnomalyLib.review.study.study_record import create_study

    create_study(database, read_design(written(tmp_path)), HEAD, "plan")
    return assign_study(database, "heat", HEAD)
