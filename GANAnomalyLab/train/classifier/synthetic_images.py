"""Synthetic images to learn from: of a labelled set, of folders named as the classes, or made by a StyleGAN2 model."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from GANAnomalyLib.errors import InputError
from GANAnomalyLib.files import folder_lock, hash_json
from GANAnomalyLib.running.messages import Message
from GANAnomalyLib.running.progress import CancelToken, ProgressCallback

from ...images import ImageSet, ImageSource, open_images
from ...images.image_store import COMMAND, ImageWriter, open_stored_images
from ...images.labels import LABELS_FILE, class_number

if TYPE_CHECKING:
    from ...generate.picture_maker import PictureMaker

Say = Callable[[str], None]
_FIRST_SEED, _SEEDS = 1 << 20, 1 << 31
"""Seeds of synthetic images; those a person looks at are mostly small ones."""
_AT_ONCE = 64


@dataclass(frozen=True)
class SyntheticShare:
    """``thousands`` of each class from ``source``, a set, a folder or a model; ``alone``: without real ones.

    ``seed`` chooses them; ``psi`` is the model's truncation, ``device`` where it computes.
    """

    thousands: tuple[float, ...]
    source: str
    alone: bool = False
    seed: int = 0
    psi: float = 1.0
    device: str = "auto"


def synthetic_images(
    share: SyntheticShare,
    real: ImageSet,
    store: Path,
    progress: ProgressCallback,
    cancel: CancelToken,
    say: Say,
) -> ImageSet:
    """As many synthetic images of each class as ``share`` says, of the size and classes of the real ones.

    Raises :class:`InputError` for other numbers of classes, for fewer images than were asked for, and for more than the
    disk has room for; nothing is left behind then.
    """
    counts = wanted_counts(share.thousands, real)
    check_room(store, counts, real)
    if Path(share.source).is_dir() or share.source.lower().endswith(".zip"):
        return _of_a_set(share, counts, real, store, progress, cancel, say)
    return _made(share, counts, real, store, progress, cancel, say)


def wanted_counts(thousands: Sequence[float], real: ImageSet) -> list[int]:
    """Images of each class; raises :class:`InputError` unless there is a number for each."""
    if len(thousands) != real.classes:
        raise InputError(
            f"--synthetic gives {len(thousands)} numbers and there are {real.classes} classes "
            f"({', '.join(real.label_names)}): give one for each, such as {','.join(['1'] * real.classes)}."
        )
    return [round(1000 * count) for count in thousands]


def check_room(store: Path, counts: Sequence[int], real: ImageSet) -> None:
    """Raise :class:`InputError` where so many images do not fit on the disk that ``store`` is, or will be, on."""
    needed = sum(counts) * int(np.prod(real.pixels.shape[1:])) * real.pixels.dtype.itemsize
    place = store.resolve()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if needed > free:
        raise InputError(
            f"{sum(counts):,} synthetic images take {needed / 1e9:,.1f} GB and the disk has {free / 1e9:,.1f} GB free: "
            "ask for fewer with --synthetic, or choose another disk with --out."
        )


def _of_a_set(
    share: SyntheticShare,
    counts: Sequence[int],
    real: ImageSet,
    store: Path,
    progress: ProgressCallback,
    cancel: CancelToken,
    say: Say,
) -> ImageSet:
    """Images of a labelled set, or of folders named as the classes, drawn at random."""
    path = share.source
    listed = not Path(path).is_dir() or (Path(path) / LABELS_FILE).is_file()
    source = ImageSource(
        path,
        resolution=real.resolution,
        channels=real.channels,
        conditional=True,
        labels=None if listed else "folder",
        patients="file",
    )
    found = open_images(source, store, progress, cancel, say)
    classes = np.array([_class_of(name, real) for name in found.label_names])[found.labels.argmax(1)]
    rng = np.random.default_rng([share.seed, 23])
    chosen = []
    for number, count in enumerate(counts):
        there = np.flatnonzero(classes == number)
        if len(there) < count:
            raise InputError(
                f"{Path(path).name} holds {len(there):,} images of the class {real.label_names[number]} and {count:,} "
                "were asked for: give more, or ask for fewer with --synthetic."
            )
        chosen.append(np.sort(rng.permutation(there)[:count]))
    picked = np.concatenate(chosen)
    made = found.take(picked)
    made.labels = np.eye(real.classes, dtype=np.float32)[classes[picked]]
    made.label_names = list(real.label_names)
    return made


def _class_of(name: str, real: ImageSet) -> int:
    """Which of the real images' classes a name, or a number, means."""
    if name in real.label_names:
        return real.label_names.index(name)
    number = class_number(name)
    if number is None or number >= real.classes:
        raise InputError(
            f"Synthetic images are of the class {name[:40]!r}, and the real ones of {', '.join(real.label_names)}: "
            "name their folders, or their classes, alike."
        )
    return number


