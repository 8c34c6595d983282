"""Against scikit-learn, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from GANAnomalyLab.statistics.class_scores import class_scores
from GANAnomalyLib.errors import InputError


def drawn(classes: int, count: int = 60, seed: int = 3):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, count)
    values = rng.random((count, classes)) + 0.7 * np.eye(classes)[truth]
    return np.round(values / values.sum(1, keepdims=True), 2), truth  # ties


def test_two_classes():
    values, truth = drawn(2)
    found, taken = class_scores(values, truth), values.argmax(1)
    assert found.accuracy == pytest.approx(metrics.accuracy_score(truth, taken))
    assert found.balanced == pytest.approx(metrics.balanced_accuracy_score(truth, taken))
    assert found.auroc == pytest.approx(metrics.roc_auc_score(truth, values[:, 1]))
    assert found.average_precision == pytest.approx(metrics.average_precision_score(truth, values[:, 1]))
    assert (found.precision, found.recall, found.f1) == pytest.approx(
        (metrics.precision_score(truth, taken), metrics.recall_score(truth, taken), metrics.f1_score(truth, taken))
    )
    assert found.confusion.tolist() == metrics.confusion_matrix(truth, taken).tolist()


def test_several_classes_are_averaged():
    values, truth = drawn(4)
    found, taken = class_scores(values, truth), values.argmax(1)
    each = [metrics.roc_auc_score(truth == one, values[:, one]) for one in range(4)]
    assert found.auroc == pytest.approx(np.mean(each))
    assert found.f1 == pytest.approx(metrics.f1_score(truth, taken, average="macro"))
    assert found.balanced == pytest.approx(metrics.balanced_accuracy_score(truth, taken))


def test_a_class_of_which_there_is_none_is_left_out():
    values, truth = drawn(3)
    kept = truth != 1
    found = class_scores(values[kept], truth[kept])
    each = [metrics.roc_auc_score(truth[kept] == one, values[kept][:, one]) for one in (0, 2)]
    assert found.auroc == pytest.approx(np.mean(each))


@pytest.mark.parametrize(
    ("values", "truth"),
    [([[0.5, 0.5]] * 2, [1, 1]), ([[0.5, np.nan]] * 2, [0, 1]), ([[0.5, 0.5]], [0, 1]), ([[0.5, 0.5]] * 2, [0, 2])],
)
def test_what_cannot_be_judged(values, truth):
    with pytest.raises(InputError):
        class_scores(values, truth)
