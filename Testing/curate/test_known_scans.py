"""CTs that are not of the kind that a model knows are told from those that are."""

import csv
import os

import pytest
from analysis import small
from click.testing import CliRunner
from curate.conftest import fill

from GANAnomalyLab.curate.judged_rows import judge
from GANAnomalyLab.curate.rows import whole_rows
from GANAnomalyLib import write_volume
from GANAnomalyLib.cli.app import app


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A store of a torso that the model knows, a chest, and what is no CT at all."""
    monkeypatch.setenv("GANANOMALY_MODELS", str(small.write_knowing(tmp_path / "models")))
    (tmp_path / "in").mkdir()
    write_volume(small.torso_crop(), tmp_path / "in" / "torso.nii.gz")
    write_volume(small.chest_crop(), tmp_path / "in" / "chest.nii.gz")
    (tmp_path / "in" / "none.nii.gz").write_bytes(b"nothing")
    return fill(tmp_path / "store", tmp_path / "in", model="knowing", steps=2).folder


def listed(path, *words):
    done = CliRunner().invoke(app, ["curate", *map(str, words), str(path)])
    assert done.exit_code == 0, done.output
    with open(path, newline="", encoding="utf-8-sig") as file:
        return {os.path.basename(row["path"]).partition(".")[0]: row for row in csv.DictReader(file)}


def test_a_scan_of_another_part_of_the_body_is_told(store, tmp_path):
    table = whole_rows(store, ["domain", "warnings"]).to_pylist()
    found = {os.path.basename(row["path"]).partition(".")[0]: row for row in table}
    assert {name: row["domain"] for name, row in found.items()} == {"torso": "known", "chest": "unknown", "none": None}
    assert "like none that this model was made on" in found["chest"]["warnings"]
    judged = judge(store)
    flagged = dict(zip((row["path"] for row in table), judged.flags["unknown_scan"], strict=True))
    assert [path for path, odd in flagged.items() if odd] == [found["chest"]["path"]]
    assert judged.oddness[list(flagged).index(found["chest"]["path"])] >= 1


def test_the_next_program_is_told_which_scans_do_not_belong(store, tmp_path):
    left = listed(tmp_path / "left.csv", "export", store, "--checks", "unknown_scan", "--reject")
    assert {name: row["why"] for name, row in left.items()} == {"chest": "unknown_scan"}
    ranked = listed(tmp_path / "ranked.csv", "rank", store, "--csv")
    assert {name: row["domain"] for name, row in ranked.items()} == {"torso": "known", "chest": "unknown"}


def test_without_a_verdict_nothing_is_said_of_scans(film_store):
    assert not {"unknown_scan", "unusual_scan"} & set(judge(film_store).flags)
