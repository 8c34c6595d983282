"""Scores with their unit, in the same words on the terminal, in pictures, in files and in scenes."""

from __future__ import annotations

from ..running.messages import Message

CALIBRATED = "times what is usual there"
"""The unit of patch scores and heat that were divided by what the model's held-out normals show at the same place."""

OF_NORMAL = "times the highest of a normal slice"
"""The unit of distances to a memory of normal slices, divided by the highest that a normal slice usually shows."""

ANOMALY_MAP = "mean of the anomaly map"
"""The unit of patch scores of a detector's own anomaly map."""

COMPLETION_DISTANCES = {"image": "L2 distance of pixels (-1 to 1)", "feature": "L2 distance of features"}
"""The units of PICARD's scores, by what completions are compared on."""

_METRIC_UNITS = {"wd": "grey levels (0-255)", "mse": "squared grey levels", "ssim": "1 - SSIM"}
METRICS = tuple(_METRIC_UNITS)
"""The published distances of a slice and its reconstruction."""
_SHORT = {
    CALIBRATED: Message("unit_usual"),
    OF_NORMAL: Message("unit_normal"),
    ANOMALY_MAP: Message("unit_map"),
    "grey levels (0-255)": Message("unit_grey_levels"),
    "squared grey levels": Message("unit_squared_grey_levels"),
    COMPLETION_DISTANCES["image"]: Message("unit_l2"),
    COMPLETION_DISTANCES["feature"]: Message("unit_l2_of_features"),
}


def score_unit(metric: str, calibrated: bool) -> str:
    """What patch scores and heat count, in words, as in the manifest's ``settings.score_unit``; "" if not known."""
    return CALIBRATED if calibrated else _METRIC_UNITS.get(metric, "")


def short_unit(unit: str) -> Message:
    """The unit for a column's head or a legend: "x usual", "grey levels", "1 - SSIM"."""
    return _SHORT.get(unit, Message(unit))


def score_text(score: float, unit: str) -> Message:
    """A score as a person reads it: "9.4x usual", "43.2 grey levels"; the bare number where the unit is not known."""
    digits = ".0f" if abs(score) >= 1000 else ".1f" if abs(score) >= 1 else ".3g"
    number = f"{score:{digits}}"
    if unit == CALIBRATED:
        return Message("score_usual", score=number)
    if unit == OF_NORMAL:
        return Message("score_normal", score=number)
    if not unit:
        return Message(number)
    # "0.31 1 - SSIM" would read as a sum.
    said = f"({unit})" if unit == _METRIC_UNITS["ssim"] else short_unit(unit)
    return Message("score_in_unit", score=number, unit=said)


def threshold_at(thresholds: object, rate: float) -> float | None:
    """The slice score that ``rate`` of the model's held-out normals reach, of a manifest's ``slice_thresholds``."""
    for name, value in thresholds.items() if isinstance(thresholds, dict) else ():
        try:
            if abs(float(name) - rate) < 1e-9:
                return float(value)
        except (TypeError, ValueError):
            continue
    return None
