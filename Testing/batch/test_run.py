"""Batches of real workers: failures, stopping, going on, and the table."""

from __future__ import annotations

import csv
import dataclasses
import os
import threading
from pathlib import Path

import pytest
from analysis import small
from PIL import Image
from waiting import until

from GANAnomalyLib import AnalysisResult, CancelToken, write_volume
from GANAnomalyLib.batch import find_cases, run_batch
from GANAnomalyLib.batch.batch_summary import CaseRow, read_rows, write_rows
from GANAnomalyLib.batch.reuse import Finished, input_stamp
from GANAnomalyLib.batch.run_batch import shared_threads
from GANAnomalyLib.errors import GANAnomalyError, InputError
from GANAnomalyLib.running.messages import Message


def table(folder: Path) -> dict[str, dict[str, str]]:
    with open(folder / "summary.csv", newline="", encoding="utf-8-sig") as file:
        return {row["case"]: row for row in csv.DictReader(file)}


def test_one_failure_stops_no_other(once):
    summary, rows = once.summary, table(once.out)
    assert {row.case: row.status for row in summary.rows} == {"broken": "failed", "Größe": "done", "zwei_ct": "done"}
    assert sorted(row.case for row in once.rows) == ["Größe", "broken", "zwei_ct"]
    assert (summary.exit_code, summary.stopped, summary.count("done")) == (1, False, 2)
    assert "broken.nrrd" in rows["broken"]["message"]
    assert not (once.out / "broken").exists()
    for name in ("Größe", "zwei_ct"):
        result = AnalysisResult.read(once.out / rows[name]["result"])
        assert float(rows[name]["top_score"]) == result.findings[0].score
        assert int(rows[name]["top_slice"]) == result.findings[0].slice
        assert int(rows[name]["findings"]) == len(result.findings)
        patch_scores = [row["patch_score"] for row in result.scores]
        assert float(rows[name]["mean_patch_score"]) == pytest.approx(sum(patch_scores) / len(patch_scores))
    assert summary.sheets == [once.out / "contact_sheet.png"]
    assert Image.open(summary.sheets[0]).size[0] > 500


def test_one_worker_serves_the_cases_one_after_the_other(once):
    assert len(list(once.starts.iterdir())) == 1


def test_progress_never_names_a_file(once):
    fractions = [fraction for fraction, _ in once.progress]
    assert fractions[-1] == 1
    assert all(0 <= fraction <= 1 for fraction in fractions)
    assert not any("Größe" in message or "zwei" in message for _, message in once.progress)
    assert {type(message) for _, message in once.progress} == {Message}
    assert "cases_finished" in {message.code for _, message in once.progress}


def test_the_next_run_reuses(once, finished, template, nothing_runs):
    cases = [case for case in once.cases if case.name != "broken"]
    again = run_batch(cases, template, finished, python=nothing_runs)
    assert [row.status for row in again.rows] == ["reused", "reused"]
    assert again.exit_code == 0
    assert [row.top_score for row in again.rows] == [row.top_score for row in once.summary.rows if row.top_score]


def test_when_the_engine_must_look_itself(once, finished, template, tmp_path):
    (case,) = [case for case in once.cases if case.name == "Größe"]
    (row,) = [row for row in once.rows if row.case == case.name]
    request = dataclasses.replace(template, input=str(case.path), output=str(finished / case.name))
    look = Finished(template.model).look
    assert look(request, row).folder == finished / case.name
    assert look(request, read_rows(finished / "summary.csv")[case.name]) is not None
    assert look(request, None) is None
    assert look(request, dataclasses.replace(row, status="cancelled")) is None
    for changes in ({"seed": 1}, {"metric": "mse"}, {"slices": (0, 1)}, {"settings": {"save_video": "a.gif"}}):
        assert look(dataclasses.replace(request, **changes), row) is None
    assert look(dataclasses.replace(request, scene=True), row) is None
    assert Finished("full").look(dataclasses.replace(request, model="full"), row) is None
    assert look(dataclasses.replace(request, batch=1), row) is not None
    assert look(request, dataclasses.replace(row, input_modified=1.0)) is None
    assert look(request, dataclasses.replace(row, input_bytes=1)) is None
    (finished / case.name / "heatmap.nrrd").unlink()
    assert look(request, row) is None


