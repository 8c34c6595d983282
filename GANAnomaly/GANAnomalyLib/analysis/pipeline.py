"""The one pipeline: request -> volume -> detector -> scores -> result folder."""

from __future__ import annotations

import datetime
import importlib.metadata
import importlib.util
import json
import os
import platform
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import GANAnomalyError, InputError, OutOfMemory, out_of_memory
from ..files import disk_errors, folder_lock, hash_array, write_text
from ..results.result import MANIFEST, SCHEMA_VERSION, AnalysisResult
from ..results.work_folder import WorkFolder
from ..running.background import cancellable
from ..running.messages import Message
from ..running.progress import CancelToken, ProgressCallback, no_progress, part
from ..running.seeded import seeded
from ..score.calibration import Calibration
from ..score.normal_reference import NormalReference
from ..volume import Volume, hash_volume, read_volume
from .prepare import Prepared, Resolved, prepare
from .request import AnalysisRequest
from .write_result import OwnScoring, Scored, score_slices, write_outputs

if TYPE_CHECKING:
    from ..detectors.base import Detector

RECORDED_LIBRARIES = ("torch", "numpy", "SimpleITK", "scikit-image", "scipy", "numba")
SCENE_VIEWS = 5


def run(
    request: AnalysisRequest,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    force: bool = False,
) -> AnalysisResult:
    """Analyse one input and write its result folder.

    The same request on the same input returns the result that is there (``reused``), with the scene added where only
    that is missing; an interrupted one goes on from its finished slices; another request's result is only replaced
    with ``force``.

    Raises
    ------
    InputError: the request, input, mask, model or folder cannot be used. FolderInUse: another process writes to it.
    Cancelled: ``cancel`` was set.
    GANAnomalyError: anything else that a user can be told in a sentence. Nothing half-written is left in the output.
    """
    request.validate()
    if request.scene:
        check_scene_parts()
    with folder_lock(request.output_folder, "gananomaly analyze"):
        return _run(request, progress, cancel or CancelToken(), force)


def _run(request: AnalysisRequest, progress: ProgressCallback, cancel: CancelToken, force: bool) -> AnalysisResult:
    started = time.monotonic()
    say, progress = progress, _stoppable(progress, cancel)
    timings: dict[str, float] = {}
    output = request.output_folder
    device = choose_device(request.device)
    progress(0.0, Message("reading_volume"))
    volume = cancellable(
        lambda report: read_volume(request.input, request.series, request.allow_any, report, request.hu_offset),
        cancel,
        part(progress, 0.0, 0.02),
    )
    timings["read"] = _lap(started)
    cancel.check()
    progress(0.02, Message("loading_model"))
    from ..detectors.loading import load_model

    model = load_model(request.model, device="cpu")
    _check_channels(model.channels, request)
    resolved = Resolved.of(request, model.card, volume)
    prepared = cancellable(lambda _: prepare(request, resolved, model.card, volume), cancel)
    # Before anything is written: a setting that the detector does not have is the user's to correct.
    detector = _detector(request, model, device)
    input_hash = cancellable(lambda _: hash_volume(volume), cancel)
    fingerprint = _fingerprint(request, input_hash, model.model_hash, prepared, device)
    # Version 0.1.0 took "auto" as a device of its own; which it was is in the result.
    earlier = {}
    if request.device != device:
        earlier = {device: _fingerprint(request, input_hash, model.model_hash, prepared, request.device)}
    with disk_errors(output):
        ready = None if force else WorkFolder.finished(output, fingerprint, earlier)
        if force:
            WorkFolder.check_replaceable(output)
        replace = output.exists()
    if ready is not None and _films_there(request, ready):
        if request.scene and not ready.path("scene").is_file():
            _add_scene(ready, volume, part(progress, 0.03, 1.0), cancel)
        say(1.0, Message("result_reused"))
        return ready
    work = WorkFolder(output, fingerprint)
    work.open()
    timings["prepare"] = _lap(started, timings)
    try:
        reconstructions, own, notes, resumed = _explain(
            detector, prepared, request.seed, device, work, part(progress, 0.03, 0.75), cancel
        )
    except InputError:
        work.drop_if_unused()
        raise
    timings["explain"] = _lap(started, timings)
    calibration = None if own is not None else _calibration(request, resolved, model.calibration)
    scoring = part(progress, 0.75, 0.88)
    scored = score_slices(prepared, reconstructions, resolved, request.top, scoring, cancel, calibration, own)
    timings["score"] = _lap(started, timings)
    progress(0.88, Message("writing_result"))
    with disk_errors(output, kept="what was finished is kept"):
        write_outputs(work.path, prepared, reconstructions, scored, resolved, cancel)
        timings["write"] = _lap(started, timings)
        manifest = _manifest(
            request, resolved, prepared, scored, model, model.card.kind, device, input_hash, notes, timings, resumed
        )
        manifest["fingerprint"] = fingerprint
        result = AnalysisResult(work.path, manifest, scored.findings, scored.rows)
        _write_pictures(request, result, volume, part(progress, 0.92, 1.0), cancel)
        timings["pictures"] = _lap(started, timings)
        timings["total"] = round(time.monotonic() - started, 3)
        # The manifest comes last: a folder without one is never taken for a result.
        _write_manifest(work.path, manifest)
    work.publish(force or replace)
    say(1.0, Message("done"))
    return AnalysisResult.read(output)


