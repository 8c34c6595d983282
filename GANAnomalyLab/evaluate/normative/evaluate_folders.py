"""The whole evaluation from folders: analyses where results are missing, the indices, the files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part

from .normative_evaluation import HEALTHY, NormativeEvaluation, NormativeOptions, normative_indices
from .normative_report import ANALYSES, check_folder, write_report
from .objects import ObjectOptions
from .perceptual import TRUNKS, available, find_perceptual
from .restored_scans import Scan
from .scan_sources import scans_of, training_pictures
from .similarity import Perceptual
from .slice_frechet import find_features

_WEIGHTS = (*TRUNKS, "inception")


@dataclass(frozen=True)
class NormativeRequest:
    """What to evaluate and how.

    ``healthy``, each of ``pathological`` and ``training`` are folders of CTs; the first two may hold results in their
    place. ``masks``: one folder for each of ``pathological``, or none. ``trunk``: LPIPS' network, "none", or "auto" for
    one whose weights are at hand. The rest as in :class:`~.evaluation.NormativeOptions`,
    :class:`~.objects.ObjectOptions` and :class:`~GANAnomalyLib.AnalysisRequest`.
    """

    out: Path
    model: str = "demo"
    healthy: str | None = None
    pathological: tuple[str, ...] = ()
    masks: tuple[str, ...] = ()
    training: str | None = None
    features: str = "texture"
    trunk: str = "auto"
    weights: Mapping[str, Any] = field(default_factory=dict)
    allow_download: bool = False
    region: str = "image"
    every_slice: bool = False
    least_share: float = 0.1
    least_mm3: float = 64.0
    bootstrap: int = 1000
    seed: int = 303
    workers: int = 1
    device: str = "auto"
    hu_offset: float | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    force: bool = False


def evaluate_folders(
    request: NormativeRequest, progress: ProgressCallback = no_progress, cancel: CancelToken | None = None
) -> tuple[NormativeEvaluation, dict[str, Any], list[Path]]:
    """The evaluation, what it was made with, and its files in ``request.out``.

    What can be refused is refused before anything is analysed. Analyses stay in ``request.out/results``, so that the
    same again goes on from them.

    Raises
    ------
    InputError: folders, masks, weights or options that cannot be used. Cancelled. GANAnomalyError: as an analysis.
    """
    from GANAnomalyLib.detectors.loading import load_model
    from GANAnomalyLib.running.devices import choose_device

    cancel = cancel or CancelToken()
    options = NormativeOptions(
        region=request.region,
        every_slice=request.every_slice,
        objects=ObjectOptions(request.least_share, request.least_mm3),
        bootstrap=request.bootstrap,
        seed=request.seed,
    )
    options.validate()
    check_folder(request.out, request.force)
    datasets = _datasets(request)
    model = load_model(request.model)
    device = choose_device(request.device)
    perceptual, lpips_facts = _perceptual(request, device, part(progress, 0.0, 0.02), cancel)
    features = find_features(
        request.features, request.weights, request.allow_download, device, part(progress, 0.02, 0.04), cancel
    )
    shared = {name: getattr(request, name) for name in ("model", "device", "hu_offset")}
    template = AnalysisRequest("", settings=dict(request.settings), **shared)
    training = [] if request.training is None else training_pictures(request.training, template, model.card)
    notes: list[str] = []
    wanted: list[tuple[str, str, str | None]] = [] if request.healthy is None else [(HEALTHY, request.healthy, None)]
    wanted += [(name, path, masks) for name, (path, masks) in datasets.items()]
    scans: dict[str, list[Scan]] = {}
    for number, (name, path, masks) in enumerate(wanted):
        stretch = part(progress, 0.04 + 0.56 * number / len(wanted), 0.04 + 0.56 * (number + 1) / len(wanted))
        out = request.out / ANALYSES / name
        scans[name] = scans_of(path, masks, out, template, request.workers, stretch, cancel, notes.append)
    healthy = scans.pop(HEALTHY, [])
    evaluation = normative_indices(
        healthy, scans, training, options, perceptual, features, part(progress, 0.6, 0.98), cancel
    )
    evaluation.warnings[:0] = notes
    facts = {"model": model.card.name, "model hash": model.model_hash, **lpips_facts}
    return evaluation, facts, write_report(evaluation, request.out, facts, request.force)


def _datasets(request: NormativeRequest) -> dict[str, tuple[str, str | None]]:
    """Each pathological folder and its masks' folder, by the folder's name."""
    if request.masks and len(request.masks) != len(request.pathological):
        raise InputError("Give --masks as often as --pathological, in the same order, or not at all.")
    if not request.pathological and request.healthy is None:
        raise InputError("There is nothing to evaluate: give --healthy, --pathological or both.")
    masks = request.masks or (None,) * len(request.pathological)
    found: dict[str, tuple[str, str | None]] = {}
    for path, marked in zip(request.pathological, masks, strict=True):
        name = Path(path).resolve().name
        if name in found:
            raise InputError(f"Two datasets are called {name}: rename a folder, as results go by its name.")
        found[name] = path, marked
    return found


def _perceptual(
    request: NormativeRequest, device: str, progress: ProgressCallback, cancel: CancelToken
) -> tuple[Perceptual | None, dict[str, Any]]:
    for name in request.weights:
        if name not in _WEIGHTS:
            raise InputError(f"Weights are given for {', '.join(_WEIGHTS)}, not for {name!r}.")
    trunk = request.trunk
    if trunk == "auto":
        trunk = next((name for name in TRUNKS if available(name, request.weights)), "none")
        if trunk == "none" and request.allow_download:
            trunk = TRUNKS[0]
    if trunk == "none":
        return None, {}
    found, digest = find_perceptual(trunk, request.weights, request.allow_download, device, progress, cancel)
    return found, {"LPIPS": trunk, "LPIPS weights": digest}
