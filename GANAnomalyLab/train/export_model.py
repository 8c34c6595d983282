"""A snapshot of a run becomes a model among the others: named, with its card, thresholds and maps of normals."""

from __future__ import annotations

import dataclasses
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from GANAnomalyLib.analysis.prepare import DEFAULT_PATCH_FRACTION
from GANAnomalyLib.detectors.kinds import find_kind
from GANAnomalyLib.detectors.loaded_model import LoadedModel
from GANAnomalyLib.detectors.loading import load_model
from GANAnomalyLib.detectors.stylegan2.load import StyleGAN2Model
from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files.reading import read_json
from GANAnomalyLib.models.card import CARD_SIZE_LIMIT, ModelCard
from GANAnomalyLib.models.model_folders import user_folder
from GANAnomalyLib.models.registry import list_models
from GANAnomalyLib.models.score_units import METRICS
from GANAnomalyLib.models.store import SUFFIX, checked_destination, save_model
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part

from ..images import ImageSet, check_apart
from ..images.normals import WHOSE, normal_images
from .domain_reference import domain_tensors
from .export_settings import ExportSettings
from .run_images import run_images
from .run_models import NEWEST, find_snapshot, measurements

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.+-]{0,79}")
_NOT_SETTABLE = {"schema", "sha256", "name", "kind", "resolution", "channels", "architecture", "thresholds"}
Say = Callable[[str], None]


def export_model(
    settings: ExportSettings,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    say: Say = lambda sentence: None,
    normals: ImageSet | None = None,
) -> tuple[Path, ModelCard]:
    """Write ``folder/name.safetensors`` and its card; each appears whole or not at all, and last of all.

    ``normals`` are images in memory, in place of ``settings.normals``. ``say`` is told what the person should know.

    Raises
    ------
    InputError: a run or model that cannot be used, an unknown field of the card, normals that the model has seen, or a
        name that is taken. Cancelled: nothing was written.
    """
    from GANAnomalyLib.running.devices import choose_device

    settings.check()
    cancel = cancel or CancelToken()
    device = choose_device(settings.device)
    run, path = _source(settings)
    destination = checked_destination(_destination(settings), settings.force)
    model = load_model(path, device)
    if destination.resolve() == model.path.resolve():
        raise InputError("The exported model would replace the one it is made from: choose another --name.")
    card = _card(settings, model, run, path)
    tensors = model.tensors()
    if isinstance(model, StyleGAN2Model) and model.encoder is None:
        say("The model has no encoder, so its analysis searches longer: see gananomaly train encoder.")
    with tempfile.TemporaryDirectory(prefix="gananomaly-") as store:
        images = normals
        if images is None:
            images = _normals(settings, model, run, Path(store), part(progress, 0.0, 0.2), cancel, say)
        if images is None:
            say("No normals were given, so the model gets no thresholds: see --normals.")
            tensors |= {f"calibration.{key}": value for key, value in model.calibration.items()}
            tensors |= {f"domain.{key}": value for key, value in model.domain.items()}
        else:
            tensors |= _calibrated(settings, model, images, card, device, part(progress, 0.2, 1.0), cancel, say)
            tensors |= domain_tensors(images.traits, images.patients, card)
            _tell_unprotected(card, len(set(images.patients.tolist())), say)
    cancel.check()
    taken = [entry for entry in list_models() if entry.name == card.name and entry.path.resolve() != destination]
    save_model(destination, tensors, card, settings.force)
    if taken and not settings.folder:
        say(f"Another model is called {card.name} too; from now on the name means this one.")
    progress(1.0, Message("exported"))
    return destination, card


def _tell_unprotected(card: ModelCard, patients: int, say: Say) -> None:
    """What normals say of themselves in a model that was trained to keep its patients private."""
    privacy = card.training.get("privacy")
    if not isinstance(privacy, dict) or "epsilon" not in privacy:
        return
    beside = f"thresholds and what is usual were measured on {patients} other patients, unprotected"
    card.training = {**card.training, "privacy": {**privacy, "beside": beside}}
    say(f"The training protects its patients; {beside}. Export without normals, or with generated ones, to share it.")


def read_card_fields(path: Path | str) -> dict[str, Any]:
    """Facts for a card from a JSON file; raises :class:`InputError` when it holds none."""
    path = Path(path)
    fields = read_json(path, CARD_SIZE_LIMIT)
    if not isinstance(fields, dict):
        raise InputError(f'{path.name} holds no facts of a card: it should look like {{"anatomy": "chest"}}.')
    return {name: value for name, value in fields.items() if name not in _NOT_SETTABLE}


def _source(settings: ExportSettings) -> tuple[Path | None, str | Path]:
    """The run's folder, if one was given, and the model to export."""
    if Path(settings.source).is_dir():
        run = Path(settings.source)
        return run, find_snapshot(run, settings.snapshot, settings.by)
    if settings.snapshot != NEWEST:
        raise InputError("A snapshot can be chosen of a run's folder only: leave --snapshot out.")
    return None, settings.source


