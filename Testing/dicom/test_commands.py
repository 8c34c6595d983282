"""``gananomaly dicom``, as it is typed; and the core without highdicom."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner
from dicom.made import corners, read, stored, write_result, write_series
from places import PACKAGES

from GANAnomalyLib.cli.app import app
from GANAnomalyLib.review.added_findings import CaseVerdict, ReaderFinding
from GANAnomalyLib.review.coded_labels import Label
from GANAnomalyLib.review.decisions import save_decisions
from GANAnomalyLib.review.finding_rows import FindingRow

BOXES = [((4, 12), (5, 14), (2, 5))]


@pytest.fixture
def result(tmp_path):
    source = write_series(tmp_path / "ct", stored(6, 20, 24), corners(6))
    return write_result(tmp_path / "result", source, BOXES)


def dicom(*arguments):
    return CliRunner().invoke(app, ["dicom", *map(str, arguments)])


def decide(folder, decision="accepted"):
    row = FindingRow(1, 9.5, 2, (2, 4), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), "Finding_1", decision, "", "2026-02-04")
    return save_decisions(folder, [row])


def test_there_and_back(result, tmp_path):
    done = dicom("export", result.folder, "--out", tmp_path / "out", "--json")
    assert done.exit_code == 0, done.output
    files = json.loads(done.stdout)["files"]
    assert set(files) == {"seg", "sr"}
    assert dicom("import", *files.values(), "--result", result.folder).exit_code == 0
    assert dicom("import", *files.values(), "--out", tmp_path / "found.json").exit_code == 0
    for path in (result.folder / "imported.json", tmp_path / "found.json"):
        assert [one["rank"] for one in json.loads(path.read_text())["findings"]] == [1]


def test_moved_images(result, tmp_path):
    shutil.move(tmp_path / "ct", tmp_path / "elsewhere")
    refused = dicom("export", result.folder, "--out", tmp_path / "out")
    assert refused.exit_code == 2
    assert "--source FOLDER" in refused.stderr
    assert str(tmp_path / "ct") not in refused.stderr  # a path may name the patient
    assert not (tmp_path / "out").exists()
    found = dicom("export", result.folder, "--out", tmp_path / "out", "--source", tmp_path / "elsewhere", "--gsps")
    assert found.exit_code == 0
    assert "Written" in found.stdout


def test_a_readers_report(result, tmp_path):
    command = ("export", result.folder, "--out", tmp_path / "out", "--reader", 'O"Neil^Änne')
    assert "Nothing was decided" in dicom(*command).stderr
    decide(result.folder)
    assert dicom(*command).exit_code == 0
    assert read(tmp_path / "out" / "reader_sr.dcm").CompletionFlag == "COMPLETE"
    assert not (tmp_path / "out" / "reader_seg.dcm").exists()


def test_what_a_reader_added_goes_along_without_decisions(result, tmp_path):
    """And comes back as a finding of that person's."""
    own = [ReaderFinding((8.0, 10.0, 10.0), (6.0, 9.0, 5.0), Label.words("cyst?")), ReaderFinding((8.0, 14.0, 10.0))]
    save_decisions(result.folder, [], added=own, verdict=CaseVerdict("abnormal"))
    out = tmp_path / "out"
    done = dicom("export", result.folder, "--out", out, "--reader", "Doe^Jane")
    assert done.exit_code == 0, done.output
    brought = dicom("import", out / "reader_sr.dcm", out / "reader_seg.dcm", "--result", result.folder, "--json")
    found = json.loads(brought.stdout)["findings"]
    assert [(one["label"], one["observer"], one["by"]) for one in found] == [
        ("cyst?", "Doe^Jane", "person"),
        ("Reader's finding 2", "Doe^Jane", "person"),
    ]
    assert found[1]["box_ras"] == [[8.0, 8.0], [14.0, 14.0], [10.0, 10.0]]


def test_decisions_from_elsewhere(result, tmp_path):
    shutil.copytree(result.folder, tmp_path / "copy")
    path = decide(tmp_path / "copy")
    command = ("export", result.folder, "--out", tmp_path / "out", "--decisions", path)
    assert "--reader NAME" in dicom(*command).stderr
    assert dicom(*command, "--reader", "One").exit_code == 0
    manifest = json.loads((tmp_path / "copy" / "result.json").read_text())
    other = (*command[:-1], tmp_path / "copy" / "result.json", "--reader", "One")
    assert "result.json is not decisions.json" in dicom(*other).stderr
    (tmp_path / "copy" / "result.json").write_text(json.dumps({**manifest, "fingerprint": "other"}))
    assert "are on another result" in dicom(*command, "--reader", "One").stderr


def test_nowhere_to_go(result):
    assert "--result FOLDER, --out FILE" in dicom("import", "a.dcm").stderr
    assert "holds no finished result" in dicom("export", "nowhere", "--out", "x").stderr


def test_without_highdicom(result, tmp_path):
    """In a sentence, and everything else goes on without it."""
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "highdicom.py").write_text("raise ModuleNotFoundError('No module named highdicom', name='highdicom')")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(hidden), PACKAGES])}

    def run(*arguments):
        command = [sys.executable, "-m", "GANAnomalyLib", *map(str, arguments)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8")

    for command in (("export", result.folder, "--out", tmp_path / "out"), ("import", "a.dcm", "--out", "found.json")):
        refused = run("dicom", *command)
        assert refused.returncode == 2
        assert "needs the Python package highdicom" in refused.stderr
        assert "gananomaly[dicom]" in refused.stderr
    assert run("info", result.folder).returncode == 0
    assert run("dicom", "export", "--help").returncode == 0
