"""``gananomaly review study``: from a table to an answer and a page."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from vandyke import TABLE, rows

from GANAnomalyLab.cli.review_commands.study import command as group
from GANAnomalyLib.cli.app import app

STUDY = ("review", "study")


def call(*arguments):
    return CliRunner().invoke(app, [*STUDY, *map(str, arguments)])


def answer(*arguments):
    done = call(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


KEPT = ("adjudicate", "amend", "assign", "create", "export", "finish", "next", "rate", "status")


@pytest.mark.parametrize("name", ["agreement", "analyze", "power", *KEPT])
def test_every_command_of_a_study_teaches(name):
    done = call(name, "--help")
    assert done.exit_code == 0
    assert "gananomaly review study" in done.output.partition("Example:")[2]
    assert "What comes out" in done.output
    assert "--json" in done.output
    assert name in CliRunner().invoke(group, ["--help"]).output


def test_the_group_holds_the_laboratorys_commands():
    assert "study" in CliRunner().invoke(app, ["review", "--help"]).output
    british, american = (call(name, "--help").output.partition("\n\n")[2] for name in ("analyse", "analyze"))
    assert british == american
    assert "did you mean analyze?" in call("analyce").output


def test_ratings_come_from_one_place():
    for words in ((), ("--ratings", TABLE, "--study", "heat"), ("--study", "heat", "--plan", "plan.json")):
        assert "Give either --ratings or --study" in call("analyse", *words).output


def test_a_study_is_answered():
    data = answer("analyse", "--ratings", TABLE, "--covariance", "delong")
    (difference,) = data["difference"]
    assert difference["p"] == pytest.approx(0.05123303082, abs=5e-12)
    assert data["settings"]["covariance"] == "delong"
    words = call("analyse", "--ratings", TABLE).output
    assert "1 - 2" in words
    assert "-0.0880 to 0.0004" in words
    assert "Design: factorial" in words
    (turned,) = answer("analyze", "--ratings", TABLE, "--treatments", "2,1")["difference"]
    assert (turned["a"], turned["b"]) == ("2", "1")
    cases = answer("analyze", "--ratings", TABLE, "--case-column", "case2", "--fixed", "cases")
    assert cases["design"] == "cases nested in readers"


def test_what_cannot_be_told_is_null_not_nan(tmp_path):
    perfect = tmp_path / "perfect.csv"
    lines = [f"{row['reader']},{row['treatment']},{row['case']},{row['truth']},{row['truth']}" for row in rows()]
    perfect.write_text("\n".join(["reader,treatment,case,truth,rating", *lines]))
    done = call("analyse", "--ratings", perfect, "--json")
    assert "NaN" not in done.stdout
    data = json.loads(done.stdout)
    assert data["difference"][0]["p"] is None
    assert data["global"]["f"] is None
    assert "no error to estimate" in data["notes"][0]
    assert call("analyse", "--ratings", perfect, "--out", tmp_path / "out").exit_code == 0
    assert "no error to estimate" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_a_page_and_its_files(tmp_path):
    out, plan = tmp_path / "study", tmp_path / "plan.json"
    plan.write_text(json.dumps({"title": "A <study>", "metric": "sensitivity", "threshold": 3, "difference": 0.1}))
    data = answer("analyse", "--ratings", TABLE, "--plan", plan, "--out", out, "--imrmc", tmp_path / "list.txt")
    assert {entry.name for entry in out.iterdir()} == {
        *("results.json", "report.html", "readers.csv", "differences.csv", "power.csv"),
        *("curves.png", "treatments.png", "differences.png", "power.png"),
    }
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "A &lt;study&gt;" in page
    assert data["hashes"]["plan_with_data"] in page
    assert "Obuchowski and Rockette" in page
    stored = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert {key: stored[key] for key in ("difference", "global", "components", "hashes")} == {
        key: data[key] for key in ("difference", "global", "components", "hashes")
    }
    assert stored["next_study"]["difference"] == 0.1
    assert (tmp_path / "list.txt").read_text().count("\n") == 6 + 114 + 1140
    again = call("analyse", "--ratings", TABLE, "--out", out)
    assert again.exit_code == 2
    assert "--force" in again.output
    assert call("analyse", "--ratings", TABLE, "--out", out, "--force").exit_code == 0


def test_a_plan_in_yaml_and_a_contradiction(tmp_path):
    plan = tmp_path / "plan.yaml"
    plan.write_text("metric: specificity\nthreshold: 3\ncovariance: unbiased\n")
    data = answer("analyse", "--ratings", TABLE, "--plan", plan)
    assert (data["metric"], data["covariance"], data["cases"]) == (
        "specificity",
        "unbiased",
        {"normal": 69, "abnormal": 0},
    )
    done = call("analyse", "--ratings", TABLE, "--plan", plan, "--metric", "auc")
    assert done.exit_code == 2
    assert "The plan says specificity for --metric" in done.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("analyse",), "--ratings"),
        (("analyse", "--ratings", "nowhere.csv"), "nowhere.csv"),
        (("analyse", "--ratings", TABLE, "--metric", "sensitivity"), "--threshold"),
        (("analyse", "--ratings", TABLE, "--metric", "acu"), "auc"),
        (("analyse", "--ratings", TABLE, "--case-column", "patient"), "no column 'patient'"),
        (("analyse", "--ratings", TABLE, "--treatments", "2,2"), "must name each treatment once"),
        (("power", "--ratings", TABLE, "--readers", "1,5"), "from 2 to 10,000"),
        (("power", "--ratings", TABLE, "--difference", "0"), "above 0"),
        (("agreement", "--ratings", TABLE, "--kind", "organ"), "no column 'organ'"),
    ],
)
def test_bad_input_is_one_sentence(arguments, words):
    done = call(*arguments)
    assert done.exit_code == 2
    assert words in done.output
    assert "Traceback" not in done.output


def test_power_of_the_next_study():
    data = answer("power", "--ratings", TABLE, "--readers", "6,10", "--cases", "100,251")
    assert [(one["readers"], one["cases"]) for one in data["power"]] == [(6, 100), (6, 251), (10, 100), (10, 251)]
    assert data["needed"][0] == {"readers": 6, "cases": 251, "power": pytest.approx(0.8005, abs=5e-5)}
    assert data["difference_is_observed"]
    assert "overrate" in call("power", "--ratings", TABLE).output
    assert "overrate" not in call("power", "--ratings", TABLE, "--difference", "0.05").output


def test_agreement_by_treatment_and_kind(tmp_path):
    table = tmp_path / "decisions.csv"
    lines = ["reader,case,patient,organ,decision"]
    for case in range(12):
        for reader, lie in (("Ö'Neil", 5), ("B", 4), ("B", 3)):  # B decides twice
            decision = "accepted" if (case % 2 == 0) != (case % lie == 0) else "rejected"
            lines.append(f"{reader},{case},{case // 2},{'liver' if case < 6 else 'lung'},{decision}")
    table.write_text("\n".join(lines), encoding="utf-8")
    out = tmp_path / "agreement"
    data = answer("agreement", "--ratings", table, "--kind", "organ", "--patient", "patient", "--out", out)
    assert [(one["kind"], one["what"], one["items"]) for one in data["agreement"]] == [
        *(("all", what, 12) for what in ("all readers", "two readers", "one reader twice")),
        *((kind, what, 6) for kind in ("liver", "lung") for what in ("all readers", "two readers", "one reader twice")),
    ]
    settle = (out / "to_settle.csv").read_text(encoding="utf-8-sig").splitlines()
    assert settle[0] == "treatment,item,reader Ö'Neil,reader B"
    assert len(settle) - 1 == data["to_settle"] > 0
    assert "draws of patients" in (out / "report.html").read_text(encoding="utf-8")
    first = data["agreement"][0]["kappa"]
    assert first["low"] <= first["value"] <= first["high"]
    assert "To be settled" in call("agreement", "--ratings", TABLE, "--threshold", 3, "--bootstrap", 0).output
