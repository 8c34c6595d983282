"""Several models on the same scans: each judged in a folder of its own, then all of them in one table and page."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from GANAnomalyLib.analysis.request import AnalysisRequest
from GANAnomalyLib.batch import find_cases
from GANAnomalyLib.batch.reuse import input_stamp
from GANAnomalyLib.errors import Cancelled, GANAnomalyError, InputError
from GANAnomalyLib.files.hashes import hash_json
from GANAnomalyLib.files.reading import read_object
from GANAnomalyLib.models.card import ModelCard
from GANAnomalyLib.models.registry import find_model
from GANAnomalyLib.models.store import card_path, model_hash
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress, part
from GANAnomalyLib.version import __version__

from ...report.report_folder import RESULTS
from ..evaluation_options import NormativeOptions, NormativeSources
from .comparison_tables import Judged
from .evaluate_folders import datasets_of, evaluate_folders, perceptual_name
from .models_report import COMPARISON, MODELS, write_comparison
from .restored_scans import holds_results
from .scan_sources import masks_of

_KEY = "compared as"


@dataclass(frozen=True)
class ChosenModel:
    """A model that is compared: its name in the comparison, its kind, its file and the SHA-256 of that."""

    name: str
    kind: str
    path: Path
    digest: str


def compare_models(
    sources: NormativeSources,
    template: AnalysisRequest,
    options: NormativeOptions,
    out: Path,
    force: bool = False,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> tuple[list[Judged], dict[str, Any], list[Path]]:
    """Judge the models of ``sources`` one after the other, and compare them.

    Each has its folder ``out/models/NAME-HASH``, as :func:`.evaluate_folders` writes it. What is finished there and
    still answers the question is taken again: the same command goes on after a stop, and with one model more. A model
    that fails stops no other; a comparison that holds one may be made again without ``force``.

    Returns the models in their order, what ``results.json`` of ``out`` holds, and the files.

    Raises
    ------
    InputError: models, folders or masks that cannot be compared, or no model that could be judged. Cancelled.
    """
    cancel = cancel or CancelToken()
    chosen = choose(sources.models)
    masks = _check(sources)
    COMPARISON.check(out, force or _unfinished(out))
    stamps = stamps_of(sources)
    judged: list[Judged] = []
    for number, one in enumerate(chosen):
        stretch = part(progress, 0.95 * number / len(chosen), 0.95 * (number + 1) / len(chosen))
        # Trained anew under the same name it is another model, whose analyses are not these.
        folder = out / MODELS / f"{one.name}-{one.digest[:8]}"
        key = key_of(one, sources, template, options, stamps)

        def tell(fraction: float, message: Message, at: int = number + 1, further: Any = stretch) -> None:
            further(fraction, Message("one_model", number=at, count=len(chosen), doing=message))

        failure = ""
        if _finished(folder, key) is None:
            request = dataclasses.replace(template, model=str(one.path))
            try:
                evaluate_folders(sources, request, options, folder, True, tell, cancel, {_KEY: key})
            except Cancelled:
                raise
            except GANAnomalyError as error:
                failure = error.message.replace(str(out), out.name)
        judged.append(Judged(one.name, one.kind, folder, _finished(folder, key) or {}, failure))
    if all(one.failure for one in judged):
        raise InputError(f"None of the {len(judged)} models could be judged; {judged[0].name}: {judged[0].failure}")
    data, files = write_comparison(judged, masks, out, cancel)
    return judged, data, files


def choose(models: Sequence[str]) -> list[ChosenModel]:
    """The models' files and names; :class:`InputError` for one that is not there, or is given twice."""
    found: dict[str, ChosenModel] = {}
    named = [(given, find_model(given)) for given in models]
    cards = [ModelCard.read(card_path(path)) if card_path(path).is_file() else None for _, path in named]
    names = [path.stem if card is None else card.name for (_, path), card in zip(named, cards, strict=True)]
    for (given, path), card, name in zip(named, cards, names, strict=True):
        # Two trainings may have left the same name on their cards: files tell them apart.
        safe = re.sub(r"[^\w.+\-]+", "_", path.stem if names.count(name) > 1 else name).strip("_.-")[:60] or "model"
        one = ChosenModel(safe, "" if card is None else card.kind, path.resolve(), model_hash(path))
        for other in found.values():
            if one.digest == other.digest:
                raise InputError(f"The model {given} is given twice (the first time as {other.name}): give it once.")
            if one.name.casefold() == other.name.casefold():
                raise InputError(f"Two models are called {one.name}: give one of their files another name.")
        found[safe] = one
    return list(found.values())


def _check(sources: NormativeSources) -> dict[str, dict[str, Path]]:
    """The masks by dataset and case; what any model would be refused for is refused before the first one's hours."""
    if sources.healthy is None:
        raise InputError(
            "Models are compared on normal CTs first (RQI, thresholds, healthy slices): give some with --healthy."
        )
    paths = [sources.healthy, *sources.pathological]
    for path in paths:
        if holds_results(path):
            raise InputError(f"{path} holds results of one model: to compare several, give the CTs.")
    datasets = datasets_of(sources)
    for path in (*paths, *([] if sources.training is None else [sources.training])):
        find_cases(path)
    return {name: masks_of(find_cases(path), masks) for name, (path, masks) in datasets.items() if masks is not None}


def stamps_of(sources: NormativeSources) -> list[Any]:
    """What is known of every file that counts: a change of one makes a model be judged again."""
    paths = [sources.healthy, *sources.pathological, sources.training]
    cases = [(case.path.name, input_stamp(case.path)) for path in paths if path for case in find_cases(path)]
    return [*cases, *((Path(masks).name, input_stamp(Path(masks))) for masks in sources.masks)]


def key_of(
    one: ChosenModel,
    sources: NormativeSources,
    template: AnalysisRequest,
    options: NormativeOptions,
    stamps: Sequence[Any],
) -> str:
    """A hash of all that the numbers depend on; not of where things lie, nor of what computes them."""
    asked = {name: getattr(template, name) for name in ("hu_offset", "settings")}
    weights = {name: input_stamp(Path(path)) for name, path in sources.weights.items()}
    names = [Path(path).resolve().name for path in sources.pathological]
    parts = [one.digest, asked, dataclasses.asdict(options), perceptual_name(sources), sources.features, weights]
    return hash_json([__version__, *parts, names, bool(sources.training), list(stamps)])


def _finished(folder: Path, key: str) -> dict[str, Any] | None:
    """What a model's results.json holds, if it answers the question."""
    try:
        data = read_object(folder / RESULTS)
    except InputError:
        return None
    made_with = data.get("made_with")
    return data if isinstance(made_with, dict) and made_with.get(_KEY) == key else None


def _unfinished(out: Path) -> bool:
    """Whether the comparison in a folder holds a model that failed."""
    try:
        return bool(read_object(out / RESULTS).get("failed"))
    except InputError:
        return False
