"""The benchmark from end to end, small; and what it refuses before anything is made."""

from __future__ import annotations

import dataclasses
import json

import pytest
from analysis.small import write_models
from click.testing import CliRunner

from GANAnomalyLab.benchmark.benchmark_plan import SEEN, Plan, plan_of
from GANAnomalyLab.benchmark.run_benchmark import (
    BenchmarkOptions,
    check_folder,
    held_version,
    run_benchmark,
    study_cases,
)
from GANAnomalyLab.cli.evaluation.sweep import _benchmark_cases
from GANAnomalyLib.cli.app import app
from GANAnomalyLib.cli.session import Session
from GANAnomalyLib.errors import InputError

PLAN = Plan(1, 2, ("fluid",), (3,), 3, 2, 2)


def refused(tmp_path, words, **options):
    with pytest.raises(InputError, match=words):
        run_benchmark(BenchmarkOptions(**options), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_run_makes_nothing(tmp_path):
    refused(tmp_path, "no model 'nobody'", models=("nobody",))
    refused(tmp_path, "nothing to run", models=())
    refused(tmp_path, "no baseline 'magic'", baselines=("magic",))
    refused(tmp_path, "metric", metrics=("dice",))
    with pytest.raises(InputError, match="at least one"):
        run_benchmark(BenchmarkOptions(), tmp_path / "out", workers=0)


def test_folders_of_others_are_left_alone(tmp_path):
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(InputError, match="holds other files"):
        run_benchmark(BenchmarkOptions(plan=PLAN), tmp_path)
    with pytest.raises(InputError, match="is a file"):
        check_folder(tmp_path / "thesis.docx", PLAN)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


def test_a_folder_of_version_1_goes_on_as_it_is(tmp_path):
    """Its manifest is of a time when there was one version and no cohorts."""
    plan = {
        "patients": 2,
        "baselines": 44,
        "kinds": list(SEEN),
        "levels": [1, 2, 3],
        "slab": 12,
        "train": 24,
        "calibration": 10,
        "standard": True,
    }
    data = {"benchmark": 1, "cohort": 1, "anomalies": 1, "plan": plan, "cases": []}
    (tmp_path / "manifest.json").write_text(json.dumps(data), encoding="utf-8")
    assert held_version(tmp_path) == 1
    assert held_version(tmp_path / "elsewhere") is None
    check_folder(tmp_path, plan_of(1))
    for other in (plan_of(1, full=True), plan_of(2)):
        with pytest.raises(InputError, match="--benchmark-version, --cohort"):
            check_folder(tmp_path, other)
    arguments = ["benchmark", "--out", str(tmp_path), "--kinds", "stranding"]
    told = CliRunner().invoke(app, arguments, obj=Session())
    assert "holds version 1 of the benchmark, and this goes on with it" in told.output
    assert "no anomaly 'stranding'; it has: needle" in told.output


def test_a_sweep_takes_the_cohort_for_choices(tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr("GANAnomalyLab.benchmark.benchmark_cases.make_cases", lambda plan, *_: made.append(plan) or [])
    _benchmark_cases(tmp_path, (), 1, None, None)
    _benchmark_cases(tmp_path, ("ring",), 1, None, None)
    data = {"benchmark": 1, "cohort": 1, "anomalies": 1, "plan": {}, "cases": []}
    (tmp_path / "benchmark").mkdir()
    (tmp_path / "benchmark" / "manifest.json").write_text(json.dumps(data), encoding="utf-8")
    _benchmark_cases(tmp_path, (), 1, None, None)
    development = plan_of(2, "development")
    assert made == [development, dataclasses.replace(development, kinds=("ring",)), plan_of(1)]


def test_cases_as_a_study_takes_them(tmp_path):
    records = [
        {"name": "baseline_00", "role": "baseline", "kind": "", "level": 0, "seed": 7, "slices": [3, 6]},
        {"name": "needle_3_00", "role": "anomaly", "kind": "needle", "level": 3, "seed": 8, "slices": [4, 7]},
    ]
    normal, abnormal = study_cases(tmp_path, records)
    assert (normal.group, normal.mask, normal.slices, normal.patient) == ("baseline", None, (3, 6), "virtual7")
    assert abnormal.group == "needle"
    assert abnormal.mask == (tmp_path / "cases" / "needle_3_00" / "mask.nii.gz").resolve()
    assert abnormal.facts == {"level": 3, "seed": 8}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--kinds", "tumour"], "tumour"),
        (["--levels", "one"], "whole numbers"),
        (["--model", "nobody"], "nobody"),
        (["--metric", "dice"], "dice"),
        (["--benchmark-version", "3"], "no version 3"),
        (["--benchmark-version", "1", "--cohort", "development"], "no development cohort"),
        (["--benchmark-version", "1", "--kinds", "stranding"], "no anomaly 'stranding'"),
        (["--cohort", "development", "--kinds", "displaced"], "no choice may see it"),
        (["--compare", "demo-wd"], "requires 2 arguments"),
    ],
)
def test_the_command_says_what_is_wrong(arguments, words, tmp_path):
    result = CliRunner().invoke(app, ["benchmark", "--out", str(tmp_path / "out"), *arguments], obj=Session())
    assert result.exit_code == 2
    assert words in result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.minutes
def test_end_to_end_and_again_with_another_model(tmp_path):
    models, out, told = write_models(tmp_path / "models"), tmp_path / "out", []
    first = BenchmarkOptions((str(models / "body.safetensors"),), ("wd",), ("mean",), PLAN, "cpu")
    board = run_benchmark(first, out, progress=lambda fraction, _: told.append(fraction))
    assert {row["configuration"] for row in board.rows} == {"body-wd", "mean-wd"}
    assert told == sorted(told)
    assert told[-1] == 1
    for name in ("report.html", "leaderboard.md", "leaderboard.csv", "leaderboard.json", "manifest.json"):
        assert (out / name).is_file()
    for row in board.rows:
        assert row["cases"] == 1
        assert row["normal_slices"] == 6
        assert 0 <= row["slice_auroc"] <= 1
        assert row["failed"] == 0
    card = json.loads((out / "models" / "mean.json").read_text(encoding="utf-8"))
    assert card["resolution"] == 32
    before = (out / "study" / "results" / "body-wd" / "fluid_3_00" / "result.json").stat().st_mtime_ns
    again = BenchmarkOptions((str(models / "encoder.safetensors"),), ("wd",), (), PLAN, "cpu")
    joined = run_benchmark(again, out)
    assert {row["configuration"] for row in joined.rows} == {"body-wd", "mean-wd", "encoder-wd"}
    assert (out / "study" / "results" / "body-wd" / "fluid_3_00" / "result.json").stat().st_mtime_ns == before
    assert joined.pairs == [], "one patient a kind gives no interval"
    with pytest.raises(InputError, match="no row 'men-wd' to compare"):
        run_benchmark(dataclasses.replace(again, compare=(("body-wd", "men-wd"),)), out)
    with pytest.raises(InputError, match="other cases"):
        run_benchmark(BenchmarkOptions(plan=Plan(1, 3, ("fluid",), (3,), 3, 2, 2)), out)
