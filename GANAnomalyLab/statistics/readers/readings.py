"""The readings of a study: who rated which case under which treatment, and how."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from GANAnomalyLib.errors import InputError


@dataclass(frozen=True)
class Readings:
    """n readings by number; names are in the order of the numbers in them, else of the alphabet.

    Attributes
    ----------
    readers, treatments, cases: names.
    reader, treatment, case: (n,) whose, under what, and of what each reading is.
    truth: (n,) true where what was rated is abnormal.
    rating: (n,) finite, higher being more suspicious; for located findings minus infinity where nothing was marked.
    lesion: (n,) which lesion of its case a reading is of, -1 for none; several make a case a cluster.
    weight: (n,) of the lesion, above 0; only located findings use it.
    """

    readers: tuple[str, ...]
    treatments: tuple[str, ...]
    cases: tuple[str, ...]
    reader: np.ndarray
    treatment: np.ndarray
    case: np.ndarray
    truth: np.ndarray
    rating: np.ndarray
    lesion: np.ndarray
    weight: np.ndarray

    @classmethod
    def of(
        cls,
        reader: Sequence[object],
        treatment: Sequence[object],
        case: Sequence[object],
        truth: Sequence[object],
        rating: Sequence[float] | np.ndarray,
        lesion: Sequence[object] | None = None,
        weight: Sequence[float] | None = None,
    ) -> Readings:
        """From columns of one length; a lesion of "" or None is none.

        Raises
        ------
        InputError: unequal lengths, no reading, a truth that is not 0 or 1, a rating that is NaN or plus infinity.
        """
        count = len(rating)
        if not count:
            raise InputError("There is no reading: give one row for each reader, treatment and case.")
        held = [reader, treatment, case, truth, *(one for one in (lesion, weight) if one is not None)]
        if any(len(column) != count for column in held):
            raise InputError("The columns of the readings have different lengths: give one of each for every reading.")
        truths = [_truth(value) for value in truth]
        ratings = np.asarray(rating, np.float64)
        wrong = np.flatnonzero(np.isnan(ratings) | np.isposinf(ratings))
        if len(wrong):
            raise InputError(
                f"{len(wrong)} of {count} ratings are NaN or infinite (the first is number {wrong[0] + 1}): correct or "
                "remove these readings."
            )
        (readers, of_reader), (treatments, of_treatment), (cases, of_case) = map(_numbers, (reader, treatment, case))
        lesions = np.full(count, -1)
        if lesion is not None:
            named = [None if value is None or str(value) == "" else str(value) for value in lesion]
            order = {name: n for n, name in enumerate(sorted({name for name in named if name is not None}))}
            lesions = np.array([-1 if name is None else order[name] for name in named])
        weights = np.ones(count) if weight is None else np.asarray(weight, np.float64)
        if not (np.isfinite(weights) & (weights > 0)).all():
            raise InputError("The weights of lesions must be numbers above 0.")
        return cls(
            readers, treatments, cases, of_reader, of_treatment, of_case, np.array(truths), ratings, lesions, weights
        )

    def only(self, kept: np.ndarray) -> Readings:
        """The readings where ``kept`` (n,) is true; names that no reading has any more are gone."""
        columns = {}
        for names, numbers in (("readers", self.reader), ("treatments", self.treatment), ("cases", self.case)):
            held, placed = np.unique(numbers[kept], return_inverse=True)
            columns[names] = tuple(getattr(self, names)[n] for n in held), placed.reshape(-1)
        (readers, reader), (treatments, treatment), (cases, case) = columns.values()
        rest = (column[kept] for column in (self.truth, self.rating, self.lesion, self.weight))
        return Readings(readers, treatments, cases, reader, treatment, case, *rest)


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Different names in the order of the numbers in them, else of the alphabet: 2 before 10, R2 before R10."""

    def key(name: str) -> list[tuple[int, str]]:
        return [(int(part) if part.isdecimal() else -1, part) for part in re.split(r"(\d+)", name)]

    return tuple(sorted(set(names), key=key))


def _numbers(column: Sequence[object]) -> tuple[tuple[str, ...], np.ndarray]:
    texts = [str(name) for name in column]
    names = in_order(texts)
    place = {name: n for n, name in enumerate(names)}
    return names, np.array([place[name] for name in texts], np.int64)


def _truth(value: object) -> bool:
    text = str(value).strip().removesuffix(".0")
    if text not in ("0", "1", "False", "True"):
        raise InputError(f"The truth of each case must be 1 (abnormal) or 0 (normal), not {text[:40]!r}.")
    return text in ("1", "True")
