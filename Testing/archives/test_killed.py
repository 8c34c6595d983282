"""kill -9 of a watch at any moment: the same again goes on, and everything has been done once in the end."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest
from archives.made_series import write_series
from places import PACKAGES, ROOT

AROUND_WORKLIST = ("before keep", "after keep")
MOMENTS = (
    *("after studies", "before take", "after take", "before retrieve", "fetching_images", "after retrieve"),
    *("before step", "fetched", "explaining_slices", "writing_result", *AROUND_WORKLIST, "analysed"),
    *("before make", "after make"),
    *("before begin_sending", "after begin_sending", "before store", "after store", "before end_sending"),
    *("after end_sending", "sent"),
)


class Place:
    """A folder in which a watch runs as a process of its own, again and again."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder, self.address = folder, address
        self.created: dict[str, set[str]] = {}
        self.review = folder / "review.db" if find_spec("sqlalchemy") and find_spec("alembic") else None

    def start(self, fatal: str = "") -> subprocess.Popen:
        (self.folder / "settings.json").write_text(json.dumps({"address": self.address, "fatal": fatal}))
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([os.environ["PYTHONPATH"], PACKAGES])}
        environment["PYTHONPATH"] += os.pathsep + str(ROOT / "Testing")
        if self.review is not None:
            environment["GANANOMALY_REVIEW"] = str(self.review)
        program = [sys.executable, str(Path(__file__).with_name("watched.py")), str(self.folder)]
        return subprocess.Popen(program, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def look(self) -> None:
        """Remember which results are there: none may ever be made anew."""
        for path in self.folder.glob("out/results/*/result.json"):
            self.created.setdefault(path.parent.name, set()).add(json.loads(path.read_text())["created"])

    def stored(self) -> Counter:
        path = self.folder / "stored.txt"
        return Counter(path.read_text().split()) if path.exists() else Counter()


@pytest.fixture
def place(tmp_path, orthanc) -> Place:
    orthanc.put(write_series(tmp_path / "in", study=1, count=2))
    (tmp_path / "run").mkdir()
    return Place(tmp_path / "run", orthanc.web)


def check(place: Place, orthanc, studies: int) -> None:
    """Every study analysed once, and one object of each sent, once."""
    assert len(place.created) == studies
    assert all(len(made) == 1 for made in place.created.values())
    assert orthanc.modalities() == ["CT"] * studies + ["OT"] * studies
    sent = set(orthanc.instances())
    stored = place.stored()
    assert set(stored) <= sent
    assert set(stored.values()) == {1}
    assert len(stored) == studies
    if place.review is not None:
        check_worklist(place)


def check_worklist(place: Place) -> None:
    """Every result is on the worklist once, with its images."""
    import sqlalchemy as sa

    from GANAnomalyLib.review.store.listed_scans import scans_of
    from GANAnomalyLib.review.store.reader_name import ReaderName
    from GANAnomalyLib.review.store.review_database import ReviewDatabase
    from GANAnomalyLib.review.store.review_tables import result_folder
    from GANAnomalyLib.review.worklist import worklist

    with ReviewDatabase.open(place.review, create=False) as database, database.reading() as connection:
        found = worklist(connection, ReaderName("Reader"))
        assert sorted(case.name for case in found.cases) == sorted(place.created)
        assert {case.state for case in found.cases} == {"to read"}
        for case in found.cases:
            assert case.score is not None
            (images,) = scans_of(connection, case.key)
            assert len(list(Path(images).glob("*.dcm"))) == 2
        folders = connection.execute(sa.select(sa.func.count()).select_from(result_folder)).scalar_one()
    assert folders == len(place.created)


@pytest.mark.slow
@pytest.mark.minutes
def test_killed_around_the_worklist_each_result_is_on_it_once(place, orthanc):
    pytest.importorskip("alembic")
    for moment in (*AROUND_WORKLIST, ""):
        process = place.start(moment)
        _, said = process.communicate(timeout=300)
        assert process.returncode == (-9 if moment else 0), said.decode()
        place.look()
    check(place, orthanc, 1)


@pytest.mark.slow
@pytest.mark.minutes
def test_killed_at_every_step_of_the_way_it_does_everything_once(place, orthanc):
    for moment in MOMENTS:
        process = place.start(moment)
        _, said = process.communicate(timeout=300)
        assert process.returncode in (0, -9), said.decode()
        place.look()
        assert process.returncode == -9, f"{moment} did not come"
    process = place.start()
    told, said = process.communicate(timeout=300)
    assert (process.returncode, told.decode().split()) == (0, ["sent"]), said.decode()
    place.look()
    check(place, orthanc, 1)


@pytest.mark.minutes
@pytest.mark.slow
def test_killed_fifty_times_at_random_it_does_everything_once(place, orthanc, tmp_path):
    chance = random.Random(5)
    for study in range(2, 4):
        orthanc.put(write_series(tmp_path / f"in{study}", study=study, count=2))
    kills, studies = 0, 3
    while kills < 50:
        process = place.start()
        try:
            # Half of them while it looks, fetches and starts the engine, half while that works and it sends.
            process.communicate(timeout=chance.uniform(0.3, 3.0) if kills % 2 else chance.uniform(3.0, 20.0))
            if process.returncode == 0:
                place.look()
                studies += 1
                orthanc.put(write_series(tmp_path / f"in{studies}", study=studies, count=2))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            kills += 1
        place.look()
    process = place.start()
    assert process.wait(600) == 0
    place.look()
    check(place, orthanc, len(place.created))
    assert len(orthanc.rest("/studies")) == len(place.created)
