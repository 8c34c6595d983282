"""The whole evaluation from folders: analyses where results are missing, the indices, the files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part

from ..evaluation_options import NormativeOptions, NormativeSources
from .normative_evaluation import HEALTHY, NormativeEvaluation, normative_indices
from .normative_report import ANALYSES, FOLDER, write_report
from .perceptual import TRUNKS, available, find_perceptual
from .restored_scans import Scan
from .scan_sources import scans_of, training_pictures
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
) -> tuple[NormativeEvaluation, dict[str, Any], list[Path]]:
    """The evaluation, what it was made with, and its files in ``out``.

    ``template`` says how CTs are analysed. What can be refused is refused before anything is analysed. Analyses stay
    in ``out/results``, so that the same again goes on from them.

    Raises
    ------
    InputError: folders, masks, weights or options that cannot be used. Cancelled. GANAnomalyError: as an analysis.
    """
    from GANAnomalyLib.detectors.loading import load_model
    from GANAnomalyLib.running.devices import choose_device

    cancel = cancel or CancelToken()
    FOLDER.check(out, force)
    datasets = _datasets(sources)
    model = load_model(template.model)
    device = choose_device(template.device)
    perceptual, lpips_facts = _perceptual(sources, device, part(progress, 0.0, 0.02), cancel)
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
        healthy, scans, training, options, perceptual, features, part(progress, 0.6, 0.98), cancel
    )
    evaluation.warnings[:0] = notes
    facts = {"model": model.card.name, "model hash": model.model_hash, **lpips_facts}
    return evaluation, facts, write_report(evaluation, out, facts, force)


def _datasets(sources: NormativeSources) -> dict[str, tuple[str, str | None]]:
    """Each pathological folder and its masks' folder, by the folder's name."""
    if sources.masks and len(sources.masks) != len(sources.pathological):
        raise InputError("Give --masks as often as --pathological, in the same order, or not at all.")
    if not sources.pathological and sources.healthy is None:
        raise InputError("There is nothing to evaluate: give --healthy, --pathological or both.")
    masks = sources.masks or (None,) * len(sources.pathological)
    found: dict[str, tuple[str, str | None]] = {}
    for path, marked in zip(sources.pathological, masks, strict=True):
        name = Path(path).resolve().name
        if name in found:
            raise InputError(f"Two datasets are called {name}: rename a folder, as results go by its name.")
        found[name] = path, marked
    return found


def _perceptual(
    sources: NormativeSources, device: str, progress: ProgressCallback, cancel: CancelToken
) -> tuple[Perceptual | None, dict[str, Any]]:
    for name in sources.weights:
        if name not in _WEIGHTS:
            raise InputError(f"Weights are given for {', '.join(_WEIGHTS)}, not for {name!r}.")
    trunk = sources.trunk
    if trunk == "auto":
        trunk = next((name for name in TRUNKS if available(name, sources.weights)), "none")
        if trunk == "none" and sources.allow_download:
            trunk = TRUNKS[0]
    if trunk == "none":
        return None, {}
    found, digest = find_perceptual(trunk, sources.weights, sources.allow_download, device, progress, cancel)
    return found, {"LPIPS": trunk, "LPIPS weights": digest}
