"""The headless script: a folder of CTs, one result each, a table, scenes; and again."""

from __future__ import annotations

import csv
import importlib.util

import pytest
from panel.conftest import DATA, MODULE

SCRIPT = MODULE.parent / "GANAnomalyScripts" / "GANAnomalyBatch.py"


@pytest.fixture
def script(slicer_app):
    """The script as Slicer runs it, on PythonQt."""
    slicer_app.watch(MODULE.parent, "GANAnomaly")
    spec = importlib.util.spec_from_file_location("GANAnomalyBatch", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Two small CTs, and a file that is none."""
    from GANAnomalyLib.volume import read_volume, write_volume

    folder = tmp_path_factory.mktemp("cts")
    volume = read_volume(str(DATA / "torso_3mm_with_anomalies.nii.gz"))
    for name, first in (("one", 60), ("two", 74)):
        part = volume.voxels[first : first + 4]
        matrix = volume.ijk_to_ras.copy()
        matrix[:3, 3] += first * matrix[:3, 2]
        write_volume(type(volume)(part, matrix, "CT"), folder / f"{name}.nii.gz")
    (folder / "broken.nii.gz").write_bytes(b"\x1f\x8bnot really")
    return folder


def table(out):
    with open(out / "summary.csv", encoding="utf-8-sig", newline="") as file:
        return {row["case"]: row for row in csv.DictReader(file)}


@pytest.mark.slow
def test_a_folder_becomes_results_a_table_and_scenes(slicer_app, script, folder, tmp_path, capsys):
    out = tmp_path / "out"
    arguments = ["--", "--input", str(folder), "--out", str(out), "--scene", "--set", "top=3", "--set", "device=cpu"]
    assert script.main(arguments) == 1, "one of three cannot be read"
    rows = table(out)
    assert {name: row["status"] for name, row in rows.items()} == {"broken": "failed", "one": "done", "two": "done"}
    assert rows["broken"]["message"]
    for name in ("one", "two"):
        assert (out / name / "scene.mrb").is_file()
    slicer_app.load_scene(out / "two" / "scene.mrb")
    assert slicer_app.scene.GetFirstNodeByClass("vtkMRMLSegmentationNode").GetSegmentation().GetNumberOfSegments() == 3
    capsys.readouterr()
    assert script.main(arguments) == 1
    assert {row["status"] for row in table(out).values()} == {"failed", "reused"}
    assert "summary.csv" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--out", "x"], "--input"),
        (["--input", "nowhere", "--out", "x"], "nowhere"),
        (["--input", "{folder}", "--out", "{out}", "--set", "tops=3"], "tops"),
        (["--input", "{folder}", "--out", "{out}", "--model", "unheard"], "unheard"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_sentence(script, folder, tmp_path, capsys, arguments, word):
    words = [text.format(folder=folder, out=tmp_path / "out") for text in arguments]
    assert script.main(["--", *words]) == 2
    told = capsys.readouterr()
    assert word in told.out + told.err
    assert "Traceback" not in told.out + told.err


def test_packages_are_only_installed_when_agreed(script, folder, tmp_path, capsys, monkeypatch):
    from GANAnomalyPanel import install

    monkeypatch.setattr(install, "missing", lambda needs=(): ["safetensors>=0.4.3"])
    assert script.main(["--input", str(folder), "--out", str(tmp_path / "out")]) == 1
    told = capsys.readouterr().out
    assert "--install" in told
    assert not (tmp_path / "out").exists()
