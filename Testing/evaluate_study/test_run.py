"""Studies with real workers: reuse, failure, stopping, going on."""

from __future__ import annotations

import os
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from analysis import small
from evaluate_study.conftest import CONFIGURATIONS, REQUEST, cases_of

from GANAnomalyLab.evaluate.evaluation_options import Settings
from GANAnomalyLab.evaluate.study import BASELINE, Configuration, StudyCase, StudyTables, run_study, summarise
from GANAnomalyLab.evaluate.study.study_store import STUDY, check_folder, load_record
from GANAnomalyLib import AnalysisResult, CancelToken, run
from GANAnomalyLib.errors import Cancelled, GANAnomalyError, InputError

NO_PYTHON = "there is no such python"


@pytest.fixture
def copied(study, tmp_path) -> Path:
    """The finished study, to be changed."""
    shutil.copytree(study[0], tmp_path / "out")
    return tmp_path / "out"


def statuses(tables: StudyTables) -> set[str]:
    return {row["status"] for row in tables.cases}


def test_every_configuration_on_every_case(study, sets):
    out, tables = study
    assert statuses(tables) == {"done"}
    assert [(row["configuration"], row["case"]) for row in tables.cases] == [
        (name, case)
        for name in ("wd", "mse")
        for case in ("baseline_n0", "baseline_n1", "baseline_n2", "metal_m0", "metal_m1")
    ]
    for row in tables.cases:
        result = AnalysisResult.read(out / "results" / row["configuration"] / row["case"])
        assert result.manifest["settings"]["metric"] == row["metric"] == row["configuration"]
        patches = sorted(item["patch_score"] for item in result.scores)
        assert row["score"] == pytest.approx(sum(patches[-3:]) / len(patches[-3:]))
        assert row["seconds_per_slice"] > 0
        assert 100 < row["peak_mib"] < 4000
        assert not (result.folder / "summary.png").exists()
    ill = [row for row in tables.slices if row["case"] == "metal_m0" and row["configuration"] == "mse"]
    assert [row["abnormal"] for row in ill] == [0, 1, 1]
    again = StudyTables.read(out)
    assert (again.slices, again.findings) == (tables.slices, tables.findings)
    assert not list(out.rglob("*.part"))
    # Two slices of 2000 HU against four of a patient who has none: the metal is found.
    (row,) = [
        row for row in summarise(tables, Settings(draws=0)) if (row["configuration"], row["group"]) == ("mse", "metal")
    ]
    assert (row["volume_auroc"], row["located"]) == (1.0, 1.0)
    assert row["slice_auroc"] > 0.9


def test_a_finished_study_needs_no_worker(study, sets, copied):
    tables = run_study(cases_of(sets), CONFIGURATIONS, copied, python=NO_PYTHON)
    assert statuses(tables) == {"reused"}
    assert tables.slices == study[1].slices
    fewer = run_study(cases_of(sets)[:2], CONFIGURATIONS[:1], copied, python=NO_PYTHON)
    assert len(fewer.cases) == 2
    with pytest.raises(GANAnomalyError, match="could not be started"):
        run_study(cases_of(sets), [*CONFIGURATIONS, Configuration("ssim", REQUEST)], copied, python=NO_PYTHON)


@pytest.mark.slow
@pytest.mark.minutes
def test_only_what_changed_is_done_again(study, sets, copied):
    """One worker for all of it: a result taken away, another limit for a lesion, one case more that cannot be read."""
    shutil.rmtree(copied / "results" / "wd" / "baseline_n1")
    (copied / "results" / "wd" / "baseline_n2" / "scores.csv").unlink()
    record = copied / "results" / "mse" / "metal_m0.json"
    record.write_text(record.read_text()[:-40])
    told: list[str] = []
    cases = [*cases_of(sets), StudyCase("gone", sets / "gone.nrrd", "metal")]
    tables = run_study(cases, CONFIGURATIONS, copied, say=told.append)
    found = {(row["configuration"], row["case"]): row for row in tables.cases}
    again = {key for key, row in found.items() if row["status"] == "done"}
    assert again == {("wd", "baseline_n1"), ("wd", "baseline_n2")}
    assert found["mse", "metal_m0"]["status"] == "reused"
    assert found["mse", "metal_m0"]["score"] == pytest.approx(
        next(row["score"] for row in study[1].cases if (row["configuration"], row["case"]) == ("mse", "metal_m0"))
    )
    for name in ("wd", "mse"):
        row = found[name, "gone"]
        assert (row["status"], row["score"]) == ("failed", None)
        assert "gone.nrrd does not exist" in row["message"]
    assert sorted(told) == [f"gone ({name}) failed: {found[name, 'gone']['message']}" for name in ("mse", "wd")]


