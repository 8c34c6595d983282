"""A store's volumes on the readers' list, and their verdicts back as marks."""

import json

import nibabel
import numpy as np
import pytest
from click.testing import CliRunner
from curate.conftest import fill
from curate.drawn import write_chests

pytest.importorskip("sqlalchemy")
pytest.importorskip("alembic")

from review.store_writer import made_case

from GANAnomalyLab.curate.marks import ACCEPTED, REJECTED, read_marks
from GANAnomalyLib.cli.app import app
from GANAnomalyLib.review.store.case_rows import put_case
from GANAnomalyLib.review.store.listed_scans import put_analysed
from GANAnomalyLib.review.store.reader_name import ReaderName
from GANAnomalyLib.review.store.record_decisions import record_verdict
from GANAnomalyLib.review.store.review_database import ReviewDatabase
from GANAnomalyLib.review.store.row_writing import Stamp

ONE = ReaderName("One")


@pytest.fixture
def store(tmp_path):
    """Three CTs and a picture."""
    draws = np.random.default_rng(0)
    (tmp_path / "in").mkdir()
    for number in range(3):
        body = np.full((24, 24, 3), -1000.0)
        body[5:20, 5:20] = 40 + 20 * draws.standard_normal((15, 15, 3))
        image = nibabel.Nifti1Image(body.astype(np.int16), np.diag([2.0, 2, 3, 1]))
        nibabel.save(image, tmp_path / "in" / f"ct{number}.nii.gz")
    write_chests(tmp_path / "in", 1, 32)
    return fill(tmp_path / "store", tmp_path / "in").folder


def run(*words):
    done = CliRunner().invoke(app, ["curate", "worklist", *map(str, words), "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_volumes_wait_for_readers_once(store, tmp_path):
    database = tmp_path / "review.db"
    assert run(store, "--top", 2, "--database", database)["new"] == 2
    again = run(store, "--database", database)
    assert (again["new"], again["wait"]) == (1, 2)


def test_verdicts_come_back_as_marks(store, tmp_path):
    place = tmp_path / "review.db"
    run(store, "--database", place)
    with ReviewDatabase.open(str(place)) as database:
        for number, word in enumerate(("normal", "abnormal")):
            case = made_case(number, 1)
            database.write(lambda connection, case=case: put_case(connection, case, ONE, Stamp.now("x")))
            scan = tmp_path / "in" / f"ct{number}.nii.gz"
            database.write(
                lambda connection, case=case, scan=scan: put_analysed(connection, scan, case.id, Stamp.now("x"))
            )
            record_verdict(database, case, word, ONE)
    assert run(store, "--back", "--database", place)["marks"] == 2
    assert sorted(read_marks(store).values()) == [ACCEPTED, REJECTED]
    assert run(store, "--back", "--database", place)["marks"] == 0
    assert run(store, "--database", tmp_path / "other.db")["new"] == 1


def test_what_has_no_volumes_is_said(tmp_path):
    store = fill(tmp_path / "store", *write_chests(tmp_path / "in", 2, 32)).folder
    done = CliRunner().invoke(app, ["curate", "worklist", str(store), "--database", str(tmp_path / "r.db")])
    assert done.exit_code == 2
    assert "no volume that is wanted" in done.output
