"""The review for others: a table that opens right in a spreadsheet, a result folder that is whole or not there."""

from __future__ import annotations

import csv
import errno
import json
import os
import shutil

import pytest

from GANAnomalyLib.errors import GANAnomalyError, InputError
from GANAnomalyLib.results.result import AnalysisResult
from GANAnomalyLib.results.why import Why
from GANAnomalyLib.review.export import COLUMNS, copy_result, write_findings_csv
from GANAnomalyLib.review.finding_rows import FindingRow
from GANAnomalyLib.review.result_facts import RESEARCH_ONLY, ResultFacts

FACTS = ResultFacts(unit="grey levels (0-255)", model="demo", model_title="Male torso, 3 mm")


def _row(rank=1, comment="", centre=(1.0, -2.5, 3.25)):
    place = (7, (6, 8), centre, (30.0, 30.0, 9.0), "Finding_1")
    return FindingRow(
        rank,
        43.25,
        *place,
        "accepted",
        comment,
        "2026",
        Why("darker", 40) if rank == 1 else None,
        0.934 if rank == 1 else None,
    )


def _read(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_every_value_is_in_its_column(tmp_path):
    path = write_findings_csv(tmp_path / "findings.csv", [_row(), _row(2)], FACTS)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfrank,")
    first, second = _read(path)
    assert tuple(first) == COLUMNS
    assert (first["rank"], second["rank"]) == ("1", "2")
    assert (first["score"], first["score unit"]) == ("43.25", "grey levels (0-255)")
    assert (first["slice"], first["first slice"], first["last slice"]) == ("7", "6", "8")
    assert (first["R (mm)"], first["A (mm)"], first["S (mm)"]) == ("1.00", "-2.50", "3.25")
    assert (first["size (mm)"], first["decision"], first["decided (UTC)"]) == ("30 x 30 x 9", "accepted", "2026")
    assert (first["why"], second["why"]) == ("darker by 40 HU", "")
    assert (first["second opinion"], second["second opinion"]) == ("0.93", "")
    assert (first["model"], first["notice"]) == ("Male torso, 3 mm", RESEARCH_ONLY)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_spreadsheet_computes_a_comment(tmp_path, start):
    path = write_findings_csv(tmp_path / "x.csv", [_row(comment=f'{start}HYPERLINK("http://x")')], FACTS)
    assert _read(path)[0]["comment"].startswith(f"'{start}")
    assert _read(path)[0]["A (mm)"] == "-2.50"


def test_umlauts_quotes_commas_and_lines_come_back(tmp_path):
    comment = 'für "Ü", 漢字;\nzweite Zeile'
    assert _read(write_findings_csv(tmp_path / "x.csv", [_row(comment=comment)], FACTS))[0]["comment"] == comment


def test_no_findings_are_a_table_with_a_head(tmp_path):
    path = write_findings_csv(tmp_path / "x.csv", [], FACTS)
    assert path.read_text(encoding="utf-8-sig").strip() == ",".join(COLUMNS)


def test_a_table_that_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(InputError, match="choose another place"):
        write_findings_csv(tmp_path / "none" / "x.csv", [_row()], FACTS)
    (tmp_path / "x.csv").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        write_findings_csv(tmp_path / "x.csv", [_row()], FACTS)
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]


def _result(folder, fingerprint="abc"):
    folder.mkdir(parents=True)
    manifest = {"schema_version": 1, "fingerprint": fingerprint}
    (folder / "result.json").write_text(json.dumps(manifest))
    (folder / "findings.json").write_text('{"findings": []}')
    (folder / "scores.csv").write_text("slice,score\n0,1.5\n")
    (folder / "heatmap.nrrd").write_bytes(os.urandom(5000))
    (folder / "patches").mkdir()
    (folder / "patches" / "finding_01.png").write_bytes(b"png")
    return folder