def choose_device(name: str) -> str:
    """The torch device for "auto", "cpu", "cuda" or "mps"; raises :class:`InputError` for one that is not there."""
    import torch

    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if name == "cuda" and not cuda:
        raise InputError("No CUDA device can be used here: take --device auto, or install a CUDA build of torch.")
    if name == "mps" and not mps:
        raise InputError("No Apple GPU can be used here: take --device auto or cpu.")
    if name == "auto":
        return "cuda" if cuda else "cpu"
    return name


def check_scene_parts() -> None:
    """Raise :class:`InputError` when a scene is asked for and its libraries are not installed."""
    missing = [name for name in ("slicer", "trame_slicer") if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(
            "Writing a scene needs Slicer's core: run pip install 'gananomaly[headless]', or leave --scene out."
        )


def _check_channels(channels: int, request: AnalysisRequest) -> None:
    if channels not in (1, 3):
        raise InputError(f"The model makes images of {channels} channels: only grey and RGB models can be used.")
    if channels == 3 and not request.allow_any:
        raise InputError(
            "The model makes colour images (3 channels) but a CT has one: choose a grey model, or add --allow-any."
        )


def _stoppable(progress: ProgressCallback, cancel: CancelToken) -> ProgressCallback:
    """The callback, made a point where the run stops: rooms that only report progress can be cancelled too."""

    def report(fraction: float, message: Message) -> None:
        cancel.check()
        progress(fraction, message)

    return report


def _films_there(request: AnalysisRequest, ready: AnalysisResult) -> bool:
    """Whether the films and projections that a request asks for were made along with a finished result."""
    before = ready.manifest.get("request", {}).get("settings", {})
    for name in ("save_video", "projections"):
        wanted = request.settings.get(name)
        if wanted is not None and not (before.get(name) == wanted and Path(wanted).exists()):
            return False
    unfilmed = request.settings.get("save_video") is None
    return unfilmed or before.get("video_slice") == request.settings.get("video_slice")


def _add_scene(ready: AnalysisResult, volume: Volume, progress: ProgressCallback, cancel: CancelToken) -> None:
    """Put the scene into a finished result: nothing is computed again, and its manifest tells of it."""
    from ..scene.optional_scene import add_scene, other_warnings

    progress(0.0, Message("writing_scene_views"))
    with disk_errors(ready.folder):
        told = add_scene(ready, volume, SCENE_VIEWS, cancel)
        ready.manifest["warnings"] = [*other_warnings(ready.manifest.get("warnings", [])), *told]
        ready.manifest.setdefault("request", {})["scene"] = True
        _write_manifest(ready.folder, ready.manifest)


def _write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Whole or not at all: a result without a readable manifest would be lost."""
    write_text(folder / MANIFEST, json.dumps(manifest, indent=2))


def _detector(request: AnalysisRequest, model: Any, device: str) -> Detector:
    from ..detectors.base import DetectorOptions
    from ..detectors.explain import make_detector

    options = DetectorOptions(device, request.mode, request.steps, request.batch, request.seed, dict(request.settings))
    return make_detector(model, options, request.detector)


def _calibration(request: AnalysisRequest, resolved: Resolved, tensors: Mapping[str, Any]) -> NormalReference | None:
    """What normals show for this metric and patch size, where the model knows it and the user wants it."""
    if not request.calibrate:
        return None
    arrays = {name: tensor.numpy() for name, tensor in tensors.items()}
    return Calibration.stored(arrays, resolved.metric, resolved.patch_size)


def _thresholds_apply(request: AnalysisRequest, scored: Scored, recommended: Mapping[str, Any]) -> bool:
    """Whether the card's slice thresholds are of the scores that were computed."""
    same = scored.metric == recommended.get("metric") and scored.patch_size == recommended.get("patch_size")
    return same and request.calibrate


def _fingerprint(request: AnalysisRequest, input_hash: str, model_hash: str, prepared: Prepared, device: str) -> str:
    region = ""
    if prepared.regions is not None:
        region = hash_array(np.packbits(prepared.regions))
    return request.fingerprint(input_hash, model_hash, region, device)


def _explain(
    detector: Detector,
    prepared: Prepared,
    seed: int,
    device: str,
    work: WorkFolder,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> tuple[np.ndarray, OwnScoring | None, list[str], int]:
    """The detector's reconstructions (N, R, R) uint8, resumed from the work folder; its own scores; its
    notes; and how many slices an earlier run had finished."""
    from ..detectors.base import OwnScores
    from ..score import to_gray8

    out = np.zeros_like(prepared.originals)
    places = {index: position for position, index in enumerate(prepared.indices)}
    kept = {index: item for index, item in work.load_slices(out.shape[1:]).items() if index in places}
    for index, (picture, _) in kept.items():
        out[places[index]] = picture
    known = {index: state for index, (_, state) in kept.items()}
    scores = {index: OwnScores.of(state.get("anomaly"), state.get("windows")) for index, state in known.items()}
    try:
        # Also when every slice is known: a film or projections may have to be made yet.
        with seeded(seed, device):
            for item in detector.explain(prepared.targets, prepared.indices, progress, cancel, known):
                picture = to_gray8(item.reconstruction)
                out[places[item.index]] = picture
                scores[item.index] = OwnScores.of(item.anomaly, item.windows)
                work.save_slice(item.index, picture, item.state)
    except (RuntimeError, MemoryError) as error:
        if isinstance(error, GANAnomalyError) or not out_of_memory(error):
            raise
        raise OutOfMemory(
            "Memory ran out even for a single slice: close other programs, or use --device cpu.", str(error)
        ) from error
    notes = [*prepared.warnings, *detector.notes]
    if known:
        notes.append(f"Resumed: {len(known)} of {len(places)} slices were finished before.")
    own = {index: score for index, score in scores.items() if score is not None}
    if len(own) != len(places):
        return out, None, notes, len(known)
    return out, OwnScoring(own, detector.metric, detector.unit), notes, len(known)


def _manifest(
    request: AnalysisRequest,
    resolved: Resolved,
    prepared: Prepared,
    scored: Scored,
    model: Any,
    detector: str,
    device: str,
    input_hash: str,
    warnings: list[str],
    timings: dict[str, float],
    resumed: int,
) -> dict[str, Any]:
    from ..version import __version__

    volume, card = prepared.volume, model.card
    threshold = resolved.heatmap_threshold
    # They were measured with the card's own metric and patch size, and say nothing about others.
    known = _thresholds_apply(request, scored, card.recommended)
    if threshold is None:
        # Without a calibrated one: the quarter of the hottest finding, so that the picture opens readable.
        threshold = 0.25 * float(scored.heat.max())
    return {
        "schema_version": SCHEMA_VERSION,
        "notice": "Research use only. Not a medical device.",
        "created": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "request": request.to_dict(),
        "settings": {
            "window": resolved.window,
            "level": resolved.level,
            "metric": scored.metric,
            "patch_size": scored.patch_size,
            "patch_mm": round(scored.patch_size * prepared.frame.pixel_mm, 2),
            "detector": detector,
            "score_unit": scored.unit,
        },
        "heatmap_threshold": threshold,
        "heatmap_thresholds": card.recommended.get("heatmap_thresholds", {}) if known else {},
        "slice_thresholds": card.thresholds if known else {},
        "model": {
            "name": card.name,
            "title": card.title,
            "kind": card.kind,
            "resolution": card.resolution,
            "anatomy": card.anatomy,
            "not_for": card.not_for,
            "hash": model.model_hash,
        },
        "input": {"hash": input_hash, "modality": volume.modality, "slices": len(prepared.indices)},
        "geometry": {
            "shape_kji": list(volume.voxels.shape),
            "ijk_to_ras": volume.ijk_to_ras.tolist(),
            "spacing_mm": list(volume.spacing),
            "frame": prepared.frame.to_dict(),
        },
        "device": {"name": device, "machine": platform.machine(), "threads": os.cpu_count()},
        "versions": {"gananomaly": __version__, "python": platform.python_version(), **_library_versions()},
        "timings_s": timings,
        "warnings": warnings,
        "counts": {"slices": len(scored.rows), "findings": len(scored.findings), "resumed": resumed},
    }


def _write_pictures(
    request: AnalysisRequest, result: AnalysisResult, volume: Volume, progress: ProgressCallback, cancel: CancelToken
) -> None:
    """The one-page picture where matplotlib is installed, and the scene where it was asked for.

    A scene that this machine cannot draw becomes one of the manifest's warnings.
    """
    if importlib.util.find_spec("matplotlib") is not None:
        from ..pictures import write_summary

        progress(0.0, Message("drawing_summary"))
        write_summary(result, volume, result.path("summary"))
    cancel.check()
    if request.scene:
        from ..scene.optional_scene import try_scene

        progress(0.3, Message("writing_scene_views"))
        result.manifest["warnings"] += try_scene(result, volume, SCENE_VIEWS, cancel)


def _library_versions() -> dict[str, str]:
    found = {}
    for name in RECORDED_LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _lap(started: float, timings: dict[str, float] | None = None) -> float:
    return round(time.monotonic() - started - sum((timings or {}).values()), 3)