def _destination(settings: ExportSettings) -> Path:
    if not _NAME.fullmatch(settings.name) or settings.name.endswith((".", " ")):
        raise InputError(
            f"{settings.name[:80]!r} cannot be a model's name: use letters, digits, spaces and _ . + -, at most 80."
        )
    folder = Path(settings.folder) if settings.folder else user_folder()
    return folder / f"{settings.name}{SUFFIX}"


def _card(settings: ExportSettings, model: LoadedModel, run: Path | None, path: str | Path) -> ModelCard:
    """The snapshot's card with the person's facts, and what was measured of it."""
    known = {item.name for item in dataclasses.fields(ModelCard)} - _NOT_SETTABLE
    unknown = sorted(str(name)[:40] for name in set(settings.card) - known)
    if unknown:
        raise InputError(f"A model card has no field {', '.join(unknown)} to set; it has {', '.join(sorted(known))}.")
    card = dataclasses.replace(model.card, name=settings.name, sha256="")
    if run is not None:
        measured = {item.name: round(item.value, 4) for item in measurements(run) if item.snapshot == Path(path).name}
        card.results = {**card.results, **({"quality": measured} if measured else {})}
        card.training = {**card.training, "snapshot": Path(path).name}
    # A run's number is no title.
    card.title = "" if card.title in (model.card.name, model.path.stem) else card.title
    card = dataclasses.replace(card, **dict(settings.card))
    card.title = card.title or settings.name
    kept = dict(card.recommended)
    if find_kind(card.kind).map_setting and find_kind(card.kind).maps(kept):
        for name in ("metric", "patch_size"):
            kept.pop(name, None)  # of pairs, which are not what is scored
    card.recommended = {**kept, **_scoring(settings, card)}
    if settings.steps is not None:
        card.recommended["steps"] = settings.steps
    card.check("The new card")
    return card


def _scoring(settings: ExportSettings, card: ModelCard) -> dict[str, Any]:
    """What the card recommends to score by; nothing for a detector that scores by itself."""
    if find_kind(card.kind).scores_itself(card.recommended):
        if settings.metric is not None or settings.patch_size is not None:
            raise InputError(f"A {card.kind} model scores by itself: leave --score and --patch-size out.")
        return {}
    metric = settings.metric or card.recommended.get("metric", "wd")
    if metric not in METRICS:
        raise InputError(f"metric must be one of {', '.join(METRICS)}, not {metric!r}.")
    patch = settings.patch_size or card.recommended.get("patch_size", max(card.resolution // DEFAULT_PATCH_FRACTION, 4))
    if not isinstance(patch, int) or not 1 <= patch <= card.resolution:
        raise InputError(f"patch_size must be a whole number from 1 to {card.resolution}, not {patch!r}.")
    return {"metric": metric, "patch_size": patch}


def _normals(
    settings: ExportSettings,
    model: LoadedModel,
    run: Path | None,
    store: Path,
    progress: ProgressCallback,
    cancel: CancelToken,
    say: Say,
) -> ImageSet | None:
    """The normals that were named, apart from what the run was trained on; else the run's own held-out ones."""
    training = held_out = None
    if run is not None:
        try:
            training, held_out = run_images(run, part(progress, 0.0, 0.5), cancel)
        except InputError as error:
            say(
                "The run's training images are not where they were, so nobody can tell whether the model has seen the "
                f"normals: {error.message}"
            )
    if settings.normals is None:
        if held_out is not None:
            say("The thresholds come from the patients that the run held out.")
        return held_out
    rules = {name: getattr(settings, name) for name in WHOSE}
    images = normal_images(model, settings.normals, store, part(progress, 0.5, 1.0), cancel, say, **rules)
    if training is not None:
        try:
            check_apart(training, images)
        except InputError as error:
            raise InputError(
                "The model was trained on some of these normals, so they cannot tell how normals score: give others.",
                error.message,
            ) from error
    return images


def _calibrated(
    settings: ExportSettings,
    model: LoadedModel,
    images: ImageSet,
    card: ModelCard,
    device: str,
    progress: ProgressCallback,
    cancel: CancelToken,
    say: Say,
) -> dict[str, torch.Tensor]:
    """Thresholds onto the card; the maps as tensors."""
    from .normal_thresholds import calibrate, least_body

    # The detector follows the recommendations of the card that it is given.
    seen = dataclasses.replace(model, card=card)
    metric, patch = card.recommended.get("metric", ""), card.recommended.get("patch_size", 0)
    found = calibrate(seen, images, metric, patch, settings.steps, device, settings.seed, progress, cancel, say)
    card.thresholds = found.thresholds
    card.least_body_cm2 = least_body(images.body_cm2)
    card.recommended["heatmap_threshold"] = found.heatmap_threshold
    card.recommended["heatmap_thresholds"] = found.heatmap_thresholds
    # Whatever it says is of others.
    card.recommended.pop("heatmap_thresholds_from", None)
    card.training = {**card.training, "calibration": found.facts}
    return {f"calibration.{name}": torch.from_numpy(array) for name, array in found.tensors.items()}
