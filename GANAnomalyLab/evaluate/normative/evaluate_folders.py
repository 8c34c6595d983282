"""The whole evaluation from folders: analyses where results are missing, the indices, the files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.batch import find_cases
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part

from ..evaluation_options import NormativeOptions, NormativeSources
from .normative_evaluation import HEALTHY, NormativeEvaluation, check_name, normative_indices
from .normative_report import ANALYSES, FOLDER, write_report
from .perceptual import LITE, TRUNKS, available, find_perceptual
from .restored_scans import Scan, holds_results
from .scan_sources import masks_of, scans_of, training_pictures
from .similarity import Perceptual
from .slice_frechet import find_features

_WEIGHTS = (*TRUNKS, "inception")


def evaluate_folders(
    sources: NormativeSources,
    template: AnalysisRequest,
    options: NormativeOptions,
    out: Path,
    force: bool = False,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    facts: Mapping[str, Any] | None = None,
) -> tuple[NormativeEvaluation, dict[str, Any], list[Path]]:
    """The evaluation, what it was made with, and its files in ``out``.

    ``template`` says how CTs are analysed. What can be refused is refused before anything is analysed. Analyses stay
    in ``out/results``, so that the same again goes on from them. ``facts`` are told with what it was made with.

    Raises
    ------
    InputError: folders, masks, weights or options that cannot be used. Cancelled. GANAnomalyError: as an analysis.
    """
    from GANAnomalyLib.detectors.loading import load_model
    from GANAnomalyLib.running.devices import choose_device

    cancel = cancel or CancelToken()
    FOLDER.check(out, force)
    datasets = datasets_of(sources)
    model = load_model(template.model)
    device = choose_device(template.device)
    perceptual, perceptual_facts = _perceptual(sources, device, part(progress, 0.0, 0.02), cancel)
    features = find_features(
        sources.features, sources.weights, sources.allow_download, device, part(progress, 0.02, 0.04), cancel
    )
    training = [] if sources.training is None else training_pictures(sources.training, template, model.card)
    notes: list[str] = []
    wanted: list[tuple[str, str, str | None]] = [] if sources.healthy is None else [(HEALTHY, sources.healthy, None)]
    wanted += [(name, path, masks) for name, (path, masks) in datasets.items()]
    scans: dict[str, list[Scan]] = {}
    for number, (name, path, masks) in enumerate(wanted):
        stretch = part(progress, 0.04 + 0.56 * number / len(wanted), 0.04 + 0.56 * (number + 1) / len(wanted))
        analyses = out / ANALYSES / name
        scans[name] = scans_of(path, masks, analyses, template, sources.workers, stretch, cancel, notes.append)
    healthy = scans.pop(HEALTHY, [])
    evaluation = normative_indices(
        healthy, scans, training, options, perceptual, features, part(progress, 0.6, 0.98), cancel, model.restores
    )
    evaluation.warnings[:0] = notes
    made_with = {
        "model": model.card.name,
        "model hash": model.model_hash,
        "pixels": model.card.resolution,
        **perceptual_facts,
        **(facts or {}),
    }
    return evaluation, made_with, write_report(evaluation, out, made_with, force)


def datasets_of(sources: NormativeSources) -> dict[str, tuple[str, str | None]]:
    """Each pathological folder and its masks' folder, by the folder's name.

    Raises :class:`InputError` where there is nothing, two are of one name, or CTs have no mask beside others that have.
    """
    if sources.masks and len(sources.masks) != len(sources.pathological):
        raise InputError("Give --masks as often as --pathological, in the same order, or not at all.")
    if not sources.pathological and sources.healthy is None:
        raise InputError("There is nothing to evaluate: give --healthy, --pathological or both.")
    masks = sources.masks or (None,) * len(sources.pathological)
    found: dict[str, tuple[str, str | None]] = {}
    for path, marked in zip(sources.pathological, masks, strict=True):
        name = Path(path).resolve().name
        check_name(name)
        if name in found:
            raise InputError(f"Two datasets are called {name}: rename a folder, as results go by its name.")
        found[name] = path, marked
        if marked is not None and not holds_results(path):
            masks_of(find_cases(path), marked)
    return found


def _perceptual(
    sources: NormativeSources, device: str, progress: ProgressCallback, cancel: CancelToken
) -> tuple[Perceptual | None, dict[str, Any]]:
    for name in sources.weights:
        if name not in _WEIGHTS:
            raise InputError(f"Weights are given for {', '.join(_WEIGHTS)}, not for {name!r}.")
    trunk = perceptual_name(sources)
    if trunk == "ssim":
        return None, {"perceptual distance": trunk}
    found, digest = find_perceptual(trunk, sources.weights, sources.allow_download, device, progress, cancel)
    return found, {"perceptual distance": trunk, "its weights": digest}


def perceptual_name(sources: NormativeSources) -> str:
    """The perceptual distance that is meant: a trunk of LPIPS, "lite0" or "ssim"."""
    if sources.trunk == "auto":
        here = (name for name in TRUNKS if available(name, sources.weights))
        return next(here, TRUNKS[0] if sources.allow_download else LITE)
    return "ssim" if sources.trunk == "none" else sources.trunk