@pytest.mark.slow
def test_the_mask_and_its_limit_are_measured_anew(study, sets, copied):
    cases = [case for case in cases_of(sets) if case.name == "metal_m1"]
    tables = run_study(cases, CONFIGURATIONS[:1], copied, min_lesion_pixels=37)
    assert [row["abnormal"] for row in tables.slices] == [0, None, None]
    assert statuses(tables) == {"reused"}
    before = load_record(study[0] / "results" / "wd" / "metal_m1.json")
    after = load_record(copied / "results" / "wd" / "metal_m1.json")
    assert before[0] != after[0]
    assert before[1] == after[1]
    assert before[2].case["peak_mib"] == after[2].case["peak_mib"]


def test_an_explanation_serves_all_metrics_and_changes_no_number(study, sets, tmp_path):
    """The second metric took the first one's reconstructions; analysed alone it gives the same."""
    (case,) = (case for case in cases_of(sets) if case.name == "metal_m0")
    shared = AnalysisResult.read(study[0] / "results" / "mse" / case.name)
    assert any(warning.startswith("Resumed: 3 of 3") for warning in shared.manifest["warnings"])
    alone = run(CONFIGURATIONS[1].ask(case, tmp_path / "alone"))
    assert not any(warning.startswith("Resumed") for warning in alone.manifest["warnings"])
    assert alone.scores == shared.scores
    assert [item.box_ijk for item in alone.findings] == [item.box_ijk for item in shared.findings]
    assert alone.manifest["fingerprint"] == shared.manifest["fingerprint"]
    # What the explanation took is counted for both.
    first, second = (load_record(study[0] / "results" / name / f"{case.name}.json")[2].case for name in ("wd", "mse"))
    explained = AnalysisResult.read(study[0] / "results" / "wd" / case.name).manifest["timings_s"]["explain"]
    assert min(first["seconds_per_slice"], second["seconds_per_slice"]) >= explained / 3 - 1e-3
    assert not list((study[0] / "results").glob(".*"))


def test_folders_of_others_stay(sets, tmp_path, copied):
    cases = cases_of(sets)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for folder, words in (("mine", "holds other files"), ("file", "is a file")):
        with pytest.raises(InputError, match=words):
            run_study(cases, CONFIGURATIONS, tmp_path / folder)
    assert os.listdir(tmp_path / "mine") == ["notes.txt"]
    (tmp_path / "mine" / STUDY).write_text('{"kind": "something else"}')
    with pytest.raises(InputError, match="holds other files"):
        check_folder(tmp_path / "mine")
    other = [Configuration("wd", {**REQUEST, "metric": "ssim"})]
    with pytest.raises(InputError, match="'wd' with other settings"):
        run_study(cases, other, copied)


def test_what_is_asked_wrongly(sets, tmp_path):
    cases = cases_of(sets)
    for options, words in (
        ({"workers": 0}, "workers"),
        ({"min_lesion_pixels": 0}, "pixels of a lesion"),
        ({"configurations": [Configuration("x", {"model": "nobody"})]}, "nobody"),
    ):
        given = {"configurations": CONFIGURATIONS, **options}
        with pytest.raises(InputError, match=words):
            run_study(cases, given.pop("configurations"), tmp_path / "out", **given)
    assert not (tmp_path / "out").exists()
    inside = run_study(
        [replace(case, mask=None) for case in cases[:1]],
        [Configuration("liver", {**REQUEST, "region": "mask"})],
        tmp_path / "out",
        python=NO_PYTHON,
    )
    assert "has none: give one" in inside.cases[0]["message"]


@pytest.mark.minutes
@pytest.mark.slow
def test_stopping_in_the_middle(tmp_path):
    """Far more steps than anybody waits for: the worker is at work when the stop comes."""
    cancel, messages = CancelToken(), []
    slow = [Configuration("slow", {**REQUEST, "model": "full", "mode": "reference", "steps": 20_000})]

    def watch(fraction: float, message: str) -> None:
        messages.append(message)
        if "Projection step" in message:
            cancel.cancel()

    with pytest.raises(Cancelled):
        run_study(
            [StudyCase("a", small.TORSO, BASELINE, slices=(50, 52))], slow, tmp_path / "out", 1, None, watch, cancel
        )
    assert cancel.cancelled
    assert not (tmp_path / "out" / "results" / "slow" / "a").exists()
    assert not (tmp_path / "out" / "cases.csv").exists()
    assert threading.active_count() < 20
