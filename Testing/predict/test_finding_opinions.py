"""Opinions on findings: what is written beside a result, and what is refused."""

from __future__ import annotations

import csv
import json

import pytest
from classifiers.small_classifier import write_classifier
from classifiers.small_opinions import write_decided, write_of_findings
from click.testing import CliRunner

from GANAnomalyLab.predict.finding_opinions import write_opinions
from GANAnomalyLib.classifiers.load import load_classifier
from GANAnomalyLib.cli.app import app
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.results.result import MANIFEST, AnalysisResult
from GANAnomalyLib.review.ask_classifier import opinions_on
from GANAnomalyLib.review.opinions import OPINIONS_FILE, load_opinions
from GANAnomalyLib.review.result_facts import OpinionSource
from GANAnomalyLib.running.progress import CancelToken


@pytest.fixture
def model(tmp_path):
    return write_of_findings(tmp_path / "second.safetensors")


@pytest.fixture
def result(tmp_path):
    return write_decided(tmp_path / "results" / "case", 1)


def ask(*given):
    return CliRunner().invoke(app, ["predict", *map(str, given)])


def test_opinions_lie_beside_the_findings_and_change_nothing(model, result):
    before = {path: path.read_bytes() for path in result.rglob("*") if path.is_file()}
    rows, failed = write_opinions(load_classifier(model), [result])
    assert not failed
    assert {path: path.read_bytes() for path in before} == before
    found = load_opinions(result)
    assert found.source == OpinionSource("second", 11, 12, 6, 0.91)
    assert found.by_rank() == {row["rank"]: row["probability"] for row in rows}
    assert len(found.by_rank()) == 6
    assert all(0 < value < 1 for value in found.by_rank().values())
    assert "Not a medical device" in (result / OPINIONS_FILE).read_text()


def test_of_another_result_in_the_folder_they_say_nothing(model, result):
    write_opinions(load_classifier(model), [result])
    content = json.loads((result / MANIFEST).read_text())
    (result / MANIFEST).write_text(json.dumps({**content, "fingerprint": "another"}))
    assert load_opinions(result) is None


def test_the_command_tells_and_writes_a_table(model, result, tmp_path):
    write_decided(tmp_path / "results" / "other", 2, model={"name": "lung", "hash": "sha256:00"})
    done = ask(model, tmp_path / "results", "--out", tmp_path / "a.csv")
    assert done.exit_code == 1, done.output
    assert "Failed: other: The result is of the model lung, not of m1" in done.output
    assert "Research use only" in done.output
    with open(tmp_path / "a.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["result"] for row in rows] == ["case"] * 6
    assert not (tmp_path / "results" / "other" / OPINIONS_FILE).exists()
    done = ask(model, result, "--out", tmp_path / "a.json")
    assert done.exit_code == 0
    assert json.loads((tmp_path / "a.json").read_text())["findings"][0]["rank"] == 1


def test_what_is_refused(model, result, tmp_path):
    moles = write_classifier(tmp_path / "moles.safetensors")
    for given, said in (
        ((moles, result), "is the result of an analysis, and the classifier moles learnt from no findings"),
        ((model, tmp_path / "gone"), "does not exist or is no folder: give result folders"),
        ((model, model), "is no folder"),
        ((model, result, "--pictures", tmp_path / "shown"), "leave --pictures out"),
    ):
        done = ask(*given)
        assert done.exit_code == 2, done.output
        assert said in " ".join(done.output.split())
    with pytest.raises(InputError, match="tells benign, malignant apart and learnt from no findings"):
        opinions_on(load_classifier(moles), AnalysisResult.read(result))
    for changes, said in (
        ({"hash": "sha256:11"}, "of the model m1, not of m1 as it was then"),
        ({"window": 400.0}, "of window 350, not 400"),
        ({"patch_size": 4}, "of pixels a patch 8, not 4"),
    ):
        other = write_of_findings(tmp_path / "other.safetensors", **changes)
        with pytest.raises(InputError, match=said):
            write_opinions(load_classifier(other), [result])
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        write_opinions(load_classifier(model), [result], cancel=cancel)
    assert not (result / OPINIONS_FILE).exists()


def test_cards_that_contradict_themselves(tmp_path, result):
    for classes in (("accepted", "rejected"), ("benign", "malignant")):
        path = write_of_findings(tmp_path / "odd.safetensors")
        card = json.loads(path.with_suffix(".json").read_text())
        card["architecture"]["classes"] = list(classes)
        path.with_suffix(".json").write_text(json.dumps(card))
        with pytest.raises(InputError, match="contradicts itself on the findings"):
            load_classifier(path)
    path = write_of_findings(tmp_path / "odd.safetensors")
    card = json.loads(path.with_suffix(".json").read_text())
    card["training"] = {"classes": {"accepted": "many"}, "patients": -1}
    path.with_suffix(".json").write_text(json.dumps(card))
    assert opinions_on(load_classifier(path), AnalysisResult.read(result)).source == OpinionSource("odd")
