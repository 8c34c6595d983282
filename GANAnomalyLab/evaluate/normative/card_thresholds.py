"""Thresholds of pixels for a model's card: searched on healthy scans, checked to be of the card's own scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from GANAnomalyLib.detectors.kinds import find_kind
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.models.card import ModelCard, set_recommended
from GANAnomalyLib.models.score_units import METRICS
from GANAnomalyLib.models.store import card_path, model_hash
from GANAnomalyLib.results.result import MASKING, AnalysisResult
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

from .pixel_thresholds import RATES, rounded_up, search_threshold
from .restored_scans import Heats, Scan

_FEW_SCANS = 10


@dataclass(frozen=True)
class NormalThresholds:
    """Thresholds by rate, in the heat's ``unit``; how many ``scans``, ``slices`` and pixels (in ``region``) they rest
    on; the ``metric`` and ``patch_size`` of the scores; what slices were ``masked`` by, by setting, where the detector
    masks; sentences that the person should know."""

    thresholds: dict[str, float]
    scans: int
    slices: int
    pixels: int
    region: str
    metric: str
    patch_size: int
    unit: str
    masked: dict[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def thresholds_of_normals(
    scans: Sequence[Scan],
    rates: Sequence[float] = RATES,
    region: str = "image",
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> NormalThresholds:
    """Search thresholds on healthy scans' results.

    Raises :class:`InputError` for no scan, results that cannot be read, or of other metrics, patch sizes, units or
    models than one another.
    """
    if not scans:
        raise InputError("There is no healthy scan: thresholds need some, better twenty than two.")
    manifests = [AnalysisResult.read(scan.result) for scan in scans]
    facts = {_scores(result.manifest) for result in manifests}
    if len(facts) > 1:
        raise InputError(
            "The results are not of one kind (model, metric, patch size, calibration and masking threshold): analyse "
            "all scans alike."
        )
    heats = Heats(scans, region, cancel)
    found = search_threshold(heats, rates, progress, cancel)
    _, metric, patch, unit, masked = next(iter(facts))
    warnings = []
    if len(scans) < _FEW_SCANS:
        warnings.append(
            f"The thresholds rest on {len(scans)} scans: pixels of one patient are alike, so give more patients."
        )
    slices = sum(len(result.scores) for result in manifests)
    pixels, known = heats.pixels, dict(masked)
    return NormalThresholds(found, len(scans), slices, pixels, region, metric, patch, unit, known, tuple(warnings))


def write_to_card(found: NormalThresholds, model: Path, scans: Sequence[Scan]) -> Path:
    """Put the thresholds onto the card beside a model's file, and return the card's path.

    With them goes the threshold of masks that the scans were analysed with, for other masks give other heat. They are
    rounded up to four digits. Raises :class:`InputError` when the scans were not analysed by this model with
    the metric, patch size and calibration that its card recommends, it has no card, or that cannot be written.
    """
    path = card_path(model)
    if not path.is_file():
        raise InputError(f"The model {model.name} has no card beside it: export it first (gananomaly model export).")
    card = ModelCard.read(path)
    digest = model_hash(model)
    for scan in scans:
        manifest = AnalysisResult.read(scan.result).manifest
        if _part(manifest, "model").get("hash") != digest:
            raise InputError(f"The result {scan.name} was made with another model than {card.name}: analyse it again.")
        if _part(manifest, "request").get("calibrate") is False:
            raise InputError(f"The result {scan.name} was made with --no-calibration: the card's scores are without.")
    recommended = card.recommended.get("metric", found.metric), card.recommended.get("patch_size", found.patch_size)
    if recommended != (found.metric, found.patch_size):
        raise InputError(
            f"The scans were analysed with metric {found.metric} and patch size {found.patch_size}, and the card of "
            f"{card.name} recommends {recommended[0]} and {recommended[1]}: analyse them as the card says."
        )
    kind = find_kind(card.kind)
    compared_by = {"metric": found.metric, "patch_size": found.patch_size}
    set_recommended(
        path,
        **(compared_by if found.metric in METRICS or "metric" in card.recommended else {}),
        heatmap_thresholds={rate: rounded_up(value) for rate, value in found.thresholds.items()},
        heatmap_thresholds_from={name: getattr(found, name) for name in ("scans", "slices", "pixels", "region")},
        **{name: value for name, value in found.masked.items() if name == kind.detector.masks_by},
    )
    return path


def outdated_by(found: NormalThresholds, model: Path) -> bool:
    """Whether what else the card says of normals was found with other masks than those of ``found``."""
    path = card_path(model)
    if not found.masked or not path.is_file():
        return False
    card = ModelCard.read(path)
    before = {name: card.recommended.get(name, -1) for name in found.masked}  # -1: each slice's own
    return bool(card.thresholds) and before != found.masked


def _scores(manifest: Mapping[str, Any]) -> tuple[str, str, int, str, tuple[tuple[str, float], ...]]:
    settings = _part(manifest, "settings")
    try:
        model = str(_part(manifest, "model")["hash"])
        masking = settings.get(MASKING)
        masked = () if masking is None else ((str(masking["setting"]), float(masking["value"])),)
        return model, str(settings["metric"]), int(settings["patch_size"]), str(settings["score_unit"]), masked
    except (KeyError, TypeError, ValueError) as error:
        raise InputError("A result does not say how it was scored: run the analysis again.", repr(error)) from error


def _part(manifest: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = manifest.get(name)
    return value if isinstance(value, dict) else {}
