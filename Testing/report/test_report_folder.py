"""The folder of an evaluation: whole or not at all, in the place of its own kind only; and files beside it."""

from __future__ import annotations

import errno
import json
import os
import sys

import pytest

from GANAnomalyLab.evaluate.evaluation_options import SourceOptions
from GANAnomalyLab.evaluate.quality.quality_report import report_data, write_report
from GANAnomalyLab.report import Page
from GANAnomalyLab.report.report_folder import NO_PICTURES, PAGE, RESULTS, ReportFolder, drawn_if_possible
from GANAnomalyLab.tables.write_csv import write_table
from GANAnomalyLib.errors import GANAnomalyError, InputError

FOLDER = ReportFolder("a test", 1, ("cases.csv", "none.csv", PAGE))
BESIDE = ReportFolder("a test", 1, ("cases.csv", PAGE), kept=("results",))


def write(kind, folder, value=1, force=False):
    data, tables = {**kind.heading, "value": value}, {"cases.csv": [{"case": "a", "value": value}], "none.csv": []}
    return kind.write(folder, data, Page("x"), force, tables)


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("kind", [FOLDER, BESIDE])
def test_an_evaluation_is_replaced_by_force_alone(tmp_path, kind):
    out = tmp_path / "deep" / "out"
    assert [path.name for path in write(kind, out)] == [RESULTS, "cases.csv", PAGE]
    assert (out / "cases.csv").read_text(encoding="utf-8-sig").split() == ["case,value", "a,1"]
    with pytest.raises(InputError, match=r"already holds an evaluation.*--force"):
        write(kind, out, 2)
    write(kind, out, 2, force=True)
    assert json.loads((out / RESULTS).read_text())["value"] == 2
    assert [entry.name for entry in out.parent.iterdir()] == ["out"]


def test_what_is_kept_stays(tmp_path):
    (tmp_path / "out" / "results" / "a").mkdir(parents=True)
    (tmp_path / "out" / "results" / "a" / "x").write_text("hours of work")
    for _ in range(2):
        write(BESIDE, tmp_path / "out", force=True)
        assert (tmp_path / "out" / "results" / "a" / "x").read_text() == "hours of work"
    with pytest.raises(InputError, match="other files"):
        FOLDER.check(tmp_path / "out", force=True)


def test_files_of_a_pattern_are_as_many_as_there_are(tmp_path):
    many = ReportFolder("a test", 1, ("boxes_*.csv", PAGE), kept=("results",))
    out, rows = tmp_path / "out", [{"case": "a"}]
    tables = {"boxes_b.csv": rows, "boxes_a.csv": rows}
    written = many.write(out, many.heading, Page("x"), tables=tables)
    assert [path.name for path in written] == [RESULTS, "boxes_a.csv", "boxes_b.csv", PAGE]
    many.write(out, many.heading, Page("x"), True, {"boxes_c.csv": rows})
    assert sorted(path.name for path in out.iterdir()) == ["boxes_c.csv", PAGE, RESULTS]
    (out / "boxes_of_mine.txt").write_text("x")
    with pytest.raises(InputError, match="other files"):
        many.check(out, force=True)


@pytest.mark.parametrize("kind", [FOLDER, BESIDE])
def test_folders_of_others_are_left_alone(tmp_path, kind):
    kind.check(tmp_path)
    kind.check(tmp_path / "new")
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="is a file"):
        kind.check(tmp_path / "thesis.txt", force=True)
    with pytest.raises(InputError, match="holds other files"):
        write(kind, tmp_path, force=True)
    (tmp_path / "thesis.txt").rename(tmp_path / RESULTS)
    with pytest.raises(InputError, match="holds other files"):
        write(kind, tmp_path, force=True)
    assert files(tmp_path) == {RESULTS: b"mine"}


@pytest.mark.parametrize("kind", [FOLDER, BESIDE])
@pytest.mark.parametrize("what", ["write_table", "json.dumps"])
@pytest.mark.parametrize(("number", "error"), [(errno.ENOSPC, GANAnomalyError), (errno.EACCES, InputError)])
def test_a_disk_that_refuses_leaves_what_was_there(tmp_path, monkeypatch, kind, what, number, error):
    def refuse(*_, **__):
        raise OSError(number, os.strerror(number))

    write(kind, tmp_path / "out")
    before = files(tmp_path)
    monkeypatch.setattr(f"GANAnomalyLab.report.report_folder.{what}", refuse)
    for name in ("out", "new"):
        with pytest.raises(error, match=rf"{name}.* (is full|cannot be written)"):
            write(kind, tmp_path / name, 2, force=True)
    assert files(tmp_path) == before


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the system lets this user write anywhere")
def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(InputError, match="cannot be written"):
        write(FOLDER, tmp_path / "locked" / "out")


def test_without_matplotlib_it_is_said_once(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name, *rest: None)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    warnings = []
    for _ in range(2):
        assert drawn_if_possible(lambda: pytest.fail("drawn"), warnings) == {}
    assert warnings == [NO_PICTURES]


QUALITY = report_data({"frd": float("-inf")}, "frd", SourceOptions(), {"frd": {"real": 4, "generated": 4}}, [])
WRITERS = {
    "page": lambda folder: Page("x").write(folder / "report.html"),
    "table": lambda folder: write_table(folder / "cases.csv", ["case"], [{"case": "a"}]),
    "quality.json": lambda folder: write_report(folder / "quality.json", QUALITY, force=True),
    "quality.csv": lambda folder: write_report(folder / "quality.csv", QUALITY, force=True),
}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize(("number", "error"), [(errno.ENOSPC, GANAnomalyError), (errno.EACCES, InputError)])
def test_single_files_are_whole_or_as_they_were(tmp_path, monkeypatch, name, number, error):
    def refuse(*_):
        raise OSError(number, os.strerror(number))

    WRITERS[name](tmp_path)
    before = files(tmp_path)
    assert len(before) == 1
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(error, match=r"is full|cannot be written"):
        WRITERS[name](tmp_path)
    assert files(tmp_path) == before