def _made(
    share: SyntheticShare,
    counts: Sequence[int],
    real: ImageSet,
    store: Path,
    progress: ProgressCallback,
    cancel: CancelToken,
    say: Say,
) -> ImageSet:
    """Images that a conditional model makes, kept with the prepared images, so that a run that goes on has the same."""
    from ...generate.picture_maker import PictureMaker

    maker = PictureMaker(share.source, share.device)
    classes, channels = maker.generator.c_dim, maker.generator.img_channels
    if classes != real.classes:
        has = f"makes {classes} classes" if classes else "has no classes"
        raise InputError(f"The model {maker.card.name} {has} and the images have {real.classes}: give one for them.")
    if channels == 3 and real.channels == 1:
        raise InputError(f"The model {maker.card.name} makes colour pictures: train with --channels 3.")
    facts = [maker.model.model_hash, list(counts), share.psi, share.seed, *real.pixels.shape[1:]]
    folder = store / f"made-{hash_json([*facts, real.pixels.dtype.name])[:20]}"
    with folder_lock(folder, COMMAND, wait=cancel.check):
        kept = open_stored_images(folder)
        if kept is None:
            say(f"Making {sum(counts):,} synthetic images.")
            _write(maker, folder, counts, real, share, progress, cancel)
            kept = open_stored_images(folder)
    if kept is None:
        raise InputError(f"The images kept in {store} were changed by something else: choose another folder.")
    return ImageSet(
        kept.pixels,
        labels=np.eye(real.classes, dtype=np.float32)[kept.items],
        hashes=kept.hashes,
        label_names=list(real.label_names),
    )


def _write(
    maker: PictureMaker,
    folder: Path,
    counts: Sequence[int],
    real: ImageSet,
    share: SyntheticShare,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> None:
    from ...images.training_pictures import resized

    writer, top, done = ImageWriter(folder), real.top, 0
    try:
        for number, count in enumerate(counts):
            drawn = np.random.SeedSequence([share.seed, 29, number]).generate_state(1)[0]
            begin = _FIRST_SEED + int(drawn) % _SEEDS
            for first in range(0, count, _AT_ONCE):
                seeds = list(range(begin + first, begin + min(first + _AT_ONCE, count)))
                ws = maker.ws_of_seeds(seeds, share.psi, number)
                for picture in maker.pictures(ws, "random", seeds, cancel):
                    planes = np.rint((np.clip(picture, -1, 1) + 1) * (top / 2)).astype(real.pixels.dtype)
                    planes = np.repeat(planes, real.channels, 0) if len(planes) < real.channels else planes
                    writer.add(number, np.zeros(1, np.int64), resized(planes, real.resolution)[None])
                    done += 1
                progress(done / sum(counts), Message("made_pictures", number=done, count=sum(counts)))
                cancel.check()
        writer.finish({"kind": "pictures", "slot": folder.name, "said": []})
    except BaseException:
        writer.abandon()
        raise
