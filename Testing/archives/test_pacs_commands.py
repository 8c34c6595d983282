"""``gananomaly pacs`` as a person meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from archives.conftest import names
from archives.made_series import ROOT, write_series
from archives.places_of_orthanc import PASSWORD
from click.testing import CliRunner

from GANAnomalyLib.cli.app import app
from GANAnomalyLib.results.result import AnalysisResult

QUICK = ["--model", "encoder", "--steps", "1", "--patch-size", "6", "--device", "cpu"]


@pytest.fixture
def pacs(orthanc, monkeypatch):
    monkeypatch.setenv("GANANOMALY_PACS", orthanc.web)

    def call(*arguments):
        done = CliRunner().invoke(app, ["pacs", *map(str, arguments)])
        assert PASSWORD not in done.output
        return done

    return call


@pytest.fixture
def filled(orthanc, tmp_path):
    write_series(tmp_path / "in", study=1, series=1, count=3)
    write_series(tmp_path / "in", study=1, series=2, count=2, description="Leber")
    orthanc.put(tmp_path / "in")


def test_query_lists_studies_and_names_patients_only_where_asked(filled, pacs):
    done = pacs("query", "--modality", "CT")
    assert done.exit_code == 0, done.output
    assert "2026-01-02" in done.stdout
    assert f"{ROOT}.1" in "".join(done.stdout.split())
    assert "Nobody" not in done.output
    assert "Nobody^Täst" in pacs("query", "--patient").stdout
    (study,) = json.loads(pacs("query", "--json").stdout)
    assert (study["uid"], study["instances"], "patient" in study) == (f"{ROOT}.1", 5, False)
    assert "none that fits" in pacs("query", "--since", "20270101").stdout


def test_query_lists_series_where_a_study_or_something_of_series_is_given(filled, pacs):
    listed = json.loads(pacs("query", "--study", f"{ROOT}.1", "--json").stdout)
    assert [(one["number"], one["instances"]) for one in listed] == [(1, 3), (2, 2)]
    (found,) = json.loads(pacs("query", "--description", "leb", "--json").stdout)
    assert (found["number"], found["date"]) == (2, "20260102")
    assert "Thorax" in pacs("query", "--series").stdout


def test_fetch_writes_a_folder_a_series(filled, pacs, tmp_path):
    out = tmp_path / "out"
    done = pacs("fetch", "--study", f"{ROOT}.1", "--out", out)
    assert done.exit_code == 0, done.output
    assert len(names(out)) == 2
    told = json.loads(pacs("fetch", "--study", f"{ROOT}.1", "--number", 2, "--out", out, "--json").stdout)
    assert [(one["reused"], one["instances"]) for one in told] == [(True, 2)]
    assert Path(told[0]["folder"]).is_dir()
    missing = pacs("fetch", "--study", f"{ROOT}.1", "--series", "1.2.3", "--out", out)
    assert missing.exit_code == 2
    assert "has no such series" in missing.output


def test_send_says_what_became_of_each_file(orthanc, pacs, tmp_path):
    folder = write_series(tmp_path / "in", count=2)
    assert pacs("send", folder).exit_code == 0
    (folder / "notes.txt").write_text("no DICOM")
    done = pacs("send", folder)
    assert done.exit_code == 1
    assert f"Not sent: {folder / 'notes.txt'}: it is no DICOM file" in done.stdout
    told = json.loads(pacs("send", folder, "--json").stdout)
    assert len(told) == 3
    assert len(orthanc.instances()) == 2
    (tmp_path / "empty").mkdir()
    assert "nothing to send" in pacs("send", tmp_path / "empty").output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["query", "--since", "yesterday"], "must be a date"),
        (["query", "--study", "../x"], "is no UID of a study"),
        (["fetch", "--study", "x y", "--out", "o"], "is no UID of a study"),
        (["query", "--archive", "https://a:b@c/d"], "must hold no name, password"),
        (["query", "--timeout", "0"], "timeout must be a number above 0"),
        (["send", "/no/such/file"], "does not exist"),
        (["watch", "--out", "o", "--description", "("], "regular expression"),
        (["watch", "--out", "o", "--top", "0"], "top must be"),
        (["watch", "--out", "o", "--worklist", "--delete-images"], "read with its images"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(pacs, arguments, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = pacs(*arguments)
    assert done.exit_code == 2, done.output
    assert told in done.output
    assert names(tmp_path) == []


def test_an_archive_that_is_not_there_fails_with_a_sentence(pacs, monkeypatch):
    monkeypatch.setenv("GANANOMALY_PACS", "http://127.0.0.1:9/rs")
    done = pacs("query", "--tries", 1)
    assert done.exit_code == 1
    assert "127.0.0.1 cannot be reached" in done.output


def test_a_missing_package_is_named_with_its_extra(pacs, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "dicomweb_client", None)
    monkeypatch.delitem(sys.modules, "GANAnomalyLib.archives.web_archive", raising=False)
    done = pacs("query")
    assert done.exit_code == 1
    assert "pip install 'gananomaly[pacs]'" in done.output


@pytest.mark.slow
def test_watch_analyses_what_is_there_and_sends_segments_and_report(filled, orthanc, pacs, tmp_path):
    pytest.importorskip("highdicom", reason="needs the extra dicom")
    out = tmp_path / "out"
    arguments = ["watch", "--out", out, "--once", "--every", "0", "--min-slices", "2", "--since", "20260101"]
    done = pacs(*arguments, "--send", "seg,sr", *QUICK)
    assert done.exit_code == 0, done.output
    (name,) = names(out / "results")
    assert [line for line in done.stdout.splitlines() if line.startswith("study-")] == [
        f"{name}: {state}" for state in ("queued", "fetched", "analysed", "sent")
    ]
    assert len(AnalysisResult.read(out / "results" / name).findings) > 0
    assert orthanc.modalities() == ["CT", "CT", "SEG", "SR"]
    before = orthanc.instances()
    again = pacs(*arguments, "--send", "seg,sr", *QUICK, "--json")
    assert [entry["state"] for entry in json.loads(again.stdout)] == ["sent"]
    assert orthanc.instances() == before


@pytest.mark.slow
def test_what_a_watch_analyses_is_on_the_worklist_once(filled, pacs, tmp_path, monkeypatch):
    pytest.importorskip("sqlalchemy")
    monkeypatch.setenv("GANANOMALY_REVIEW", str(tmp_path / "review.db"))
    out = tmp_path / "out"
    arguments = ["watch", "--out", out, "--once", "--every", "0", "--min-slices", "2", "--since", "20260101"]
    for _again in range(2):
        done = pacs(*arguments, "--worklist", *QUICK)
        assert done.exit_code == 0, done.output
    (name,) = names(out / "results")
    told = json.loads(CliRunner().invoke(app, ["worklist", "--json"]).stdout)
    (case,) = told["cases"]
    top = max(one.score for one in AnalysisResult.read(out / "results" / name).findings)
    assert (case["state"], case["name"], case["score"]) == ("to read", name, pytest.approx(top))
    assert case["folder"] == str(out / "results" / name)
