"""result.json: what was asked, found, used and how long it took."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..files import write_text
from ..results.result import MANIFEST, MASKING, SCHEMA_VERSION, put_notes
from ..results.usual import PERCENTS, UsualLine
from ..version import __version__
from .analysis_state import Analysis, Scored
from .prepare import as_on_card

if TYPE_CHECKING:
    from ..models.card import ModelCard
    from .request import AnalysisRequest

RECORDED_LIBRARIES = ("torch", "numpy", "SimpleITK", "scikit-image", "scipy", "numba")


def manifest_of(analysis: Analysis) -> dict[str, Any]:
    """The manifest of an analysis whose slices are scored."""
    request, resolved, prepared, scored = analysis.request, analysis.resolved, analysis.prepared, analysis.scored
    volume, card = prepared.volume, analysis.model.card
    threshold = resolved.heatmap_threshold
    known = as_on_card(request, card, scored.metric, scored.patch_size)
    thresholds = thresholds_of(analysis.request, analysis.model.card, analysis.scored)
    if threshold is None:
        # Without a calibrated one: the quarter of the hottest finding, so that the picture opens readable.
        threshold = 0.25 * float(scored.heat.max())
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "notice": "Research use only. Not a medical device.",
        "created": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "request": request.to_dict(),
        "settings": {
            "window": resolved.window,
            "level": resolved.level,
            "metric": scored.metric,
            "patch_size": scored.patch_size,
            "patch_mm": round(scored.patch_size * prepared.frames.pixel_mm(prepared.indices), 2),
            "detector": card.kind,
            "score_unit": scored.unit,
            **_masking(analysis),
        },
        "heatmap_threshold": threshold,
        "heatmap_thresholds": card.recommended.get("heatmap_thresholds", {}) if known else {},
        "slice_thresholds": thresholds,
        "findings_above": _findings_above(scored, thresholds),
        "model": {
            "name": card.name,
            "title": card.title,
            "kind": card.kind,
            "resolution": card.resolution,
            "anatomy": card.anatomy,
            "not_for": card.not_for,
            "hash": analysis.model.model_hash,
        },
        "domain": analysis.domain.to_dict(),
        "input": {
            "hash": analysis.input_hash,
            "modality": volume.modality,
            "slices": len(prepared.indices),
            **({"source": volume.meta["source"]} if "source" in volume.meta else {}),
        },
        "geometry": {
            "shape_kji": list(volume.voxels.shape),
            "ijk_to_ras": volume.ijk_to_ras.tolist(),
            "spacing_mm": list(volume.spacing),
            "frame": prepared.frames.to_dict(),
        },
        "device": {"name": analysis.device, "machine": platform.machine(), "threads": os.cpu_count()},
        "versions": {"gananomaly": __version__, "python": platform.python_version(), **_library_versions()},
        "timings_s": analysis.timings,
        "fingerprint": analysis.fingerprint,
        "counts": {"slices": len(scored.rows), "findings": len(scored.findings), "resumed": analysis.explained.resumed},
    }
    put_notes(manifest, [*analysis.domain.notes(request.findings_anyway), *analysis.explained.notes])
    return manifest


def _masking(analysis: Analysis) -> dict[str, Any]:
    """Which threshold slices were masked by, and who said so; {} for detectors that mask nothing."""
    masking = analysis.detector.masking
    if masking is None:
        return {}
    return {MASKING: {"setting": masking.setting, "value": masking.value, "from": masking.source}}


def thresholds_of(request: AnalysisRequest, card: ModelCard, scored: Scored) -> dict[str, float]:
    """The slice scores that shares of the model's normal slices reach, where they are of the scores computed.

    They were measured with the card's own metric and patch size, and say nothing about others.
    """
    return card.thresholds if as_on_card(request, card, scored.metric, scored.patch_size) else {}


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Whole or not at all: a result without a readable manifest would be lost."""
    write_text(folder / MANIFEST, json.dumps(manifest, indent=2))


def _findings_above(scored: Scored, thresholds: Mapping[str, float]) -> dict[str, int]:
    """How many findings score higher than all but a share of normal slices, by that share."""
    lines = [line for percent in PERCENTS if (line := UsualLine.of(thresholds, percent)) is not None]
    scores = [finding.score for finding in scored.findings]
    return {str(line.percent / 100): line.count(scores) for line in lines}


def _library_versions() -> dict[str, str]:
    found = {}
    for name in RECORDED_LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
