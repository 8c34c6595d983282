"""A scan that the model does not know has no findings unless they are asked for, and everything says so."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from analysis import small
from click.testing import CliRunner

from GANAnomalyLib import read_volume, run, write_volume
from GANAnomalyLib.cli.app import app
from GANAnomalyLib.results.result import FILES
from GANAnomalyLib.volume import Volume


@pytest.fixture
def knowing(tmp_path, monkeypatch) -> Path:
    """The folder of a model that knows the torso."""
    folder = small.write_knowing(tmp_path / "knowing")
    monkeypatch.setenv("GANANOMALY_MODELS", str(folder))
    return folder


@pytest.fixture
def chest(tmp_path) -> Path:
    return write_volume(small.chest_crop(), tmp_path / "c.nii.gz")


def test_a_scan_like_the_normals_is_known_and_a_model_without_them_cannot_tell(ask, knowing, model_folder, monkeypatch):
    known = run(ask(model="knowing"))
    assert known.manifest["domain"] == {"verdict": "known", "reasons": []}
    assert known.findings
    monkeypatch.setenv("GANANOMALY_MODELS", str(model_folder))
    told = run(ask(output=known.folder.parent / "other"))
    assert told.manifest["domain"] == {"verdict": None, "reasons": []}
    assert not [note for note in told.manifest["notes"] if note["code"].startswith("domain")]


def test_findings_of_an_unknown_scan_come_only_when_asked_for(ask, knowing, chest):
    asked = {"model": "knowing", "input": chest}
    without = run(ask(**asked))
    assert without.manifest["domain"]["verdict"] == "unknown"
    assert without.findings == []
    assert json.loads(without.path("findings").read_text())["findings"] == []
    assert without.path("heatmap").is_file()
    assert without.manifest["notes"][0]["code"] == "domain_unknown"
    assert "--findings-anyway" in without.manifest["warnings"][0]
    reasons = without.manifest["domain"]["reasons"]
    assert reasons[0]["code"] == "domain_body"
    assert reasons[0]["sentence"] in without.manifest["warnings"]
    # The same folder, the same question but for them: made anew, and both ways without being forced.
    listed = run(ask(**asked, findings_anyway=True))
    assert listed.findings
    assert not listed.reused
    assert listed.manifest["notes"][0]["code"] == "domain_unknown_listed"
    assert run(ask(**asked, findings_anyway=True)).reused
    assert run(ask(**asked)).findings == []


def test_a_known_result_answers_both_requests(ask, knowing):
    run(ask(model="knowing"))
    assert run(ask(model="knowing", findings_anyway=True)).reused


def test_an_image_that_is_no_ct_is_unknown(ask, knowing, tmp_path):
    grey = Volume(np.random.default_rng(0).integers(0, 255, (2, 40, 40)).astype(np.uint8), np.diag([3.0, 3, 3, 1]))
    path = write_volume(grey, tmp_path / "grey.nii.gz")
    result = run(ask(model="knowing", input=path, allow_any=True))
    assert [reason["code"] for reason in result.manifest["domain"]["reasons"]] == ["domain_no_hounsfield"]


def test_terminal_batch_and_sheet_tell_it(ask, knowing, chest, tmp_path):
    arguments = ["--model", "knowing", "--steps", "2", "--patch-size", "6", "--device", "cpu"]
    said = CliRunner().invoke(app, ["analyze", str(chest), "--out", str(tmp_path / "r"), *arguments]).output
    assert "No findings are listed: this scan is not what the model knows." in said
    assert "add --findings-anyway to have them listed" in " ".join(said.split())
    assert "not what the model knows" in CliRunner().invoke(app, ["info", str(tmp_path / "r")]).output
    from GANAnomalyLib.batch.batch_summary import CaseRow, read_rows, write_rows
    from GANAnomalyLib.pictures.contact_sheet import _Entry
    from GANAnomalyLib.results.result import AnalysisResult

    result = AnalysisResult.read(tmp_path / "r")
    row = CaseRow("c", "done")
    row.take(result)
    write_rows(tmp_path / "summary.csv", [row])
    assert read_rows(tmp_path / "summary.csv")["c"].scan == "unknown"
    assert _Entry.read("c", result.folder, 5).said == "unknown scan, no finding"


def test_the_summary_picture_is_drawn_without_findings(ask, knowing, chest):
    pytest.importorskip("matplotlib")
    from GANAnomalyLib.pictures import write_summary

    result = run(ask(model="knowing", input=chest))
    write_summary(result, read_volume(chest), result.folder / FILES["summary"])
    assert result.path("summary").stat().st_size > 10_000
