"""A classifier asked about the findings of one result, as the panel's worker does it."""

from __future__ import annotations

import json

import pytest
from classifiers.small_classifier import write_classifier
from classifiers.small_opinions import SEEN, write_decided, write_of_findings
from click.testing import CliRunner

from GANAnomalyLib.classifiers.load import load_classifier
from GANAnomalyLib.cli.app import app
from GANAnomalyLib.errors import Cancelled, InputError
from GANAnomalyLib.results.result import MANIFEST, AnalysisResult
from GANAnomalyLib.review import ask_classifier
from GANAnomalyLib.review.ask_classifier import ask, opinions_on
from GANAnomalyLib.review.opinions import OPINIONS_FILE, load_opinions
from GANAnomalyLib.running.progress import CancelToken, no_progress
from GANAnomalyLib.worker.tasks import perform


@pytest.fixture
def model(tmp_path):
    return write_of_findings(tmp_path / "second.safetensors")


@pytest.fixture
def result(tmp_path):
    return write_decided(tmp_path / "case", 1)


def test_the_task_writes_opinions_and_returns_them(model, result):
    told = []
    request = {"task": "opinions", "folder": str(result), "classifier": str(model)}
    done = perform(request, lambda fraction, message: told.append((fraction, str(message))), CancelToken())
    kept = load_opinions(result)
    assert kept is not None
    assert done["event"] == "done"
    assert done["opinions"]["source"]["model"] == "second"
    assert {one["rank"]: one["probability"] for one in done["opinions"]["opinions"]} == kept.by_rank()
    assert len(kept.opinions) == 6
    assert [fraction for fraction, _ in told] == sorted(fraction for fraction, _ in told)
    assert "Asking the classifier: 0 of 6 findings" in [message for _, message in told]


def test_many_findings_are_asked_about_some_at_a_time(model, result, monkeypatch):
    whole = opinions_on(load_classifier(model), AnalysisResult.read(result)).by_rank()
    monkeypatch.setattr(ask_classifier, "_AT_ONCE", 4)
    assert opinions_on(load_classifier(model), AnalysisResult.read(result)).by_rank() == pytest.approx(whole, abs=1e-6)
    stopped = CancelToken()

    def progress(fraction: float, message) -> None:
        if "4 of 6" in message:
            stopped.cancel()

    monkeypatch.setattr(ask_classifier, "_AT_ONCE", 2)
    with pytest.raises(Cancelled):
        ask(result, model, "", progress, stopped)
    assert not (result / OPINIONS_FILE).exists()


def test_only_of_the_result_that_is_meant(model, result):
    fingerprint = json.loads((result / MANIFEST).read_text())["fingerprint"]
    ask(result, model, fingerprint)
    (result / OPINIONS_FILE).unlink()
    with pytest.raises(InputError, match="holds another one by now"):
        ask(result, model, "sha256:another")
    assert not (result / OPINIONS_FILE).exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"model": "lung", "hash": "sha256:11"}, "is of the model m1, not of lung, from which the classifier second"),
        ({"hash": "sha256:11"}, "of the model m1, not of m1 as it was then"),
        ({"window": 400.0}, "of window 350, not 400"),
    ],
)
def test_a_classifier_of_other_findings_is_refused_in_a_sentence_that_can_be_translated(
    tmp_path, result, changes, sentence
):
    other = write_of_findings(tmp_path / "second.safetensors", **changes)
    with pytest.raises(InputError, match=sentence) as refused:
        ask(result, other)
    assert refused.value.template
    assert refused.value.template.format(**refused.value.values) == refused.value.message


def test_requests_that_are_none(tmp_path, model, result):
    moles = write_classifier(tmp_path / "moles.safetensors")
    for values, sentence in (
        ({"folder": str(result)}, "needs a result's folder and a classifier"),
        ({"folder": str(result), "classifier": 3}, "of a wrong kind"),
        ({"folder": str(result), "classifier": str(model), "more": 1}, "unknown settings: 'more'"),
        ({"folder": str(tmp_path), "classifier": str(model)}, "result"),
        ({"folder": str(result), "classifier": str(tmp_path / "no.safetensors")}, "no.safetensors"),
        ({"folder": str(result), "classifier": str(moles)}, "learnt from no findings"),
    ):
        with pytest.raises(InputError, match=sentence):
            perform({"task": "opinions", **values}, no_progress, CancelToken())


def test_info_tells_them(model, result):
    def told(*more: str) -> str:
        done = CliRunner().invoke(app, ["info", str(result), *more])
        assert done.exit_code == 0, done.output
        return done.output if more else " ".join(done.output.split())

    assert "second opinion" not in told()
    assert json.loads(told("--json"))["second_opinions"] is None
    found = ask(result, model)
    text = told()
    assert "by second, from 11 accepted and 12 rejected findings of 6 patients, AUROC 0.91 on others" in text
    assert f"{100 * found.by_rank()[1]:.0f} %" in text
    assert len(json.loads(told("--json"))["second_opinions"]["opinions"]) == 6
    (result / OPINIONS_FILE).write_text('{"fingerprint": ')
    assert "Note: no second opinions are shown" in told()
    assert SEEN["model"] in told()
