"""From paths to sets of images: pictures in folders and zips, volumes, DICOM, and models that make images."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.modalities import CT, PERCENTILE, PERCENTILE_OF, WINDOWS, modality_code
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback, part

from ..evaluation_options import SourceOptions
from .generated import GeneratorImages
from .quality_images import Images, MirroredImages, PartOfImages, PictureImages, as_images

Say = Callable[[str], None]


@contextmanager
def open_sets(
    real: str | None,
    fake: str,
    options: SourceOptions,
    cache: Path | str | None,
    device: str,
    progress: ProgressCallback,
    cancel: CancelToken,
    say: Say,
) -> Iterator[tuple[Images | None, Images]]:
    """The real images and the generated ones; ``fake`` is data, or a model's file or name.

    Real data is brought to what the model was trained on: its resolution, window, level and framing. Volumes are
    framed into files below ``cache``, or in a temporary folder that goes when the block ends.

    Raises :class:`InputError` for paths that hold nothing usable and models that make no images.
    """
    with ExitStack() as stack:
        store = Path(cache) if cache is not None else None
        if store is None:
            temporary = tempfile.TemporaryDirectory(prefix="gananomaly-images-", ignore_cleanup_errors=True)
            store = Path(stack.enter_context(temporary))
        model, card = _model(fake, device) if _is_model(fake) else (None, None)
        framing = _framing(options, card)

        def data(path: str, name: str, start: float) -> Images:
            images = _data(path, options, framing, store / name, part(progress, start, start + 0.5), cancel, say)
            stack.callback(_close, images)
            return images

        found = None if real is None else data(real, "real", 0.0)
        if model is None:
            if framing["resolution"] is None and found is not None and _pictures(found) is None:
                framing["resolution"] = next(iter(found.batches([0]))).shape[2]
            made: Images = data(fake, "generated", 0.5)
            if options.count is not None:
                made = made.chosen(options.count, options.seed)
        else:
            labels = _labels(model.generator.c_dim, found, say)
            made = GeneratorImages(
                model.generator, options.count, options.seed, options.truncation, labels, mark=model.model_hash
            )
        yield found, made


def pictures_hash(images: Images) -> str:
    """``sha256:`` and one hash over the files of a folder or zip of pictures, in the order of their names.

    The same as :func:`GANAnomalyLab.report.files_hash` gives; "" for other images.
    """
    pictures = _pictures(images.whole if isinstance(images, PartOfImages) else images)
    return pictures.files_hash() if pictures is not None else ""


def _is_model(path: str) -> bool:
    from GANAnomalyLib.models.registry import SUFFIXES

    place = Path(path)
    if place.exists():
        return place.is_file() and place.suffix.lower() in (*SUFFIXES, ".json")
    if place.name != path and place.suffix.lower() not in SUFFIXES:
        raise InputError(f"{path} does not exist: check the path.")
    return True


def _model(path: str, device: str) -> tuple[Any, Any]:
    from GANAnomalyLib.detectors.loading import load_model

    model = load_model(path, device)
    if model.card.kind != "stylegan2":
        raise InputError(
            f"The model {model.card.name} is of kind {model.card.kind!r}, which makes no images by itself."
        )
    return model, model.card


def _framing(options: SourceOptions, card: Any) -> dict[str, Any]:
    """What was asked for, else what the card says, else the common window."""

    def first(given: Any, said: str, usual: Any) -> Any:
        return given if given is not None else getattr(card, said) if card is not None else usual

    modality = modality_code(first(None, "modality", CT))
    window, level = WINDOWS[modality]
    return {
        "modality": modality.lower(),
        "percentile": first(None, "percentile", PERCENTILE),
        "percentile_of": first(None, "percentile_of", PERCENTILE_OF[0]),
        "resolution": first(options.resolution, "resolution", None),
        "hu_window": first(options.window, "window", window),
        "hu_level": first(options.level, "level", level),
        "framing": first(options.framing, "framing", "full"),
        "channels": first(None, "channels", 1),
    }


def _data(
    path: str,
    options: SourceOptions,
    framing: dict[str, Any],
    store: Path,
    progress: ProgressCallback,
    cancel: CancelToken,
    say: Say,
) -> Images:
    if _only_pictures(Path(path)):
        from ...images.archive import open_pictures

        pictures = open_pictures(path)
        images: Images = PictureImages(pictures, framing["resolution"], by_folder=options.patients == "folder")
        return MirroredImages(images) if options.mirror else images
    from ...images import ImageSource, open_images

    source = ImageSource(
        path=path,
        mirror=options.mirror,
        patients=options.patients,
        allow_any=options.allow_any,
        hu_offset=options.hu_offset,
        **{**framing, "channels": 1},
    )
    return as_images(open_images(source, store, progress, cancel, say))


def _only_pictures(path: Path) -> bool:
    """Whether a path is a zip, or a folder without volumes; what does not exist is told by who opens it."""
    from GANAnomalyLib.batch.find_cases import find_cases

    from ...images.archive import ENDINGS, is_archive

    if not path.is_dir():
        return not path.exists() or is_archive(path)
    try:
        cases = find_cases(path)
    except InputError:
        return True
    return all(case.path.name.lower().endswith(ENDINGS) for case in cases)


def _labels(classes: int, real: Images | None, say: Say) -> np.ndarray | None:
    """Labels for a conditional model: those of the real pictures where they have them, else every class as often."""
    if classes == 0:
        return None
    pictures = _pictures(real)
    found = pictures.labels() if pictures is not None else None
    if found is None:
        say(f"The real images have no labels, so each of the model's {classes} classes is made as often.")
        return np.eye(classes, dtype=np.float32)
    rows = []
    for label in found.values():
        row = np.zeros(classes, np.float32)
        if isinstance(label, int) and label < classes:
            row[label] = 1
        elif isinstance(label, list) and len(label) == classes:
            row[:] = label
        else:
            raise InputError(f"The real images' label {str(label)[:40]} is none of the model's {classes} classes.")
        rows.append(row)
    return np.stack(rows)


def _close(images: Images) -> None:
    pictures = _pictures(images)
    if pictures is not None:
        pictures.close()


def _pictures(images: Images | None) -> Any:
    """The folder or zip behind a set, if there is one."""
    if isinstance(images, MirroredImages):
        images = images.whole
    return images.pictures if isinstance(images, PictureImages) else None
