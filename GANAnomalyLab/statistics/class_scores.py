"""How well probabilities of classes tell what is what: accuracy, AUROC, F1, precision, what is taken for what."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from GANAnomalyLib.errors import InputError

from .score_areas import ScoreCounts, auroc, average_precision


@dataclass(frozen=True)
class ClassScores:
    """Each 0..1. Of two classes AUROC, F1, precision, recall and average precision are those of class 1, of more the
    means over the classes that are there; a class is what has the highest probability.

    ``confusion`` (L, L) counts images: rows are what they are, columns what they are taken for. ``balanced`` is the
    mean share of each class that is right.
    """

    accuracy: float
    balanced: float
    auroc: float
    average_precision: float
    precision: float
    recall: float
    f1: float
    confusion: np.ndarray


def class_scores(probabilities: object, truth: object) -> ClassScores:
    """From probabilities (N, L) and the true classes (N,), whole numbers below L.

    Raises :class:`InputError` for numbers that are not finite, and where all cases are of one class.
    """
    values, classes = np.asarray(probabilities, np.float64), np.asarray(truth, np.int64)
    if values.ndim != 2 or len(values) != len(classes) or not np.isfinite(values).all():
        raise InputError("Probabilities must be finite numbers, one row a case and one column a class.")
    count = values.shape[1]
    there = np.unique(classes)
    if len(there) < 2 or there[0] < 0 or there[-1] >= count:
        raise InputError("All cases are of one class, or of one that has no probabilities: there is nothing to judge.")
    taken = values.argmax(1)
    confusion = np.zeros((count, count), np.int64)
    np.add.at(confusion, (classes, taken), 1)
    right = confusion.diagonal()[there]
    judged = np.array([1]) if count == 2 else there
    areas = [ScoreCounts.of(values[classes != one, one], values[classes == one, one]) for one in judged]
    hits = confusion.diagonal()[judged]
    precision = hits / np.maximum(confusion.sum(0)[judged], 1)
    recall = hits / confusion.sum(1)[judged]
    f1 = 2 * hits / (confusion.sum(0)[judged] + confusion.sum(1)[judged])
    return ClassScores(
        float((taken == classes).mean()),
        float((right / confusion.sum(1)[there]).mean()),
        float(np.mean([auroc(area) for area in areas])),
        float(np.mean([average_precision(area) for area in areas])),
        float(precision.mean()),
        float(recall.mean()),
        float(f1.mean()),
        confusion,
    )