def test_the_stamp_of_a_folder_sees_every_change(tmp_path):
    folder = tmp_path / "dicom"
    folder.mkdir()
    (folder / "1").write_bytes(b"12345")
    stamps = [input_stamp(folder)]
    (folder / "2").write_bytes(b"")
    stamps.append(input_stamp(folder))
    os.utime(folder / "1", (5e9, 5e9))
    stamps.append(input_stamp(folder))
    assert len(set(stamps)) == 3
    assert input_stamp(tmp_path / "nowhere") is None
    (tmp_path / "a.mhd").write_text("ElementDataFile = elsewhere.raw")
    assert input_stamp(tmp_path / "a.mhd") is None


@pytest.mark.slow
def test_stopped_then_gone_on_from(studies, template, tmp_path):
    """The first case is finished when it is stopped; the second one is in the middle."""
    long = write_volume(small.torso_crop(40, 5), tmp_path / "lang.nrrd")
    cases, out, cancel = find_cases([studies / "Größe.nrrd", long]), tmp_path / "out", CancelToken()
    slow = dataclasses.replace(template, steps=25, batch=1, settings={"stop": 0.0, "warp_steps": 0})

    def watch():
        until(lambda: list(out.glob("lang.partial/slices/*.npz")))
        cancel.cancel()

    threading.Thread(target=watch, daemon=True).start()
    summary = run_batch(cases, slow, out, cancel=cancel)
    assert (summary.stopped, summary.exit_code, summary.sheets) == (True, 130, [])
    assert [row.status for row in summary.rows] == ["done", "cancelled"]
    assert [row["status"] for row in table(out).values()] == ["done", "cancelled"]
    assert not (out / "lang").exists()

    again = run_batch(cases, slow, out)
    assert [row.status for row in again.rows] == ["reused", "done"]
    assert "Resumed" in again.rows[1].message
    assert len(again.sheets) == 1


def test_a_callback_that_fails_leaves_a_whole_table_and_no_worker(studies, template, tmp_path):
    def progress(fraction, message):
        if message.code == "cases_running":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_batch(find_cases(studies), template, tmp_path / "out", workers=2, progress=progress)
    rows = table(tmp_path / "out")
    assert len(rows) == 3
    assert {row["status"] for row in rows.values()} <= {"cancelled", "done", "failed"}


def test_refused_before_anything_is_written(studies, template, tmp_path):
    cases, out = find_cases(studies), tmp_path / "out"
    for changes in ({"model": "nobody's"}, {"metric": "taste"}, {"top": 0}):
        with pytest.raises(InputError):
            run_batch(cases, dataclasses.replace(template, **changes), out)
    with pytest.raises(InputError, match="workers"):
        run_batch(cases, template, out, workers=0)
    with pytest.raises(InputError, match="nothing to analyse"):
        run_batch([], template, out)
    assert not out.exists()
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError):
        run_batch(cases, template, tmp_path / "file")


def test_a_missing_package_is_said_once(studies, template, tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nclass Gone:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'torch':\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Gone())\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(GANAnomalyError, match="torch is not installed"):
        run_batch(find_cases(studies), template, tmp_path / "out")


def test_threads_are_divided(monkeypatch):
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert shared_threads(1) == {}
    assert int(shared_threads(2)["OMP_NUM_THREADS"]) == max(count // 2, 1)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert shared_threads(2)["OMP_NUM_THREADS"] == "1"


def test_the_table_comes_back_as_it_was(tmp_path):
    rows = [
        CaseRow("ä", "done", 3, 1.25, 7, 0.1 + 0.2, 3.5, 'a "quoted", line', "ä", 123, 1.7e9 + 0.1234567),
        CaseRow("b", "failed", message="=1+1 is not a volume."),
    ]
    path = tmp_path / "summary.csv"
    write_rows(path, rows)
    back = read_rows(path)
    assert back["ä"] == rows[0]
    assert back["b"].message == "'=1+1 is not a volume."
    assert [item.name for item in tmp_path.glob("summary*")] == ["summary.csv"]
    path.write_bytes(path.read_bytes().replace(b"123,", b"many,"))
    assert list(read_rows(path)) == ["b"]
    path.write_bytes(b"\xff\xfe\x00\x01")
    assert read_rows(path) == {}
    with pytest.raises(InputError):
        write_rows(path / "below a file.csv", rows)
    with pytest.raises(GANAnomalyError):
        write_rows(tmp_path / "no folder" / "summary.csv", rows)