def _tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_copy_is_the_same_and_alone(tmp_path):
    source = _result(tmp_path / "source")
    assert copy_result(source, tmp_path / "new" / "copy") == tmp_path / "new" / "copy"
    assert _tree(tmp_path / "new" / "copy") == _tree(source)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["copy"]
    assert AnalysisResult.read(tmp_path / "new" / "copy").scores == [{"slice": 0, "score": 1.5}]


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "empty").mkdir()
    copy_result(_result(tmp_path / "source"), tmp_path / "empty")
    assert _tree(tmp_path / "empty") == _tree(tmp_path / "source")


def test_an_earlier_result_is_replaced_and_other_files_stay(tmp_path):
    source, target = _result(tmp_path / "source"), _result(tmp_path / "target", "old")
    (target / "decisions.json").write_text("{}")
    (target / "scene.mrb").write_text("old")
    (target / "my notes").mkdir()
    (target / "my notes" / "a.txt").write_text("mine")
    copy_result(source, target)
    expected = {**_tree(source), os.path.join("my notes", "a.txt"): b"mine"}
    assert _tree(target) == expected
    assert {path.name for path in tmp_path.iterdir()} == {"source", "target"}


@pytest.mark.parametrize("where", ["source", "source/inside", "."])
def test_a_folder_in_or_around_the_source_is_refused(tmp_path, where):
    source = _result(tmp_path / "source")
    before = _tree(tmp_path)
    with pytest.raises(InputError, match=r"choose an(other folder| empty)"):
        copy_result(source, tmp_path / where)
    assert _tree(tmp_path) == before


def test_other_peoples_folders_and_files_are_refused(tmp_path):
    source = _result(tmp_path / "source")
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "thesis.txt").write_text("x")
    before = _tree(tmp_path)
    with pytest.raises(InputError, match="holds other files"):
        copy_result(source, tmp_path / "theirs")
    with pytest.raises(InputError, match="is a file"):
        copy_result(source, tmp_path / "theirs" / "thesis.txt")
    assert _tree(tmp_path) == before


def test_what_is_no_whole_result_is_not_copied(tmp_path):
    source = _result(tmp_path / "source")
    (source / "scores.csv").unlink()
    with pytest.raises(InputError, match="damaged"):
        copy_result(source, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize(
    ("number", "kind", "said"),
    [(errno.ENOSPC, GANAnomalyError, "disk of .* is full"), (errno.EROFS, InputError, "cannot be")],
)
@pytest.mark.parametrize("earlier", [False, True])
def test_a_disk_that_refuses_leaves_nothing_half_written(tmp_path, monkeypatch, number, kind, said, earlier):
    source = _result(tmp_path / "source")
    if earlier:
        _result(tmp_path / "copy", "old")
    before = _tree(tmp_path)
    done = []
    copy = shutil.copy2

    def refuse(a, b, **rest):
        if len(done) == 2:
            raise OSError(number, os.strerror(number), str(b))
        done.append(a)
        return copy(a, b, **rest)

    monkeypatch.setattr(shutil, "copy2", refuse)
    # copytree binds its function when it is defined.
    monkeypatch.setattr(shutil.copytree, "__defaults__", (False, None, refuse, False, False))
    with pytest.raises(kind, match=said):
        copy_result(source, tmp_path / "copy")
    assert len(done) == 2
    assert _tree(tmp_path) == before
    assert {path.name for path in tmp_path.iterdir()} == ({"source", "copy"} if earlier else {"source"})


def test_an_earlier_result_comes_back_when_the_last_step_fails(tmp_path, monkeypatch):
    source, target = _result(tmp_path / "source"), _result(tmp_path / "copy", "old")
    before = _tree(target)
    replace = os.replace

    def refuse(a, b):
        if str(a).endswith(".part"):
            raise OSError(errno.EACCES, "Permission denied")
        replace(a, b)

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(InputError, match="cannot be written"):
        copy_result(source, target)
    assert _tree(target) == before
