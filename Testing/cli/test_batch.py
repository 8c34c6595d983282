"""``gananomaly batch`` as a person meets it."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pydicom
import pytest
from analysis import small
from click.testing import CliRunner
from waiting import until

from GANAnomalyLib import write_volume
from GANAnomalyLib.cli.app import app
from GANAnomalyLib.results.result import AnalysisResult
from GANAnomalyLib.volume import hash_volume, read_volume

DATA = Path(__file__).parents[1] / "data"
QUICK = ["--model", "encoder", "--steps", "1", "--patch-size", "6", "--device", "cpu"]


@pytest.fixture
def studies(tmp_path, model_folder, without_matplotlib, monkeypatch) -> Path:
    for name, value in {"GANANOMALY_MODELS": model_folder, "OMP_NUM_THREADS": 1}.items():
        monkeypatch.setenv(name, str(value))
    write_volume(small.torso_crop(50, 2), tmp_path / "studies" / "one.nrrd")
    return tmp_path / "studies"


def batch(*arguments):
    return CliRunner().invoke(app, ["batch", *map(str, arguments)])


def test_a_table_a_summary_and_a_sheet(studies, tmp_path):
    out = tmp_path / "out"
    done = batch(studies, "--out", out, *QUICK, "--slices", "0:1", "--top", 2)
    assert done.exit_code == 0, done.output
    assert "one" in done.stdout
    assert "1 done." in done.stdout
    assert str(out / "contact_sheet.png") in done.stdout
    assert (out / "one" / "heatmap.nrrd").is_file()

    (studies / "bad.nrrd").write_text("no image")
    again = batch(studies, "--out", out, *QUICK, "--slices", "0:1", "--top", 2, "--json")
    data = json.loads(again.stdout)
    assert again.exit_code == 1
    assert {row["case"]: row["status"] for row in data["cases"]} == {"bad": "failed", "one": "reused"}
    assert data["cases"][1]["findings"] <= 2
    assert Path(data["summary"]).is_file()


def test_nothing_usable(studies, tmp_path):
    (studies / "one.nrrd").write_text("no image any more")
    done = batch(studies, "--out", tmp_path / "out", *QUICK)
    assert done.exit_code == 2
    assert "Failed: one:" in done.stdout
    assert batch(tmp_path / "nowhere", "--out", tmp_path / "out").exit_code == 2
    assert batch(studies, "--out", tmp_path / "out", "--model", "nobody").exit_code == 2
    assert batch("--out", tmp_path / "out").exit_code == 2
    assert batch(studies, "--out", tmp_path / "out", "--region", "mask").exit_code == 2


@pytest.mark.slow
def test_what_waits_on_the_worklist_is_analysed_stands_there_with_its_score_and_opens(studies, tmp_path, monkeypatch):
    """With a model that comes along, as a person does it: register, analyse, list, open."""
    for package in ("sqlalchemy", "alembic", "vtkmodules"):
        pytest.importorskip(package)
    from GANAnomalyLib.review.store.reader_name import ReaderName
    from GANAnomalyLib.review.store.review_database import ReviewDatabase
    from GANAnomalyLib.review.worklist import Wanted, place_of, worklist
    from GANAnomalyLib.scene.read_case import read_case

    monkeypatch.setenv("GANANOMALY_REVIEW", str(tmp_path / "review.db"))
    CliRunner().invoke(app, ["worklist", "add", str(studies)])

    def listed() -> list[dict]:
        return json.loads(CliRunner().invoke(app, ["worklist", "--json"]).stdout)["cases"]

    assert [(case["state"], case["score"]) for case in listed()] == [("to analyse", None)]
    done = batch("--worklist", "--out", tmp_path / "out", "--model", "demo_memory", "--device", "cpu", "--json")
    assert done.exit_code == 0, done.output
    (row,) = json.loads(done.stdout)["cases"]
    (case,) = listed()
    result = AnalysisResult.read(tmp_path / "out" / row["result"])
    assert len(result.findings) > 0
    assert case["score"] == pytest.approx(max(one.score for one in result.findings))
    assert (case["state"], case["folder"]) == ("to read", str(result.folder))
    with ReviewDatabase.open() as database, database.reading() as connection:
        (found,) = worklist(connection, ReaderName("Reader"), Wanted("to read")).cases
        place, scans = place_of(connection, ReaderName("Reader"), found)
    opened = read_case(place, scans)
    assert hash_volume(opened.volume) == hash_volume(read_volume(studies / "one.nrrd"))
    assert len(opened.opened.result.findings) == len(result.findings)
    again = batch("--worklist", "--out", tmp_path / "out", "--model", "demo_memory", "--device", "cpu")
    assert "Nothing on the worklist waits" in again.output


def test_both_commands_share_their_options():
    shared = {
        "--model",
        "--metric",
        "--slices",
        "--device",
        "--steps",
        "--no-calibration",
        "--set",
        "--force",
        "--json",
    }
    for name in ("analyze", "batch"):
        text = CliRunner().invoke(app, [name, "--help"]).stdout
        assert not {option for option in shared if option not in text}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
def test_ctrl_c_stops_it_with_the_table_whole(studies, tmp_path):
    out = tmp_path / "out"
    slow = [*QUICK[:2], "--steps", "100000", "--set", "stop=0", "--device", "cpu"]
    command = [sys.executable, "-m", "GANAnomalyLib", "batch", studies, "--out", out, *slow]
    process = subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    until(lambda: process.poll() is not None or (out / "one.partial").exists())
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate()
    assert process.returncode == 130, errors
    assert "the same command goes on" in said
    assert "Traceback" not in errors
    assert "one,cancelled" in (out / "summary.csv").read_text(encoding="utf-8-sig")


@pytest.mark.slow
def test_a_series_is_chosen_in_every_folder(studies, tmp_path):
    """By DICOM's own number, which is another one in each listing; a folder without it fails and says what is there."""
    shutil.rmtree(studies)
    for patient, numbers in {"a": (2, 4), "b": (4, 5), "c": (2, 5)}.items():
        for number in numbers:
            _series(studies / patient, number)
    out = tmp_path / "out"
    arguments = (studies, "--out", out, *QUICK, "--slices", "0:1", "--json")
    rows = {row["case"]: row for row in json.loads(batch(*arguments, "--series", 4).stdout)["cases"]}
    assert [rows[name]["status"] for name in "abc"] == ["done", "done", "failed"]
    assert (
        "There is no series with the DICOM number 4; there are: 1: CT, 2 images, 2: CT, 2 images"
        in rows["c"]["message"]
    )
    assert "Phase" not in rows["c"]["message"]
    taken = [AnalysisResult.read(out / name).manifest["input"]["hash"] for name in "ab"]
    assert taken == [hash_volume(read_volume(studies / name, "phase 4")) for name in "ab"]


def _series(folder: Path, number: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for place, path in enumerate(sorted((DATA / "ct_head_tilt").iterdir())[:2]):
        dataset = pydicom.dcmread(path)
        dataset.SeriesInstanceUID, dataset.SeriesNumber = f"2.25.{number}", number
        dataset.SeriesDescription = f"Phase {number}"
        dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = f"2.25.{number}.{place}"
        dataset.RescaleIntercept = float(dataset.RescaleIntercept) + number  # so that each has voxels of its own
        dataset.save_as(folder / f"{number}_{path.name}")
