"""What a manifest says that pictures and scenes need, with a sane answer where it says nothing."""

from __future__ import annotations

from typing import Any

from ..models.score_units import score_unit, threshold_at
from ..results.result import AnalysisResult

DEFAULT_WINDOW, DEFAULT_LEVEL = 350.0, 50.0
RESEARCH_ONLY = "Research use only. Not a medical device."
_METRIC_TITLES = {"wd": "Wasserstein distance", "mse": "mean squared error", "ssim": "1 - SSIM"}


def window_level(result: AnalysisResult) -> tuple[float, float]:
    """Window and level in the image's own values (HU of a CT): what was used, else what was asked for, else the
    model card's, else soft tissue."""
    window, level = _first_number(result, "window"), _first_number(result, "level")
    if window is None or window <= 0 or level is None:
        return DEFAULT_WINDOW, DEFAULT_LEVEL
    return window, level


def modality(result: AnalysisResult) -> str:
    """The input's, as DICOM names it; "" where it is not known."""
    said = _dict(result.manifest.get("input")).get("modality")
    return said if isinstance(said, str) else ""


def heatmap_threshold(result: AnalysisResult) -> float | None:
    """The heat below which nothing is shown, where the manifest names it."""
    return _first_number(result, "heatmap_threshold")


def metric(result: AnalysisResult) -> str:
    """ "wd", "mse" or "ssim"; "" where it is not known."""
    for place in _places(result):
        name = place.get("metric")
        if isinstance(name, str):
            return name
    return result.findings[0].metric if result.findings else ""


def metric_title(result: AnalysisResult) -> str:
    """The metric in words."""
    name = metric(result)
    return _METRIC_TITLES.get(name, name or "score")


def unit(result: AnalysisResult) -> str:
    """What patch scores and heat count: the manifest's words, else the metric's own unit, else ""."""
    said = _dict(result.manifest.get("settings")).get("score_unit")
    return said if isinstance(said, str) and said else score_unit(metric(result), calibrated=False)


def slice_threshold(result: AnalysisResult, rate: float = 0.05) -> float | None:
    """The patch score that this share of the model's held-out normal slices reach, where the manifest knows it."""
    return threshold_at(result.manifest.get("slice_thresholds"), rate)


def model_name(result: AnalysisResult) -> str:
    """The model's name: its card's, else what was asked for."""
    model = result.manifest.get("model")
    if isinstance(model, str) and model:
        return model
    for place in _about_model(result):
        name = place.get("name")
        if isinstance(name, str) and name:
            return name
    asked = _dict(result.manifest.get("request")).get("model")
    return asked if isinstance(asked, str) and asked else "unknown model"


def model_title(result: AnalysisResult) -> str:
    """The model's title for people, or its name where the card has none."""
    for place in _about_model(result):
        title = place.get("title")
        if isinstance(title, str) and title:
            return title
    return model_name(result)


def fingerprint(result: AnalysisResult) -> str:
    """The request's fingerprint, or "" in a manifest without one."""
    value = result.manifest.get("fingerprint", "")
    return value if isinstance(value, str) else ""


def _first_number(result: AnalysisResult, name: str) -> float | None:
    for place in _places(result):
        value = place.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value)
    return None


def _places(result: AnalysisResult) -> list[dict[str, Any]]:
    """Where a fact may stand, the most telling first."""
    manifest = result.manifest
    return [manifest, _dict(manifest.get("settings")), _dict(manifest.get("request")), *_about_model(result)]


def _about_model(result: AnalysisResult) -> list[dict[str, Any]]:
    """What the manifest says of the model, and what its card recommends where that was carried over."""
    model = _dict(result.manifest.get("model"))
    return [model, _dict(model.get("recommended"))]


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
