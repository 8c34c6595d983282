"""A classifier asked about many images: probabilities, a table of them, and a picture of each where one is wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import growing, locked, write_json
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, no_progress

from ..tables.write_csv import write_table
from .class_inputs import ClassInput, Planes

if TYPE_CHECKING:
    from GANAnomalyLib.classifiers.load import ClassifierModel

    from ..images import ImageSet

AT_ONCE = 16


@dataclass(frozen=True)
class Prediction:
    """What an image of ``file`` is taken for: ``probabilities`` (L,) of the model's classes, of sum 1.

    ``picture`` is the name of the picture that shows it, "" without one.
    """

    file: str
    probabilities: np.ndarray
    picture: str = ""

    @property
    def number(self) -> int:
        """The most probable class."""
        return int(self.probabilities.argmax())


@dataclass
class Predictions:
    """All of them in the order of the inputs, and ``failed``: files that could not be used, and why."""

    classes: tuple[str, ...]
    found: list[Prediction] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)

    def rows(self) -> list[dict[str, Any]]:
        """One dict an image: file, class, its probability, and ``p_CLASS`` for each class; the picture's name."""
        shown = any(one.picture for one in self.found)
        return [
            {
                "file": one.file,
                "class": self.classes[one.number],
                "probability": round(float(one.probabilities[one.number]), 6),
                **{f"p_{name}": round(float(p), 6) for name, p in zip(self.classes, one.probabilities, strict=True)},
                **({"picture": one.picture} if shown else {}),
            }
            for one in self.found
        ]


def predict(
    model: ClassifierModel,
    inputs: Sequence[ClassInput],
    pictures: Path | str | None = None,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    at_once: int = AT_ONCE,
) -> Predictions:
    """Ask ``model`` about every image of ``inputs``.

    With ``pictures``, a new folder, a picture of each image goes there: the image, and beside it what of it counted for
    its class; the folder appears whole or not at all. Raises :class:`InputError` where none of the inputs can be used,
    and for a folder that is there already; :class:`Cancelled` soon after ``cancel`` is set.
    """
    if pictures is None:
        return _predict(model, inputs, None, progress, cancel or CancelToken(), at_once)
    return _predict_into(model, inputs, Path(pictures), progress, cancel or CancelToken(), at_once)


def set_probabilities(
    model: ClassifierModel,
    images: ImageSet,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
) -> np.ndarray:
    """(N, L) probabilities of a set's images, which are of the size and channels that the model learnt from."""
    import torch

    found = []
    for first in range(0, len(images), AT_ONCE):
        (cancel or CancelToken()).check()
        places = np.arange(first, min(first + AT_ONCE, len(images)))
        found.append(model.probabilities(torch.from_numpy(images.batch(places))).cpu().numpy().astype(np.float64))
        progress(
            (first + len(places)) / len(images),
            Message("converting_items", what="Asking", number=first + len(places), count=len(images)),
        )
    return np.concatenate(found)


def write_predictions(path: Path | str, predictions: Predictions, force: bool = False) -> Path:
    """Write a .csv or .json by its ending, whole or not at all; raises :class:`InputError` where a file is already."""
    path = check_table(path, force)
    if path.suffix.lower() == ".json":
        content = {"classes": list(predictions.classes), "images": predictions.rows()}
        return write_json(path, content | {"failed": [list(one) for one in predictions.failed]}, "the predictions")
    rows = predictions.rows()
    write_table(path, rows[0], rows)
    return path


def check_table(path: Path | str, force: bool) -> Path:
    """Raise :class:`InputError` unless a table may be written there."""
    path = Path(path)
    if path.suffix.lower() not in (".csv", ".json"):
        raise InputError(f"{path.name} is to be a table: give it a name that ends in .csv or .json.")
    if path.is_dir() or (path.exists() and not force):
        raise InputError(f"{path} exists: choose another name, or replace it with --force.")
    return path


@locked("folder", "gananomaly predict")
def _predict_into(
    model: ClassifierModel,
    inputs: Sequence[ClassInput],
    folder: Path,
    progress: ProgressCallback,
    cancel: CancelToken,
    at_once: int,
) -> Predictions:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is there already: choose another folder for the pictures.")
    with growing(folder, "the pictures") as work:
        return _predict(model, inputs, work, progress, cancel, at_once)


def _predict(
    model: ClassifierModel,
    inputs: Sequence[ClassInput],
    folder: Path | None,
    progress: ProgressCallback,
    cancel: CancelToken,
    at_once: int,
) -> Predictions:
    predictions = Predictions(model.classes)
    for batch in _batches(model, inputs, predictions, progress, cancel, at_once):
        _ask(model, [name for name, _ in batch], [planes for _, planes in batch], predictions, folder)
    if not predictions.found:
        name, why = predictions.failed[0]
        raise InputError(f"None of the {len(inputs)} files could be used; the first, {name}, because: {why}")
    progress(1.0, Message("done"))
    return predictions


def _batches(
    model: ClassifierModel,
    inputs: Sequence[ClassInput],
    predictions: Predictions,
    progress: ProgressCallback,
    cancel: CancelToken,
    at_once: int,
) -> Iterator[list[tuple[str, Planes]]]:
    card, batch = model.card, []
    for number, one in enumerate(inputs):
        cancel.check()
        progress(number / len(inputs), Message("converting_items", what="Asking", number=number + 1, count=len(inputs)))
        try:
            images = list(one.read(card.resolution, card.channels, model.architecture.fit))
        except InputError as error:
            predictions.failed.append((one.name, error.message))
            continue
        for frame, planes in enumerate(images):
            batch.append((one.name if len(images) == 1 else f"{one.name}#{frame}", planes))
            if len(batch) == at_once:
                yield batch
                batch = []
    if batch:
        yield batch


def _ask(
    model: ClassifierModel, names: list[str], images: list[Planes], predictions: Predictions, folder: Path | None
) -> None:
    import torch

    from GANAnomalyLib.classifiers.load import as_network_input

    shown = torch.from_numpy(np.stack([as_network_input(planes) for planes in images]))
    probabilities = model.probabilities(shown)
    seen: np.ndarray | None = None
    if folder is not None:
        seen = model.looked_at(shown, probabilities.argmax(1)).cpu().numpy()
    for number, name in enumerate(names):
        found, picture = probabilities[number].cpu().numpy().astype(np.float64), ""
        if folder is not None and seen is not None:
            from .class_pictures import write_class_picture

            picture = f"{len(predictions.found):06d}.png"
            said = f"{model.classes[int(found.argmax())]}  {found.max():.2f}"
            write_class_picture(folder / picture, images[number], seen[number], said)
        predictions.found.append(Prediction(name, found, picture))
