"""What scores must be before anything is computed from them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from GANAnomalyLib.errors import InputError

Groups = Sequence[object] | np.ndarray
MOST_DRAWS = 10_000_000


def score_array(scores: object, what: str, least: int = 1) -> np.ndarray:
    """``scores`` as (n,) float64; ``what`` names them in the sentence of :class:`InputError`.

    Raised for something else than numbers in one row, NaN or infinity (whose place is named), or fewer than ``least``.
    """
    try:
        values = np.asarray(scores, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"The {what} are not all numbers: give one number for each case.", str(error)) from error
    if values.ndim != 1:
        raise InputError(f"The {what} must be one row of numbers, not an array of {values.ndim} dimensions.")
    if len(values) < least:
        raise InputError(f"There are {len(values)} {what}: at least {least} are needed.")
    wrong = np.flatnonzero(~np.isfinite(values))
    if len(wrong):
        raise InputError(
            f"{len(wrong)} of {len(values)} {what} are NaN or infinite (the first is number {wrong[0] + 1}): "
            "correct or remove these cases."
        )
    return values


def two_classes(normal: object, abnormal: object) -> tuple[np.ndarray, np.ndarray]:
    """Both classes' scores as (n,) and (m,) float64; :class:`InputError` where one is empty or holds a NaN."""
    first = score_array(normal, "normal scores", 0)
    second = score_array(abnormal, "abnormal scores", 0)
    for values, kind in ((first, "normal"), (second, "abnormal")):
        if not len(values):
            raise InputError(f"There are no {kind} cases: an AUROC needs both normal and abnormal ones.")
    return first, second


def unit_numbers(
    normal: int, abnormal: int, normal_groups: Groups | None, abnormal_groups: Groups | None
) -> tuple[np.ndarray, np.ndarray] | None:
    """Whose each case is, as numbers from 0: (normal,) and (abnormal,) int64; equal names are one patient in both.

    None where no groups are given. Raises :class:`InputError` when only one class has them, or lengths differ.
    """
    if normal_groups is None and abnormal_groups is None:
        return None
    if normal_groups is None or abnormal_groups is None:
        raise InputError("Patients are known for one class only: give them for normal and abnormal cases, or neither.")
    for groups, count, kind in ((normal_groups, normal, "normal"), (abnormal_groups, abnormal, "abnormal")):
        if len(groups) != count:
            raise InputError(f"There are {count} {kind} scores but {len(groups)} patients for them: give one for each.")
    numbers: dict[str, int] = {}
    one = [numbers.setdefault(str(name), len(numbers)) for name in normal_groups]
    two = [numbers.setdefault(str(name), len(numbers)) for name in abnormal_groups]
    return np.asarray(one, np.int64), np.asarray(two, np.int64)


def whole_number(value: object, what: str, least: int, most: int = MOST_DRAWS) -> int:
    """``value`` when it is a whole number in ``least``..``most``, else :class:`InputError`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not least <= value <= most:
        raise InputError(f"The {what} must be a whole number from {least} to {most:,}, not {str(value)[:40]}.")
    return int(value)


def share(value: object, what: str) -> float:
    """``value`` when it is a number above 0 and below 1, else :class:`InputError`."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not 0 < float(value) < 1:
        raise InputError(f"The {what} must be a number between 0 and 1, as 0.95, not {str(value)[:40]}.")
    return float(value)
