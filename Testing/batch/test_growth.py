"""What a case costs does not grow with the cases before it, and a table that a kill tore is gone on from."""

from __future__ import annotations

import importlib
import os
import sys
from itertools import pairwise

import pytest

from GANAnomalyLib.batch import find_cases, run_batch
from GANAnomalyLib.batch.batch_summary import CaseRow, append_row, read_rows, write_rows

run = importlib.import_module("GANAnomalyLib.batch.run_batch")  # the function has the module's name
ROWS = [
    CaseRow("a", "done", 3, 1.25, 7, 0.5, 3.5, "", "a", 123, 1.7e9),
    CaseRow("ä", "done", 1, 2.5, 1, 0.25, 4.5, 'two "lines",\nof a sentence', "ä", 124, 1.7e9 + 0.125),
]


@pytest.mark.parametrize("count", [3, 40])
def test_the_table_is_written_whole_twice_however_many_cases(tmp_path, template, monkeypatch, count):
    """A Python that cannot be started makes every case fail at once."""
    for number in range(count):
        (tmp_path / f"{number:03d}.nrrd").write_text("no image")
    whole, sizes = [], []
    run = sys.modules[run_batch.__module__]
    real = run.write_rows
    monkeypatch.setattr(run, "write_rows", lambda path, rows: whole.append(1) or real(path, rows))
    out = tmp_path / "out"

    def note(row: CaseRow) -> None:
        sizes.append((out / "summary.csv").stat().st_size)
        assert read_rows(out / "summary.csv")[row.case] == row

    summary = run_batch(find_cases(sorted(tmp_path.glob("*.nrrd"))), template, out, python="no python", on_result=note)
    assert summary.count("failed") == len(sizes) == count
    assert len(whole) == 2
    grown = {after - before for before, after in pairwise(sizes)}
    assert 0 < min(grown) <= max(grown) < 250
    assert list(read_rows(out / "summary.csv").values()) == summary.rows


def test_a_row_torn_anywhere_is_left_out(tmp_path):
    path = tmp_path / "summary.csv"
    write_rows(path, ROWS[:1])
    before = path.stat().st_size
    append_row(path, ROWS[1])
    assert list(read_rows(path).values()) == ROWS
    whole = path.read_bytes()
    for end in range(before, len(whole)):
        path.write_bytes(whole[:end])
        assert list(read_rows(path).values()) == ROWS[:1], whole[before:end]
    append_row(path, ROWS[1])  # and a whole one that follows a torn one spoils nothing before both
    assert read_rows(path)["a"] == ROWS[0]


def test_of_two_rows_the_later_counts(tmp_path):
    path = tmp_path / "summary.csv"
    write_rows(path, ROWS)
    append_row(path, CaseRow("a", "failed", message="The disk was full."))
    assert {name: row.status for name, row in read_rows(path).items()} == {"a": "failed", "ä": "done"}


@pytest.mark.skipif(os.name == "nt", reason="names there are text")
def test_a_sentence_may_quote_a_name_that_is_no_text(tmp_path):
    odd = CaseRow("b", "failed", message=os.fsdecode(b"\xff.nrrd is no volume."))
    for write in (lambda: write_rows(tmp_path / "t.csv", [odd]), lambda: append_row(tmp_path / "t.csv", odd)):
        write()
        assert read_rows(tmp_path / "t.csv")["b"].message == "\\udcff.nrrd is no volume."


@pytest.mark.slow
def test_goes_on_after_a_kill_with_rows_out_of_order_twice_and_torn(once, finished, template, nothing_runs):
    cases, path = [case for case in once.cases if case.name != "broken"], finished / "summary.csv"
    head, *lines = path.read_bytes().splitlines(keepends=True)
    lines = [line for line in lines if b",done," in line]
    assert len(lines) == 2
    path.write_bytes(head + lines[1] + lines[0] + lines[1] + lines[0][:20])
    told: list[CaseRow] = []
    sizes: list[int] = []

    def note(row: CaseRow) -> None:
        told.append(row)
        sizes.append(path.stat().st_size)

    again = run_batch(cases, template, finished, python=nothing_runs, on_result=note)
    assert [row.status for row in told] == ["reused", "reused"]
    assert sizes == [len(head) + len(lines[0]) + len(lines[1])] * 2  # nothing is written for what is known
    assert list(read_rows(path).values()) == again.rows
    first = {row.case: row.top_score for row in once.rows}
    assert [row.top_score for row in again.rows] == [first[row.case] for row in again.rows]
    assert sorted(item.name for item in finished.glob("summary*")) == ["summary.csv"]
