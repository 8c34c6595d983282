"""Classifiers on the same images: numbers against scikit-learn and by hand, tests by patients, the folder."""

from __future__ import annotations

import json
from itertools import product

import numpy as np
import pytest
from sklearn import metrics

from GANAnomalyLab.evaluate.downstream.class_evaluation import Judge, evaluate_judges
from GANAnomalyLab.evaluate.downstream.downstream_report import FOLDER, downstream_data, write_downstream
from GANAnomalyLab.evaluate.evaluation_options import DownstreamOptions
from GANAnomalyLab.report import confusion_figure
from GANAnomalyLab.statistics import compare_paired
from GANAnomalyLab.statistics.paired_shares import paired_share_test
from GANAnomalyLib.errors import InputError

QUICK = DownstreamOptions(draws=60, permutations=200)


def judge(name: str, truth: np.ndarray, skill: float, seed: int, classes: int = 2) -> Judge:
    rng = np.random.default_rng(seed)
    values = rng.random((len(truth), classes)) + skill * np.eye(classes)[truth]
    return Judge(name, values / values.sum(1, keepdims=True), {"classes": {"a": 5, "b": 7}})


@pytest.fixture
def cases():
    truth = np.random.default_rng(0).integers(0, 2, 80)
    return truth, np.arange(80) // 2


def test_numbers_are_the_known_ones(cases):
    truth, people = cases
    judges = [judge("real", truth, 0.4, 1), judge("mixed", truth, 0.6, 2)]
    found = evaluate_judges(judges, truth, people, ("a", "b"), QUICK)
    for result, one in zip(found.results, judges, strict=True):
        auroc = metrics.roc_auc_score(truth, one.probabilities[:, 1])
        assert result.scores.auroc == pytest.approx(auroc)
        for ends in (result.intervals["auroc"], result.delong):
            assert ends[0] < auroc < ends[1]
    (against,) = found.comparisons
    known = compare_paired(
        judges[1].probabilities[:, 1],
        judges[0].probabilities[:, 1],
        truth == 1,
        people.tolist(),
        draws=0,
        permutations=200,
    )
    assert against.auroc == pytest.approx(known.difference)
    assert against.auroc_p == pytest.approx(known.delong.p)
    assert against.permutation_p == pytest.approx(known.permutation_p)
    assert against.auroc_ends[0] < against.auroc < against.auroc_ends[1]
    assert not found.warnings


def test_the_same_classifier_twice_does_not_differ(cases):
    truth, people = cases
    one = judge("real", truth, 0.4, 1)
    found = evaluate_judges([one, Judge("again", one.probabilities)], truth, people, ("a", "b"), QUICK)
    (against,) = found.comparisons
    assert (against.auroc, against.accuracy, against.accuracy_p) == (0, 0, 1)
    assert against.auroc_ends == (0, 0)
    assert against.permutation_p == pytest.approx(1)


def test_several_classes_have_intervals_and_no_delong():
    truth = np.arange(60) % 3
    judges = [judge(name, truth, skill, 5, 3) for name, skill in (("real", 0.3), ("mixed", 1.2))]
    found = evaluate_judges(judges, truth, np.arange(60), ("a", "b", "c"), QUICK)
    assert found.results[0].delong is None
    assert found.results[0].intervals["auroc"] is not None
    assert found.comparisons[0].auroc_p is None
    assert found.comparisons[0].auroc_ends[0] > 0
    assert any("counts as its own" in sentence for sentence in found.warnings)


def test_patients_are_drawn_whole():
    """All of a patient's images say the same: intervals are as wide as those of one image a patient."""
    truth = np.arange(24) % 2
    one = judge("real", truth, 0.5, 3)
    single = evaluate_judges([one], truth, np.arange(24), ("a", "b"), QUICK).results[0]
    many = Judge("real", np.repeat(one.probabilities, 5, 0))
    whole = evaluate_judges([many], np.repeat(truth, 5), np.repeat(np.arange(24), 5), ("a", "b"), QUICK).results[0]
    apart = evaluate_judges([many], np.repeat(truth, 5), np.arange(120), ("a", "b"), QUICK).results[0]

    def width(result):
        return np.diff(result.intervals["accuracy"])[0]

    assert width(whole) == pytest.approx(width(single))
    assert width(apart) < 0.7 * width(whole)


def test_the_test_of_two_shares_is_exact_by_hand():
    first = np.array([1, 1, 1, 1, 0, 1, 0], bool)
    second = np.array([0, 0, 0, 1, 1, 0, 0], bool)
    own = first.astype(int) - second
    differ = own[own != 0]
    sums = [sum(s * d for s, d in zip(signs, differ, strict=True)) for signs in product((-1, 1), repeat=len(differ))]
    wanted = np.mean(np.abs(sums) >= abs(differ.sum()))
    assert paired_share_test(first, second) == pytest.approx(wanted)
    # Of one patient nothing can be told.
    assert paired_share_test(first, second, np.zeros(7, int)) == 1.0
    rng = np.random.default_rng(0)
    many, few = rng.random(400) < 0.8, rng.random(400) < 0.6
    from scipy.stats import binomtest

    only = int((many & ~few).sum()), int((few & ~many).sum())
    exact = binomtest(only[0], sum(only)).pvalue  # McNemar's
    assert paired_share_test(many, few, permutations=4000) == pytest.approx(exact, abs=0.01)
    with pytest.raises(InputError):
        paired_share_test([True], [True, False])


def test_what_cannot_be_evaluated(cases):
    truth, people = cases
    one = judge("real", truth, 0.4, 1)
    with pytest.raises(InputError, match="names of their own"):
        evaluate_judges([one, one], truth, people, ("a", "b"), QUICK)
    with pytest.raises(InputError, match="one class"):
        evaluate_judges([one], np.zeros(80, int), people, ("a", "b"), QUICK)


def test_the_folder(cases, tmp_path):
    truth, people = cases
    judges = [judge("real", truth, 0.4, 1), judge("mixed", truth, 0.6, 2)]
    found = evaluate_judges(judges, truth, people, ("benign", "malignant"), QUICK)
    files = write_downstream(found, tmp_path / "out", settings={"network": "small"})
    assert {path.name for path in files} == {"results.json", *FOLDER.files}
    told = json.loads((tmp_path / "out" / "results.json").read_text())
    assert told["classifiers"][1]["confusion"] == found.results[1].scores.confusion.tolist()
    assert told["settings"]["network"] == "small"
    page = (tmp_path / "out" / "report.html").read_text()
    assert "against real" in page
    assert "5 a, 7 b" in page
    with pytest.raises(InputError, match="already holds an evaluation"):
        write_downstream(found, tmp_path / "out")
    (tmp_path / "out" / "runs").mkdir()
    write_downstream(found, tmp_path / "out", force=True)
    assert (tmp_path / "out" / "runs").is_dir()
    json.dumps(downstream_data(found), allow_nan=False)


def test_a_confusion_matrix_is_drawn_for_each():
    pytest.importorskip("matplotlib")
    counts = np.array([[8, 2], [1, 9]])
    figure = confusion_figure({"a": counts, "b": counts.T, "c": counts, "d": counts}, ["benign", "malignant"])
    panels = [axes for axes in figure.axes if axes.texts]
    assert len(panels) == 4
    assert [text.get_text() for text in panels[0].texts] == ["8", "2", "1", "9"]
